"""The window in which an agent writes to a customer first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from blocks import ids, kit, parts
from bot.core.model import Channel


@dataclass(frozen=True)
class Begun:
    """What was typed: to whom, and what."""

    channel: Channel | None
    address: str
    name: str
    subject: str
    text: str


def begin(channels: Sequence[Channel]) -> kit.Json:
    """Return the window; with no channel on which anybody can be written to first, one that says so."""
    if not channels:
        said = "No channel is connected on which a customer can be written to first: e-mail or text messages."
        return kit.modal("New conversation", [kit.section("notice", said)], callback_id=ids.NOTICE_MODAL)
    choices = [(parts.channel_word(one), one.value) for one in channels]
    return kit.modal(
        "New conversation",
        [
            kit.select_input(
                ids.CHANNEL, ids.CHANNEL, "By", choices, optional=False, initial=channels[0].value
            ),
            kit.line_input(ids.ADDRESS, ids.ADDRESS, "To", "A mail address, or a number with its country."),
            kit.text_input(ids.NAME, ids.NAME, "Their name", optional=True, multiline=False),
            kit.text_input(ids.SUBJECT, ids.SUBJECT, "Subject", optional=True, multiline=False),
            kit.text_input(ids.ANSWER, ids.ANSWER, "What you write"),
            kit.context("what", "_It is sent at once. Their reply comes as a draft to this conversation._"),
        ],
        callback_id=ids.BEGIN_MODAL,
        submit="Send",
    )


def begun(state: Mapping[str, Any]) -> Begun:
    """Read the window back."""

    def typed(name: str) -> str:
        return str(state.get(name, {}).get(name, {}).get("value") or "")

    picked = (state.get(ids.CHANNEL, {}).get(ids.CHANNEL, {}).get("selected_option") or {}).get("value")
    channel = Channel(picked) if picked in set(Channel) else None
    return Begun(channel, typed(ids.ADDRESS), typed(ids.NAME), typed(ids.SUBJECT), typed(ids.ANSWER))
