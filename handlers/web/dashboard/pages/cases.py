"""The conversations behind a figure."""

from collections.abc import Sequence

from bot.core.insights.marks import Mark
from bot.core.insights.measures import MEASURES
from bot.core.ports.insights import Listed
from handlers.web.dashboard.html import tag
from handlers.web.dashboard.places import Places, thread
from handlers.web.dashboard.tables import Cell, Page, Row, Section, Table

_NAMES = {
    "asleep": "Snoozed",
    "day": "Begun on",
    "sla": "Service levels",
    "status": "Now",
}


def cases(
    listed: Sequence[Listed], mark: Mark, more: str, workspace: str, places: Places, *, named: bool
) -> Page:
    """Show the conversations that a mark names; `more` leads to those after them.

    Who is not `named` what they are about follows the link: Slack shows a thread to whom its channel is open.
    """
    rows: list[Row] = [
        [
            Cell(_titled(one, named), href=thread(workspace, one.slack_channel, one.ts)),
            one.customer if named else "",
            one.channel,
            one.status,
            places.clock(one.at),
            Cell(one.conversation_id[:8], one.conversation_id),
        ]
        for one in listed
    ]
    columns = ["Conversation", "Customer", "Channel", "Status", f"When ({places.zone})", "Id"]
    lead = tag("p", tag("a", "Earlier conversations", href=more)) if more else None
    note = (
        "The newest first. The first column opens the thread in Slack."
        if rows
        else "There is none in this period."
    )
    return Page("Conversations", [Section("cases", _named(mark, places), Table(columns, rows), note)], lead)


def _titled(one: Listed, named: bool) -> str:
    if not named:
        return "Thread in Slack"
    return one.subject or "(no subject)"


def _named(mark: Mark, places: Places) -> str:
    """Return what a list is called: by the figure that leads to it, if one does."""
    titles = {measure.mark: measure.title for measure in reversed(MEASURES)}
    kind = _NAMES.get(mark.kind, mark.kind.capitalize())
    value = places.who(mark.value) if mark.kind == "agent" else mark.value.replace("_", " ")
    return titles.get(str(mark), f"{kind}: {value}".removesuffix(": "))
