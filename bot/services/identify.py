"""Identify: who is asking, from the customer directory, without making the customer wait for it."""

import asyncio
import logging
from dataclasses import replace

from bot.core.errors import Unavailable
from bot.core.model import Case
from bot.core.ports.channels import CustomerDirectory, Profile
from bot.core.ports.engine import Clock
from bot.core.ports.storage import Database
from bot.services.transitions import DESK

log = logging.getLogger(__name__)


class Identify:
    """Looks a customer up once per conversation, within `budget` seconds."""

    def __init__(
        self, database: Database, directory: CustomerDirectory, clock: Clock, *, budget: float = 1.0
    ) -> None:
        self._database = database
        self._directory = directory
        self._clock = clock
        self._budget = budget

    async def identify(self, case: Case) -> None:
        """Fill in what the directory knows; a directory that is down leaves the customer unknown."""
        profile = await self._look_up(case)
        async with self._database.transaction() as tx:
            if profile is not None:
                known = replace(
                    case.customer,
                    name=profile.name or case.customer.name,
                    company=profile.company,
                    facts=profile.facts,
                    known=True,
                )
                await tx.customers.update(known)
            await tx.conversations.change(case.conversation.id, at=self._clock(), identified=True)
            tx.publish(DESK)

    async def _look_up(self, case: Case) -> Profile | None:
        try:
            async with asyncio.timeout(self._budget):
                return await self._directory.look_up(case.conversation.channel, case.conversation.address)
        except (Unavailable, TimeoutError):
            log.warning("directory_unavailable", extra={"conversation": case.conversation.id})
            return None
