"""Whatever people do in Slack and in Zendesk, in whatever order: both sides end the same, and nothing is doubled.

Each example is one interleaving of what agents and the customer do with runs of the job between them, some of which
fail before or after the far side has heard. INTERLEAVINGS=500 tries that many.
"""

import asyncio
import os
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.errors import OutcomeUnknown, Rejected, Unavailable, Unreachable
from bot.core.model import Case, Sender
from bot.core.ports.records import Voice
from bot.services.tickets import Tickets
from tests.services.conftest import KIM, World, made
from tests.services.fake_zendesk import FakeZendesk

HOW_MANY = int(os.environ.get("INTERLEAVINGS", "40"))
NUMBERS = count(1)


class Story:
    """One conversation, its ticket, and the people on both sides of it."""

    def __init__(self, world: World, zendesk: FakeZendesk, tickets: Tickets, talk: str, address: str) -> None:
        self.world, self.zendesk, self.tickets, self.talk, self.address = (
            world,
            zendesk,
            tickets,
            talk,
            address,
        )
        self.said: Counter[str] = Counter()

    def text(self, what: str) -> str:
        text = f"{what} {next(NUMBERS)}"
        self.said[text] += 1
        return text

    async def case(self) -> Case:
        return await self.world.case(self.talk)

    async def ticket(self) -> str | None:
        async with self.world.database.snapshot() as tx:
            ref = await tx.external_refs.get("zendesk", self.talk)
        found = ref.external_id if ref is not None else ""
        while following := [one for one in self.zendesk.tickets.values() if found and one.follows == found]:
            found = following[0].id
        return found or None

    async def open_ticket(self) -> str | None:
        """Return the ticket unless it is closed: then nobody can do anything in it."""
        ticket = await self.ticket()
        return ticket if ticket and self.zendesk.tickets[ticket].status != "closed" else None

    async def do(self, what: str) -> None:
        self.world.clock.move(seconds=20)
        await getattr(self, what)()

    async def answered_in_slack(self) -> None:
        turn, text = (await self.case()).conversation.turn, self.text("answer")
        try:
            await self.world.review.send_own(self.talk, turn, text, KIM, None, key=text)
        except Rejected:
            self.said[text] -= 1
        await self.world.advance(self.talk, retried=False)

    async def noted_in_slack(self) -> None:
        async with self.world.database.transaction() as tx:
            root = (await tx.desk_posts.of(self.talk))["root"]
        await self.world.notes.add(root.slack_channel, root.ts, str(next(NUMBERS)), "UKIM", self.text("note"))

    async def resolved_in_slack(self) -> None:
        turn = (await self.case()).conversation.turn
        await self.world.review.resolve(self.talk, turn, KIM)

    async def customer_wrote(self) -> None:
        first = (await self.case()).messages[0]
        await self.world.arrive(self.text("question"), address=self.address, references=(first.external_id,))

    async def commented_in_zendesk(self) -> None:
        if ticket := await self.open_ticket():
            self.zendesk.say(ticket, self.text("comment"))

    async def noted_in_zendesk(self) -> None:
        if ticket := await self.open_ticket():
            self.zendesk.say(ticket, self.text("remark"), public=False)

    async def customer_wrote_in_zendesk(self) -> None:
        ticket = await self.ticket()
        if ticket and self.zendesk.tickets[ticket].status == "closed":
            following = self.zendesk.open(self.text("reply"), follows=ticket)
            await self.tickets(f"#{following}", retried=False)
        elif ticket:
            self.zendesk.say(ticket, self.text("reply"), Voice.CUSTOMER)
            if self.zendesk.tickets[ticket].status in {"pending", "solved"}:
                self.zendesk.set(ticket, "open")

    async def closed_in_zendesk(self) -> None:
        if ticket := await self.open_ticket():
            self.zendesk.set(ticket, "solved")

    async def closed_for_good(self) -> None:
        """Zendesk closes a while after a ticket was solved."""
        ticket = await self.ticket()
        if ticket and self.zendesk.tickets[ticket].status == "solved":
            self.zendesk.set(ticket, "closed")

    async def synced(self) -> None:
        with suppress(Unavailable, OutcomeUnknown):
            await self.tickets(self.talk, retried=False)
        await self.world.advance(self.talk, retried=False)

    async def failed(self) -> None:
        self.zendesk.fail = [Unreachable("It does not answer")]
        await self.synced()
        self.zendesk.fail.clear()

    async def lost(self) -> None:
        self.zendesk.lose_answer = True
        await self.synced()
        self.zendesk.lose_answer = False


WHATS = st.sampled_from(
    [
        *("answered_in_slack", "noted_in_slack", "resolved_in_slack", "customer_wrote"),
        *("commented_in_zendesk", "noted_in_zendesk", "customer_wrote_in_zendesk", "closed_in_zendesk"),
        *("closed_for_good", "synced", "synced", "failed", "lost"),
    ]
)


async def begun(world: World, zendesk: FakeZendesk, tickets: Tickets) -> Story:
    address = f"ada{next(NUMBERS)}@customer.example"
    case = await world.arrive(f"question {next(NUMBERS)}", address=address)
    await world.show(case.conversation.id)
    story = Story(world, zendesk, tickets, case.conversation.id, address)
    story.said[case.messages[0].content] += 1
    return story


async def play(world: World, zendesk: FakeZendesk, tickets: Tickets, whats: list[str]) -> None:
    story = await begun(world, zendesk, tickets)
    for what in ["synced", *whats]:
        await story.do(what)
    world.clock.move(minutes=2)
    for _ in range(4):  # Until nothing is left to do.
        await story.synced()
    await check(story)


async def check(story: Story) -> None:
    case, newest = await story.case(), story.zendesk.tickets[str(await story.ticket())]
    tickets = [newest]
    while tickets[0].follows:
        tickets.insert(0, story.zendesk.tickets[tickets[0].follows])
    remarks = [remark.text for ticket in tickets for remark in ticket.remarks]
    expected = +story.said
    here = Counter([m.content for m in case.messages] + [note.content for note in case.notes])
    assert here == expected
    assert Counter(remarks) == expected
    assert story.zendesk.word_for(case.conversation.status) == newest.status.replace("closed", "solved")
    asked = [m.content for m in case.messages if m.sender is Sender.CUSTOMER]
    order = [text for text in remarks if text in asked]
    assert sorted(order) == sorted(asked)
    assert not [ref for ref in case.records if ref.trouble]


def test_every_interleaving_ends_the_same_on_both_sides() -> None:
    with asyncio.Runner() as runner:
        opening = made()
        world = runner.run(opening.__aenter__())
        world.answerer.proposal = replace(world.answerer.proposal, confidence=0.80)
        zendesk = FakeZendesk(clock=world.clock)
        tickets = Tickets(world.database, zendesk, zendesk, world.intake, world.clock)

        @settings(
            max_examples=HOW_MANY,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(st.lists(WHATS, min_size=2, max_size=9))
        def example(whats: list[str]) -> None:
            runner.run(play(world, zendesk, tickets, whats))

        try:
            example()
        finally:
            runner.run(opening.__aexit__(None, None, None))
