"""What a colleague has: whoever acts on it all the same is asked first, and told so in every window."""

from slackblocks import Block

from blocks import ids, kit, text
from blocks.ids import Target
from bot.core.model import Case

# What is done at once with a press: the question, and the word on the button that answers it.
_DEEDS = {
    ids.APPROVE: ("Send the draft all the same?", "Approve & send"),
    ids.RESOLVE: ("Resolve it all the same?", "Resolve"),
    ids.NOT_SUPPORT: ("Close it as no support matter all the same?", "Close"),
    ids.BLOCK: ("Close it as spam and block the sender all the same?", "Block sender"),
}


def theirs(case: Case, actor: str) -> str:
    """Return the colleague who has it, or nothing where nobody has it or the actor does."""
    return case.owner if case.owner and case.owner != actor else ""


def told(owner: str) -> list[Block]:
    """Return the line at the top of a window that is about what a colleague has."""
    return [kit.context("theirs", f":warning: {_has(owner)}")] if owner else []


def ask_first(owner: str, deed: str, on: Target) -> kit.Json:
    """Return the window that asks before something is done with what a colleague has."""
    question, label = _DEEDS[deed]
    return kit.modal(
        "A colleague has this",
        [kit.section("theirs", f"{_has(owner)} {question}")],
        callback_id=ids.ALL_THE_SAME_MODAL,
        submit=label,
        metadata=ids.encode_deed(deed, owner, on),
    )


def _has(owner: str) -> str:
    return f"*{text.person(owner)} has this conversation.*"
