"""What `/cockpit stats` tells: every figure with what it rests on, and where to see more."""

from collections.abc import Mapping, Sequence

from blocks import parts, text
from bot.core.insights import words
from bot.core.insights.figures import Figure
from bot.core.model import Channel, Status

# What somebody hears whose link to the dashboard was opened by a second browser.
USED_AGAIN = (
    "Your link to the dashboard was opened a second time, and that was refused: a link works once. If it was not "
    "you, somebody else has it: `/cockpit dashboard revoke` ends all that you have open."
)
_SPANS = {
    "24h": "the last 24 hours",
    "7d": "the last 7 days",
    "30d": "the last 30 days",
    "90d": "the last 90 days",
}
_WAITING = {
    Status.WAITING: "waiting for an agent",
    Status.ESCALATED: "escalated",
    Status.UNDELIVERED: "not delivered or unclear",
    Status.WORKING: "in work",
}


def stats(
    figures: Sequence[Figure],
    before: Sequence[Figure],
    waiting: Mapping[Status, int],
    period: str,
    channel: Channel | None,
    link: str,
) -> str:
    """Tell the figures of a period beside those of the one before, what waits now, and link the dashboard.

    Times are told by the clock on the wall; the dashboard tells them in business hours too.
    """
    where = f" on {parts.channel_mark(channel)}" if channel else ""
    told = [(now, then) for now, then in zip(figures, before, strict=True) if now.estimates]
    lines = [_line(now, then) for now, then in told if not now.measure.in_hours]
    notes = sorted({f"_{figure.note}._" for figure in figures if figure.note})
    opened = [f"{waiting[status]} {said}" for status, said in _WAITING.items() if waiting.get(status)]
    more = f"{text.link(link, 'Open the dashboard')}: definitions, charts, and the cases behind each figure."
    return "\n".join(
        [
            f"*{_SPANS[period].capitalize()}*{where}, and the change from the period before",
            *lines,
            *notes,
            f"*Now*: {', '.join(opened) or 'nothing waits'}",
            more,
        ]
    )


def entrance(link: str, minutes: int) -> str:
    """Tell where the dashboard is, and for how long the way in is open."""
    return f"{text.link(link, 'Open the dashboard')}. This link is yours: it works once, within {minutes} minutes."


def ended(who: str) -> str:
    """Tell that visits have ended; `who` is a Slack user id, "" whoever asked."""
    whose = f"of {text.person(who)}" if who else "you had"
    return f"All dashboard links and sessions {whose} have ended. `/cockpit dashboard` gives a new link."


def _line(now: Figure, then: Figure) -> str:
    sure = "" if words.is_certain(now, then) else " (may be chance)"
    change = words.change(now, then)
    said = [
        f"•  {now.measure.title}: *{words.estimate(now)}*",
        words.basis(now),
        f"{change}{sure}" if change else "",
    ]
    return text.dotted(said)
