"""The windows: a reason for escalating, the original mail, and short notices."""

from collections.abc import Mapping, Sequence
from typing import Any

from slackblocks import Block

from blocks import attached, ids, kit, owned, reading, text
from blocks.ids import Target
from bot.answering.secrets import hidden
from bot.core.model import Case, Message, Sender

_ORIGINAL_PARTS = 12
_PART = 2500
_MOST_TYPED = 40
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
    return kit.modal(title, [_said(sentence)], callback_id=ids.NOTICE_MODAL)


def _said(sentence: str) -> Block:
    return kit.section("notice", text.cut_marked(text.with_actor(sentence), text.SECTION_MAX) or "…")


def at_work() -> kit.Json:
    """Return the window that stands in for a submitted one whose work takes longer than Slack waits."""
    return kit.modal(
        "Still at work",
        [
            kit.section(
                "notice", "This takes longer than usual. Leave the window open: it will say how it went."
            )
        ],
        callback_id=ids.NOTICE_MODAL,
    )


def not_done(sentence: str, submitted: Mapping[str, Any]) -> kit.Json:
    """Return the window that says why a submitted one came to nothing, with what was typed, to be copied from it."""
    kept = kit.sections("typed", text.quoted("\n\n".join(_typed(submitted)), _PART)[:_MOST_TYPED])
    heading = [kit.context("yours", "*What you typed:*")] if kept else []
    return kit.modal("That did not work", [_said(sentence), *heading, *kept], callback_id=ids.NOTICE_MODAL)


def _typed(submitted: Mapping[str, Any]) -> list[str]:
    values = (submitted.get("state") or {}).get("values") or {}
    found = [field.get("value") for fields in values.values() for field in fields.values()]
    return [one for one in found if isinstance(one, str) and one.strip()]


def told(title: str, said: str) -> kit.Json:
    """Return a window with what a command would have answered; `said` is mrkdwn of ours."""
    return kit.modal(
        title, [kit.section("notice", text.cut_marked(said, text.SECTION_MAX))], callback_id=ids.NOTICE_MODAL
    )


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
    folded = text.quoted(hidden(str(said.get("quoted") or "")), _PART)
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
            *attached.files([mail] if mail is not None else []),
            kit.divider("line"),
            kit.context("folded", "*Quoted text and signature*, folded away on the card:"),
            *shown,
            *cut,
        ],
        callback_id=ids.NOTICE_MODAL,
    )


def unmasked(case: Case, link: str = "") -> kit.Json:
    """Return the window with the messages of which something is masked elsewhere, as they were written.

    `link` leads to the newest mail as it was sent.
    """
    said = [part for m in reading.masked(case) for part in text.quoted(_whole(m), _PART)]
    cut = [kit.context("cut", "_Cut here: the messages are kept in full._")][: len(said) > _ORIGINAL_PARTS]
    return kit.modal(
        "What is masked",
        [
            kit.context("record", "That you have opened this is on record."),
            *kit.sections("whole", said[:_ORIGINAL_PARTS] or ["_Nothing is masked here any more._"]),
            *([kit.section("mail", text.link(link, "See the whole mail as it was sent"))] if link else []),
            *cut,
        ],
        callback_id=ids.NOTICE_MODAL,
    )


def _whole(message: Message) -> str:
    subject, quoted = (str(message.metadata.get(name) or "") for name in ("subject", "quoted"))
    return "\n\n".join(filter(None, (subject, message.content, quoted)))


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
        ("Subject", hidden(words("subject"))),
        ("Sender check", words("verdict")),
        ("Taken for automatic because of", words("reasons")),
    ]


def escalate(on: Target, owner: str = "") -> kit.Json:
    """Return the window that asks why a conversation is escalated."""
    return kit.modal(
        "Escalate",
        [
            *owned.told(owner),
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
