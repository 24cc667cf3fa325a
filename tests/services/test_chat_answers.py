"""Answers in a chat: committed with the ledger's row, and whether the customer has fetched them."""

import pytest

from bot.core.errors import Unavailable
from bot.core.model import Case, Channel, DeliveryState, Mode, Status
from bot.core.policy import default_rules
from bot.core.ports.channels import Outgoing
from bot.core.ports.storage import Transaction
from bot.services.advancing import Advance
from bot.services.chat import ChatChannel, ChatService, Visit
from bot.services.delivery import Deliveries
from bot.services.drafting import Drafting
from storage.signals import LocalSignals
from tests.services.conftest import World


class FailsOnce(ChatChannel):
    """The real channel, whose transaction fails once after the answer is in the stream."""

    fail = False

    async def send_within(self, tx: Transaction, outgoing: Outgoing) -> None:
        await super().send_within(tx, outgoing)
        if self.fail:
            self.fail = False
            raise Unavailable("disk full")


class Chat:
    """A visitor's page, and the desk behind it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.channel = FailsOnce(world.clock)
        rules = default_rules(Mode.AUTO)
        self.advance = Advance(
            world.database,
            Drafting(world.database, world.identify, world.answerer, world.clock, rules),
            Deliveries(world.database, {Channel.CHAT: self.channel}, world.clock, rules),
            world.clock,
        )
        self.service = ChatService(world.database, world.intake, LocalSignals(), world.clock)

    async def ask(self, text: str = "How do I return my shoes?") -> tuple[Visit, str]:
        """Write as a new visitor; return their visit and the conversation."""
        visit = await self.service.open_session()
        await self.service.receive(visit.session, "c1", text)
        again = await self.service.open_session(visit.visitor)
        assert again.conversation is not None
        return visit, again.conversation

    async def answered(self) -> tuple[Visit, str]:
        visit, conversation_id = await self.ask()
        await self.advance(conversation_id, retried=False)
        return visit, conversation_id

    async def answers(self, visit: Visit) -> list[str]:
        events = await self.service.events_after(visit.session, 0)
        return [e.payload["text"] for e in events if e.payload.get("sender") == "ai"]

    async def fetch(self, visit: Visit) -> None:
        """Get all events, and ask for the next ones, as a page does."""
        events = await self.service.events_after(visit.session, 0)
        await self.service.events_after(visit.session, events[-1].seq)

    async def later(self, **passed: float) -> None:
        self.world.clock.move(**passed)
        await self.service.presence.look()

    async def case(self, conversation_id: str) -> Case:
        return await self.world.case(conversation_id)


@pytest.fixture
async def chat(world: World) -> Chat:
    return Chat(world)


async def test_an_answer_and_its_record_are_one(chat: Chat) -> None:
    visit, conversation_id = await chat.ask()
    chat.channel.fail = True
    with pytest.raises(Unavailable):
        await chat.advance(conversation_id, retried=False)
    case = await chat.case(conversation_id)
    assert case.delivery is not None
    assert (case.delivery.state, await chat.answers(visit)) == (DeliveryState.PENDING, [])
    assert "send" not in [row.action for row in await chat.world.audit()]

    await chat.advance(conversation_id, retried=True)
    after = await chat.case(conversation_id)
    assert after.conversation.status is Status.ANSWERED
    assert await chat.answers(visit) == [m.content for m in after.messages[1:]]
    assert len(after.messages) == 2


@pytest.mark.parametrize("in_the_stream", [True, False])
async def test_an_answer_that_an_earlier_version_left_half_done_is_finished(
    chat: Chat, in_the_stream: bool
) -> None:
    visit, conversation_id = await chat.ask()
    chat.channel.fail = True
    with pytest.raises(Unavailable):
        await chat.advance(conversation_id, retried=False)
    case = await chat.case(conversation_id)
    assert case.delivery is not None
    async with chat.world.database.transaction() as tx:
        await tx.deliveries.claim(case.delivery.id, f"out:{case.delivery.id}", at=chat.world.clock())
        if in_the_stream:
            outgoing = Outgoing(case.delivery, case.conversation, "", "")
            await chat.channel.send_within(tx, outgoing)
    await chat.advance(conversation_id, retried=True)
    assert len(await chat.answers(visit)) == 1
    assert (await chat.case(conversation_id)).conversation.status is Status.ANSWERED


async def test_who_left_before_the_answer_came_is_told_on_the_card_until_they_come_back(chat: Chat) -> None:
    visit, conversation_id = await chat.answered()
    await chat.later(minutes=4, seconds=59)
    assert not (await chat.case(conversation_id)).unseen
    await chat.later(seconds=1)
    left = await chat.case(conversation_id)
    assert left.unseen
    await chat.later(minutes=1)
    assert (await chat.case(conversation_id)).conversation.version == left.conversation.version

    await chat.fetch(visit)
    await chat.later(seconds=5)
    back = await chat.case(conversation_id)
    assert not back.unseen
    assert back.conversation.version == left.conversation.version + 1


async def test_who_has_fetched_the_answer_is_never_said_to_have_left(chat: Chat) -> None:
    visit, conversation_id = await chat.answered()
    await chat.fetch(visit)
    version = (await chat.case(conversation_id)).conversation.version
    await chat.later(seconds=5)
    await chat.later(minutes=10)
    after = await chat.case(conversation_id)
    assert (after.unseen, after.conversation.version) == (False, version)


async def test_who_was_sent_the_answer_and_never_asked_on_has_not_seen_it(chat: Chat) -> None:
    visit, conversation_id = await chat.answered()
    await chat.service.events_after(visit.session, 0)
    await chat.later(minutes=5)
    assert (await chat.case(conversation_id)).unseen


async def test_what_was_fetched_while_the_database_was_down_is_written_later(chat: Chat) -> None:
    visit, conversation_id = await chat.answered()
    await chat.later(minutes=5)
    await chat.fetch(visit)
    chat.world.database.fail_next = True  # type: ignore[attr-defined]
    with pytest.raises(Unavailable):
        await chat.later(seconds=5)
    assert (await chat.case(conversation_id)).unseen
    await chat.later(seconds=5)
    assert not (await chat.case(conversation_id)).unseen
