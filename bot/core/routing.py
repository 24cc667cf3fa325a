"""Which Slack workspace looks after a conversation: by the address its customer wrote to, else by the channel."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from bot.core.model import Case, Channel, Inbound, Sender

MAIN = ""
WHATSAPP = "whatsapp:"
# Under these names the edges keep to whom a message went. What a mail went through on its way comes last.
_READ, _ON_THE_WAY = ("addressed",), ("envelope_to", "to", "cc")


@dataclass(frozen=True)
class Routes:
    """Workspaces by the name of a channel, and by an address or a number of ours; all else is the main one's."""

    workspaces: Mapping[str, str] = field(default_factory=dict)

    def of(self, inbound: Inbound) -> str:
        """Return the workspace for what a message begins."""
        named = self.named(inbound)
        return self.workspaces.get(inbound.channel, MAIN) if named is None else named

    def named(self, inbound: Inbound) -> str | None:
        """Return the workspace of the first address of ours that a message names, or None for no such address.

        Any number that nobody else has is the main one's. Of a mail decides what everybody reads, `To` before `Cc`;
        only then what it went through: all mail may come through the mailbox of the main one.
        """
        if not self.workspaces:
            return None
        if inbound.channel is not Channel.EMAIL:
            usual = self.workspaces.get(inbound.channel, MAIN)
            return next((self.workspaces.get(one, usual) for one in _addresses(inbound, "to")), None)
        through = [one for one in self._known(inbound, _ON_THE_WAY) if one != MAIN]
        return next(iter([*self._known(inbound, _READ), *through]), None)

    def number_of(self, workspace: str) -> str:
        """Return the number of another workspace than the main one, "" where it has none."""
        numbers = (
            one for one, owner in self.workspaces.items() if one.startswith("+") and owner == workspace
        )
        return next(numbers, "") if workspace != MAIN else ""

    def parts(self, named: str | None, workspace: str) -> bool:
        """Tell whether what names one workspace cannot go on in a conversation of the other.

        One that has no number of its own writes from the main one's, so that replies to it come there.
        """
        has_number = workspace == MAIN or bool(self.number_of(workspace))
        return named is not None and named != workspace and has_number

    def _known(self, inbound: Inbound, names: tuple[str, ...]) -> list[str]:
        return [self.workspaces[one] for one in _addresses(inbound, *names) if one in self.workspaces]


def number_written_to(case: Case) -> str:
    """Return the number that the customer's newest text message was to, as Twilio names it, "" for none."""
    for message in reversed(case.messages):
        to = message.metadata.get("to")
        if message.sender is Sender.CUSTOMER and isinstance(to, str):
            return to
    return ""


def _addresses(inbound: Inbound, *names: str) -> Iterator[str]:
    for name in names:
        given = inbound.metadata.get(name) or ()
        for one in (given,) if isinstance(given, str) else given:
            yield str(one).lower().removeprefix(WHATSAPP)
