"""The pages, as pure functions of what was counted."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from bot.core.insights import words
from bot.core.insights.marks import Mark
from bot.core.insights.measures import MEASURES, NOT_MEASURED, Figure, Unit
from bot.core.insights.statistics import share
from bot.core.model import Channel, Status
from bot.core.ports.insights import DayVolume, HourVolume, Kind, Listed, Load, Open, Reasoned, SureTurns
from bot.services.insights import Overview, Volume, Work
from handlers.web.dashboard import charts
from handlers.web.dashboard.html import Markup, tag
from handlers.web.dashboard.places import Places, thread
from handlers.web.dashboard.tables import Cell, Page, Row, Section, Table

_DAYS = "Mon Tue Wed Thu Fri Sat Sun".split()
_AGES = (
    ("under 1 hour", 1),
    ("1 to 4 hours", 4),
    ("4 to 24 hours", 24),
    ("1 to 3 days", 72),
    ("over 3 days", 0),
)
_OPEN = {
    Status.WAITING: "Waiting for an agent",
    Status.ESCALATED: "Escalated",
    Status.UNDELIVERED: "Not delivered",
    Status.WORKING: "In work",
}
_FEW = 20
_EPOCH = date(1970, 1, 1)


def overview(told: Overview, places: Places) -> Page:
    """Show all figures, what waits, and how the share of automated resolutions went from day to day."""
    pairs = list(zip(told.figures, told.before, strict=True))
    rows = [_figure_row(now, then, places) for now, then in pairs]
    columns = ["Measure", "Value", "n", "95 % interval", "Period before", "Change", "Definition"]
    days = _by_day(told.days)
    automated = [_share_row(day, automated, asked) for day, (asked, automated) in sorted(days.items())]
    drawn = [
        charts.Column(day[5:], (automated / asked if asked else 0,), f"{day}: {automated} of {asked}")
        for day, (asked, automated) in sorted(days.items())
    ]
    missing = Table(["Measure", "Why"], [[name, f"Not measured yet: {why}."] for name, why in NOT_MEASURED])
    return Page(
        "Overview",
        [
            Section("figures", "Figures and their definitions", Table(columns, rows)),
            Section("now", "Waiting now", _waiting(told.open, places)),
            Section(
                "automated",
                "Automated resolution by day",
                Table(["Day (UTC)", "Share", "Conversations"], automated),
                picture=charts.stacked(drawn, "%"),
            ),
            Section("missing", "Not measured yet", missing),
        ],
        lead=tag("div", [_tile(now, then, places) for now, then in pairs if now.estimates], class_="tiles"),
    )


def _figure_row(now: Figure, then: Figure, places: Places) -> Row:
    unit, main = now.measure.unit, now.main
    return [
        Cell(now.measure.title, now.measure.key),
        Cell(words.estimate(now), href=places.cases(now.measure.mark), dim=now.n < _FEW),
        f"{now.n}",
        words.interval(unit, main) if main and unit is not Unit.COUNT else "",
        words.estimate(then),
        words.change(now, then),
        f"{now.measure.sentence} {now.note}{'.' if now.note else ''}".strip(),
    ]


def _tile(now: Figure, then: Figure, places: Places) -> Markup:
    unit, change = now.measure.unit, words.change(now, then)
    main = now.main
    said = words.value(unit, main.value) if main else "–"
    others = [
        f"{name} {words.value(unit, one.value)}" for name, one in now.estimates.items() if name != "p50"
    ]
    better = _better(now, then)
    return tag(
        "a",
        tag("span", now.measure.title, class_="name"),
        tag("span", said, class_="value"),
        tag("span", " · ".join(others), class_="more") if unit is Unit.SECONDS else None,
        tag("span", words.basis(now), class_="more"),
        tag("span", f"{change}{better}", class_="more change") if change else None,
        href=places.cases(now.measure.mark),
        class_="tile",
        title=now.measure.sentence,
    )


def _better(now: Figure, then: Figure) -> str:
    wanted = now.measure.more_is_better
    if wanted is None or now.main is None or then.main is None:
        return ""
    if not words.is_certain(now, then):
        return ", may be chance"
    return ", better" if (now.main.value > then.main.value) is wanted else ", worse"


def _waiting(waiting: Sequence[Open], places: Places) -> Table:
    counted = Counter(one.status for one in waiting)
    rows: list[Row] = [
        [name, Cell(str(counted[status]), href=places.cases(Mark("status", status.value)))]
        for status, name in _OPEN.items()
    ]
    return Table(["Whose turn it is", "Conversations"], rows)


def volume(told: Volume, now: datetime, places: Places) -> Page:
    """Show when conversations began, on which channels, and how long what is open has waited."""
    channels = sorted({one.channel for one in told.days}, key=list(Channel).index)
    return Page(
        "Volume",
        [
            _per_day(told.days, channels, places),
            _per_hour(told.hours),
            Section("ages", "Waiting now, by age", _ages(told.open, now)),
        ],
        lead=_legend(channels),
    )


def _legend(names: Iterable[str]) -> Markup:
    return tag("p", [tag("span", name, class_=f"key k{n}") for n, name in enumerate(names)], class_="legend")


def _per_day(counted: Sequence[DayVolume], channels: Sequence[Channel], places: Places) -> Section:
    days: dict[str, Counter[Channel]] = {}
    for one in counted:
        days.setdefault(_day(one.day), Counter())[one.channel] += one.asked
    rows: list[Row] = [
        [day, *(str(n[c]) for c in channels), str(n.total())] for day, n in sorted(days.items())
    ]
    drawn = [
        charts.Column(day[5:], [n[c] for c in channels], f"{day}: {n.total()}", places.cases("all:"))
        for day, n in sorted(days.items())
    ]
    table = Table(["Day (UTC)", *channels, "All"], rows)
    return Section("days", "New conversations by day", table, picture=charts.stacked(drawn))


def _per_hour(counted: Sequence[HourVolume]) -> Section:
    grid = Counter({(one.weekday, one.hour): one.asked for one in counted})
    cells = [
        (day, [(grid[d, h], f"{day} {h}:00 UTC: {grid[d, h]}") for h in range(24)])
        for d, day in enumerate(_DAYS)
    ]
    rows: list[Row] = [[day, *(str(number) for number, _ in numbers)] for day, numbers in cells]
    table = Table(["Weekday", *(f"{h}:00" for h in range(24))], rows)
    return Section("hours", "New conversations by weekday and hour (UTC)", table, picture=charts.heat(cells))


def _ages(waiting: Sequence[Open], now: datetime) -> Table:
    counted: Counter[tuple[str, Status]] = Counter()
    for one in waiting:
        counted[_age(one, now), one.status] += 1
    names = [name for name, _ in _AGES] + ["no message waits"]
    rows: list[Row] = [[name, *(str(counted[name, status]) for status in _OPEN)] for name in names]
    return Table(["Oldest message without an answer", *_OPEN.values()], rows)


def _age(one: Open, now: datetime) -> str:
    if one.since is None:
        return "no message waits"
    waited = now - one.since
    return next((name for name, hours in _AGES if waited < timedelta(hours=hours)), _AGES[-1][0])


def quality(sure: Sequence[SureTurns], reasons: Sequence[Reasoned], places: Places) -> Page:
    """Show what became of drafts, how honest the confidence was, and why the policy did what it did."""
    return Page(
        "AI quality", [_funnel(sure, places), _histogram(sure), _reliability(sure), _why(reasons, places)]
    )


def _funnel(sure: Sequence[SureTurns], places: Places) -> Section:
    total = sum(one.turns for one in sure)
    fates = (
        ("alone", "Sent by itself"),
        ("approved", "Sent by a person as it was"),
        ("edited", "Sent by a person with changes"),
        ("own", "A person wrote another answer"),
    )
    counted = [(key, name, sum(getattr(one, key) for one in sure)) for key, name in fates]
    rows: list[Row] = [["Turns with a draft", str(total), ""]]
    rows += [
        [name, Cell(str(n), href=places.cases(Mark("sent", key))), _percent(n, total)]
        for key, name, n in counted
    ]
    left = total - sum(n for _, _, n in counted)
    rows.append(["No answer to this turn (yet)", str(left), _percent(left, total)])
    return Section("fates", "What became of the drafts", Table(["Drafts", "Turns", "Share"], rows))


def _histogram(sure: Sequence[SureTurns]) -> Section:
    names = ["by itself", "as it was", "with changes", "another answer", "none"]
    rows: list[Row] = []
    drawn = []
    for one in sure:
        parts = [one.alone, one.approved, one.edited, one.own]
        parts.append(one.turns - sum(parts))
        rows.append([_bin(one), str(one.turns), *map(str, parts)])
        drawn.append(charts.Column(f"{one.confidence // 10} %", parts, f"{_bin(one)}: {one.turns}"))
    table = Table(["Confidence", "Turns", *names], rows)
    picture = Markup(_legend(names) + charts.stacked(drawn))
    return Section("confidence", "How sure the drafts were, and what was sent", table, picture=picture)


def _reliability(sure: Sequence[SureTurns]) -> Section:
    rows: list[Row] = []
    points = []
    for one in sure:
        judged = one.good + one.wrong
        right = share(one.good, judged)
        if right is None:
            continue
        few = judged < _FEW
        interval = f"{right.low * 100:.0f} to {right.high * 100:.0f} %"
        rows.append([_bin(one), Cell(f"{right.value * 100:.0f} %", dim=few), interval, str(judged)])
        title = f"{_bin(one)}: {right.value * 100:.0f} % right, n = {judged}"
        points.append(
            charts.Point((one.confidence + 25) / 1000, right.value, right.low, right.high, title, few)
        )
    note = (
        "Agents' verdicts on answers that went out by themselves. On the line, what was so sure was right as often. "
        f"Grey rests on fewer than {_FEW}."
    )
    table = Table(["Confidence", "Right", "95 % interval", "Judged"], rows)
    return Section("reliability", "Was it as right as it was sure?", table, note, charts.calibration(points))


def _why(reasons: Sequence[Reasoned], places: Places) -> Section:
    rows: list[Row] = [
        [
            one.action,
            Cell(one.reason, href=places.cases(Mark("reason", one.reason)) if one.reason else ""),
            str(one.turns),
        ]
        for one in reasons
    ]
    note = "The strongest reason of each decision by the policy."
    return Section("reasons", "Why it was decided so", Table(["Decision", "Reason", "Turns"], rows), note)


def knowledge(articles: Sequence[Kind], reasons: Sequence[Reasoned], places: Places) -> Page:
    """Show how the articles fared, and what nothing was found for."""
    rows: list[Row] = [
        [
            Cell(one.name, href=places.cases(Mark("article", one.name))),
            str(one.turns),
            Cell(_percent(one.alone, one.turns), dim=one.turns < _FEW),
            _percent(one.approved, one.turns),
            _percent(one.edited, one.turns),
            _percent(one.own, one.turns),
            str(one.wrong),
        ]
        for one in articles
    ]
    columns = [
        "Article",
        "Drafts",
        "By itself",
        "As it was",
        "With changes",
        "Another answer",
        "Judged wrong",
    ]
    none = sum(one.turns for one in reasons if one.reason == "no_answer")
    gaps: list[Row] = [
        ["No article answered", Cell(str(none), href=places.cases(Mark("reason", "no_answer")))]
    ]
    note = "The first source of each draft, the most used first, 50 at most."
    return Page(
        "Knowledge",
        [
            Section("articles", "How the articles fared", Table(columns, rows), note),
            Section("gaps", "What is missing", Table(["Questions", "Turns"], gaps)),
        ],
    )


def people(agents: Sequence[Kind], loads: Sequence[Load], names: Mapping[str, str], places: Places) -> Page:
    """Show who answered and who has how much in hand; without `names` only the team as a whole."""
    columns = ["Who", "Answers", "Drafts as they were", "Drafts with changes", "Own words", "In hand now"]
    held = {one.agent: one.open for one in loads}
    answered = {one.name: one for one in agents}
    rows: list[Row] = [
        [
            Cell(names[who], who, places.cases(Mark("agent", who))),
            *_work([answered[who]] if who in answered else []),
            str(held.get(who, 0)),
        ]
        for who in [*answered, *(who for who in held if who not in answered)]
        if who in names
    ]
    rows.append(["The whole team", *_work(agents), str(sum(held.values()))])
    note = "" if names else "Managers see single people."
    return Page("People", [Section("people", "Answers and load", Table(columns, rows), note)])


def _work(kinds: Sequence[Kind]) -> list[str]:
    sums = [sum(getattr(one, key) for one in kinds) for key in ("approved", "edited", "own")]
    return [str(sum(sums)), *map(str, sums)]


def cost(work: Work, places: Places) -> Page:
    """Show what language models took, in all, for a draft, and for a conversation that was automated."""
    rows: list[Row] = [
        [
            one.model,
            f"{one.drafts}",
            f"{one.tokens_in}",
            f"{one.tokens_out}",
            f"{one.seconds:.1f} s",
            f"{one.cost:.4f}",
        ]
        for one in work.models
    ]
    columns = ["Model", "Drafts", "Tokens read", "Tokens written", "Time per draft", "Cost"]
    drafts = sum(one.drafts for one in work.models)
    each: list[Row] = [
        ["A draft", *_per(work, drafts), str(drafts)],
        [
            "An automated resolution",
            *_per(work, work.automated),
            Cell(str(work.automated), href=places.cases("is:automated")),
        ],
    ]
    note = "On all channels, whatever is chosen above. The cost is in the currency of OPENAI_PRICES, 0 without it."
    return Page(
        "Cost",
        [
            Section("models", "What language models took", Table(columns, rows), note),
            Section("each", "For each", Table(["For", "Tokens", "Cost", "n"], each)),
        ],
    )


def _per(work: Work, number: int) -> list[str]:
    tokens = sum(one.tokens_in + one.tokens_out for one in work.models)
    spent = sum(one.cost for one in work.models)
    return [f"{tokens / number:.0f}", f"{spent / number:.4f}"] if number and work.models else ["–", "–"]


def cases(listed: Sequence[Listed], mark: Mark, more: str, workspace: str, *, named: bool) -> Page:
    """Show the conversations that a mark names; `more` leads to those after them.

    Who is not `named` what they are about follows the link: Slack shows a thread to whom its channel is open.
    """
    rows: list[Row] = [
        [
            Cell(_titled(one, named), href=thread(workspace, one.slack_channel, one.ts)),
            one.customer if named else "",
            one.channel,
            one.status,
            f"{one.begun_at:%Y-%m-%d %H:%M}",
            Cell(one.conversation_id[:8], one.conversation_id),
        ]
        for one in listed
    ]
    columns = ["Conversation", "Customer", "Channel", "Status", "Begun (UTC)", "Id"]
    lead = tag("p", tag("a", "Earlier conversations", href=more)) if more else None
    note = (
        "The newest first. The first column opens the thread in Slack."
        if rows
        else "There is none in this period."
    )
    return Page("Conversations", [Section("cases", _named(mark), Table(columns, rows), note)], lead)


def _titled(one: Listed, named: bool) -> str:
    if not named:
        return "Thread in Slack"
    return one.subject or "(no subject)"


def _named(mark: Mark) -> str:
    """Return what a list is called: by the figure that leads to it, if one does."""
    titles = {measure.mark: measure.title for measure in reversed(MEASURES)}
    return titles.get(str(mark), f"{mark.kind.capitalize()}: {mark.value}")


def _by_day(volume: Sequence[DayVolume]) -> dict[str, tuple[int, int]]:
    days: dict[str, tuple[int, int]] = {}
    for one in volume:
        asked, automated = days.get(_day(one.day), (0, 0))
        days[_day(one.day)] = (asked + one.asked, automated + one.automated)
    return days


def _share_row(name: str, hits: int, of: int) -> Row:
    return [name, Cell(_percent(hits, of), dim=of < _FEW), str(of)]


def _percent(hits: int, of: int) -> str:
    return f"{hits / of * 100:.1f} %" if of else "–"


def _bin(one: SureTurns) -> str:
    return f"{one.confidence // 10} to {one.confidence // 10 + 5} %"


def _day(number: int) -> str:
    return f"{_EPOCH + timedelta(days=number):%Y-%m-%d}"
