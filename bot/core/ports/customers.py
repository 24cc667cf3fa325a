"""Who knows our customers: a CRM, a help desk, a file."""

from typing import Protocol

from bot.core.context import CustomerRecord, Keys, Urgency


class CustomerSource(Protocol):
    """One system that knows customers. The context engine asks all of them at once, and keeps their answers."""

    @property
    def name(self) -> str:
        """What people call it, on cards and in reasons: "Salesforce"."""
        ...

    async def look_up(self, keys: Keys, urgency: Urgency) -> CustomerRecord:
        """Ask once, for everything; a stranger is a record without matches.

        Raises:
            Unavailable: it gave no answer, or its quota is kept for what is more urgent.
        """
        ...
