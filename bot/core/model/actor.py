"""The people in Slack who ask for something."""

from dataclasses import dataclass

from bot.core.access import Role


@dataclass(frozen=True)
class Actor:
    """A person in Slack who asks for something, and what they may do."""

    id: str
    is_manager: bool = False

    @property
    def role(self) -> Role:
        """Return their role as far as it is known here: who is not known to be a manager is an agent."""
        return Role.MANAGER if self.is_manager else Role.AGENT
