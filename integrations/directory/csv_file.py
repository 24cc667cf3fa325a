"""Reads customers from a CSV file: columns email, name, company, plan, since, phone, note (email or phone needed)."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from bot.core.errors import Misconfigured
from bot.core.model import Channel
from bot.core.ports.channels import Profile


class CsvDirectory:
    """Looks customers up by e-mail address or phone number."""

    def __init__(self, profiles: Mapping[str, Profile]) -> None:
        self._profiles = profiles

    @classmethod
    def empty(cls) -> "CsvDirectory":
        """Return a directory that knows nobody."""
        return cls({})

    @classmethod
    def load(cls, path: Path) -> "CsvDirectory":
        """Read the file once.

        Raises:
            Misconfigured: it cannot be read, or is not such a CSV file.
        """
        try:
            with path.open(encoding="utf-8-sig", newline="") as file:
                return cls(dict(_profiles(_checked(path, csv.DictReader(file, strict=True)))))
        except OSError as error:
            raise Misconfigured(f"CUSTOMERS_FILE={path} cannot be read ({error.strerror}).") from error
        except (UnicodeDecodeError, csv.Error) as error:
            raise Misconfigured(f"CUSTOMERS_FILE={path} is not a CSV file in UTF-8 ({error}).") from error

    def __len__(self) -> int:
        """Count the addresses that are known."""
        return len(self._profiles)

    async def look_up(self, channel: Channel, address: str) -> Profile | None:  # noqa: ARG002
        """Return what the file says about an address, or None."""
        return self._profiles.get(_key(address))


def _checked(path: Path, table: "csv.DictReader[str]") -> Iterable[Mapping[str, str | None]]:
    missing = [name for name in ("email", "name") if name not in (table.fieldnames or ())]
    if missing:
        raise Misconfigured(
            f"CUSTOMERS_FILE={path} has no column {' and no column '.join(missing)}; "
            "its first line names the columns, at least email and name."
        )
    return table


def _profiles(rows: Iterable[Mapping[str, str | None]]) -> Iterator[tuple[str, Profile]]:
    for row in rows:
        profile = Profile(name=row["name"] or "", company=row.get("company") or "", facts=tuple(_facts(row)))
        for address in (row["email"], row.get("phone")):
            if key := _key(address or ""):
                yield key, profile


def _facts(row: Mapping[str, str | None]) -> Iterator[str]:
    plan, since = row.get("plan"), row.get("since")
    if plan:
        yield f"{plan} since {since}" if since else plan
    if row.get("note"):
        yield str(row["note"])


def _key(address: str) -> str:
    """Return what an address is known by, or "": a visitor's token must not look like a phone number."""
    address = address.removeprefix("whatsapp:")
    if "@" in address:
        return address.strip().lower()
    return "" if any(c.isalpha() for c in address) else "".join(c for c in address if c.isdigit() or c == "+")
