"""Text messages in: who asks to be left alone is heeded, a rating is no question, and a flood is not answered.

All of it follows from what is kept already, so a restart forgets nothing and several processes count together.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.core.model import Channel, Inbound, Message
from bot.core.optout import Keyword, keyword
from bot.core.ports.engine import Clock
from bot.core.ports.storage import Database, Transaction
from bot.core.scores import score_of
from bot.services.admission import Rate
from bot.services.intake import Intake, Receipt
from bot.services.latemedia import try_later
from bot.services.ratings import record_rating

PER_NUMBER = Rate(30, timedelta(minutes=10))
ANSWER_WITHIN = timedelta(days=3)  # So long a lone digit is the answer to our question.
_FLOOD = "more messages from this number than a person writes"
_RATING = "a rating"
_ASKED_BY_TEXT = (Channel.SMS, Channel.PHONE)

Fetch = Callable[[Inbound], Awaitable[Inbound]]


async def nothing_more(inbound: Inbound) -> Inbound:
    """Stand in for fetching what came with a message."""
    return inbound


@dataclass(frozen=True)
class _Known:
    """What is known of who writes. `asked_about` is the conversation they were asked to rate lately."""

    repeated: bool = False
    opted_out: bool = False
    floods: bool = False
    asked_about: str | None = None


class Texting:
    """Receives text messages and keeps who has opted out."""

    def __init__(self, database: Database, intake: Intake, clock: Clock, *, rate: Rate = PER_NUMBER) -> None:
        self._database = database
        self._intake = intake
        self._clock = clock
        self._rate = rate

    async def receive(self, inbound: Inbound, told: str = "", fetch: Fetch = nothing_more) -> Receipt:
        """Keep a message; `told` is the keyword that the carrier's side has seen in it (stop, start, help).

        `fetch` gets what came with it, and is only called for what is new and no flood. STOP and START take effect,
        and a rating counts, in the transaction that keeps them, so once each.

        Raises:
            Unavailable: nothing was kept; the edge must not acknowledge.
        """
        known = await self._known(inbound)
        word = keyword(inbound.text, told=told, opted_out=known.opted_out)
        score = score_of(inbound.text) if known.asked_about and not inbound.attachments else None
        if word is not None:
            inbound = replace(inbound, metadata={**inbound.metadata, "keyword": word.value})
        elif known.floods:
            inbound = replace(inbound, automatic=_FLOOD)
        elif score is not None:
            inbound = _as_rating(inbound, score, known.asked_about)
        elif not known.repeated:
            inbound = await fetch(inbound)

        async def heed(tx: Transaction, message: Message) -> None:
            if word is Keyword.STOP:
                await tx.opt_outs.add(inbound.address, message.created_at)
            elif word is Keyword.START:
                await tx.opt_outs.remove(inbound.address)
            elif message.rating is not None:
                await _rate(tx, message, message.rating)
            await try_later(tx, message)

        return await self._intake.receive(inbound, heed)

    async def _known(self, inbound: Inbound) -> _Known:
        now = self._clock()
        async with self._database.snapshot() as tx:
            talk = await tx.conversations.open_for(Channel.SMS, inbound.address)
            since = await tx.messages.nth_newest_of_customer(talk.id, self._rate.limit) if talk else None
            asked = None
            if talk is None:  # Else a digit may be the answer to whatever is being talked about.
                asked = await tx.rating_requests.asked(
                    _ASKED_BY_TEXT, inbound.address, since=now - ANSWER_WITHIN
                )
            return _Known(
                repeated=await tx.messages.find(Channel.SMS, inbound.external_id) is not None,
                opted_out=await tx.opt_outs.has(inbound.address),
                floods=since is not None and now - since < self._rate.window,
                asked_about=asked.conversation_id if asked else None,
            )


def _as_rating(inbound: Inbound, score: int, conversation: str | None) -> Inbound:
    """Have a rating stand in the conversation that it is about, where it asks for nothing."""
    told = {**inbound.metadata, "rating": score}
    return replace(inbound, conversation_hint=conversation, automatic=_RATING, metadata=told)


async def _rate(tx: Transaction, message: Message, score: int) -> None:
    conversation = await tx.conversations.get(message.conversation_id)
    if conversation is not None:
        await record_rating(tx, conversation, score, "", message.created_at)
