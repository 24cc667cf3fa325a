"""Reads customers from a CSV file: columns email, name, company, plan, since, phone, note (email or phone needed)."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from bot.core.context import CustomerRecord, Fact, Keys, Urgency
from bot.core.errors import Misconfigured

NAME = "customer file"


class CsvDirectory:
    """`bot.core.ports.customers.CustomerSource`: looks customers up by e-mail address or phone number."""

    name = NAME

    def __init__(self, records: Mapping[str, CustomerRecord], at: datetime) -> None:
        self._records = records
        self._at = at

    @classmethod
    def load(cls, path: Path) -> "CsvDirectory":
        """Read the file once.

        Raises:
            Misconfigured: it cannot be read, or is not such a CSV file.
        """
        try:
            written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            with path.open(encoding="utf-8-sig", newline="") as file:
                rows = _checked(path, csv.DictReader(file, strict=True))
                return cls(dict(_records(rows, written)), written)
        except OSError as error:
            raise Misconfigured(f"CUSTOMERS_FILE={path} cannot be read ({error.strerror}).") from error
        except (UnicodeDecodeError, csv.Error) as error:
            raise Misconfigured(f"CUSTOMERS_FILE={path} is not a CSV file in UTF-8 ({error}).") from error

    def __len__(self) -> int:
        """Count the addresses that are known."""
        return len(self._records)

    async def look_up(self, keys: Keys, urgency: Urgency) -> CustomerRecord:  # noqa: ARG002 - it is always there.
        """Return what the file says about the first of these addresses that stands in it."""
        found = (self._records.get(_key(address)) for address in (*keys.emails, *keys.phones))
        return next(filter(None, found), CustomerRecord(NAME, self._at, matches=0))


def _checked(path: Path, table: "csv.DictReader[str]") -> Iterable[Mapping[str, str | None]]:
    missing = [name for name in ("email", "name") if name not in (table.fieldnames or ())]
    if missing:
        raise Misconfigured(
            f"CUSTOMERS_FILE={path} has no column {' and no column '.join(missing)}; "
            "its first line names the columns, at least email and name."
        )
    return table


def _records(
    rows: Iterable[Mapping[str, str | None]], written: datetime
) -> Iterator[tuple[str, CustomerRecord]]:
    for row in rows:
        record = CustomerRecord(
            NAME,
            written,
            name=row["name"] or "",
            company=row.get("company") or "",
            facts=tuple(replace(fact, source=NAME, at=written) for fact in _facts(row)),
        )
        for address in (row["email"], row.get("phone")):
            if key := _key(address or ""):
                yield key, record


def _facts(row: Mapping[str, str | None]) -> Iterator[Fact]:
    plan, since = row.get("plan"), row.get("since")
    if plan:
        yield Fact("plan", f"{plan} since {since}" if since else plan, label="Plan")
    if row.get("note"):
        yield Fact("note", str(row["note"]), label="Note", internal=True)


def _key(address: str) -> str:
    """Return what an address is known by, or "": a visitor's token must not look like a phone number."""
    if "@" in address:
        return address.strip().lower()
    return "" if any(c.isalpha() for c in address) else "".join(c for c in address if c.isdigit() or c == "+")
