"""Which Slack workspace looks after a conversation: by the address its customer wrote to, else by the channel."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from bot.core.model import Inbound

MAIN = ""
# Under these names the edges keep to whom a message went: what was said on the way first, then what it says itself.
_TO = ("envelope_to", "to", "cc")


@dataclass(frozen=True)
class Routes:
    """Workspaces by the name of a channel, and by an address or a number of ours; all else is the main one's."""

    workspaces: Mapping[str, str] = field(default_factory=dict)

    def of(self, inbound: Inbound) -> str:
        """Return the workspace for what a message begins."""
        named = self.named(inbound)
        return self.workspaces.get(inbound.channel, MAIN) if named is None else named

    def named(self, inbound: Inbound) -> str | None:
        """Return the workspace of the first address of ours that a message names, or None for no such address."""
        addresses = _addresses(inbound) if self.workspaces else ()
        return next((self.workspaces[one] for one in addresses if one in self.workspaces), None)


def _addresses(inbound: Inbound) -> Iterator[str]:
    for name in _TO:
        given = inbound.metadata.get(name) or ()
        yield from (str(one).lower() for one in ((given,) if isinstance(given, str) else given))
