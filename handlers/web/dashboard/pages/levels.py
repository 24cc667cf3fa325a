"""Service levels: how promises to customers were kept, which were broken, and which are about to be."""

from collections.abc import Sequence
from datetime import datetime

from bot.core.insights import words
from bot.core.insights.statistics import share
from bot.core.ports.insights import Due, Kept
from bot.core.teamwork.sla import Kind
from bot.services.insights import ServiceLevels
from handlers.web.dashboard.pages.parts import FEW
from handlers.web.dashboard.places import Places, thread
from handlers.web.dashboard.tables import Cell, Page, Row, Section, Table

_KINDS = {Kind.FIRST: "First answer", Kind.NEXT: "Next answer", Kind.RESOLUTION: "Resolution"}


def levels(told: ServiceLevels, now: datetime, places: Places, workspace: str, *, named: bool) -> Page:
    """Show how promises were kept; who had a conversation only to who is `named` people."""
    return Page(
        "Service levels",
        [
            _kept(told.kept, places),
            _at_risk(told.at_risk, now, places, workspace, named=named),
            _broken(told.broken, now, places, workspace, named=named),
        ],
    )


def _kept(kept: Sequence[Kept], places: Places) -> Section:
    rows = [_kept_row(one, places) for one in kept]
    note = (
        "Promises that began in this period and whose outcome is known, in business hours. "
        if rows
        else "Nothing was promised in this period: set service levels with `/cockpit sla`."
    )
    columns = ["Channel", "Priority", "Promise", "Kept", "95 % interval", "Broken", "n"]
    return Section("kept", "How promises were kept", Table(columns, rows), note)


def _kept_row(one: Kept, places: Places) -> Row:
    kept = share(one.n - one.breached, one.n)
    interval = f"{kept.low * 100:.1f} to {kept.high * 100:.1f} %" if kept else ""
    return [
        one.channel,
        one.priority,
        _KINDS[one.kind],
        Cell(f"{kept.value * 100:.1f} %" if kept else "–", dim=one.n < FEW),
        interval,
        Cell(str(one.breached), href=places.cases("sla:broken")),
        str(one.n),
    ]


def _at_risk(due: Sequence[Due], now: datetime, places: Places, workspace: str, *, named: bool) -> Section:
    rows = [
        [*_about(one, places, workspace), _until(one, now), *_who(one, places, named=named)] for one in due
    ]
    columns = ["Conversation", "Channel", "Priority", "Promise", "Due", "Left", *(["With"] if named else [])]
    note = (
        "Running promises of whose time 80 % are over, those due first first." if rows else "None at present."
    )
    return Section("risk", "At risk now", Table(columns, rows, long=True), note)


def _broken(broken: Sequence[Due], now: datetime, places: Places, workspace: str, *, named: bool) -> Section:
    rows = [
        [*_about(one, places, workspace), _late(one, now), _cause(one), *_who(one, places, named=named)]
        for one in broken
    ]
    columns = ["Conversation", "Channel", "Priority", "Promise", "Due", "Late by", "Cause"]
    note = (
        "The newest first, 100 at most. Late by the clock on the wall."
        if rows
        else "None was broken in this period."
    )
    return Section(
        "broken", "Broken promises", Table([*columns, *(["With"] if named else [])], rows, long=True), note
    )


def _about(one: Due, places: Places, workspace: str) -> list[Cell | str]:
    link = thread(workspace, one.slack_channel, one.ts)
    return [
        Cell(one.conversation_id[:8], one.conversation_id, link),
        one.channel,
        one.priority,
        _KINDS[one.kind],
        places.clock(one.due_at) if one.due_at else "stands still",
    ]


def _until(one: Due, now: datetime) -> str:
    return words.span((one.due_at - now).total_seconds()) if one.due_at and one.due_at > now else "over"


def _late(one: Due, now: datetime) -> str:
    if one.due_at is None:
        return "–"
    late = words.span(max(0.0, ((one.ended_at or now) - one.due_at).total_seconds()))
    return late if one.ended_at else f"{late}, still open"


def _cause(one: Due) -> str:
    return "nobody had taken it" if one.assignee is None else "somebody had it"


def _who(one: Due, places: Places, *, named: bool) -> list[Cell | str]:
    who = one.assignee
    return [Cell(places.who(who), who) if who else "nobody"] if named else []
