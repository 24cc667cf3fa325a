"""The audit chain: each row carries the hash of the one before, so that a change anywhere is found."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

GENESIS = "0" * 64
_NONE: Mapping[int, str] = {}
_HEAD = re.compile(r"(?<![0-9])([0-9]{1,18}):([0-9a-f]{64})(?![0-9a-f])")


@dataclass(frozen=True)
class AuditRow:
    """Who did what to what, when; `payload` is JSON-compatible."""

    seq: int
    at: datetime
    actor: str
    action: str
    subject: str
    payload: Mapping[str, Any]
    previous: str
    hash: str


@dataclass(frozen=True)
class Head:
    """Where the chain ends: the number of its rows and the hash of the last one."""

    seq: int
    hash: str

    def __str__(self) -> str:
        return f"{self.seq}:{self.hash}"


EMPTY = Head(0, GENESIS)
# The action, and the subject, of the row that says which others were emptied; and what is left in those.
ERASE = "erase"
TOMBSTONE: Mapping[str, Any] = {"erased": True}


def is_tombstone(row: AuditRow) -> bool:
    """Tell whether a row says that it was emptied."""
    return row.payload == TOMBSTONE


def emptied_by(row: AuditRow) -> Mapping[int, str]:
    """Return number -> hash of the rows that were emptied with the erasure that this row is about."""
    named = row.payload.get("audit") if row.action == ERASE else None
    if not isinstance(named, Mapping):
        return {}
    return {int(seq): str(known) for seq, known in named.items() if str(seq).isdecimal()}


def head_of(text: str) -> Head | None:
    """Read what `str(head)` wrote, with anything around it; return None when there is no such thing in it."""
    found = _HEAD.search(text.lower())
    return Head(int(found[1]), found[2]) if found else None


def chain_hash(
    previous: str,
    *,
    seq: int,
    at: datetime,
    actor: str,
    action: str,
    subject: str,
    payload: Mapping[str, Any],
) -> str:
    """Return the SHA-256 (hex) of a row's canonical JSON, which includes the hash of the row before."""
    row = [previous, seq, at.isoformat(), actor, action, subject, payload]
    canonical = json.dumps(row, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def first_broken(
    rows: Iterable[AuditRow], after: Head = EMPTY, emptied: Mapping[int, str] = _NONE
) -> AuditRow | None:
    """Return the first row that does not continue the chain that ended in `after`, or None.

    `rows` come in order of `seq`. `emptied` are number and hash of those whose content was erased on record: of them
    only that they are the same links as before can be told.
    """
    previous, expected = after.hash, after.seq + 1
    for row in rows:
        proper = emptied.get(row.seq) if is_tombstone(row) else _hash_of(row, previous)
        if row.seq != expected or row.previous != previous or row.hash != proper:
            return row
        previous, expected = row.hash, expected + 1
    return None


def _hash_of(row: AuditRow, previous: str) -> str:
    return chain_hash(
        previous,
        seq=row.seq,
        at=row.at,
        actor=row.actor,
        action=row.action,
        subject=row.subject,
        payload=row.payload,
    )
