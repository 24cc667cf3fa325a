"""Knowledge: how the articles fared, and what is missing."""

from bot.core.insights.marks import Mark
from bot.core.ports.insights import Kind
from bot.services.insights import Knowledge
from handlers.web.dashboard.pages.parts import FEW, percent
from handlers.web.dashboard.pages.quality import why
from handlers.web.dashboard.places import Places
from handlers.web.dashboard.tables import Cell, Page, Row, Section, Table

_COLUMNS = ["Article", "Drafts", "By itself", "As it was", "With changes", "Another answer", "Judged wrong"]


def knowledge(told: Knowledge, places: Places, *, named: bool) -> Page:
    """Show how the articles fared, and what nothing was found for; subjects only to who is `named` customers."""
    rows = [_article(one, places) for one in told.articles]
    note = "The first source of each draft, the most used first, 50 at most. Read those first that people replace."
    return Page(
        "Knowledge",
        [
            Section("articles", "How the articles fared", Table(_COLUMNS, rows), note),
            _gaps(told, places, named=named),
            why(told.reasons, places),
        ],
    )


def _article(one: Kind, places: Places) -> Row:
    return [
        Cell(one.name, href=places.cases(Mark("article", one.name))),
        str(one.turns),
        Cell(percent(one.alone, one.turns), dim=one.turns < FEW),
        percent(one.approved, one.turns),
        percent(one.edited, one.turns),
        percent(one.own, one.turns),
        str(one.wrong),
    ]


def _gaps(told: Knowledge, places: Places, *, named: bool) -> Section:
    none = sum(one.turns for one in told.reasons if one.reason == "no_answer")
    rows: list[Row] = [["All of them", Cell(str(none), href=places.cases(Mark("reason", "no_answer")))]]
    if named:
        rows += [[one.subject or "(no subject)", str(one.turns)] for one in told.gaps]
    note = "Questions that no article answered. " + (
        "By subject, of the newest 500: write an article for what comes often."
        if named
        else "Managers see their subjects."
    )
    return Section("gaps", "What is missing", Table(["Subject", "Turns"], rows), note)
