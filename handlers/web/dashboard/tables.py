"""What a page consists of, before it is HTML or CSV: sections with a table, and for some a picture of it."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from handlers.web.dashboard.html import Markup

# A spreadsheet takes a cell that begins so for a formula, also behind white space.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@dataclass(frozen=True)
class Cell:
    """One value: as people read it, as a program reads it ("" for the same), and where it leads ("" for nowhere)."""

    said: str
    raw: str = ""
    href: str = ""
    dim: bool = False


Row = Sequence[Cell | str]


@dataclass(frozen=True)
class Table:
    """Columns by name, and rows; the first cell of a row names it. On a narrow screen a `long` row is a list."""

    columns: Sequence[str]
    rows: Sequence[Row]
    long: bool = False


@dataclass(frozen=True)
class Section:
    """Part of a page. Where there is a picture, the table stands folded behind it; one `by_day` shows the period."""

    key: str
    title: str
    table: Table
    note: str = ""
    picture: Markup | None = None
    by_day: bool = False


@dataclass(frozen=True)
class Page:
    """One page of the dashboard; `lead` stands above its sections."""

    title: str
    sections: Sequence[Section]
    lead: Markup | None = None


def as_csv(table: Table) -> str:
    """Return a table as CSV (RFC 4180) for spreadsheets: no cell of it is taken for a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([_defused(name) for name in table.columns])
    writer.writerows([_defused(_raw(cell)) for cell in row] for row in table.rows)
    return out.getvalue()


def _raw(cell: Cell | str) -> str:
    return cell if isinstance(cell, str) else cell.raw or cell.said


def _defused(value: str) -> str:
    return f"'{value}" if value.lstrip(" ").startswith(_FORMULA) and not _is_number(value) else value


def _is_number(value: str) -> bool:
    return (
        value.removeprefix("-").replace(".", "", 1).isascii()
        and value.removeprefix("-").replace(".", "", 1).isdigit()
    )
