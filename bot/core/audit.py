"""The audit chain: each row carries the hash of the one before, so that a change anywhere is found."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

GENESIS = "0" * 64


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


def first_broken(rows: Iterable[AuditRow], previous: str = GENESIS, after: int = 0) -> AuditRow | None:
    """Return the first row that does not continue the chain, or None.

    `rows` come in order of `seq`; `previous` and `after` are hash and seq of the row before them.
    """
    expected = after + 1
    for row in rows:
        proper = chain_hash(
            previous,
            seq=row.seq,
            at=row.at,
            actor=row.actor,
            action=row.action,
            subject=row.subject,
            payload=row.payload,
        )
        if row.seq != expected or row.previous != previous or row.hash != proper:
            return row
        previous, expected = row.hash, expected + 1
    return None
