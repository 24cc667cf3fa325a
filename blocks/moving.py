"""The windows for merging a conversation into another and for splitting one."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from slackblocks import Block

from blocks import ids, kit, owned, reading, text
from blocks.ids import Target
from bot.answering.secrets import hidden
from bot.core.model import Case, Channel
from bot.core.ports.merges import Candidate

_MOST = 100  # Entries of a list in Slack.


def merge(
    case: Case, found: Sequence[Candidate], on: Target, owner: str = "", *, searched: str = ""
) -> kit.Json:
    """Return the window in which somebody picks where a conversation goes on; `found` are the choices."""
    blocks = [*owned.told(owner), kit.context("how", _how(case))]
    if found:
        choices = [(_label(one), one.conversation.id) for one in found]
        blocks.append(kit.select_input(ids.MERGE_INTO, ids.MERGE_INTO, "Merge into", choices))
    else:
        blocks.append(kit.context("none", _nothing(case, searched)))
    blocks.append(
        kit.text_input(
            ids.SEARCH,
            ids.SEARCH,
            "Or search by subject, words, name or address",
            initial="",
            optional=True,
            multiline=False,
        )
    )
    return kit.modal(
        "Merge", blocks, callback_id=ids.MERGE_MODAL, submit="Merge or search", metadata=on.encode()
    )


def _how(case: Case) -> str:
    subject = text.escape(reading.subject(case)).replace("*", "∗")
    told = (
        f"All messages of *{subject}* go to the other one, whose customer gets the answers, on its channel."
    )
    if case.conversation.channel is Channel.EMAIL:
        return told
    return (
        f"{told} Whoever wrote here gets none here; what they write later begins a conversation of its own."
    )


def _nothing(case: Case, searched: str) -> str:
    if searched:
        return f"No open conversation has “{text.escape(text.cut(text.one_line(searched), 80))}”."
    return f"{text.escape(reading.customer_name(case))} has no other open conversation."


def _label(one: Candidate) -> str:
    talk = one.conversation
    about = text.cut(text.one_line(hidden(talk.subject or one.words)), 36) or "No subject"
    who = talk.address if talk.channel is Channel.EMAIL else one.name or talk.address
    return f"{about} · {talk.channel.value} · {text.cut(text.one_line(who), 26)}"


def chosen_merge(state: Mapping[str, Any]) -> tuple[str, str]:
    """Read from the window what was picked, and what is searched for."""
    picked = state.get(ids.MERGE_INTO, {}).get(ids.MERGE_INTO, {}).get("selected_option") or {}
    searched = state.get(ids.SEARCH, {}).get(ids.SEARCH, {}).get("value") or ""
    return str(picked.get("value", "")), str(searched).strip()


def split(case: Case, on: Target, now: datetime, owner: str = "") -> kit.Json:
    """Return the window in which somebody picks the message from which a new conversation begins."""
    messages = reading.splittable(case)[-_MOST:]
    choices = [
        (f"{_day(m.created_at, now)}: {text.one_line(reading.said(m))[:60] or '(empty message)'}", m.id)
        for m in messages
    ]
    blocks: list[Block] = [
        *owned.told(owner),
        kit.context("how", "This message and all after it go into a conversation of their own."),
        kit.select_input(ids.SPLIT_AT, ids.SPLIT_AT, "It begins with", choices, optional=False),
    ]
    return kit.modal("Split", blocks, callback_id=ids.SPLIT_MODAL, submit="Split", metadata=on.encode())


def _day(moment: datetime, now: datetime) -> str:
    return f"{moment:%H:%M}" if moment.date() == now.date() else f"{moment:%d %b %H:%M}"


def chosen_split(state: Mapping[str, Any]) -> str:
    """Read from the window the message that was picked."""
    picked = state.get(ids.SPLIT_AT, {}).get(ids.SPLIT_AT, {}).get("selected_option") or {}
    return str(picked.get("value", ""))
