"""Which objects and fields this org lets us read: asked once a day, so that no query fails for one that is absent.

Names of fields come from the settings and go into queries as they are, so only those that `describe` knows do.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic

from integrations.salesforce.client import SalesforceApi

log = logging.getLogger(__name__)

STANDARD: Mapping[str, Sequence[str]] = {
    "Contact": ("Id", "Name", "Email", "Phone", "MobilePhone", "Title", "AccountId"),
    "Account": ("Name", "Industry", "Type"),
    "Case": ("Id", "CaseNumber", "Subject", "Status", "Priority", "IsClosed", "CreatedDate"),
    "Opportunity": ("Id", "Name", "StageName", "Amount", "CloseDate"),
    "Entitlement": ("Name", "EndDate"),
    "Task": ("Id", "Subject", "Status", "ActivityDate", "CreatedDate"),
}
NEEDED = {"Contact": ("Id", "Name", "Email", "AccountId")}
_FRESH = 86_400.0


@dataclass(frozen=True)
class Field:
    """A field that the settings ask for: `Contact.Plan__c`; `told` says that answers may use it."""

    kind: str
    name: str
    told: bool = False

    def __str__(self) -> str:
        return f"{self.kind}.{self.name}"


@dataclass(frozen=True)
class Readable:
    """What can be read: the fields of each object there is, with their labels, and what was asked for in vain.

    `our_id` is the field of Case that our own cases have, those that conversations are written to.
    """

    labels: Mapping[str, Mapping[str, str]]
    wanted: Sequence[Field]
    our_id: str = ""

    def has(self, kind: str, name: str = "") -> bool:
        return kind in self.labels and (not name or name in self.labels[kind])

    def standard(self, kind: str) -> list[str]:
        """Return what of the standard fields of an object can be read."""
        return [name for name in STANDARD[kind] if self.has(kind, name)]

    def custom(self, kind: str) -> list[Field]:
        """Return what of the configured fields of an object can be read."""
        return [field for field in self.wanted if field.kind == kind and self.has(kind, field.name)]

    @property
    def missing(self) -> list[str]:
        """Name what was asked for and is not there."""
        needed = [f"{kind}.{name}" for kind, names in NEEDED.items() for name in names]
        asked = [*needed, *map(str, self.wanted)]
        return [one for one in asked if not self.has(*one.split(".", 1))]


class Fields:
    """Asks what can be read, once a day however many ask."""

    def __init__(
        self,
        api: SalesforceApi,
        wanted: Sequence[Field] = (),
        ticks: Callable[[], float] = monotonic,
        *,
        our_id: str = "",
    ) -> None:
        self._api = api
        self._our_id = our_id
        self._wanted = wanted
        self._ticks = ticks
        self._lock = asyncio.Lock()
        self._known: Readable | None = None
        self._read_at = 0.0

    async def readable(self) -> Readable:
        """Return what can be read.

        Raises:
            Unavailable: Salesforce does not tell.
        """
        async with self._lock:
            if self._known is None or self._ticks() - self._read_at > _FRESH:
                self._known, self._read_at = await self._described(), self._ticks()
                if missing := self._known.missing:
                    log.warning("salesforce_fields_missing", extra={"fields": missing})
            return self._known

    async def _described(self) -> Readable:
        kinds = list(STANDARD)
        told = await asyncio.gather(*(self._api.describe(kind) for kind in kinds))
        labels = {
            kind: {name: str(each.get("label") or name) for name, each in fields.items()}
            for kind, fields in zip(kinds, told, strict=True)
            if fields is not None
        }
        return Readable(labels, self._wanted, self._our_id)
