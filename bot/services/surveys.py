"""Surveys: whose conversation was closed is asked, once, how it was, on the channel they wrote on.

Whom to ask follows from state: what was resolved a while ago and is neither rated nor asked about. A request is
claimed in a transaction with its audit row and then sent; it is never sent a second time, also where nobody can tell
what became of it, for a rating that is not asked for costs less than a customer who is asked twice.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.errors import OutcomeUnknown, Refused, Rejected, Unavailable
from bot.core.model import (
    Case,
    Channel,
    Closed,
    Conversation,
    DeliveryState,
    RatingRequest,
    Sender,
    Status,
    by_people,
)
from bot.core.ports.channels import Deadline, OutboundChannel
from bot.core.ports.engine import Clock
from bot.core.ports.storage import Database
from bot.services.ratings import record_rating
from bot.services.transitions import move, note_event
from bot.services.unledgered import unledgered

log = logging.getLogger(__name__)

_SEND_WITHIN = 30.0
_GIVE_UP_AFTER = timedelta(hours=24)
_AT_ONCE = 50


@dataclass(frozen=True)
class Ask:
    """How a channel's customers are asked: through which line, and in which words for whom."""

    line: OutboundChannel
    words: Callable[[Case], str]


class Surveys:
    """Asks for ratings, and takes those that come by a link."""

    def __init__(
        self,
        database: Database,
        ways: Mapping[Channel, Ask],
        clock: Clock,
        monotonic: Callable[[], float],
        *,
        delay: timedelta,
    ) -> None:
        """Ask on these channels, so long after a conversation was closed."""
        self._database = database
        self._ways = ways
        self._clock = clock
        self._monotonic = monotonic
        self._delay = delay

    async def look(self) -> None:
        """Ask whom it is time to ask.

        Raises:
            Unavailable: the database failed; the next look does it.
        """
        until = self._clock() - self._delay
        async with self._database.snapshot() as tx:
            wanted = await tx.rating_requests.wanted(
                tuple(self._ways), since=until - _GIVE_UP_AFTER, until=until, limit=_AT_ONCE
            )
        for conversation_id in wanted:
            await self._ask(conversation_id)

    async def rate(self, conversation_id: str, score: int, comment: str) -> None:
        """Keep a rating; a second one takes the place of the first.

        Raises:
            InvalidInput, Rejected: there is no such score, comment or conversation.
        """
        async with self._database.transaction() as tx:
            conversation = await tx.conversations.get(conversation_id)
            if conversation is None:
                raise Rejected("This conversation is not known here (any more).")
            await record_rating(tx, conversation, score, comment, self._clock())

    async def _ask(self, conversation_id: str) -> None:
        async with self._database.snapshot() as tx:
            case = await tx.conversations.case(conversation_id)
        if case is None:
            return
        if not may_ask(case):
            await self._pass_over(case.conversation)
            return
        way, state = self._ways[case.conversation.channel], DeliveryState.SENT
        try:
            async with way.line.ready(unledgered(case, "survey", way.words(case), self._clock())) as send:
                deadline = Deadline(_SEND_WITHIN, self._monotonic)
                if not await self._claim(case.conversation):
                    return
                await send(deadline)
        except Unavailable as error:
            log.info("survey_later", extra={"conversation": conversation_id, "why": type(error).__name__})
            await self._later(conversation_id)
            return
        except Refused:
            state = DeliveryState.FAILED
        except OutcomeUnknown:
            state = DeliveryState.UNKNOWN
        await self._end(conversation_id, state)

    async def _pass_over(self, conversation: Conversation) -> None:
        async with self._database.transaction() as tx:
            await tx.rating_requests.add(_request(conversation, DeliveryState.CANCELLED, self._clock()))

    async def _claim(self, conversation: Conversation) -> bool:
        """Make it ours to send, while the conversation still is as it was; True for the one caller who may."""
        now = self._clock()
        async with self._database.transaction() as tx:
            fresh = await tx.conversations.get(conversation.id)
            if fresh is None or fresh.version != conversation.version:
                return False
            if await tx.opt_outs.has(conversation.address):  # Since a moment ago.
                return False
            request = _request(conversation, DeliveryState.SENDING, now)
            if not await tx.rating_requests.add(request):
                return False
            await tx.audit.append(
                at=now,
                actor="policy",
                action="send.survey",
                subject=conversation.id,
                payload={"channel": conversation.channel},
            )
        return True

    async def _later(self, conversation_id: str) -> None:
        async with self._database.transaction() as tx:
            known = await tx.rating_requests.get(conversation_id)
            if known is not None and known.state is DeliveryState.SENDING:
                await tx.rating_requests.drop(conversation_id)

    async def _end(self, conversation_id: str, state: DeliveryState) -> None:
        now = self._clock()
        async with self._database.transaction() as tx:
            conversation = await tx.conversations.get(conversation_id)
            await tx.rating_requests.end(conversation_id, state, at=now)
            await note_event(tx, conversation_id, _EVENTS[state], now)
            # That somebody was asked is told with what comes next; only trouble is worth a call of its own.
            if conversation is not None and state is not DeliveryState.SENT:
                await move(tx, conversation, conversation.status, now)


_EVENTS = {
    DeliveryState.SENT: "The customer was asked for a rating.",
    DeliveryState.FAILED: "The customer could not be asked for a rating.",
    DeliveryState.UNKNOWN: "The customer was asked for a rating, if that went out: nobody knows.",
}


def may_ask(case: Case) -> bool:
    """Tell whether somebody is there to be asked: a person who got an answer, and is who they say."""
    asked = [m for m in case.messages if m.sender is Sender.CUSTOMER]
    answered = any(m.sender is not Sender.CUSTOMER for m in case.messages)
    by_a_person = bool(asked) and not any(m.automatic for m in by_people(asked))
    doubted = any(m.sender_check == "fail" for m in asked)
    closed = case.conversation.status is Status.RESOLVED and case.merged_into is None
    closed = closed and case.conversation.closed_as is Closed.USUAL
    return closed and answered and by_a_person and not doubted and not case.opted_out and case.rating is None


def _request(conversation: Conversation, state: DeliveryState, at: datetime) -> RatingRequest:
    return RatingRequest(conversation.id, conversation.channel, conversation.address, state, at)
