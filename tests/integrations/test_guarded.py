"""Ports behind a circuit breaker: what is asked twice, what never is, and what an open breaker costs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.answering.answerer import EmbeddedAnswerer
from bot.answering.knowledge import Article, Library
from bot.core.context import Keys, Urgency
from bot.core.errors import NotTried, Refused, Unavailable, Unreachable
from bot.core.model import Channel, Status
from bot.core.ports.answering import Question, Written
from bot.core.ports.channels import Deadline, Outgoing, Reconciled, Send
from bot.core.ports.records import Began
from integrations.breaker import ANSWERS, SENDS, CircuitBreaker
from integrations.guarded import GuardedChannel, GuardedRecords, GuardedSource, GuardedWriter
from tests import builders
from tests.fakes import FakeChannel, FakeClock, FakeRecords, in_time, known

QUESTION = Question(("How do I return an item?",), Channel.CHAT)
ADA = known("Ada Quill")
KEYS = Keys(emails=("ada@customer.example",))


class Scripted:
    """A directory and a model: raises one error after the other, then answers; hangs when told to."""

    def __init__(self, *errors: Exception, hangs: bool = False) -> None:
        self.errors = list(errors)
        self.hangs = hangs
        self.asked = 0

    name = "crm"

    async def look_up(self, keys, urgency):
        await self._work()
        return ADA

    async def write(self, question, passages, *, brand):
        await self._work()
        return Written("Within 60 days. [1]", (1,), answered=True, model="stand-in")

    async def _work(self) -> None:
        self.asked += 1
        if self.hangs:
            await asyncio.Event().wait()
        if self.errors:
            raise self.errors.pop(0)


async def test_what_only_asks_is_tried_twice():
    directory = Scripted(Unavailable("down"))
    found = await GuardedSource(directory, CircuitBreaker("crm", ANSWERS)).look_up(KEYS, Urgency.ANSWER)
    assert (found, directory.asked) == (ADA, 2)


async def test_two_failed_tries_are_one_failure():
    breaker, down = CircuitBreaker("crm", ANSWERS), Scripted(*[Unavailable("down")] * 20)
    directory = GuardedSource(down, breaker)
    for _ in range(3):
        with pytest.raises(Unavailable, match="down"):
            await directory.look_up(KEYS, Urgency.ANSWER)
    assert down.asked == 6
    with pytest.raises(NotTried):
        await directory.look_up(KEYS, Urgency.ANSWER)
    assert down.asked == 6


@pytest.mark.parametrize("error", [Refused("unknown field"), Unavailable("busy", retry_after=3.0)])
async def test_a_no_and_a_later_are_not_asked_again_at_once(error):
    directory = Scripted(error)
    with pytest.raises(type(error)):
        await GuardedSource(directory, CircuitBreaker("crm", ANSWERS)).look_up(KEYS, Urgency.ANSWER)
    assert directory.asked == 1


async def test_a_send_is_never_repeated_and_an_unreachable_relay_is_left_alone():
    tried = 0

    class Relay(FakeChannel):
        @asynccontextmanager
        async def ready(self, outgoing: Outgoing) -> AsyncIterator[object]:
            nonlocal tried
            tried += 1
            raise Unreachable("no connection")
            yield

    relay = GuardedChannel(
        Relay(known=Reconciled.SENT), CircuitBreaker("mail out", SENDS), can_be_asked=False
    )
    outgoing = Outgoing(builders.delivery(), builders.conversation(), customer_name="", subject="")
    for _ in range(3):
        with pytest.raises(Unreachable):
            async with relay.ready(outgoing):
                pass
    with pytest.raises(NotTried):
        async with relay.ready(outgoing):
            pass
    assert tried == 3
    assert await relay.reconcile(outgoing) is Reconciled.SENT
    assert relay.external_id(outgoing) == FakeChannel().external_id(outgoing)


async def test_a_relay_that_works_is_sent_through():
    channel = FakeChannel()
    outgoing = Outgoing(builders.delivery(), builders.conversation(), customer_name="", subject="")
    relay = GuardedChannel(channel, CircuitBreaker("mail out", SENDS), can_be_asked=False)
    async with relay.ready(outgoing) as send:
        await send(Deadline(1.0, lambda: 0.0))
    assert channel.sent == [outgoing]


class Provider(FakeChannel):
    """Raises one error after the other, in sending and when it is asked."""

    def __init__(self, *errors: Exception) -> None:
        super().__init__(known=Reconciled.SENT)
        self.errors = list(errors)

    @asynccontextmanager
    async def ready(self, outgoing: Outgoing) -> AsyncIterator[Send]:
        async def send(deadline: Deadline) -> str:
            self._fail()
            return "1"

        yield send

    async def reconcile(self, outgoing: Outgoing) -> Reconciled:
        self._fail()
        return await super().reconcile(outgoing)

    def _fail(self) -> None:
        if self.errors:
            raise self.errors.pop(0)


async def test_an_answer_that_is_overtaken_before_it_leaves_tells_nothing_of_the_far_side():
    provider = Provider(*[Unreachable("no connection")] * 3)
    texts = GuardedChannel(provider, CircuitBreaker("texts", SENDS), can_be_asked=True)
    outgoing = Outgoing(builders.delivery(), builders.conversation(), customer_name="", subject="")
    for _ in range(2):
        async with texts.ready(outgoing):
            pass
        with pytest.raises(Unreachable):
            async with texts.ready(outgoing) as send:
                await send(Deadline(1.0, lambda: 0.0))
    async with texts.ready(outgoing):
        pass
    with pytest.raises(Unreachable):
        await texts.reconcile(outgoing)
    with pytest.raises(NotTried):
        async with texts.ready(outgoing):
            pass


async def test_a_far_side_that_is_down_is_not_asked_what_became_of_a_send():
    provider = Provider(*[Unreachable("no connection")] * 4)
    texts = GuardedChannel(provider, CircuitBreaker("texts", SENDS), can_be_asked=True)
    outgoing = Outgoing(builders.delivery(), builders.conversation(), customer_name="", subject="")
    for _ in range(3):
        with pytest.raises(Unreachable):
            await texts.reconcile(outgoing)
    with pytest.raises(NotTried):
        await texts.reconcile(outgoing)
    assert len(provider.errors) == 1


async def answerer(writer, budget):
    article = Article(
        slug="returns",
        title="Return an item",
        passages=("Return an item within 60 days.", "Print the label from your account."),
        questions=("How do I return an item?",),
        sections=("", ""),
    )
    return await EmbeddedAnswerer.build(Library((article,), ()), brand="Shop", writer=writer, budget=budget)


async def test_a_slow_model_costs_its_budget_three_times_and_then_nothing():
    model, loop = Scripted(hangs=True), asyncio.get_running_loop()
    breaker = CircuitBreaker("model", ANSWERS)
    desk, patient = [await answerer(GuardedWriter(model, breaker), budget) for budget in (0.2, 60)]
    for _ in range(3):
        before = loop.time()
        proposal = await desk.answer(QUESTION)
        assert "60 days" in proposal.text
        assert 0.2 <= loop.time() - before < 5
    before = loop.time()
    proposal = await patient.answer(QUESTION)  # Whoever asks the model now waits for a minute.
    assert loop.time() - before < 5
    assert model.asked == 3
    assert [flag.name for flag in proposal.flags] == ["model_unavailable"]
    assert "60 days" in proposal.text


async def test_records_are_left_alone_while_they_are_known_to_be_down() -> None:
    clock, now = FakeClock(), [0.0]
    breaker = CircuitBreaker("desk", SENDS, threshold=1, clock=clock, ticks=lambda: now[0])
    desk = FakeRecords(fail=[Unreachable("gone")])
    records = GuardedRecords(desk, breaker)
    entry = Began("talk", builders.case(), "", builders.message())
    records.check()
    with pytest.raises(Unreachable):
        await records.write(entry, in_time(), doubtful=False)
    with pytest.raises(NotTried) as left_alone:
        records.check()
    assert left_alone.value.retry_after == 5.0
    assert (records.name, records.carries, records.word_for(Status.RESOLVED)) == ("files", None, "solved")
    assert records.wants(builders.case())
    clock.move(hours=-1)  # A clock that is set back keeps nobody waiting.
    now[0] = 5.0
    records.check()
    desk.known_to_fail = Unavailable("patience")
    with pytest.raises(Unavailable):
        records.check()
