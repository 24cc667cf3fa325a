"""Identify: who is asking, from the customer directory, without making the customer wait for it."""

import asyncio
import logging
from dataclasses import replace

from bot.core.errors import Unavailable
from bot.core.model import Case, Channel, Customer
from bot.core.ports.channels import CustomerDirectory, Profile

log = logging.getLogger(__name__)


class Identify:
    """Looks customers up, within `budget` seconds."""

    def __init__(self, directory: CustomerDirectory, *, budget: float = 1.0) -> None:
        self._directory = directory
        self._budget = budget

    async def who(self, case: Case) -> Customer:
        """Return the customer of a case with what the directory knows, once per conversation.

        A directory that is down leaves the customer unknown. An e-mail address that somebody merely typed into a chat
        is not looked up: that would tell them whose it is.
        """
        profile = None if case.conversation.identified else await self._look_up(case)
        if profile is None:
            return case.customer
        return replace(
            case.customer,
            name=profile.name or case.customer.name,
            company=profile.company,
            facts=profile.facts,
            known=True,
        )

    async def _look_up(self, case: Case) -> Profile | None:
        channel, address = case.conversation.channel, case.conversation.address
        if case.customer.verified and case.customer.email:
            channel, address = Channel.EMAIL, case.customer.email
        try:
            async with asyncio.timeout(self._budget):
                return await self._directory.look_up(channel, address)
        except (Unavailable, TimeoutError):
            log.warning("directory_unavailable", extra={"conversation": case.conversation.id})
            return None
