"""What belongs to one Slack workspace is not to be found within another, by whatever way."""

from bot.core.model import Channel, Note, Status, Suggestion
from bot.core.ports.storage import DeskPost
from storage.within import EVERYWHERE, Within
from tests.builders import AT, conversation, customer, message

NORTH, SOUTH = Within(frozenset({"T2"}), others=True), Within(frozenset({"T2"}))


async def kept(database):
    """Keep two conversations of one customer, each with a card and a note; return their ids."""
    found = []
    async with database.transaction() as tx:
        await tx.customers.add(customer())
        for name, workspace, channel in (("a", "", "C1"), ("b", "T2", "C2")):
            talk = conversation(
                id=name * 32, status=Status.WAITING, workspace=workspace, subject=f"about {workspace}"
            )
            await tx.conversations.add(talk)
            await tx.messages.add(message(conversation_id=talk.id, external_id=""), Channel.EMAIL)
            await tx.desk_posts.put(DeskPost(talk.id, "root", channel, "1.0", ""))
            await tx.notes.add(Note(name * 32, talk.id, "U1", "first", f"{channel}:2.0", AT))
            suggested = Suggestion(name * 32, talk.id, "Why?", "Because.", "U1", AT)
            await tx.suggestions.add(suggested)
            found.append(talk)
    return found


async def test_each_finds_its_own(database):
    north, south = await kept(database)
    for within, ours, theirs in ((NORTH, north, south), (SOUTH, south, north)):
        async with database.within(within).transaction() as tx:
            assert (await tx.conversations.get(ours.id)).id == ours.id
            assert await tx.conversations.get(theirs.id) is None
            case = await tx.conversations.case(ours.id)
            assert await tx.conversations.case(theirs.id) is None
            assert await tx.conversations.case(ours.id, known=case) == case
            assert await tx.conversations.beginning_with(theirs.id[:8]) is None
            assert [one.id for one in await tx.conversations.of_person(ours.customer_id, 9)] == [ours.id]
            assert (await tx.conversations.open_for(ours.channel, ours.address)).id == ours.id
            waiting = await tx.waiting_list.waiting(9)
            assert [one.conversation.id for one in waiting] == [ours.id]
            assert (await tx.waiting_list.longest()).conversation.id == ours.id
            assert await tx.waiting_list.size() == 1
            assert await tx.merges.candidates(ours, "", 9) == []
            assert [one.conversation_id for one in await tx.outcomes.find("about", 9)] == [ours.id]
            assert await tx.suggestions.get(theirs.id) is None
            assert [one.id for one in (await tx.suggestions.undecided(9))[0]] == [ours.id]
            assert await tx.scorecards.by_agents(9) == ()
            places = {north.id: "C1", south.id: "C2"}
            assert await tx.desk_posts.conversation_at(places[ours.id], "1.0") == ours.id
            assert await tx.desk_posts.conversation_at(places[theirs.id], "1.0") is None
            assert await tx.notes.edit(f"{places[theirs.id]}:2.0", "changed") is None
            assert await tx.notes.remove(f"{places[theirs.id]}:2.0") is None
            assert await tx.notes.edit(f"{places[ours.id]}:2.0", "changed") == ours.id


async def test_everywhere_is_found_what_is_anywhere_and_what_is_of_no_workspace_any_more_is_the_main_ones(
    database,
):
    north, south = await kept(database)
    for within in (EVERYWHERE, Within(frozenset({"T3"}), others=True)):
        async with database.within(within).snapshot() as tx:
            assert await tx.waiting_list.size() == 2
            assert {one.id for one in await tx.conversations.of_person(north.customer_id, 9)} == {
                north.id,
                south.id,
            }


async def test_no_condition_is_made_before_somebody_looks(database):
    asked = []

    class Noting(Within):
        def about(self, conversation_id):
            asked.append(conversation_id)
            return super().about(conversation_id)

    async with database.within(Noting(frozenset({"T2"}))).snapshot() as tx:
        assert asked == []
        await tx.suggestions.undecided(9)
        assert len(asked) == 1


async def test_what_is_next_is_of_one_workspace(database):
    north, south = await kept(database)
    async with database.snapshot() as tx:
        for talk in (north, south):
            (found,) = await tx.waiting_list.waiting(9, workspace=talk.workspace)
            assert found.conversation.id == talk.id


async def test_each_workspace_has_lines_of_its_own(database, clock):
    north, south = await kept(database)
    async with database.transaction() as tx:
        lines = {line.workspace: line for line in await tx.desk_runs.lines(clock())}
        assert set(lines) == {"", "T2"}
        for talk in (north, south):
            run = await tx.desk_runs.claim(lines[talk.workspace], now=clock(), until=clock())
            assert run.conversation_id == talk.id
