"""What the stand-in for Twilio remembers: messages and calls, both ways, and which phones cannot be reached."""

import re
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime

from sandbox.journal import Journal
from sandbox.twilio import ACCOUNT
from sandbox.wire import Record

ADDRESS = re.compile(r"(?:whatsapp:)?\+[1-9][0-9]{6,14}", re.ASCII)
MESSAGE, CALL, RECORDING = "twilio-message", "twilio-call", "twilio-recording"
MEDIUM = "twilio-medium"


def new_sid(kind: str) -> str:
    return f"{kind}{uuid.uuid4().hex}"


def now() -> str:
    """Return the time as Twilio writes it."""
    return format_datetime(datetime.now(UTC).replace(microsecond=0), usegmt=False)


class State:
    def __init__(self, journal: Journal, changed: Callable[[], None]) -> None:
        self._journal, self._changed = journal, changed
        self._records: dict[str, dict[str, Record]] = {
            kind: dict(journal.load(kind)) for kind in (MESSAGE, CALL, RECORDING, MEDIUM)
        }
        self._order = max((r["order"] for kind in self._records.values() for r in kind.values()), default=0)
        self.unreachable: dict[str, int] = {}
        self.opted_out: set[str] = set()

    def keep(self, kind: str, record: Record) -> Record:
        self._journal.put(kind, record["sid"], record)
        self._records[kind][record["sid"]] = record
        self._changed()
        return record

    def change(self, kind: str, sid: str, **values: object) -> Record:
        return self.keep(kind, {**self._records[kind][sid], **values, "date_updated": now()})

    def find(self, kind: str, sid: str) -> Record | None:
        return self._records[kind].get(sid)

    def all(self, kind: str) -> list[Record]:
        """Return the records of a kind, the oldest first."""
        return sorted(self._records[kind].values(), key=lambda record: record["order"])

    def order(self) -> int:
        """Return a number greater than that of everything before."""
        self._order += 1
        return self._order

    def message(self, **values: object) -> Record:
        """Make the record of a message, in the words of the API."""
        given: Record = {"status": "queued", "direction": "outbound-api", "num_media": "0", **values}
        sid, at = given.get("sid") or new_sid("SM"), now()
        return {
            "sid": sid,
            "account_sid": ACCOUNT,
            "api_version": "2010-04-01",
            "date_created": at,
            "date_updated": at,
            "date_sent": None,
            "messaging_service_sid": None,
            "num_segments": "1",
            "error_code": None,
            "error_message": None,
            "price": None,
            "price_unit": "USD",
            "subresource_uris": {"media": f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{sid}/Media.json"},
            "uri": f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{sid}.json",
            "order": self.order(),
            **given,
        }

    def call(self, **values: object) -> Record:
        """Make the record of a call, in the words of the API, with what was said and heard in it."""
        sid, at = new_sid("CA"), now()
        return {
            "sid": sid,
            "account_sid": ACCOUNT,
            "api_version": "2010-04-01",
            "answered_by": None,
            "caller_name": None,
            "date_created": at,
            "date_updated": at,
            "start_time": at,
            "end_time": None,
            "duration": None,
            "forwarded_from": "",
            "group_sid": None,
            "parent_call_sid": None,
            "phone_number_sid": None,
            "price": None,
            "price_unit": "USD",
            "queue_time": "0",
            "trunk_sid": None,
            "subresource_uris": {},
            "uri": f"/2010-04-01/Accounts/{ACCOUNT}/Calls/{sid}.json",
            "order": self.order(),
            "talk": [],
            "awaits": None,
            **values,
        }
