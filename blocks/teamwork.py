"""What `/cockpit` answers about teamwork: what is set, how it goes, and how to change it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby

from blocks import parts, text
from bot.core.model import Channel
from bot.core.policy import percent
from bot.core.priority import Priority
from bot.core.teamwork.assigning import Method
from bot.core.teamwork.hours import Hours, Span
from bot.core.teamwork.rota import Rota, Shift, mention
from bot.core.teamwork.rules import TELLABLE, TeamRules, Word
from bot.core.teamwork.sla import Kind, Targets
from bot.core.teamwork.state import Kept, Promise

HELP = """\
*Teamwork*
`/cockpit team`  ·  who gets conversations, and who is away (`team away`, `team back` for yourself)
`/cockpit oncall`  ·  who is on call now, and who is called next
`/cockpit hours`  ·  when somebody answers, by channel
`/cockpit sla`  ·  by when an answer is promised; `sla breaches 7d` shows how that is kept
`/cockpit watch add outage`  ·  be mentioned when a customer writes that word
`/cockpit vip`, `/cockpit tell`  ·  who is a VIP, and what customers are told when nobody answers soon
      _Managers:_ `team add @anna 8`, `team assign least-loaded`, `oncall add @anna mon-fri 8-20`,
      `oncall then @leads`, `hours email mon-fri 9-17 Europe/Berlin`, `hours holiday 2026-12-25 Europe/Berlin`,
      `sla email first 4h`, `sla chat high next 10m`, `vip add @acme.example`, `tell email closed on`"""

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_KINDS = {Kind.FIRST: "first answer", Kind.NEXT: "next answer", Kind.RESOLUTION: "resolution"}
_METHODS = {
    Method.OFF: "whoever takes a conversation has it",
    Method.ROUND_ROBIN: "by turns (`round-robin`)",
    Method.LEAST_LOADED: "to whoever has least in hand (`least-loaded`)",
}
_TOLD = {
    Word.CLOSED: "outside business hours, when somebody is there again",
    Word.ESCALATED: "when it is escalated, that a colleague looks at it",
}


def hours(rules: TeamRules, now: datetime) -> str:
    """Tell when somebody answers on each channel."""
    lines = [
        f"•  {parts.channel_mark(channel)}: {_hours(rules.hours.get(channel), now)}" for channel in Channel
    ]
    hint = "_Managers change it with `/cockpit hours email mon-fri 9-17 Europe/Berlin`, or `always`._"
    return "\n".join(["*Business hours*", *lines, *_holidays(rules, now), hint])


def _hours(told: Hours | None, now: datetime) -> str:
    if told is None:
        return "*around the clock*"
    opens = told.opens(now)
    state = "open now" if opens == now else f"opens {text.clock(opens, now)}" if opens else "never opens"
    return text.dotted([f"*{week(told.spans)}* ({told.zone})", state])


def _holidays(rules: TeamRules, now: datetime) -> Iterable[str]:
    for zone, days in sorted(rules.holidays.items()):
        coming = [f"{day:%Y-%m-%d}" for day in sorted(days) if day >= now.date()][:10]
        if coming:
            yield f"Holidays in {zone}: {', '.join(coming)}"


def week(spans: Iterable[Span]) -> str:
    """Write spans of a week as people do: `Mon-Fri 9:00-17:00`."""
    by_time: dict[tuple[int, int], list[int]] = {}
    for span in sorted(spans):
        by_time.setdefault((span.start, span.end), []).append(span.weekday)
    return ", ".join(f"{_days(days)} {_time(start)}-{_time(end)}" for (start, end), days in by_time.items())


def _days(days: Sequence[int]) -> str:
    runs = [[day for _, day in run] for _, run in groupby(enumerate(days), lambda pair: pair[1] - pair[0])]
    return ",".join(_DAYS[run[0]] if len(run) == 1 else f"{_DAYS[run[0]]}-{_DAYS[run[-1]]}" for run in runs)


def _time(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02}"


def targets(rules: TeamRules) -> str:
    """Tell what is promised on each channel."""
    lines = [
        f"•  {parts.channel_mark(channel)}{_priority(priority)}: {_promised(told)}"
        for (channel, priority), told in rules.targets.items()
    ]
    hint = (
        "_Managers promise with `/cockpit sla email first 4h`, for what is urgent with "
        "`/cockpit sla email high first 1h`; time counts within business hours. "
        "`/cockpit sla breaches 7d` shows how it is kept._"
    )
    return "\n".join(["*Promised to customers*", *(lines or ["•  nothing yet"]), hint])


def _priority(priority: Priority) -> str:
    return ", high priority" if priority is Priority.HIGH else ""


def _promised(told: Targets) -> str:
    return ", ".join(f"{_KINDS[kind]} within *{_length(minutes)}*" for kind, minutes in told.minutes.items())


def _length(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if hours and rest else f"{hours} h" if hours else f"{rest} min"


def lately(kept: Sequence[Kept], broken: Sequence[Promise], period: str) -> str:
    """Tell how promises were kept, each with how many there were, and the newest that were not."""
    if not kept:
        return (
            f"*Promises of the last {period}*\nNone has come due yet. `/cockpit sla` shows what is promised."
        )
    lines = [f"•  {_kept(one)}" for one in kept]
    late = [f"•  {_broken(one)}" for one in broken]
    return "\n".join(
        [
            f"*Promises of the last {period}*",
            *lines,
            *(["", "*The newest that were late*", *late] if late else []),
        ]
    )


def _kept(one: Kept) -> str:
    in_time = f"*{percent(1 - one.breached / one.n)}* in time"
    what = f"{parts.channel_mark(one.channel)}, {_KINDS[one.kind]}: {in_time}"
    return text.dotted([what, f"{one.breached} of {one.n} late"])


def _broken(one: Promise) -> str:
    return text.dotted(
        [
            f"{parts.channel_mark(one.channel)}{_priority(one.priority)}, {_KINDS[one.kind]}",
            f"due {text.clock(one.due_at)}" if one.due_at else "",
            f"done {text.clock(one.ended_at)}" if one.ended_at else "still open",
            mention(one.assignee) if one.assignee else "nobody had it",
            f"`{one.conversation_id[:8]}`",
        ]
    )


def rota(told: Rota, now: datetime, gone: Collection[str] = ()) -> str:
    """Tell who is on call, who is called next, and all shifts; those who are `gone` are passed over."""
    if not told:
        return (
            "*Nobody is on call*: what is escalated waits in its Slack channel until somebody takes it.\n"
            "_Managers begin with `/cockpit oncall add @anna mon-fri 8-20` and `/cockpit oncall zone Europe/Berlin`._"
        )
    line, until = [who for who in told.line(now) if who not in gone], told.until(now)
    who = told.on_shift(now)
    first = f"*On call now:* {mention(who)}" if who else "*Nobody has the shift now*"
    shifts = [
        text.dotted([f"•  {mention(name)}: {week(s.span for s in theirs)}", _not_there(name, gone)])
        for name, theirs in _by_person(told.shifts)
    ]
    return "\n".join(
        [
            text.dotted([first, f"until {text.clock(until, now)}" if until else ""]),
            f"Called in this order, {told.limit} min apart: {', '.join(map(mention, line)) or 'nobody'}",
            f"*Shifts* ({told.zone})",
            *(shifts or ["•  none yet"]),
            "_Managers: `/cockpit oncall add @ben daily 20-8`, `then @leads`, `limit 15m`, `remove @ben`._",
        ]
    )


def _by_person(shifts: Sequence[Shift]) -> Iterable[tuple[str, list[Shift]]]:
    people: dict[str, list[Shift]] = {}
    for shift in shifts:
        people.setdefault(shift.who, []).append(shift)
    return people.items()


def _not_there(who: str, gone: Collection[str]) -> str:
    return ":warning: deactivated in Slack" if who in gone else ""


def crew(rules: TeamRules, loads: Mapping[str, int], gone: Collection[str] = ()) -> str:
    """Tell how conversations find their agent, and who has how much in hand."""
    lines = [
        text.dotted(
            [
                f"•  {mention(who)}: {loads.get(who, 0)} of {size} in hand",
                "away" if who in rules.crew.away else "",
                _not_there(who, gone),
            ]
        )
        for who, size in rules.crew.members.items()
    ]
    hint = (
        "_Managers: `/cockpit team add @anna 8`, `team assign round-robin`. Yourself: `/cockpit team away`._"
    )
    return "\n".join(
        [f"*Conversations that wait go* {_METHODS[rules.crew.method]}", *(lines or ["•  nobody yet"]), hint]
    )


def words(rules: TeamRules) -> str:
    """Tell which words are watched, and by whom."""
    lines = [f"•  “{text.escape(word)}”: {', '.join(map(mention, who))}" for word, who in rules.words.items()]
    hint = "_`/cockpit watch add outage` has you mentioned when a customer writes it; `remove` ends that._"
    return "\n".join(["*Watched words*", *(lines or ["•  none yet"]), hint])


def vips(rules: TeamRules) -> str:
    """Tell who is a VIP, and what that means."""
    lines = [f"•  {text.escape(address)}" for address in sorted(rules.vips)]
    hint = (
        "_A person answers VIPs, with high priority. Managers: `/cockpit vip add @acme.example`, `remove`._"
    )
    return text.cut_marked("\n".join(["*VIPs*", *(lines or ["•  none yet"]), hint]), text.SECTION_MAX)


def told(rules: TeamRules) -> str:
    """Tell what customers are told at once on each channel."""
    lines = [f"•  {parts.channel_mark(channel)}: {_words_told(rules, channel)}" for channel in TELLABLE]
    hint = (
        "_Once in a conversation, in the customer's language, never to machines. Managers: "
        "`/cockpit tell email closed on`, `/cockpit tell chat escalated on`._"
    )
    return "\n".join(["*Customers are told at once, when a person has to answer*", *lines, hint])


def _words_told(rules: TeamRules, channel: Channel) -> str:
    wanted = rules.told.get(channel, frozenset())
    return "; ".join(_TOLD[word] for word in Word if word in wanted) or "nothing"


def changed(actor: str, before: str, after: str) -> str:
    """Tell who changed something, how things stand since, and which lines read otherwise before."""
    if before == after:
        return f"Nothing changed: it was so before.\n{after}"
    now = set(after.splitlines())
    gone = [f"~{line}~" for line in before.splitlines() if line not in now]
    lines = [f"{text.person(actor)} changed it. Now:", after, *(["Before:", *gone] if gone else [])]
    return "\n".join(lines)
