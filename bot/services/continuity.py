"""Continuity: an answer that a chat customer did not fetch goes to their e-mail address too, once.

The chat's own delivery stays what it is. The mail has its small life beside it, on the row that says the answer was
not seen, with the ledger's rules: claimed by compare-and-set with its audit row, never sent again when nobody can
tell what became of it. An answer that is fetched before the claim is not mailed any more.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.core.errors import OutcomeUnknown, Refused, Unavailable
from bot.core.model import Channel, DeliveryState
from bot.core.ports.channels import Deadline, OutboundChannel, Outgoing
from bot.core.ports.engine import Clock
from bot.core.ports.storage import Database, Transaction, Unseen
from bot.services.admission import Rate, SlowDown, Throttle
from bot.services.transitions import move, note_event, plain_name

log = logging.getLogger(__name__)

_SEND_WITHIN = 30.0
_SETTLED_AFTER = timedelta(seconds=90)  # A claim this old is of a process that died.
_AGAIN_AFTER = timedelta(seconds=30)
_GIVE_UP_AFTER = timedelta(hours=24)
_AT_ONCE = 50
# An address that nobody vouched for may be a stranger's: they shall not get more than this.
_PER_ADDRESS = Rate(6, timedelta(hours=1))


@dataclass(frozen=True)
class _Copy:
    unseen: Unseen
    outgoing: Outgoing

    @property
    def address(self) -> str:
        return self.outgoing.delivery.address


class Continuity:
    """Mails what was not seen in the chat."""

    def __init__(
        self,
        database: Database,
        mail: OutboundChannel,
        clock: Clock,
        monotonic: Callable[[], float],
        *,
        brand: str,
    ) -> None:
        self._database = database
        self._mail = mail
        self._clock = clock
        self._monotonic = monotonic
        self._subject = f"Your chat with {brand}"
        self._throttle = Throttle(_PER_ADDRESS)

    async def look(self) -> None:
        """Mail what is due.

        Raises:
            Unavailable: the database failed; the next look does it.
        """
        async with self._database.snapshot() as tx:
            due = await tx.chat.to_mail(self._clock(), _AT_ONCE)
        for one in due:
            await self._settle(one)

    async def _settle(self, one: Unseen) -> None:
        async with self._database.snapshot() as tx:
            state = await tx.chat.mail_state(one.delivery_id)
            copy = await self._copy(tx, one)
        if state is DeliveryState.SENDING:
            await self._end(
                one, state, DeliveryState.UNKNOWN, "Nobody knows whether it went out by mail too."
            )
        elif copy is None or self._clock() - one.since > _GIVE_UP_AFTER:
            await self._end(one, DeliveryState.PENDING, DeliveryState.FAILED, "It could not be mailed.")
        else:
            await self._hand_over(copy)

    async def _copy(self, tx: Transaction, one: Unseen) -> _Copy | None:
        visitor = await tx.chat.visitor(one.visitor)
        delivery = await tx.deliveries.get(one.delivery_id)
        conversation = await tx.conversations.get(one.conversation_id)
        if visitor is None or not visitor.email or delivery is None or conversation is None:
            return None
        mailed = replace(delivery, channel=Channel.EMAIL, address=visitor.email)
        return _Copy(one, Outgoing(mailed, conversation, visitor.name, self._subject))

    async def _hand_over(self, copy: _Copy) -> None:
        one, sent = copy.unseen, False
        before = DeliveryState.PENDING
        try:
            async with self._mail.ready(copy.outgoing) as send:
                deadline = Deadline(_SEND_WITHIN, self._monotonic)
                self._throttle.admit(copy.address.lower(), self._monotonic())
                if await self._claim(copy):
                    before = DeliveryState.SENDING
                    await send(deadline)
                    sent = True
        except (Unavailable, SlowDown) as error:
            log.info("chat_mail_later", extra={"delivery": one.delivery_id, "why": type(error).__name__})
            await self._move(one, before, DeliveryState.PENDING, self._clock() + _AGAIN_AFTER)
        except Refused as error:
            await self._end(one, before, DeliveryState.FAILED, f"It could not be mailed: {error}")
        except OutcomeUnknown:
            await self._end(
                one, before, DeliveryState.UNKNOWN, "Nobody knows whether it went out by mail too."
            )
        if sent:
            words = f"Not seen in the chat, so it went to {plain_name(copy.address)} by mail too."
            await self._end(one, before, DeliveryState.SENT, words)

    async def _claim(self, copy: _Copy) -> bool:
        now, delivery = self._clock(), copy.outgoing.delivery
        async with self._database.transaction() as tx:
            claimed = await tx.chat.move_mail(
                delivery.id, DeliveryState.PENDING, DeliveryState.SENDING, at=now + _SETTLED_AFTER
            )
            if claimed:
                await tx.audit.append(
                    at=now,
                    actor="policy",
                    action="send.copy",
                    subject=delivery.conversation_id,
                    payload={"delivery": delivery.id, "channel": Channel.EMAIL, "text": delivery.text},
                )
        return claimed

    async def _move(self, one: Unseen, before: DeliveryState, after: DeliveryState, at: datetime) -> None:
        async with self._database.transaction() as tx:
            await tx.chat.move_mail(one.delivery_id, before, after, at=at)

    async def _end(self, one: Unseen, before: DeliveryState, after: DeliveryState, words: str) -> None:
        """Say in the thread what became of it. It did, also when the customer has fetched the answer meanwhile."""
        now = self._clock()
        async with self._database.transaction() as tx:
            conversation = await tx.conversations.get(one.conversation_id)
            moved = await tx.chat.move_mail(one.delivery_id, before, after, at=now)
            if conversation is not None and (moved or before is DeliveryState.SENDING):
                await note_event(tx, conversation.id, words, now)
                await move(tx, conversation, conversation.status, now)
