"""Text messages in: what asks to be left alone is heeded at once, and who floods is kept but not answered."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from time import monotonic

from bot.core.model import Inbound, Message
from bot.core.optout import Keyword, keyword
from bot.core.ports.storage import Database, Transaction
from bot.services.admission import Rate, SlowDown, Throttle
from bot.services.intake import Intake, Receipt

PER_NUMBER = Rate(30, timedelta(minutes=10))
_FLOOD = "more messages from this number than a person writes"


class Texting:
    """Receives text messages and keeps who has opted out."""

    def __init__(
        self,
        database: Database,
        intake: Intake,
        *,
        rate: Rate = PER_NUMBER,
        ticks: Callable[[], float] = monotonic,
    ) -> None:
        self._database = database
        self._intake = intake
        self._ticks = ticks
        self._throttle = Throttle(rate)

    async def receive(self, inbound: Inbound, told: str = "") -> Receipt:
        """Keep a message; `told` is the keyword that the carrier's side has seen in it (stop, start, help).

        STOP and START take effect in the transaction that keeps them, so once each.

        Raises:
            Unavailable: nothing was kept; the edge must not acknowledge.
        """
        async with self._database.snapshot() as tx:
            opted_out = await tx.opt_outs.has(inbound.address)
        word = keyword(inbound.text, told=told, opted_out=opted_out)
        if word is not None:
            inbound = replace(inbound, metadata={**inbound.metadata, "keyword": word.value})
        elif self._floods(inbound.address):
            inbound = replace(inbound, automatic=_FLOOD)

        async def heed(tx: Transaction, message: Message) -> None:
            if word is Keyword.STOP:
                await tx.opt_outs.add(inbound.address, message.created_at)
            elif word is Keyword.START:
                await tx.opt_outs.remove(inbound.address)

        return await self._intake.receive(inbound, heed)

    def _floods(self, address: str) -> bool:
        try:
            self._throttle.admit(address, self._ticks())
        except SlowDown:
            return True
        return False
