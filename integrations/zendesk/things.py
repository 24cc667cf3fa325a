"""What Zendesk says and is told, as values: read from plain JSON, whatever zenpy has made of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from zenpy.lib.api_objects import Comment as ZenpyComment

from bot.core.ports.records import RemoteFile

OURS = "threadpilot:"  # How the external id of a ticket of ours begins; the conversation's follows.


@dataclass(frozen=True)
class User:
    """Somebody in Zendesk; `role` is `end-user`, `agent` or `admin`."""

    id: str
    name: str = ""
    email: str = ""
    phone: str = ""
    role: str = ""
    verified: bool = False
    tags: tuple[str, ...] = ()
    details: str = ""
    notes: str = ""
    suspended: bool = False
    created_at: datetime | None = None


@dataclass(frozen=True)
class Known:
    """A user with what is asked for beside; `open_tickets` is None where that is not told."""

    user: User
    organization: str = ""
    open_tickets: int | None = None


@dataclass(frozen=True)
class Ticket:
    """A ticket as it was read. `status` is Zendesk's; `stamp` is `updated_at` as it came.

    `follows` is the closed ticket that it goes on from; `followed_by` are those that go on from it, oldest first.
    """

    id: str
    status: str
    stamp: str
    subject: str = ""
    external_id: str = ""
    requester_id: str = ""
    created_at: datetime | None = None
    updated_at: datetime | None = None
    tags: tuple[str, ...] = ()
    rating: str = ""
    rating_comment: str = ""
    follows: str = ""
    followed_by: tuple[str, ...] = ()

    @property
    def is_closed(self) -> bool:
        """Over for good: it takes nothing any more, and whoever writes again makes another ticket."""
        return self.status == "closed"


@dataclass(frozen=True)
class Comment:
    """What somebody said on a ticket."""

    id: str
    author_id: str
    public: bool
    body: str
    created_at: datetime
    files: tuple[RemoteFile, ...] = ()


@dataclass(frozen=True)
class Page:
    """The tickets that changed, and where the next page begins."""

    tickets: tuple[Ticket, ...]
    cursor: str
    last: bool


@dataclass(frozen=True)
class Change:
    """A change of a ticket. A comment stays internal unless somebody says otherwise.

    `entry` is the id of ours that it carries. With the `stamp` of a reading it is refused when somebody has changed
    the ticket since. `tags` are for a new ticket: on one that is there they would replace all others.
    """

    comment: str = ""
    public: bool = False
    author_id: str = ""
    status: str = ""
    entry: str = ""
    stamp: str = ""
    uploads: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)


def fields_of(change: Change) -> dict[str, Any]:
    """Return the fields of a ticket that say what changes."""
    parts: dict[str, Any] = {}
    if change.comment or change.uploads:
        said: dict[str, Any] = {"body": change.comment or "(files)", "public": change.public}
        if change.author_id:
            said["author_id"] = int(change.author_id)
        if change.uploads:
            said["uploads"] = list(change.uploads)
        parts["comment"] = ZenpyComment(**said)
    if change.status:
        parts["status"] = change.status
    if change.stamp:
        parts |= {"safe_update": True, "updated_stamp": change.stamp}
    if change.tags:
        parts["tags"] = list(change.tags)
    if change.fields:
        parts["custom_fields"] = [{"id": int(key), "value": value} for key, value in change.fields.items()]
    if change.entry:
        parts["metadata"] = {"threadpilot": change.entry}
    return parts


def as_json(said: Any) -> Mapping[str, Any]:
    """Return what Zendesk said as plain JSON, whatever zenpy has made of it."""
    plain = said if isinstance(said, Mapping) else said.to_dict()
    if not isinstance(plain, Mapping):
        raise TypeError("not an object")
    return plain


def to_ticket(said: Any) -> Ticket:
    plain = as_json(said)
    plain = as_json(plain["ticket"]) if "ticket" in plain and "audit" in plain else plain
    rating = plain.get("satisfaction_rating") or {}
    return Ticket(
        id=str(int(plain["id"])),
        status=str(plain["status"]),
        stamp=str(plain.get("updated_at") or ""),
        subject=str(plain.get("subject") or ""),
        external_id=str(plain.get("external_id") or ""),
        requester_id=str(plain.get("requester_id") or ""),
        created_at=moment(plain.get("created_at")),
        updated_at=moment(plain.get("updated_at")),
        tags=tuple(map(str, plain.get("tags") or ())),
        rating=str(rating.get("score") or ""),
        rating_comment=str(rating.get("comment") or ""),
        follows=_follows(plain.get("via")),
        followed_by=tuple(str(int(one)) for one in plain.get("followup_ids") or ()),
    )


def _follows(via: Any) -> str:
    """Return the closed ticket that a ticket goes on from, as its `via` says; "" for none."""
    source = via.get("source") if isinstance(via, Mapping) else None
    if not isinstance(source, Mapping) or source.get("rel") != "follow_up":
        return ""
    origin = source.get("from_") or source.get("from") or {}  # zenpy makes an identifier of a reserved word.
    return str(origin.get("ticket_id") or "")


def to_comment(said: Any) -> Comment:
    plain = as_json(said)
    at = moment(plain.get("created_at"))
    if at is None:
        raise ValueError("a comment without a time")
    return Comment(
        id=str(int(plain["id"])),
        author_id=str(plain.get("author_id") or ""),
        public=plain.get("public") is True,
        body=str(plain.get("plain_body") or plain.get("body") or ""),
        created_at=at,
        files=tuple(map(_to_file, plain.get("attachments") or ())),
    )


def _to_file(said: Any) -> RemoteFile:
    plain = as_json(said)
    return RemoteFile(
        str(plain.get("file_name") or "a file"),
        str(plain.get("content_type") or "application/octet-stream"),
        int(plain.get("size") or 0),
        str(plain.get("content_url") or ""),
    )


def to_user(said: Any) -> User:
    plain = as_json(said)
    return User(
        id=str(int(plain["id"])),
        name=str(plain.get("name") or ""),
        email=str(plain.get("email") or "").lower(),
        phone=str(plain.get("phone") or ""),
        role=str(plain.get("role") or ""),
        verified=plain.get("verified") is True,
        tags=tuple(map(str, plain.get("tags") or ())),
        details=str(plain.get("details") or ""),
        notes=str(plain.get("notes") or ""),
        suspended=plain.get("suspended") is True,
        created_at=moment(plain.get("created_at")),
    )


def comment_in(said: Any) -> str:
    """Return the id of the comment in the answer to a change."""
    events = (as_json(said).get("audit") or {}).get("events") or ()
    return next(
        (str(int(event["id"])) for event in map(as_json, events) if event.get("type") == "Comment"), ""
    )


def entry_of(audit: Mapping[str, Any]) -> str:
    custom = (audit.get("metadata") or {}).get("custom") or {}
    return str(custom.get("threadpilot") or "")


def moment(said: object) -> datetime | None:
    """Return a time of Zendesk's, or None for what is none."""
    if not isinstance(said, str):
        return None
    try:
        at = datetime.fromisoformat(said)
    except ValueError:
        return None
    return at if at.tzinfo else None
