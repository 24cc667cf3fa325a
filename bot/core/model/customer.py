"""Who is asking."""

from dataclasses import dataclass
from datetime import datetime

from bot.core.context import Fact, Look
from bot.core.model.channel import Channel


@dataclass(frozen=True)
class Customer:
    """Who is asking, as far as we know: `facts` from those who know customers, `looks` are what came of asking them.

    `verified` says that somebody we trust has vouched for them. `email` is where they want mail besides the channel.
    """

    id: str
    channel: Channel
    address: str
    name: str = ""
    company: str = ""
    facts: tuple[Fact, ...] = ()
    verified: bool = False
    known: bool = False
    created_at: datetime | None = None
    email: str = ""
    looks: tuple[Look, ...] = ()

    def as_a_stranger(self) -> "Customer":
        """Return the same customer with nothing but the address: for when somebody may only claim to be them."""
        return Customer(id=self.id, channel=self.channel, address=self.address, created_at=self.created_at)
