"""What customers wrote and Slack does not show: card numbers, accounts, passwords. Who looks is on record."""

from bot.core.model import Actor
from bot.core.ports.engine import Clock
from bot.core.ports.storage import Database

ACTION = "unmask"


class Unmasking:
    """Keeps who has looked."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def note(self, conversation_id: str, actor: Actor) -> None:
        """Put on record that somebody is about to see what is masked. Raises Unavailable: then nothing is shown."""
        async with self._database.transaction() as tx:
            await tx.audit.append(
                at=self._clock(), actor=actor.id, action=ACTION, subject=conversation_id, payload={}
            )
