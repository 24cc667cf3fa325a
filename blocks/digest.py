"""The digest and the alerts, as they stand in a Slack channel."""

from collections.abc import Sequence

from slackblocks import Block

from blocks import charts, kit, parts, text
from bot.answering.secrets import hidden
from bot.core.insights.digest import Digest, Due, Line, Plan
from bot.core.ports.insights import DayVolume

Shown = tuple[str, list[kit.Json]]

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_SUBJECT = 80


def digest(told: Digest) -> Shown:
    """Return a digest as text and blocks: what counts in six figures, then what needs somebody."""
    title = f"{'The week' if told.due.weekly else 'The day'} in support"
    fields = [_field(line) for line in told.lines]
    blocks: list[Block] = [
        kit.header("digest", title),
        kit.context("period", _period(told.due)),
        kit.fields("figures", fields),
        *kit.sections("open", [_open(told)]),
        *_chart(told),
        kit.context(
            "more", "`/cockpit dashboard` has the definitions, charts, and the cases behind each figure."
        ),
    ]
    said = "; ".join(f"{line.title} {line.value}" for line in told.lines[:2])
    return f"{title}: {said}", kit.message(blocks)


def _period(due: Due) -> str:
    scope = due.scope
    since, until = (text.clock_of_hour(hour) for hour in (scope.since, scope.until))
    return f"{since} to {until}, and the change from the same time a week before"


def _field(line: Line) -> str:
    return "\n".join(filter(None, [f"*{line.title}*", line.value, text.dotted([line.basis, line.change])]))


def _open(told: Digest) -> str:
    said = ["*Waiting for people now*: nothing"]
    if told.waiting:
        said = [f"*Waiting for people now*: {told.waiting}"]
        if told.longest is not None:
            one = told.longest
            subject = text.cut(text.one_line(hidden(one.conversation.subject)) or "no subject", _SUBJECT)
            where = parts.channel_mark(one.conversation.channel)
            said.append(f"Longest: {where}, since {text.clock(one.since)}: {text.escape(subject)}")
    if told.decided:
        share = f"{told.gaps / told.decided:.0%}"
        said.append(
            f"*Knowledge gaps*: no article answered {told.gaps} of {told.decided} questions ({share})"
            if told.gaps
            else f"*Knowledge gaps*: none in {told.decided} questions"
        )
    return "\n".join(said)


def _chart(told: Digest) -> Sequence[Block]:
    if not told.due.weekly:
        return ()
    return volume("volume", told.days, told.due.scope.since, told.due.scope.until)


def volume(name: str, days: Sequence[DayVolume], since: int, until: int) -> Sequence[Block]:
    """Return the chart of new conversations in these hours since 1970; nothing where there is none to draw.

    Days are the team's own: east of London, the last of them begins before its date has come in UTC.
    """
    last = max([(until - 1) // 24, *(one.day for one in days)])
    chart = charts.volume(name, days, since // 24, last)
    return [chart] if chart is not None else []


def alert(said: str) -> Shown:
    """Return trouble that begins."""
    return said, kit.message([kit.section("alert", f":rotating_light: {said}")])


def over(said: str) -> Shown:
    """Return trouble that is over."""
    return said, kit.message([kit.section("over", f":white_check_mark: {said}")])


def plan(told: Plan | None) -> str:
    """Tell when and where digests come."""
    if told is None:
        return (
            "_No digest is posted. Managers set it with "
            "`/cockpit digest #support-leads mon-fri 9:00 Europe/Berlin`._"
        )
    days = ", ".join(_DAYS[day] for day in told.weekdays)
    at = f"{told.minute // 60}:{told.minute % 60:02}"
    return (
        f"_Posted in <#{told.slack_channel}> at {at} ({told.zone}) on {days}, but on no holiday; the first one of a "
        "week is about seven days. Alerts come there too. `/cockpit digest off` ends it._"
    )


def plan_changed(actor: str, before: Plan | None, after: Plan | None) -> str:
    """Tell what was changed from what to what."""
    said = f"{text.person(actor)} changed the digest.\nBefore: {plan(before)}\nNow: {plan(after)}"
    return said if before == after else f"{said}\n_To take it back: `/cockpit revert last`._"
