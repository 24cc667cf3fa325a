"""Slack's error codes as errors of ours: one table, read in one place."""

import math
from collections.abc import Mapping
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.core.errors import (
    ChannelClosed,
    Gone,
    OutcomeUnknown,
    Refused,
    ThreadpilotError,
    Unavailable,
    Unreachable,
)

DEFAULT_RETRY = 1.0
_LONGEST_WAIT = 300.0


class RateLimited(Unreachable):
    """Slack asks to wait: that holds for everybody who wants the same of it."""

    def __init__(self, wait: float, said: str = "Slack asks to wait") -> None:
        super().__init__(said, retry_after=wait)
        self.wait = wait


class BadToken(Refused):
    """Slack does not know the token, or not any more: no other call will be answered either."""


_GONE = {
    "message_not_found": "The Slack message is not there any more.",
    "thread_not_found": "The Slack thread is not there any more.",
    "cant_update_message": "Slack does not let threadpilot change this message.",
    "edit_window_closed": "Slack does not let this message be changed any more.",
    "file_not_found": "The file is not there any more.",
    "file_deleted": "The file is not there any more.",
    "user_not_found": "Slack does not know this person.",
    "user_not_visible": "Slack does not show us this person.",
    "not_found": "The window was closed in the meantime.",
    "view_not_found": "The window was closed in the meantime.",
}
# Slack failed half-way: a method that only reads may be called again, a post may have been made.
_HALF_DONE = {"fatal_error", "internal_error", "request_timeout"}
_BAD_TOKEN = {
    "account_inactive",
    "invalid_auth",
    "not_allowed_token_type",
    "not_authed",
    "token_expired",
    "token_revoked",
}
_BUSY = {"ratelimited", "rate_limited", "service_unavailable", "team_added_to_org"}
_CLOSED = {
    "channel_not_found": "Slack does not know this Slack channel, or threadpilot was not invited to it.",
    "not_in_channel": "threadpilot is not a member of this Slack channel: invite it with /invite.",
    "is_archived": "This Slack channel is archived.",
    "restricted_action": "The workspace's rules do not let threadpilot post in this Slack channel.",
}
_WORDS = {
    "not_allowed_token_type": "{token} is of the wrong kind: a bot token begins with xoxb-, an app token with xapp-.",
    "invalid_auth": "Slack does not accept {token}.",
    "not_authed": "{token} is missing.",
    "account_inactive": "The Slack app was removed from the workspace, and {token} with it; install it again.",
    "token_revoked": "{token} was revoked; install the app again.",
    "token_expired": "{token} has expired.",
    "missing_scope": "The Slack app lacks a scope; install it again with the current manifest.yml.",
    "invalid_blocks": "Slack did not accept the blocks of a message.",
    "msg_too_long": "The message is too long for Slack.",
    "expired_trigger_id": "Slack waited too long for the window. Press the button again.",
    "exchanged_trigger_id": "Slack has opened this window before. Press the button again.",
    "hash_conflict": "The window has changed in the meantime.",
    "user_not_in_channel": "This person is not a member of the Slack channel.",
}


def from_response(
    error: SlackApiError, *, posting: bool, setting: str = "SLACK_BOT_TOKEN"
) -> ThreadpilotError:
    """Turn Slack's answer into one of our errors.

    `posting` tells that a repetition could be seen, `setting` names where the token comes from.
    """
    status, code, headers = _parts(error.response)
    if status >= 500 and code in _BUSY:
        return RateLimited(_retry_after(headers), f"Slack cannot be reached (HTTP {status})")
    if status == 429 or code in _BUSY:
        return RateLimited(_retry_after(headers))
    if code in _GONE:
        return Gone(_GONE[code])
    if code in _CLOSED:
        return ChannelClosed(_CLOSED[code])
    if status >= 500 or code in _HALF_DONE or not code:
        said = f"Slack is not well (HTTP {status})"
        return OutcomeUnknown(said) if posting else Unavailable(said, retry_after=DEFAULT_RETRY)
    said = _WORDS[code].format(token=setting) if code in _WORDS else f"Slack refused: {code}"
    said = said[:1].upper() + said[1:]
    return BadToken(said) if code in _BAD_TOKEN else Refused(said)


def _parts(response: Any) -> tuple[int, str, Mapping[str, str]]:
    if not isinstance(response, AsyncSlackResponse):
        return 502, "", {}  # A body that is no JSON: the SDK hands over the bare HTTP response.
    body = response.data if isinstance(response.data, dict) else {}
    return response.status_code, str(body.get("error", "")), response.headers


def _retry_after(headers: Mapping[str, str]) -> float:
    """Read for how long to wait: whatever stands there, it may not keep us from Slack for long."""
    try:
        told = float(headers.get("Retry-After", DEFAULT_RETRY))
    except ValueError:
        return DEFAULT_RETRY
    return min(told, _LONGEST_WAIT) if math.isfinite(told) and told >= 0 else DEFAULT_RETRY
