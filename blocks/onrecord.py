"""Where else a conversation stands: help desks and CRMs."""

from slackblocks import Block

from blocks import kit, text
from bot.core.model import Case, Ref, RefState


def records(case: Case) -> list[Block]:
    """Link where else this conversation stands, and tell what is missing there."""
    begun = [ref for ref in case.records if ref.entry_id == case.conversation.id and ref.external_id]
    links = [text.link(ref.url, f"{system_word(ref.system)} {_number(ref.external_id)}") for ref in begun]
    lines = [f":card_index_dividers: {text.dotted(links)}"] if links else []
    # One sentence for each system: what is behind is behind for one reason.
    troubled = {(ref.system, ref.state): ref for ref in reversed(case.records) if ref.trouble}
    lines += [_missing(ref) for ref in reversed(troubled.values())]
    return [kit.context("records", "\n".join(lines))] if lines else []


def _number(external_id: str) -> str:
    """Return what people call a record: by its number, if it has one."""
    return f"ticket {external_id}" if external_id.isdecimal() else "case"


def system_word(name: str) -> str:
    return name.capitalize()


def _missing(ref: Ref) -> str:
    reason = text.escape(text.cut(text.one_line(ref.trouble), 300)).rstrip(".")
    if ref.state is RefState.PARKED:
        return f":warning: *Not written to {system_word(ref.system)}:* {reason}"
    return f":hourglass: *Not in {system_word(ref.system)} yet:* {reason}"
