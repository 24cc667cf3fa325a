"""Outreach: an agent writes first. The customer's reply comes into the same conversation."""

import re
from hashlib import sha256

from bot.core.errors import InvalidInput
from bot.core.model import (
    Action,
    Actor,
    Channel,
    Conversation,
    Customer,
    Decision,
    Draft,
    Proposal,
    Reason,
    Sender,
    Status,
    new_id,
)
from bot.core.policy import POLICY_VERSION
from bot.core.ports.engine import Clock, Lane
from bot.core.ports.storage import Database, Transaction
from bot.services.checking import check_answer, load
from bot.services.recording import audit_decision, delivery_of
from bot.services.refusals import check_not_said
from bot.services.transitions import move

MAX_SUBJECT = 300
_MAIL = re.compile(r"[^@\s<>,;\"]+@[^@\s<>,;\"]+\.[^@\s<>,;\"]+")
_NUMBER = re.compile(r"\+[1-9]\d{6,14}")


class Outreach:
    """Begins conversations."""

    def __init__(
        self, database: Database, clock: Clock, channels: frozenset[Channel], workspace: str = ""
    ) -> None:
        """Begin them on those of these `channels` on which a customer can be written to first.

        They are looked after in the Slack `workspace` of whoever begins them.
        """
        self._workspace = workspace
        self._database = database
        self._clock = clock
        self._channels = tuple(one for one in (Channel.EMAIL, Channel.SMS) if one in channels)

    @property
    def channels(self) -> tuple[Channel, ...]:
        """Where an agent can write first."""
        return self._channels

    async def begin(
        self, channel: Channel, address: str, name: str, subject: str, text: str, actor: Actor, *, key: str
    ) -> str:
        """Write to somebody and return the conversation; with the same `key` (the window's id) it is one.

        Raises:
            InvalidInput: the address, the subject or the text cannot be used, or was sent there already; `field`
                says which.
        """
        address = _checked(channel, address.strip(), self._channels)
        if channel is Channel.EMAIL and not 0 < len(subject.strip()) <= MAX_SUBJECT:
            raise InvalidInput(f"A mail has a subject of at most {MAX_SUBJECT} characters.", field="subject")
        check_answer(text)
        conversation_id = sha256(f"outreach:{key}".encode()).hexdigest()[:32]
        async with self._database.transaction() as tx:
            await tx.customers.lock(channel, address)
            if await tx.conversations.get(conversation_id) is not None:
                return conversation_id
            if channel is Channel.SMS and await tx.opt_outs.has(address):
                raise InvalidInput("This number has texted STOP: nothing may be sent to it.", field="address")
            if (running := await tx.conversations.open_for(channel, address)) is not None:
                case = await load(tx, running.id)
                check_not_said(case, running.turn, text)
            talk = await self._begin(
                tx, conversation_id, channel, address, name.strip(), subject.strip(), actor
            )
            await self._send(tx, talk, text.strip(), actor)
        return conversation_id

    async def _begin(
        self,
        tx: Transaction,
        conversation_id: str,
        channel: Channel,
        address: str,
        name: str,
        subject: str,
        actor: Actor,
    ) -> Conversation:
        now = self._clock()
        customer = await tx.customers.find(channel, address) or await tx.customers.add(
            Customer(id=new_id(), channel=channel, address=address, name=name, created_at=now)
        )
        talk = Conversation(
            id=conversation_id,
            customer_id=customer.id,
            channel=channel,
            address=address,
            status=Status.WORKING,
            created_at=now,
            updated_at=now,
            subject=subject,
            assignee=actor.id,
            workspace=self._workspace,
        )
        await tx.conversations.add(talk)
        return talk

    async def _send(self, tx: Transaction, talk: Conversation, text: str, actor: Actor) -> None:
        now = self._clock()
        draft = Draft(new_id(), talk.id, talk.turn, 1, Proposal(text, 1.0, author=actor.id), now)
        decision = Decision(
            id=new_id(),
            conversation_id=talk.id,
            turn=talk.turn,
            draft_id=draft.id,
            action=Action.SEND,
            reasons=(Reason("first", "An agent writes first"),),
            threshold=0.0,
            policy_version=POLICY_VERSION,
            created_at=now,
            actor=actor.id,
        )
        await tx.drafts.add(draft)
        await audit_decision(tx, decision, text=text)
        await tx.decisions.add(decision)
        case = await tx.conversations.case(talk.id)
        if case is not None:
            await tx.deliveries.add(delivery_of(case, decision, text, Sender.AGENT))
        await move(tx, talk, Status.WORKING, now)
        await tx.defer(Lane.ADVANCE, talk.id)


def _checked(channel: Channel, address: str, possible: tuple[Channel, ...]) -> str:
    if channel not in possible:
        raise InvalidInput(f"Nobody can be written to by {channel} from here.", field="channel")
    if channel is Channel.EMAIL:
        if not _MAIL.fullmatch(address):
            raise InvalidInput("Write a mail address, like ada@example.com.", field="address")
        return address.lower()
    number = re.sub(r"[\s()/.-]", "", address)
    if not _NUMBER.fullmatch(number):
        raise InvalidInput("Write a number with its country, like +44 20 7946 0101.", field="address")
    return number
