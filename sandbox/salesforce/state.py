"""What the org remembers: records by object and id, who is logged in, and how many requests were made today."""

import secrets
import string
import time
from collections.abc import Callable
from datetime import UTC, datetime

from sandbox.journal import Journal
from sandbox.salesforce.refusal import RefusedError, bad_field, missing
from sandbox.salesforce.schema import FLAG, KINDS, READ_ONLY, Kind
from sandbox.wire import Json, Record

_SUFFIX = string.ascii_uppercase + "012345"
_KEPT = "salesforce"


def full_id(short: str) -> str:
    """Add the three characters that make an id of 15 safe where case is lost: bits of where capitals stand."""
    bits = (sum(1 << n for n, c in enumerate(short[at : at + 5]) if c.isupper()) for at in (0, 5, 10))
    return short + "".join(_SUFFIX[b] for b in bits)


def moment(at: float | None = None) -> str:
    """Return a time as the API writes it."""
    when = datetime.fromtimestamp(time.time() if at is None else at, UTC)
    return when.strftime("%Y-%m-%dT%H:%M:%S.000+0000")


class State:
    def __init__(self, journal: Journal, changed: Callable[[], None]) -> None:
        self._journal, self._changed = journal, changed
        self._records: dict[str, Record] = {}
        for key, record in journal.load(_KEPT):
            self._records[key] = record
        self._last = max((record["#"] for record in self._records.values()), default=0)
        self._tokens: dict[str, float] = {}
        self.token_seconds = 7_200.0
        self.logins = 0
        self.used = 0
        self.allowance = 100_000
        self.cursors: dict[str, str] = {}
        self.log: list[Record] = []
        self.user = ""

    # --- who is logged in -------------------------------------------------------------------------------

    def log_in(self) -> str:
        self.logins += 1
        token = f"00D{secrets.token_hex(6)}!{secrets.token_urlsafe(48)}"
        self._tokens[token] = time.monotonic() + self.token_seconds
        return token

    def knows(self, token: str) -> bool:
        return self._tokens.get(token, 0.0) > time.monotonic()

    def forget_logins(self) -> None:
        """End all sessions, as when an administrator revokes them."""
        self._tokens.clear()

    # --- records ----------------------------------------------------------------------------------------

    def all(self, kind: Kind, *, deleted: bool = False) -> list[Record]:
        """Return the records of an object, the oldest first."""
        theirs = (r for r in self._records.values() if r["Id"].startswith(kind.prefix))
        return sorted((r for r in theirs if deleted or not r["IsDeleted"]), key=lambda r: r["#"])

    def get(self, kind: Kind, record_id: str) -> Record | None:
        """Return a record by its id of 15 or 18 characters, unless it is deleted."""
        record = self._records.get(record_id[:15])
        fits = record is not None and record["Id"].startswith(kind.prefix) and not record["IsDeleted"]
        return record if fits and len(record_id) in (15, 18) else None

    def create(self, kind: Kind, values: Record, by: str = "") -> Record:
        """Make a record, `by` a user; else by whoever is logged in over the API."""
        self._check(kind, values)
        absent = [name for name in kind.required if values.get(name) in (None, "")]
        if absent:
            said = f"Required fields are missing: [{', '.join(absent)}]"
            raise RefusedError(400, "REQUIRED_FIELD_MISSING", said, tuple(absent))
        self._last += 1
        blank = {name: False if type_ == FLAG else None for name, type_ in kind.all_fields.items()}
        short = f"{kind.prefix}5g0000{self._last:06d}"
        born = {
            "Id": full_id(short),
            "CreatedDate": moment(),
            "CreatedById": by or self.user,
            "#": self._last,
        }
        return self._keep(kind, blank | _defaults(kind, self._last, self.user) | values | born, by)

    def update(self, kind: Kind, record: Record, values: Record, by: str = "") -> Record:
        self._check(kind, values)
        return self._keep(kind, record | values, by)

    def delete(self, kind: Kind, record_id: str, *, master: str | None = None) -> None:
        """Put a record into the recycle bin; one that was merged into another names its `master`."""
        record = self.get(kind, record_id)
        if record is None:
            raise missing(record_id)
        merged = {"MasterRecordId": master} if "MasterRecordId" in kind.fields else {}
        self._keep(kind, record | {"IsDeleted": True} | merged)

    def forget(self, record_id: str) -> None:
        """Take back that a record was made."""
        self._records.pop(record_id[:15], None)
        self._journal.drop(_KEPT, record_id[:15])

    def _check(self, kind: Kind, values: Record) -> None:
        for name, value in values.items():
            if name not in kind.all_fields:
                raise bad_field(name, kind.name)
            if name in READ_ONLY or f"{name}:{kind.name}" in READ_ONLY:
                said = f"Unable to create/update fields: {name}. Please check the security settings of this field"
                raise RefusedError(400, "INVALID_FIELD_FOR_INSERT_UPDATE", said, (name,))
            self._check_value(kind, name, value)

    def _check_value(self, kind: Kind, name: str, value: Json) -> None:
        longest = kind.longest.get(name)
        if longest is not None and isinstance(value, str) and len(value.encode()) > longest:
            said = f"{name}: data value too large: {value[:20]} (max length={longest})"
            raise RefusedError(400, "STRING_TOO_LONG", said, (name,))
        parent = next((to for key, to in kind.parents.values() if key == name), None)
        if parent and value is not None and self._target(kind, name, str(value)) is None:
            said = f"{name}: id value of incorrect type or of a deleted record: {value}"
            raise RefusedError(400, "MALFORMED_ID", said, (name,))

    def _target(self, kind: Kind, name: str, value: str) -> Record | None:
        kinds = [KINDS[to] for key, to in kind.parents.values() if key == name]
        if name == "WhatId":
            kinds += [KINDS["Account"], KINDS["Opportunity"]]
        return next((r for each in kinds if (r := self.get(each, value)) is not None), None)

    def _keep(self, kind: Kind, record: Record, by: str = "") -> Record:
        record |= {
            "LastModifiedDate": moment(),
            "SystemModstamp": moment(),
            "LastModifiedById": by or self.user,
        }
        if kind.name == "Contact":
            record["Name"] = " ".join(filter(None, (record["FirstName"], record["LastName"])))
        if kind.name == "Case":
            closed = record["Status"] == "Closed"
            record |= {
                "IsClosed": closed,
                "ClosedDate": (record["ClosedDate"] or moment()) if closed else None,
            }
        key = record["Id"][:15]
        self._journal.put(_KEPT, key, record)
        self._records[key] = record
        self._changed()
        return record


def _defaults(kind: Kind, number: int, user: str) -> Record:
    owned: Record = {"OwnerId": user or None} if "OwnerId" in kind.fields else {}
    if kind.name == "Case":
        return owned | {"Status": "New", "Priority": "Medium", "CaseNumber": f"{number + 1_000:08d}"}
    if kind.name == "Task":
        return owned | {"Status": "Not Started"}
    return owned
