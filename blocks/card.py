"""The card: the root message of a conversation, always rendered whole from its state.

One reading order for every state: what, who, their own words, a line, the state, the answer, why and from where,
the buttons. Each state chooses what of it there is.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from slackblocks import Block

from blocks import attached, buttons, ids, kit, onrecord, parts, reading, text
from blocks.details import looks
from blocks.pressing import pressing
from blocks.state import headline, state_line
from bot.answering.secrets import hidden
from bot.core.model import BEST_SCORE, Case, Delivery, DeliveryState, Event, Sender, Status
from bot.core.policy import percent

_BY_HAND = {"assist", "mode_off"}
# What the state line and the line of the rating say as well, and that somebody was asked for one.
_ON_THE_CARD = re.compile(
    r"(Taken|Snoozed|Resolved) by <@[UW][A-Z0-9]+>|The customer (was asked for|rates this \d of \d\b).*"
)


def root_card(
    case: Case, *, threshold: float, now: datetime, escalated_to: str | None = None
) -> tuple[str, list[kit.Json]]:
    """Return the notification text and the blocks of a conversation's card.

    `threshold` is the one in force on the channel, `escalated_to` the id of the Slack channel for escalations.
    """
    if case.merged_into is not None:
        return notification(case), kit.message(_gone(case, now))
    asked = reading.question(case)
    quote, is_cut = parts.words(asked)
    blocks = [
        kit.header("what", reading.subject(case)),
        *parts.who(case),
        *looks(case, now),
        kit.with_menu("words", quote, ids.CUSTOMER, buttons.target(case), buttons.about_them(case)),
        *(_cut(case) if is_cut else []),
        *parts.strangers(case, asked),
        *parts.identity(asked),
        *parts.copies(case),
        *attached.files(asked),
        *attached.call(asked),
        *parts.stopped(case),
        kit.divider("line"),
        kit.context("state", state_line(case, now, escalated_to)),
        *_writers(case),
        *pressing(case, now),
        *_answer(case, threshold, now),
        *_earlier_trouble(case),
        *_unseen(case),
        *_rated(case),
        *_machine_since(case, now),
        *onrecord.records(case),
        *buttons.row(case),
    ]
    return notification(case), kit.message(blocks)


def _gone(case: Case, now: datetime) -> list[Block]:
    """Show that the conversation goes on in another one; the desk adds the link to its card."""
    return [
        kit.header("what", reading.subject(case)),
        *parts.who(case),
        kit.divider("line"),
        kit.context("state", state_line(case, now)),
        *buttons.row(case),
    ]


def with_way_on(blocks: Sequence[Mapping[str, Any]], card: str) -> list[Mapping[str, Any]]:
    """Return the blocks of a merged conversation's card with the link to the card where it goes on."""
    (way_on,) = kit.message([kit.context("way_on", f"It goes on here: {card}")])
    at = next(n for n, block in enumerate(blocks) if block.get("block_id") == "state") + 1
    return [*blocks[:at], way_on, *blocks[at:]]


def notification(case: Case) -> str:
    """Return what a phone shows: state, subject and customer."""
    name, channel = reading.customer_name(case), parts.channel_word(case.conversation.channel)
    return text.escape(f"{headline(case)}: {reading.subject(case)} ({name}, {channel})")


def everything_is_on_the_card(case: Case) -> bool:
    """Tell whether the card alone shows all there is: one question and answer, nothing cut, no more events."""
    said = reading.talk(case)
    questions = [m for m in said if m.sender is Sender.CUSTOMER]
    if not _shows(case.events) or reading.notes_from_elsewhere(case) or len(questions) > 1 or len(said) > 2:
        return False
    _, cut = parts.words(questions)
    return not cut and not any(parts.answer_is_cut(m.content) for m in said)


def _shows(events: Sequence[Event]) -> bool:
    """Tell whether the card has what these events say: each kind of them once."""
    found = [_ON_THE_CARD.fullmatch(event.text) for event in events]
    kinds = [(match[1] or match[2]).split()[0] for match in found if match is not None]
    return len(kinds) == len(found) == len(set(kinds))


def _cut(case: Case) -> list[Block]:
    said = "_Cut here; the thread below has every word._"
    return [kit.with_button("cut", said, "Show all", ids.SHOW_ALL, buttons.target(case).encode())]


def with_next(blocks: Sequence[Mapping[str, Any]], subject: str, url: str) -> list[Mapping[str, Any]]:
    """Return the blocks of a card that somebody has dealt with, with the way to what waits next."""
    label = f"Next: {text.cut(text.one_line(hidden(subject)), 40)}"
    (way_on,) = kit.message([kit.actions("next", [kit.link_button(label, ids.NEXT, url)])])
    return [*blocks, way_on]


def _writers(case: Case) -> list[Block]:
    """Say who has the window for an answer open, so that nobody begins another one."""
    if not case.writers:
        return []
    who = " and ".join(map(text.person, case.writers))
    verb = "is" if len(case.writers) == 1 else "are"
    return [kit.context("writers", f":pencil2: *Being written:* {who} {verb} at an answer")]


def _answer(case: Case, threshold: float, now: datetime) -> list[Block]:
    status = case.conversation.status
    if status in (Status.WAITING, Status.ESCALATED):
        return _proposed(case, threshold, now)
    if status is Status.HELD:
        return []
    elsewhere = reading.answered_elsewhere(case)
    if elsewhere is not None and status in (Status.ANSWERED, Status.RESOLVED):
        return parts.answer("answer", elsewhere.content)
    delivery = reading.on_the_way(case) if status is Status.WORKING else _finished(case)
    return _delivered(case, delivery, now) if delivery is not None else []


def _finished(case: Case) -> Delivery | None:
    stuck = reading.stuck(case) if case.conversation.status is Status.UNDELIVERED else None
    return stuck or reading.sent(case)


def _proposed(case: Case, threshold: float, now: datetime) -> list[Block]:
    draft = reading.proposed(case)
    if draft is None:
        return parts.received(case)
    codes = {r.code for d in case.decisions for r in d.reasons}
    kept_back = case.conversation.status is Status.ESCALATED
    return [
        *(
            [kit.context("kept_back", "_Draft, kept back: use it, change it or drop it_")]
            if kept_back
            else []
        ),
        *parts.answer("answer", draft.proposal.text),
        *parts.as_sent(case, draft.proposal.text, draft.proposal.sources),
        parts.why(draft.proposal, parts.threshold_now(threshold, by_hand=bool(codes & _BY_HAND))),
        *parts.sources(draft.proposal, now.date()),
    ]


def _delivered(case: Case, delivery: Delivery, now: datetime) -> list[Block]:
    blocks = parts.answer("answer", delivery.text)
    draft, decision = reading.draft_of(case, delivery), reading.decision_of(case, delivery)
    if draft is None or decision is None or reading.edited(case, delivery):
        return blocks
    then = percent(decision.threshold)
    bound = f"sent by itself from {then}" if decision.actor is None else f"threshold was {then}"
    return [*blocks, parts.why(draft.proposal, bound), *parts.sources(draft.proposal, now.date())]


def _earlier_trouble(case: Case) -> list[Block]:
    stuck = reading.stuck(case)
    if stuck is None or case.conversation.status in (Status.UNDELIVERED, Status.RESOLVED):
        return []
    what = "came back" if stuck.state is DeliveryState.BOUNCED else "did not go out"
    return [kit.context("trouble", f":warning: *An earlier answer {what}:* {text.escape(stuck.error)}")]


def _unseen(case: Case) -> list[Block]:
    if not case.unseen or case.conversation.status is not Status.ANSWERED:
        return []
    return [kit.context("unseen", ":eyes: *Not seen yet:* the customer has left the chat")]


def _rated(case: Case) -> list[Block]:
    if case.rating is None:
        return []
    comment = text.one_line(text.clean(case.rating.comment))
    said = f" “{text.escape(text.cut(comment, 500))}”" if comment else ""
    return [kit.context("rated", f":star: *Rated {case.rating.score} of {BEST_SCORE} by the customer*{said}")]


def _machine_since(case: Case, now: datetime) -> list[Block]:
    """Tell of what a machine sent last: it changes nothing, and may be the word that our answer did not arrive."""
    last = case.messages[-1] if case.messages else None
    if last is None or not last.automatic or last.rating is not None or last is case.newest_inbound:
        return []
    what = f":robot_face: *A machine wrote since:* {text.escape(text.cut(last.automatic, 100))}"
    return [kit.context("machine", text.dotted([what, text.clock(last.created_at, now), "in the thread"]))]
