"""The windows: write or edit an answer, give a reason for escalating, and short notices."""

from collections.abc import Mapping, Sequence
from typing import Any

from slackblocks import Block

from blocks import ids, kit, parts, reading, text
from blocks.ids import Target
from bot.core.model import Case, Sender
from bot.core.participants import in_copy

_ORIGINAL_PARTS = 12
_PART = 2500  # Below Slack's 3,000, so that every input leaves room to write.
_QUICK = (
    "Needs a specialist",
    "Money or refund",
    "Legal or complaint",
    "Upset customer",
    "Personal data",
    "Article wrong or missing",
)


def loading() -> kit.Json:
    """Return the window that opens at once, while the newest state is read."""
    return kit.modal(
        "One moment", [kit.section("notice", "Reading the newest state …")], callback_id=ids.NOTICE_MODAL
    )


def notice(title: str, sentence: str) -> kit.Json:
    """Return a window that only says something; `sentence` is raw."""
    said = kit.section("notice", text.cut_marked(text.with_actor(sentence), text.SECTION_MAX) or "…")
    return kit.modal(title, [said], callback_id=ids.NOTICE_MODAL)


def edit_answer(case: Case, answer: str, on: Target) -> kit.Json:
    """Return the window in which an agent changes a draft, or with an empty `answer` writes their own."""
    title = "Edit the answer" if answer else "Write an answer"
    return _writing(case, answer, on, title, [])


def wrote_again(case: Case, typed: str) -> kit.Json:
    """Return the window again, with what the agent typed, after the customer wrote in the meantime."""
    name = reading.first_name(case)
    said = parts.bold(f"{name[:1].upper()}{name[1:]} wrote again while you were writing.")
    advice = "Your text is kept below; read the new message first, then send."
    return _kept(case, typed, "The customer wrote again", f":leftwards_arrow_with_hook: {said} {advice}")


def not_sent(case: Case, typed: str, sentence: str) -> kit.Json:
    """Return the window again, with what the agent typed and the raw `sentence` that says why it did not go."""
    why = text.cut_marked(text.with_actor(sentence), text.SECTION_MAX - 100)
    return _kept(case, typed, "Not sent", f":warning: {why} Your text is kept below.")


def _kept(case: Case, typed: str, title: str, said: str) -> kit.Json:
    """What was typed belongs to no draft any more: it is sent as the agent's own words, for the newest turn."""
    on = Target(case.conversation.id, case.conversation.turn)
    return _writing(case, typed, on, title, [kit.section("again", said)])


def _writing(case: Case, answer: str, on: Target, title: str, before: Sequence[Block]) -> kit.Json:
    quote, _ = parts.words(reading.question(case))
    name = text.escape(reading.customer_name(case))
    goes_to = f"{parts.channel_mark(case.conversation.channel)}  ·  goes to *{name.replace('*', '∗')}*"
    return kit.modal(
        title,
        [
            *before,
            kit.context("to", goes_to),
            kit.section("words", quote),
            *_inputs(answer, on.turn),
            *_copies(case),
            *parts.as_sent(case, answer),
        ],
        callback_id=ids.EDIT_MODAL,
        submit="Send",
        metadata=on.encode(),
    )


def _copies(case: Case) -> list[Block]:
    people = in_copy(case)
    if not people:
        return []
    choice = text.cut(", ".join(text.one_line(one) for one in people), text.OPTION_MAX)
    return [kit.tick_box(ids.COPIES, ids.COPIES, "Send a copy to", choice)]


def wants_copies(state: Mapping[str, Any]) -> bool:
    """Read from the window whether people in copy get the answer too."""
    return bool(state.get(ids.COPIES, {}).get(ids.COPIES, {}).get("selected_options"))


def _inputs(answer: str, turn: int) -> list[Block]:
    texts = split_answer(answer)
    return [
        kit.text_input(
            ids.answer_input(turn, number, joint),
            ids.ANSWER,
            "Answer" if number == 1 else f"Answer, part {number}",
            initial=part,
            hint="The parts are sent as one answer." if number == len(texts) > 1 else "",
            optional=number > 1,
            focus=number == 1,
        )
        for number, (part, joint) in enumerate(texts, 1)
    ]


def split_answer(answer: str) -> list[tuple[str, str]]:
    """Cut an answer into texts that fit an input each, between paragraphs wherever that is possible.

    Each comes with what stood between it and the one before, so that what nobody changes is the same again.
    """
    rest, joint = text.clean(answer), ids.PARAGRAPH
    texts = []
    while len(rest) > _PART:
        at, following = _cut(rest)
        texts.append((rest[:at], joint))
        rest, joint = rest[at + len(following) :], following
    return [*texts, (rest, joint)]


def _cut(answer: str) -> tuple[int, str]:
    """Return where to cut an answer, and what is left out there."""
    for joint in (ids.PARAGRAPH, ids.BLANK):
        at = answer.rfind(joint, _PART // 4, _PART)
        if at > 0:
            return at, joint
    return _PART, ids.NOTHING


def typed_answer(state: Mapping[str, Any]) -> tuple[str, str]:
    """Read the edit window's inputs back as one answer; also return the id of the first input, for errors."""
    found: list[tuple[int, str, str, str]] = []
    for block_id, fields in state.items():
        place = ids.answer_input_place(block_id)
        if place is not None:
            found.append((*place, block_id, fields.get(ids.ANSWER, {}).get("value") or ""))
    found.sort()
    answer, joint = "", ids.NOTHING
    for _, before, _, typed in found:
        joint = max(joint, before, key=len)  # Where a part was emptied, the wider gap beside it stays.
        if typed.strip():
            answer, joint = f"{answer}{joint}{typed}" if answer else typed, ids.NOTHING
    return answer.strip(), found[0][2] if found else ids.answer_input(0, 1)


def original(case: Case, link: str = "") -> kit.Json:
    """Return the window with what a card leaves out of the customer's newest mail: its heads, and what it quotes.

    `link` leads to the whole mail as it was sent.
    """
    mail = next((m for m in reversed(case.messages) if m.sender is Sender.CUSTOMER), None)
    said = mail.metadata if mail is not None else {}
    heads = [f"*{label}:* {text.escape(text.cut(value, 300))}" for label, value in _heads(said) if value]
    warned = [
        f":warning: {text.escape(text.cut(text.one_line(str(w)), 200))}" for w in said.get("warnings") or ()
    ]
    folded = text.quoted(str(said.get("quoted") or ""), _PART)
    shown = kit.sections("quoted", folded[:_ORIGINAL_PARTS]) or [
        kit.context("quoted", "_The mail quotes nothing: its whole text is in the thread or on the card._")
    ]
    cut = [kit.context("cut", "_Cut here: the mail itself is kept in full._")][
        : len(folded) > _ORIGINAL_PARTS
    ]
    return kit.modal(
        "The original mail",
        [
            kit.section(
                "heads", text.cut_marked("\n".join(heads), text.SECTION_MAX) or "_No headers are kept._"
            ),
            *([kit.section("whole", text.link(link, "See the whole mail as it was sent"))] if link else []),
            *([kit.context("warnings", "\n".join(warned))] if warned else []),
            *parts.files([mail] if mail is not None else []),
            kit.divider("line"),
            kit.context("folded", "*Quoted text and signature*, folded away on the card:"),
            *shown,
            *cut,
        ],
        callback_id=ids.NOTICE_MODAL,
    )


def _heads(said: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
    """Name what the mail's headers and its way to us say."""

    def words(name: str) -> str:
        value = said.get(name) or ""
        return text.one_line(", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value))

    return [
        ("From", words("header_from")),
        ("Answers go to", words("from") if words("from") != words("header_from") else ""),
        ("Sent by", words("envelope_from") if words("envelope_from") != words("header_from") else ""),
        ("To", words("to")),
        ("Cc", words("cc")),
        ("Subject", words("subject")),
        ("Sender check", words("verdict")),
        ("Taken for automatic because of", words("reasons")),
    ]


def escalate(on: Target) -> kit.Json:
    """Return the window that asks why a conversation is escalated."""
    return kit.modal(
        "Escalate",
        [
            kit.select_input(ids.QUICK_REASON, ids.QUICK_REASON, "What kind of matter is it?", _quick()),
            kit.text_input(
                ids.REASON,
                ids.REASON,
                "Why, and what should happen next?",
                hint="The next person reads this first.",
                focus=True,
            ),
        ],
        callback_id=ids.ESCALATE_MODAL,
        submit="Escalate",
        metadata=on.encode(),
    )


def _quick() -> list[tuple[str, str]]:
    return [(kind, kind) for kind in _QUICK]


def typed_reason(state: Mapping[str, Any]) -> str:
    """Read the escalation window back: the kind of matter, when chosen, before the reason."""
    typed = (state.get(ids.REASON, {}).get(ids.REASON, {}).get("value") or "").strip()
    chosen = state.get(ids.QUICK_REASON, {}).get(ids.QUICK_REASON, {}).get("selected_option") or {}
    kind = chosen.get("value", "")
    return f"{kind}: {typed}" if kind and typed else typed
