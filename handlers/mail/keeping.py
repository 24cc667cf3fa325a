"""What every way in does with a mail: read it, and keep it with its original in one transaction."""

import asyncio
import logging
from collections.abc import Collection
from typing import Protocol

from bot.core.model import Inbound, Message
from bot.core.ports.storage import Transaction
from bot.core.ports.tracing import Tracer, untraced
from bot.services.intake import Also
from handlers.mail.inbound import Envelope, House, inbound_of
from integrations.email.decode import clean

log = logging.getLogger(__name__)


class Receipt(Protocol):
    """What a way in wants to know about a kept message."""

    @property
    def conversation_id(self) -> str: ...
    @property
    def duplicate(self) -> bool: ...


class Intake(Protocol):
    """What is needed of the intake service."""

    async def receive(self, inbound: Inbound, also: Also | None = None) -> Receipt: ...


class MailDesk:
    """Keeps mails that came to the support address."""

    def __init__(
        self,
        intake: Intake,
        support_address: str,
        secret: str,
        *,
        authserv_id: str = "",
        agents: Collection[str] = (),
        trace: Tracer = untraced,
    ) -> None:
        """Keep mails that come to this address; `agents` are addresses and domains in lower case."""
        self._intake = intake
        self._trace = trace
        self._house = House(support_address, secret, authserv_id, frozenset(agents))
        self.support_address = support_address

    async def keep(self, raw: bytes, envelope: Envelope) -> Receipt:
        """Keep a mail and return once it is committed; the same mail again changes nothing.

        Raises:
            Unavailable: nothing was kept.
        """
        with self._trace("mail", bytes=len(raw)):
            return await self._keep(raw, envelope)

    async def _keep(self, raw: bytes, envelope: Envelope) -> Receipt:
        # Parsing a large or hostile mail takes a moment, and chats must not wait for it.
        inbound = await asyncio.to_thread(inbound_of, raw, envelope, self._house)

        async def keep_raw(tx: Transaction, message: Message) -> None:
            await tx.raw_mails.keep(inbound.metadata["raw_sha256"], raw, message.created_at)

        receipt = await self._intake.receive(inbound, also=keep_raw)
        log.info(
            "mail_kept",
            extra={
                "conversation": receipt.conversation_id,
                "duplicate": receipt.duplicate,
                "sender": redacted(inbound.address),
                "bytes": len(raw),
            },
        )
        return receipt


def redacted(address: str) -> str:
    """Return an address as logs may hold it: first letter and host."""
    local, _, host = clean(address).rpartition("@")
    return f"{local[:1]}***@{host}"
