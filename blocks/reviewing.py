"""The review queue in Slack: the window with one answer and its scorecard, and what scorecards add up to."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from slackblocks import Block

from blocks import ids, kit, parts, text
from bot.answering.secrets import hidden
from bot.core.certificates import at_least, at_most
from bot.core.model import Channel, Source
from bot.core.policy import percent
from bot.core.steering.reviews import QUESTIONS, SECOND_SHARE, Agreement, Scorecard

NOTHING = (
    "Nothing waits for a review. Automatic answers that were picked at random come here, and all below 80 %."
)
_ANSWERS = (("yes", "yes"), ("no", "no"))
_OPTIONAL = (*_ANSWERS, ("does not apply", "none"))
_MEANS = {"yes": True, "no": False}
_MOST = 2_500
_WORDS = ((0.8, "almost perfect"), (0.6, "substantial"), (0.4, "moderate"), (0.2, "fair"), (0.0, "slight"))


class SheetView(Protocol):
    """An answer as its reviewer sees it."""

    @property
    def draft_id(self) -> str: ...
    @property
    def channel(self) -> Channel: ...
    @property
    def question(self) -> str: ...
    @property
    def answer(self) -> str: ...
    @property
    def sources(self) -> Sequence[Source]: ...
    @property
    def left(self) -> int: ...


class SummaryView(Protocol):
    """What reviewers said lately."""

    @property
    def cards(self) -> int: ...
    @property
    def reviewers(self) -> int: ...
    @property
    def said(self) -> Mapping[str, tuple[int, int]]: ...
    @property
    def agreements(self) -> Mapping[str, Agreement]: ...


def window(sheet: SheetView) -> kit.Json:
    """Return the window with one answer, and the scorecard to fill in."""
    asked = text.quoted(text.cut(hidden(sheet.question), _MOST))
    answer = text.quoted(text.cut(hidden(sheet.answer), _MOST))
    return kit.modal(
        "Review",
        [
            kit.context("left", text.dotted([parts.channel_mark(sheet.channel), _left(sheet.left)])),
            *kit.sections("asked", ["*The customer asked*", *asked]),
            *kit.sections("answered", ["*They got*", *answer]),
            *_sources(sheet.sources),
            *(_asked(name, question) for name, question in QUESTIONS.items()),
            kit.text_input(
                ids.REASON,
                ids.REASON,
                "Note",
                hint="For whoever wrote it, or for the articles. It stays inside.",
                optional=True,
            ),
        ],
        callback_id=ids.REVIEW_MODAL,
        submit="Save, next",
        metadata=sheet.draft_id,
    )


def _asked(name: str, question: str) -> Block:
    choices = _ANSWERS if name == "right" else _OPTIONAL
    return kit.select_input(f"score-{name}", ids.VALUE, question, choices, optional=False)


def _sources(sources: Sequence[Source]) -> list[Block]:
    told = [text.link(one.url, one.title) if one.url else text.escape(one.title) for one in sources]
    return (
        [kit.context("sources", text.cut_marked("Sources: " + ", ".join(told), text.CONTEXT_MAX))]
        if told
        else []
    )


def scorecard(draft_id: str, reviewer: str, state: Mapping[str, Any], at: datetime) -> Scorecard:
    """Read what was filled in."""
    said = {name: _MEANS.get(_picked(state, name)) for name in QUESTIONS}
    note = str(state.get(ids.REASON, {}).get(ids.REASON, {}).get("value") or "").strip()
    right = bool(said.pop("right"))
    return Scorecard(draft_id=draft_id, reviewer=reviewer, right=right, note=note, at=at, **said)


def _picked(state: Mapping[str, Any], name: str) -> str:
    field = state.get(f"score-{name}", {}).get(ids.VALUE, {})
    return str((field.get("selected_option") or {}).get("value"))


def summary(found: SummaryView) -> str:
    """Tell what reviewers said within the last 30 days, and how far two of them agree."""
    if not found.cards:
        return "Nobody has reviewed an answer within the last 30 days. `/cockpit review` hands out the first one."
    lines = [f"•  {question} {_said(*found.said[name])}" for name, question in QUESTIONS.items()]
    agreed = [f"•  {question} {_agreed(found.agreements[name])}" for name, question in QUESTIONS.items()]
    head = f"*{found.cards} scorecards of {found.reviewers} reviewers, the last 30 days*"
    second = f"*How far two people agree* (every {round(1 / SECOND_SHARE)}th answer has a second reviewer)"
    return "\n".join([head, *lines, "", second, *agreed])


def _said(yes: int, n: int) -> str:
    if not n:
        return "nobody has said yet"
    low, high = at_least(yes, n, 0.05), at_most(yes, n, 0.05)
    return f"*{100 * yes / n:.0f} % yes* (n = {n}; between {percent(low)} and {percent(high)}, with 90 % confidence)"


def _agreed(found: Agreement) -> str:
    if not found.n:
        return "no answer has two scorecards yet"
    if found.kappa is None:
        return f"the same word on all {found.n}: too alike for kappa"
    word = next((word for least, word in _WORDS if found.kappa >= least), "worse than chance")
    return f"kappa {found.kappa:.2f}, {word} ({100 * found.same:.0f} % the same word, n = {found.n})"


def notes(who: str, cards: Sequence[Scorecard]) -> str:
    """List coaching notes."""
    if not cards:
        return f"Nothing was noted on answers of {text.person(who)} within the last 30 days."
    lines = [
        f"•  {text.clock(one.at)}: {text.escape(text.cut(text.one_line(one.note), 500))}" for one in cards
    ]
    return "\n".join([f"*Noted on answers of {text.person(who)}*", *lines])


def _left(number: int) -> str:
    return "the last one that waits for you" if number == 1 else f"{number} wait for you, with this one"
