"""The audit log from the command line: whether it is whole, and what is in it."""

import csv
import json
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import IO

from bot.core.audit import EMPTY, AuditRow, Head, first_broken
from bot.core.sealing import OPEN, Sealing
from bot.core.text import defused
from storage.database import SqlDatabase, open_database
from storage.migrate import check_there
from storage.signals import LocalSignals
from storage.transaction import SqlTransaction

_PAGE = 1_000
_COLUMNS = ("seq", "at", "actor", "action", "subject", "payload", "previous", "hash")

Taken = Callable[[AuditRow], None]


@dataclass(frozen=True)
class Verdict:
    """How far the chain is whole, and what is wrong after that ("" when nothing is)."""

    end: Head
    broken: str = ""

    def __str__(self) -> str:
        if self.broken:
            return f"The audit chain is broken at {self.broken}."
        return f"The audit chain is whole: {self.end.seq} rows."


async def verify(
    url: str, noted: Sequence[Head] = (), taken: Taken = lambda _: None, sealing: Sealing = OPEN
) -> Verdict:
    """Walk the chain from its beginning; `noted` are ends that it had before, `taken` gets each row that is whole.

    Raises:
        Misconfigured: this is no database of ours.
        Unavailable: the database failed.
    """
    await check_there(url)
    async with open_database(url, LocalSignals(), sealing=sealing) as database:
        async with database.snapshot() as tx:
            kept = await tx.audit.head()
            emptied = await _emptied(tx)
        verdict = await _walk(database, [*noted, *filter(None, [kept])], emptied, taken)
    if kept is None and not verdict.broken:
        return Verdict(verdict.end, "its end: where that has to be was removed from the table audit_head")
    return verdict


async def _emptied(tx: SqlTransaction) -> Mapping[int, str]:
    try:
        return await tx.audit.emptied()
    except (ValueError, TypeError):  # The walk finds the row that cannot be read.
        return {}


async def _walk(
    database: SqlDatabase, noted: Sequence[Head], emptied: Mapping[int, str], taken: Taken
) -> Verdict:
    end = EMPTY
    async for rows in _pages(database):
        if not rows:
            return Verdict(end, f"row {end.seq + 1} (it cannot be read)")
        wrong = first_broken(rows, end, emptied) or _other_than(noted, rows)
        for row in rows:
            if row == wrong:
                return Verdict(end, f"row {row.seq} ({row.action}, {row.at.isoformat()})")
            taken(row)
            end = Head(row.seq, row.hash)
    last = max((head.seq for head in noted), default=0)
    if last > end.seq:
        return Verdict(end, f"its end: there were {last} rows, and {end.seq} are left")
    return Verdict(end)


def _other_than(noted: Iterable[Head], rows: Iterable[AuditRow]) -> AuditRow | None:
    """Return the first row that is not what was noted of it, although the chain may be whole."""
    noted = list(noted)
    differs = (row for row in rows if any(h.seq == row.seq and h.hash != row.hash for h in noted))
    return next(differs, None)


async def _pages(database: SqlDatabase) -> AsyncIterator[Sequence[AuditRow]]:
    """Yield the rows in order, a page at a time; an empty page when the next row holds what we would never write."""
    after, page = 0, _PAGE
    while True:
        try:
            async with database.snapshot() as tx:
                rows = await tx.audit.rows(after, page)
        except (ValueError, TypeError):
            if page == 1:
                yield ()
                return
            page = 1
            continue
        if not rows:
            return
        yield rows
        after = rows[-1].seq


def as_jsonl(out: IO[str]) -> Taken:
    """Return what writes rows as one JSON object per line."""

    def write(row: AuditRow) -> None:
        out.write(json.dumps(asdict(row) | {"at": row.at.isoformat()}, ensure_ascii=False) + "\n")

    return write


def as_csv(out: IO[str]) -> Taken:
    """Return what writes rows as CSV with a head line; no cell is a formula to a spreadsheet."""
    table = csv.writer(out)
    table.writerow(_COLUMNS)

    def write(row: AuditRow) -> None:
        said = asdict(row) | {
            "at": row.at.isoformat(),
            "payload": json.dumps(row.payload, ensure_ascii=False),
        }
        table.writerow([defused(str(said[column])) for column in _COLUMNS])

    return write
