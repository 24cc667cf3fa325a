"""People: who answered, and who has how much in hand."""

from collections.abc import Mapping, Sequence

from bot.core.insights.marks import Mark
from bot.core.ports.insights import Kind, Load
from handlers.web.dashboard.places import Places
from handlers.web.dashboard.tables import Cell, Page, Row, Section, Table


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
