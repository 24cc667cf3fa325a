"""What the stand-in for Zendesk remembers: users, tickets, and the audits that comments are part of."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from sandbox.journal import Journal
from sandbox.wire import Record
from sandbox.zendesk import AGENT, INTEGRATION

USER, TICKET, AUDIT, ARTICLE, RATING = (
    f"zendesk-{kind}" for kind in ("user", "ticket", "audit", "article", "rating")
)
_FIRST = {USER: 20_000, TICKET: 30, AUDIT: 900_000, ARTICLE: 360_000, RATING: 60_000}
_STAFF = (
    (INTEGRATION, "threadpilot", "threadpilot@northwind.example"),
    (AGENT, "Robin Park", "robin@northwind.example"),
)


def now() -> str:
    """Return the time as Zendesk writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def epoch() -> float:
    return datetime.now(UTC).timestamp()


class State:
    def __init__(self, journal: Journal, changed: Callable[[], None], customers: Iterable[Record]) -> None:
        """Remember in `journal`; `customers` are users from the beginning."""
        self._journal, self._changed = journal, changed
        self._records: dict[str, dict[int, Record]] = {
            kind: {int(key): record for key, record in journal.load(kind)} for kind in _FIRST
        }
        if not self._records[USER]:
            self._seed(customers)

    def _seed(self, customers: Iterable[Record]) -> None:
        for number, name, email in _STAFF:
            self.put(USER, self.user(id=number, name=name, email=email, role="agent", verified=True))
        for number, row in enumerate(customers):
            company = str(row.get("company") or "")
            plan = str(row.get("plan") or "").lower()
            self.put(
                USER,
                self.user(
                    name=row.get("name") or row["email"],
                    email=str(row["email"]).lower(),
                    phone="".join(str(row.get("phone") or "").split()) or None,
                    verified=True,
                    tags=[plan] if plan else [],
                    notes=row.get("note") or "",
                    organization=company,
                    organization_id=70_000 + number if company else None,
                ),
            )

    def new_id(self, kind: str) -> int:
        return max(self._records[kind], default=_FIRST[kind]) + 1 if kind != USER else self._next_user()

    def _next_user(self) -> int:
        return max(max(self._records[USER], default=0), _FIRST[USER]) + 1

    def put(self, kind: str, record: Record) -> Record:
        self._journal.put(kind, str(record["id"]), record)
        self._records[kind][record["id"]] = record
        self._changed()
        return record

    def find(self, kind: str, number: int) -> Record | None:
        return self._records[kind].get(number)

    def all(self, kind: str) -> list[Record]:
        """Return the records of a kind in the order in which they were made."""
        return [self._records[kind][number] for number in sorted(self._records[kind])]

    def user(self, **values: Any) -> Record:
        """Make the record of a user, in the words of the API."""
        at = now()
        return {
            "id": values.get("id") or self.new_id(USER),
            "name": "",
            "email": None,
            "phone": None,
            "role": "end-user",
            "external_id": None,
            "verified": False,
            "active": True,
            "suspended": False,
            "tags": [],
            "details": "",
            "notes": "",
            "organization_id": None,
            "organization": "",
            "created_at": at,
            "updated_at": at,
            **{name: value for name, value in values.items() if name != "id"},
        }

    def audits(self, ticket: int) -> list[Record]:
        return [audit for audit in self.all(AUDIT) if audit["ticket_id"] == ticket]

    def comments(self, ticket: int) -> Iterator[Record]:
        """Yield the comments of a ticket, oldest first."""
        for audit in self.audits(ticket):
            for event in audit["events"]:
                if event["type"] == "Comment":
                    yield _comment(audit, event)

    def by_email(self, email: str) -> Record | None:
        wanted = email.lower()
        return next((one for one in self.all(USER) if (one["email"] or "").lower() == wanted), None)

    def requester(self, email: str, name: str = "") -> Record:
        """Return the user with this address, made if there is none."""
        made = {"name": name or email, "email": email.lower(), "verified": True}
        return self.by_email(email) or self.put(USER, self.user(**made))


def _comment(audit: Record, event: Record) -> Record:
    return {
        "id": event["id"],
        "type": "Comment",
        "author_id": event["author_id"],
        "body": event["body"],
        "plain_body": event["body"],
        "html_body": event["html_body"],
        "public": event["public"],
        "attachments": event["attachments"],
        "audit_id": audit["id"],
        "created_at": audit["created_at"],
        "via": audit["via"],
        "metadata": audit["metadata"],
    }
