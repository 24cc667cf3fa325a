"""The chat service and channel over the real database: who sees what, once, in order."""

import asyncio
import itertools
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.errors import InvalidInput, Unavailable
from bot.core.model import Channel, Inbound, Sender, Source, Status
from bot.core.policy import default_rules
from bot.core.ports.channels import Outgoing
from bot.core.sealing import OPEN
from bot.services.admission import ChatLimits, Rate, SlowDown, Throttle
from bot.services.chat import TEXT_LIMIT, ChatChannel, ChatService, NoSession
from bot.services.delivery import Deliveries
from bot.services.intake import Intake
from bot.services.review import Review
from storage.database import open_database
from storage.signals import LocalSignals
from tests import builders
from tests.builders import AT
from tests.services.conftest import KIM
from tests.waiting import PATIENCE


class Clock:
    """The wall clock, which can be set, and the ticks, which only ever pass."""

    def __init__(self):
        self.now = AT
        self._passed = 0.0

    def __call__(self):
        return self.now

    def ticks(self):
        return self._passed

    def passes(self, **delta):
        self.now += timedelta(**delta)
        self._passed += timedelta(**delta).total_seconds()


class World:
    """A chat service with everything real behind it, and a clock that tests set."""

    def __init__(self, database, signals, **options):
        self.database = database
        self.clock = Clock()
        self.intake = Intake(database, self.clock)
        tokens = itertools.count(1)
        self.chat = ChatService(
            database,
            self.intake,
            signals,
            self.clock,
            token_factory=lambda: f"token-{next(tokens)}",
            ticks=self.clock.ticks,
            **options,
        )
        self.channel = ChatChannel(self.clock)

    async def stream(self, visit):
        return list(await self.chat.events_after(visit.session, 0))

    async def texts(self, visit):
        return [event.payload["text"] for event in await self.stream(visit) if event.kind == "message"]

    async def conversation(self, visit):
        again = await self.chat.open_session(visit.visitor)
        async with self.database.snapshot() as tx:
            return await tx.conversations.get(again.conversation)

    async def send(self, outgoing):
        async with self.database.transaction() as tx:
            await self.channel.send_within(tx, outgoing)

    async def outgoing(self, visit, **values):
        conversation = await self.conversation(visit)
        delivery = builders.delivery(
            conversation_id=conversation.id, channel=Channel.CHAT, address=conversation.address, **values
        )
        return Outgoing(delivery, conversation, customer_name="", subject="")


@pytest.fixture
async def world():
    signals = LocalSignals()
    async with open_database("sqlite+aiosqlite://", signals, sealing=OPEN) as database:
        yield World(database, signals)


async def test_a_new_visitor_starts_with_an_empty_stream(world):
    visit = await world.chat.open_session()

    assert (visit.conversation, visit.cursor) == (None, 0)
    assert visit.session != visit.visitor
    assert await world.stream(visit) == []


async def test_a_visitor_token_continues_the_same_stream_and_conversation(world):
    first = await world.chat.open_session()
    seq = await world.chat.receive(first.session, "c1", "Where is my parcel?")

    second = await world.chat.open_session(first.visitor)

    assert second.session != first.session
    assert (second.visitor, second.cursor) == (first.visitor, seq)
    assert second.conversation is not None
    assert await world.texts(second) == ["Where is my parcel?"]


@pytest.mark.parametrize("token", ["", "guessed", "\ud800", "x" * 10_000])
async def test_a_token_nobody_was_given_makes_a_new_visitor(world, token):
    known = await world.chat.open_session()
    await world.chat.receive(known.session, "c1", "Hello")

    stranger = await world.chat.open_session(token)

    assert stranger.visitor not in {token, known.visitor}
    assert await world.stream(stranger) == []


async def test_tokens_are_not_stored_as_they_are(world):
    visit = await world.chat.open_session()

    async with world.database.snapshot() as tx:
        assert await tx.chat.session(visit.session, since=AT) is None
        assert await tx.chat.session(visit.visitor, since=AT) is None


async def test_real_tokens_are_long_and_differ(world):
    signals = LocalSignals()
    chat = ChatService(world.database, world.intake, signals, world.clock)

    visits = [await chat.open_session() for _ in range(3)]

    tokens = {token for visit in visits for token in (visit.session, visit.visitor)}
    assert len(tokens) == 6
    assert min(map(len, tokens)) >= 43  # 256 bits in base64


async def test_a_message_is_kept_in_a_conversation_with_its_event(world):
    visit = await world.chat.open_session()

    seq = await world.chat.receive(visit.session, "c1", "  Where is my parcel?\n")

    [event] = await world.stream(visit)
    assert (event.seq, event.kind, event.created_at) == (seq, "message", AT)
    assert event.payload == {"sender": "customer", "text": "Where is my parcel?", "cid": "c1"}
    conversation = await world.conversation(visit)
    assert (conversation.channel, conversation.status, conversation.turn) == (Channel.CHAT, Status.WORKING, 1)


async def test_the_same_cid_is_stored_once_and_has_the_same_seq(world):
    visit = await world.chat.open_session()
    first = await world.chat.receive(visit.session, "c1", "Hello")
    await world.chat.receive(visit.session, "c2", "Still there?")

    assert await world.chat.receive(visit.session, "c1", "Hello") == first
    assert await world.texts(visit) == ["Hello", "Still there?"]


async def test_the_same_cid_at_the_same_moment_is_stored_once(world):
    visit = await world.chat.open_session()

    seqs = await asyncio.gather(*(world.chat.receive(visit.session, "c1", "Hello") for _ in range(5)))

    assert set(seqs) == {1}
    assert await world.texts(visit) == ["Hello"]


async def test_two_visitors_may_use_the_same_cid(world):
    ada, ben = await world.chat.open_session(), await world.chat.open_session()

    await world.chat.receive(ada.session, "c1", "I am Ada")
    await world.chat.receive(ben.session, "c1", "I am Ben")

    assert (await world.texts(ada), await world.texts(ben)) == (["I am Ada"], ["I am Ben"])


async def test_the_wish_for_a_human_is_kept_with_the_message(world):
    visit = await world.chat.open_session()

    await world.chat.receive(visit.session, "c1", "A person, please", wants_human=True)

    conversation = await world.conversation(visit)
    async with world.database.snapshot() as tx:
        case = await tx.conversations.case(conversation.id)
    assert case.newest_inbound.metadata["wants_human"] is True


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("x" * TEXT_LIMIT, "x" * TEXT_LIMIT),
        ("a\0b", "ab"),
        ("half \ud83d", "half \N{REPLACEMENT CHARACTER}"),
        ("\ud83d\ude00", "\N{GRINNING FACE}"),
        ("<b>bold</b>", "<b>bold</b>"),
    ],
)
async def test_text_is_kept_as_written_as_far_as_a_database_can(world, given, kept):
    visit = await world.chat.open_session()

    await world.chat.receive(visit.session, "c1", given)

    assert await world.texts(visit) == [kept]


@pytest.mark.parametrize("text", ["", " \n\t ", "\0", "x" * (TEXT_LIMIT + 1)])
async def test_unusable_text_is_refused(world, text):
    visit = await world.chat.open_session()

    with pytest.raises(InvalidInput):
        await world.chat.receive(visit.session, "c1", text)
    assert await world.stream(visit) == []


@pytest.mark.parametrize("cid", ["", "x" * 65, "a b", "é", "a\n", "../x"])
async def test_an_unusable_cid_is_refused(world, cid):
    visit = await world.chat.open_session()

    with pytest.raises(InvalidInput):
        await world.chat.receive(visit.session, cid, "Hello")


async def test_without_a_session_nothing_works(world):
    visit = await world.chat.open_session()

    with pytest.raises(NoSession):
        await world.chat.receive("unknown", "c1", "Hello")
    with pytest.raises(NoSession):
        await world.chat.events_after("", 0)
    with pytest.raises(NoSession):
        await world.chat.cursor("\ud800")
    with pytest.raises(NoSession):
        await world.chat.next_events("unknown", 0, 1)
    assert await world.chat.cursor(visit.session) == 0


async def test_twenty_messages_a_minute_then_a_pause_but_resends_are_free(world):
    visit, other = await world.chat.open_session(), await world.chat.open_session()
    for number in range(20):
        await world.chat.receive(visit.session, f"c{number}", "Hello")
        world.clock.passes(seconds=1)

    with pytest.raises(SlowDown) as refused:
        await world.chat.receive(visit.session, "c20", "One more")
    assert refused.value.retry_after == 40
    assert await world.chat.receive(visit.session, "c3", "Hello") == 4
    assert await world.chat.receive(other.session, "c20", "Hello") == 1

    world.clock.passes(seconds=40)
    assert await world.chat.receive(visit.session, "c20", "One more") == 21


def limited(world, **limits):
    return World(world.database, LocalSignals(), limits=ChatLimits(**limits))


async def test_sessions_are_limited_for_each_client(world):
    world = limited(world, sessions_per_client=Rate(2))
    visit = await world.chat.open_session(client="a")
    world.clock.passes(minutes=4)
    await world.chat.open_session(visit.visitor, client="a")

    with pytest.raises(SlowDown, match=r"from your network.* 6 minutes") as refused:
        await world.chat.open_session(visit.visitor, client="a")
    assert refused.value.retry_after == 360
    await world.chat.open_session(client="b")

    world.clock.passes(minutes=6)
    await world.chat.open_session(client="a")


async def test_sessions_are_limited_for_everybody_together(world):
    world = limited(world, sessions=Rate(2, timedelta(seconds=30)))
    for client in "ab":
        await world.chat.open_session(client=client)

    with pytest.raises(SlowDown, match=r"very busy right now.* 30 s"):
        await world.chat.open_session(client="c")


@pytest.mark.parametrize("limit", ["beginnings", "beginnings_per_client"])
async def test_new_visitors_are_limited_but_those_who_are_talking_go_on(world, limit):
    world = limited(world, **{limit: Rate(1)})
    known, new = await world.chat.open_session(), await world.chat.open_session()
    await world.chat.receive(known.session, "c1", "Hello", client="a")

    with pytest.raises(SlowDown) as refused:
        await world.chat.receive(new.session, "c1", "Hello", client="a")
    assert refused.value.retry_after == 600
    await world.chat.receive(known.session, "c2", "Still here", client="a")
    assert await world.stream(new) == []


async def test_many_visitors_of_one_client_share_a_limit_of_messages(world):
    world = limited(world, messages_per_client=Rate(2))
    ada, ben = await world.chat.open_session(), await world.chat.open_session()
    for visit in (ada, ben):
        await world.chat.receive(visit.session, "c1", "Hello", client="a")

    with pytest.raises(SlowDown, match="Too many messages came from your network"):
        await world.chat.receive(ada.session, "c2", "Hello", client="a")
    await world.chat.receive(ada.session, "c2", "Hello", client="b")


@pytest.mark.parametrize("hours", [-1, 1])
async def test_a_clock_that_is_set_neither_shuts_out_nor_lets_in(world, hours):
    world = limited(world, messages_per_visitor=Rate(2, timedelta(minutes=1)))
    visit = await world.chat.open_session()
    for cid in ("c1", "c2"):
        await world.chat.receive(visit.session, cid, "Hello")
    world.clock.now += timedelta(hours=hours)

    with pytest.raises(SlowDown) as refused:
        await world.chat.receive(visit.session, "c3", "Hello")
    assert refused.value.retry_after == 60
    world.clock.passes(minutes=1)
    assert await world.chat.receive(visit.session, "c3", "Hello") == 3


async def test_a_session_ends_after_thirty_days_and_its_visitor_comes_back(world):
    visit = await world.chat.open_session()
    await world.chat.receive(visit.session, "c1", "Hello")

    world.clock.now += timedelta(days=30)
    assert await world.texts(visit) == ["Hello"]
    world.clock.now += timedelta(seconds=1)

    with pytest.raises(NoSession):
        await world.chat.events_after(visit.session, 0)
    with pytest.raises(NoSession):
        await world.chat.receive(visit.session, "c2", "Hello")
    assert await world.texts(await world.chat.open_session(visit.visitor)) == ["Hello"]

    world.clock.now += timedelta(days=335)
    stranger = await world.chat.open_session(visit.visitor)
    assert stranger.visitor != visit.visitor
    assert await world.texts(stranger) == []


async def test_a_session_does_not_pass_for_a_visitor_nor_the_other_way_round(world):
    visit = await world.chat.open_session()

    other = await world.chat.open_session(visit.session)

    assert other.visitor not in {visit.session, visit.visitor}
    with pytest.raises(NoSession):
        await world.chat.cursor(visit.visitor)


def test_a_throttle_forgets_those_who_came_longest_ago():
    throttle = Throttle(Rate(1))
    for number in range(Throttle.MEMORY + 1):
        throttle.admit(f"visitor {number}", 0.0)

    throttle.admit("visitor 0", 0.0)
    with pytest.raises(SlowDown):
        throttle.admit(f"visitor {Throttle.MEMORY}", 0.0)


class FailingIntake(Intake):
    """Stores first when told to, then says it could not."""

    def __init__(self, database, clock, *, stores):
        super().__init__(database, clock)
        self.stores = stores

    async def receive(self, inbound: Inbound, also=None):
        if self.stores:
            await super().receive(inbound, also)
        raise Unavailable("The same message arrived twice at the same moment")


@pytest.mark.parametrize("stores", [True, False])
async def test_a_message_counts_as_received_only_when_it_is_stored(world, stores):
    chat = ChatService(
        world.database, FailingIntake(world.database, world.clock, stores=stores), LocalSignals(), world.clock
    )
    visit = await chat.open_session()

    if stores:
        assert await chat.receive(visit.session, "c1", "Hello") == 1
    else:
        with pytest.raises(Unavailable):
            await chat.receive(visit.session, "c1", "Hello")
        assert await chat.cursor(visit.session) == 0


async def test_events_come_in_pages(world):
    visit = await world.chat.open_session()
    for number in range(5):
        await world.chat.receive(visit.session, f"c{number}", f"message {number}")

    page = await world.chat.events_after(visit.session, 1, limit=2)

    assert [event.seq for event in page] == [2, 3]


async def test_waiting_for_news_ends_with_the_news(world):
    visit = await world.chat.open_session()
    waiting = asyncio.create_task(world.chat.next_events(visit.session, 0, 2 * PATIENCE))

    await world.chat.receive(visit.session, "c1", "Hello")

    async with asyncio.timeout(PATIENCE):
        [event] = await waiting
    assert event.payload["text"] == "Hello"


async def test_waiting_ends_at_once_when_there_is_something_or_no_time(world):
    visit = await world.chat.open_session()
    assert not await world.chat.next_events(visit.session, 0, 0)
    assert not await world.chat.next_events(visit.session, 0, 0.01)

    await world.chat.receive(visit.session, "c1", "Hello")
    async with asyncio.timeout(PATIENCE):
        assert len(await world.chat.next_events(visit.session, 0, 2 * PATIENCE)) == 1


@asynccontextmanager
async def drafted(world, visit, **values):
    """Yield an outgoing answer whose draft is stored, as drafting would have left it."""
    await world.chat.receive(visit.session, "c1", "How long does delivery take?")
    conversation = await world.conversation(visit)
    sources = (
        Source(1, "delivery", "Delivery times", "https://help.northwind.example/delivery"),
        Source(2, "tracking", "Tracking", "https://help.northwind.example/tracking"),
    )
    draft = builders.draft(conversation_id=conversation.id, proposal=builders.proposal(sources=sources))
    async with world.database.transaction() as tx:
        await tx.drafts.add(draft)
    yield await world.outgoing(visit, draft_id=draft.id, **values)


async def test_an_answer_appears_once_in_the_stream_with_its_sources(world):
    visit = await world.chat.open_session()
    async with drafted(world, visit) as outgoing:
        await world.send(outgoing)
        await world.send(outgoing)

        assert world.channel.external_id(outgoing) == f"out:{outgoing.delivery.id}"
    _, answer = await world.stream(visit)
    assert (answer.payload["sender"], answer.payload["text"]) == ("ai", outgoing.delivery.text)
    assert [source["title"] for source in answer.payload["sources"]] == ["Delivery times", "Tracking"]
    assert answer.payload["sources"][0]["url"] == "https://help.northwind.example/delivery"


async def test_of_an_edited_answer_only_the_sources_still_cited_are_shown(world):
    visit = await world.chat.open_session()
    async with drafted(world, visit, sender=Sender.AGENT, text="Two days, see here. [2]") as outgoing:
        await world.send(outgoing)

    _, answer = await world.stream(visit)
    assert answer.payload["sender"] == "agent"
    assert [source["number"] for source in answer.payload["sources"]] == [2]


async def test_an_agents_own_words_have_no_sources(world):
    visit = await world.chat.open_session()
    await world.chat.receive(visit.session, "c1", "Hello")
    outgoing = await world.outgoing(visit, draft_id="", sender=Sender.AGENT, text="Ben here.")

    await world.send(outgoing)

    _, answer = await world.stream(visit)
    assert answer.payload == {"sender": "agent", "text": "Ben here."}


async def test_an_answer_wakes_who_waits_for_it(world):
    visit = await world.chat.open_session()
    await world.chat.receive(visit.session, "c1", "Hello")
    waiting = asyncio.create_task(world.chat.next_events(visit.session, 1, 2 * PATIENCE))

    outgoing = await world.outgoing(visit, draft_id="", text="Hello!")
    await world.send(replace(outgoing, customer_name="Ada"))

    async with asyncio.timeout(PATIENCE):
        assert [event.payload["text"] for event in await waiting] == ["Hello!"]


async def test_what_is_done_to_an_older_conversation_says_nothing_about_the_open_one(world):
    visit = await world.chat.open_session()
    await world.chat.receive(visit.session, "c1", "Where is my parcel?")
    review = Review(
        world.database, Deliveries(world.database, {}, world.clock, {}), world.clock, default_rules()
    )
    closed = await world.conversation(visit)
    await review.resolve(closed.id, closed.turn, KIM)
    world.clock.passes(hours=25)
    await world.chat.receive(visit.session, "c2", "And my refund?")
    before = await world.stream(visit)

    await review.take(closed.id, KIM)

    assert await world.stream(visit) == before
    assert [event.payload["state"] for event in before if event.kind == "state"] == ["resolved"]
