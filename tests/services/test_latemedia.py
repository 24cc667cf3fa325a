"""Media that could not be had with their message are fetched later, once, and people are told either way."""

from dataclasses import dataclass, field, replace
from hashlib import sha256

from blocks import thread
from bot.core.model import Attachment, Channel, Inbound
from bot.core.ports.unfetched import Fetched
from bot.services.latemedia import LateMedia
from bot.services.merging import Merging
from bot.services.texting import Texting
from tests.services.conftest import KIM, World

PNG = b"picture"
MISSING = Attachment("image 1.png", "image/png", 0, missing="not fetched: Twilio did not hand it over (503)")
REFUSED = replace(MISSING, name="image 2.png", missing="not fetched: it is empty")


@dataclass
class Store:
    """Has the first medium from the attempt `works` on; the second was refused for good."""

    works: int
    asked: list[str] = field(default_factory=list)

    async def again(self, message, unfetched):
        self.asked.append(message)
        assert [one["number"] for one in unfetched] == [1]
        if len(self.asked) < self.works:
            return [Fetched(1, MISSING, again=True)]
        had = replace(MISSING, size=len(PNG), sha256=sha256(PNG).hexdigest(), missing="")
        return [Fetched(1, had, PNG)]


async def arrived(world: World) -> str:
    async def fetch(inbound: Inbound) -> Inbound:
        later = [{"number": 1, "kind": "image/png", "url": "u"}]
        return replace(inbound, attachments=(MISSING, REFUSED), metadata={"unfetched": later})

    inbound = Inbound(Channel.SMS, "MM1", "+15550100", "Look", attachments=(MISSING, REFUSED))
    texting = Texting(world.database, world.intake, world.clock)
    return (await texting.receive(inbound, "", fetch)).conversation_id


async def test_it_is_tried_until_it_is_there_and_then_shown(world: World) -> None:
    talk, store = await arrived(world), Store(works=3)
    late = LateMedia(world.database, store, world.clock)
    await late.look()
    assert store.asked == []
    for _ in range(8):
        world.clock.move(seconds=61)
        await late.look()
    assert store.asked == ["MM1"] * 3
    case = await world.case(talk)
    had, refused = case.messages[0].attachments
    assert (had.sha256, had.missing, had.late) == (sha256(PNG).hexdigest(), "", True)
    assert refused == REFUSED
    assert case.events[-1].text == "1 file of message 1 could be fetched after all."
    async with world.database.snapshot() as tx:
        assert await tx.attachments.get(had.sha256) == PNG
    assert [leaf.files for leaf in thread.leaves(case) if leaf.files] == [(had,)]


async def test_of_two_who_look_at_once_one_tells(world: World) -> None:
    talk = await arrived(world)
    world.clock.move(seconds=61)

    class Slow(Store):
        """Another process fetches it while we wait for the content."""

        async def again(self, message, unfetched):
            await LateMedia(world.database, Store(works=1), world.clock).look()
            return await super().again(message, unfetched)

    await LateMedia(world.database, Slow(works=1), world.clock).look()
    told = [event.text for event in await events(world, talk)]
    assert [one for one in told if "fetched" in one] == ["1 file of message 1 could be fetched after all."]


async def test_what_is_fetched_of_a_message_that_was_merged_meanwhile_is_told_where_it_is(
    world: World,
) -> None:
    talk, other = await arrived(world), await world.receive("One")
    world.clock.move(seconds=61)

    class Slow(Store):
        """Somebody merges the conversation while we wait for the content."""

        async def again(self, message, unfetched):
            await Merging(world.database, world.clock).merge(talk, other.conversation_id, KIM)
            return await super().again(message, unfetched)

    await LateMedia(world.database, Slow(works=1), world.clock).look()
    assert "could be fetched after all" in (await events(world, other.conversation_id))[-1].text


async def events(world: World, conversation_id: str):
    async with world.database.snapshot() as tx:
        return (await tx.conversations.case(conversation_id)).events


async def test_after_a_day_people_are_told_that_it_stays_away(world: World) -> None:
    talk, store = await arrived(world), Store(works=10_000)
    late = LateMedia(world.database, store, world.clock)
    for _ in range(27):
        world.clock.move(hours=1)
        await late.look()
    assert 20 < len(store.asked) < 27
    case = await world.case(talk)
    assert case.messages[0].attachments == (MISSING, REFUSED)
    assert [event.text for event in case.events] == [
        "What came with message 1 cannot be fetched within a day."
    ]
