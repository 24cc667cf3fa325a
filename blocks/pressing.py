"""The line of a card that says what presses: what is due by when, a VIP, the priority, and who follows."""

from datetime import datetime

from slackblocks import Block

from blocks import kit, text
from bot.core.model import Case, Status
from bot.core.priority import Pressing, Priority

_DUE = {"first": "First answer", "next": "Next answer", "resolution": "Solution"}


def pressing(case: Case, now: datetime) -> list[Block]:
    """Return the line, or nothing where nothing presses."""
    known = case.pressing or Pressing()
    words = [
        ":crown: *VIP*" if known.vip else "",
        ":exclamation: *High priority*" if case.priority is Priority.HIGH else "",
        _due(known, now) if case.conversation.status is not Status.RESOLVED else "",
        f"followed by {', '.join(map(text.person, case.followers))}" if case.followers else "",
    ]
    return [kit.context("pressing", text.dotted(words))] if any(words) else []


def _due(known: Pressing, now: datetime) -> str:
    if known.due is None or known.due_at is None:
        return ""
    what, when = _DUE[known.due], text.clock(known.due_at, now)
    if now > known.due_at:
        return f":rotating_light: *{what} is late:* it was due {when}"
    if known.warn_at is not None and now >= known.warn_at:
        return f":warning: *{what} due soon:* {when}"
    return f":stopwatch: {what} due {when}"
