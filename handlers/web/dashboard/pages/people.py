"""People: who answered, how customers fared with each, and who has how much in hand."""

from collections.abc import Sequence

from bot.core.insights import words
from bot.core.insights.marks import Mark
from bot.core.insights.measures import Unit
from bot.core.insights.statistics import Estimate, Spread, share
from bot.core.ports.insights import Kind, Rated
from bot.services.insights import People
from handlers.web.dashboard.pages.parts import FEW
from handlers.web.dashboard.places import Places
from handlers.web.dashboard.tables import Cell, Page, Row, Section, Table

_TEAM = "The whole team"
_FIRST = (
    "First response: the median of the time from the customer's first message to the first answer, where this person "
    "gave it, by the clock on the wall."
)
_CSAT = (
    "Satisfaction: of the customers who rated a conversation in which this person answered, 4 or 5 of 5; one in "
    "which two did counts for both, and for the team as often."
)


def people(told: People, places: Places, *, named: bool) -> Page:
    """Show who answered and how customers fared with it; who is not `named` people sees the team as a whole."""
    return Page("People", [_answers(told, places, named=named), _treatment(told, places, named=named)])


def _answers(told: People, places: Places, *, named: bool) -> Section:
    columns = ["Who", "Answers", "Drafts as they were", "Drafts with changes", "Own words", "In hand now"]
    held = {one.agent: one.open for one in told.loads}
    answered = {one.name: one for one in told.agents}
    rows: list[Row] = [
        [_who(who, places), *_work([answered[who]] if who in answered else []), str(held.get(who, 0))]
        for who in ([*answered, *(who for who in held if who not in answered)] if named else ())
    ]
    rows.append([_TEAM, *_work(told.agents), str(sum(held.values()))])
    return Section("people", "Answers and load", Table(columns, rows), _whose(named))


def _work(kinds: Sequence[Kind]) -> list[str]:
    sums = [sum(getattr(one, key) for one in kinds) for key in ("approved", "edited", "own")]
    return [str(sum(sums)), *map(str, sums)]


def _treatment(told: People, places: Places, *, named: bool) -> Section:
    columns = ["Who", "First response", "95 % interval", "n", "Satisfaction", "95 % interval", "n"]
    rated = {one.agent: one for one in told.ratings}
    rows: list[Row] = [
        [
            _who(who, places),
            *_waited(told.first_waits.get(who, ())),
            *_rated([rated[who]] if who in rated else []),
        ]
        for who in (sorted({*told.first_waits, *rated}) if named else ())
    ]
    everybody = [wait for waits in told.first_waits.values() for wait in waits]
    rows.append([_TEAM, *_waited(everybody), *_rated(told.ratings)])
    note = f"{_FIRST} {_CSAT} What rests on fewer than {FEW} is not told: it would say more about chance. "
    return Section(
        "treatment", "First response and satisfaction", Table(columns, rows, long=True), note + _whose(named)
    )


def _waited(waits: Sequence[int]) -> list[Cell | str]:
    return _told(Unit.SECONDS, Spread(waits).percentile(50), len(waits))


def _rated(ratings: Sequence[Rated]) -> list[Cell | str]:
    satisfied, n = (sum(getattr(one, key) for one in ratings) for key in ("satisfied", "rated"))
    return _told(Unit.SHARE, share(satisfied, n), n)


def _told(unit: Unit, one: Estimate | None, n: int) -> list[Cell | str]:
    if one is None or n < FEW:
        return [Cell("too few" if n else "–", dim=True), "", str(n)]
    return [words.value(unit, one.value), words.interval(unit, one), str(n)]


def _who(who: str, places: Places) -> Cell:
    return Cell(places.who(who), who, href=places.cases(Mark("agent", who)))


def _whose(named: bool) -> str:
    return "" if named else "Managers see single people."
