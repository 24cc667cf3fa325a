"""Hands out everything there is about a customer: for machines, for people, and the files as they came."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.errors import Misconfigured
from bot.core.model import Customer
from bot.core.sealing import OPEN, Sealing
from bot.verbs.privacy.erasing import Elsewhere, elsewhere_of, found
from storage.database import open_database
from storage.migrate import check_there
from storage.personal import Belongings, audit_rows, rows_of
from storage.signals import LocalSignals
from storage.tables import attachments, raw_mails

Row = Mapping[str, Any]

_FILES = (raw_mails, attachments)
_MORE = "Everything else, such as drafts, decisions and notes, is in `customer.json`; files are in `files`."


@dataclass(frozen=True)
class Everything:
    """What there is about a customer: rows by table, files by SHA-256, and where else to look."""

    people: Sequence[Customer]
    tables: Mapping[str, Sequence[Row]]
    files: Mapping[str, bytes]
    elsewhere: Elsewhere

    def __str__(self) -> str:
        rows = sum(map(len, self.tables.values()))
        return f"{rows} rows of {len(self.tables)} tables and {len(self.files)} files."


async def everything(url: str, who: str, sealing: Sealing = OPEN) -> Everything:
    """Return everything there is about a customer, by an address, a number or an id.

    Raises:
        Misconfigured: nobody is known by this.
    """
    await check_there(url)
    async with open_database(url, LocalSignals(), sealing=sealing) as database:
        people, theirs = await found(database, who)
        elsewhere = await elsewhere_of(database, theirs, people)
        async with database.snapshot() as tx:
            tables = await _tables(tx.connection, theirs)
            tables["audit"] = [_plain(vars(row)) for row in await audit_rows(tx.connection, theirs)]
            return Everything(people, tables, await _contents(tx.connection, theirs), elsewhere)


def write(told: Everything, folder: Path) -> None:
    """Write `customer.json`, `customer.md` and `files` into a folder that is empty, or not there yet.

    Raises:
        Misconfigured: the folder cannot be used.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if any(folder.iterdir()):
            raise Misconfigured(f"{folder} is not empty; name another folder with --to.")
        elsewhere = {"records": told.elsewhere.records, "slack_threads": told.elsewhere.threads}
        whole = {"tables": told.tables, "elsewhere": elsewhere}
        (folder / "customer.json").write_text(
            json.dumps(whole, indent=2, ensure_ascii=False), encoding="utf-8"
        )
        (folder / "customer.md").write_text(readable(told), encoding="utf-8")
        for digest, content in told.files.items():
            (folder / "files").mkdir(exist_ok=True)
            (folder / "files" / digest).write_bytes(content)
    except OSError as error:
        raise Misconfigured(f"{folder} cannot be written: {error.strerror}.") from error


def readable(told: Everything) -> str:
    """Return it as a page for people: who they are, and every conversation in order."""
    named = [
        f"- {one.channel}: {one.address}" + (f" ({one.name})" if one.name else "") for one in told.people
    ]
    talks = sorted(told.tables.get("conversations", ()), key=lambda row: str(row["created_at"]))
    said = [line for talk in talks for line in _talk(talk, told.tables.get("messages", ()))]
    return "\n".join(["# What we have about you", "", *named, *said, "", _MORE]) + "\n"


def _talk(talk: Row, messages: Sequence[Row]) -> Iterator[str]:
    yield from ("", f"## {talk['subject'] or 'Conversation'}, {talk['channel']}, {talk['created_at']}", "")
    of_it = (row for row in messages if row["conversation_id"] == talk["id"])
    for row in sorted(of_it, key=lambda one: int(one["seq"])):
        who = "You" if row["sender_type"] == "customer" else "We"
        yield from (f"**{who}**, {row['created_at']}:", "")
        yield from (f"> {line}" for line in str(row["content"]).splitlines())
        yield ""


async def _tables(connection: AsyncConnection, theirs: Belongings) -> dict[str, Sequence[Row]]:
    """Return table -> their rows, as JSON has values for them; what is in files is left to files."""
    kept: dict[str, Sequence[Row]] = {}
    for table, condition in rows_of(theirs).items():
        columns = [one for one in table.columns if table not in _FILES or one.name != "content"]
        rows = (await connection.execute(select(*columns).where(condition))).mappings().all()
        if rows:
            kept[table.name] = [_plain(dict(row)) for row in rows]
    return kept


async def _contents(connection: AsyncConnection, theirs: Belongings) -> dict[str, bytes]:
    contents: dict[str, bytes] = {}
    for table in _FILES:
        query = select(table.c.sha256, table.c.content).where(table.c.sha256.in_(theirs.files))
        contents |= {row.sha256: row.content for row in await connection.execute(query)}
    return contents


def _plain(row: Row) -> dict[str, Any]:
    return {name: value if _is_json(value) else _in_words(value) for name, value in row.items()}


def _is_json(value: object) -> bool:
    try:
        json.dumps(value)
    except (TypeError, ValueError):
        return False
    return True


def _in_words(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
