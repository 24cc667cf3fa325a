"""Slack's payloads, as far as listeners read them."""

from collections.abc import Mapping
from typing import Any

from blocks.ids import Target, decode_choice, decode_customer
from bot.core.model import Actor
from integrations.slack.client import OpenView

Body = Mapping[str, Any]


def user_of(body: Body) -> str:
    """Return the Slack user id of whoever pressed, submitted or typed; of an event, who brought it about."""
    if event := _mapping(body.get("event")):
        return str(event.get("user") or _mapping(event.get("message")).get("user") or "")
    user = body.get("user")
    return str(user.get("id", "") if isinstance(user, Mapping) else body.get("user_id", ""))


def actor_of(body: Body) -> Actor:
    """Return the same person as the services know them, without a manager's rights."""
    return Actor(user_of(body))


def target_of(body: Body) -> Target:
    """Return what the pressed button is about. Raises InvalidInput for one that is not of our making."""
    return Target.decode(body["actions"][0].get("value"))


def customer_of(body: Body) -> tuple[str, Target]:
    """Return which of a customer's addresses the pressed button is about, and the conversation."""
    return decode_customer(body["actions"][0].get("value"))


def opened_of(body: Body) -> OpenView:
    """Return the window in which a button was pressed."""
    view = _mapping(body.get("view"))
    return OpenView(str(view.get("id", "")), str(view.get("hash", "")))


def choice_of(body: Body) -> tuple[str, Target]:
    """Return the chosen entry of the overflow menu and what it is about."""
    return decode_choice((body["actions"][0].get("selected_option") or {}).get("value"))


def place_of(body: Body) -> tuple[str, str | None] | None:
    """Return the Slack channel, and the thread when it happened inside one, where the person looks now."""
    event = _mapping(body.get("event"))
    channel = event.get("channel") or _mapping(body.get("channel")).get("id")
    message = event or _mapping(body.get("message"))
    thread_ts = message.get("thread_ts")
    if not channel:
        return None
    return channel, thread_ts if thread_ts != message.get("ts") else None


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
