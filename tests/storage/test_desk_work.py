"""What agents are in the middle of: unsent answers, the queue, blocked senders."""

from dataclasses import replace
from datetime import timedelta

from bot.core.model import Channel, Sender, Status
from bot.core.ports.desk_work import Writing
from bot.core.ports.storage import DeskPost
from tests.builders import AT, conversation, customer, message

PARTS = (("answer-1-1", "Hi Ada,"), ("answer-1-2", "and more \ud800"))


async def talk(tx, name, status=Status.WAITING, minutes=0, **values):
    """Store a conversation whose customer wrote `minutes` after the beginning; return its id."""
    where = name * 32
    await tx.conversations.add(conversation(id=where, status=status, **values))
    asked = message(conversation_id=where, external_id="", created_at=AT + timedelta(minutes=minutes))
    await tx.messages.add(asked, Channel.EMAIL)
    return where


async def test_an_unsent_answer_is_kept_until_it_is_dropped(database):
    async with database.transaction() as tx:
        await tx.customers.add(customer())
        where = await talk(tx, "a")
        writing = Writing(where, "U1", 1, None, PARTS, AT, view_id="V1")
        await tx.writings.put(writing)
        assert await tx.writings.keep(where, "U1", (("answer-1-1", "Hello"),), AT + timedelta(minutes=1))
        assert not await tx.writings.keep(where, "U2", (), AT)
        await tx.writings.put(replace(writing, actor="U2"))
        kept = await tx.writings.get(where, "U1")
        assert (kept.parts, kept.view_id) == ((("answer-1-1", "Hello"),), "V1")
        assert [one.actor for one in await tx.writings.of(where)] == ["U1", "U2"]
        await tx.writings.forget(AT + timedelta(seconds=30))
        assert [one.actor for one in await tx.writings.of(where)] == ["U1"]
        await tx.writings.drop(where, "U1")
        assert await tx.writings.get(where, "U1") is None


async def test_what_cannot_be_stored_does_not_stop_the_saving(database):
    async with database.transaction() as tx:
        await tx.customers.add(customer())
        await tx.writings.put(Writing(await talk(tx, "a"), "U1", 1, None, PARTS, AT))
        assert (await tx.writings.get("a" * 32, "U1")).parts[1] == ("answer-1-2", "and more ?")


async def test_an_older_window_changes_nothing_of_a_newer_one(database):
    async with database.transaction() as tx:
        await tx.customers.add(customer())
        newer = Writing(await talk(tx, "a"), "U1", 1, None, PARTS[:1], AT, view_id="V2")
        await tx.writings.put(newer)
        await tx.writings.close(newer.conversation_id, "U1", "V1")
        await tx.writings.tell(replace(newer, view_id="V1", told="turn:2"))
        assert await tx.writings.get(newer.conversation_id, "U1") == newer
        told = replace(newer, told="turn:2", turn=2)
        await tx.writings.tell(told)
        await tx.writings.close(newer.conversation_id, "U1", "V2")
        assert await tx.writings.get(newer.conversation_id, "U1") == replace(told, view_id="")


async def test_cards_are_told_once_who_writes_and_once_that_they_do_not(database):
    async with database.transaction() as tx:
        await tx.customers.add(customer())
        writing = Writing(await talk(tx, "a"), "U1", 1, None, PARTS[:1], AT, view_id="V1")
        await tx.writings.put(writing)
        await tx.writings.put(replace(writing, actor="U2", view_id=""))
        assert await tx.writings.to_notice(AT) == (writing,)
        assert await tx.writings.to_notice(AT + timedelta(seconds=1)) == ()  # Nobody has typed since.
        assert [await tx.writings.notice(writing, AT) for _ in range(2)] == [True, False]
        assert await tx.writings.to_notice(AT) == ()

        await tx.writings.close(writing.conversation_id, "U1", "V1")
        (ended,) = await tx.writings.to_notice(AT)
        assert ended.noticed
        assert [await tx.writings.notice(ended, AT) for _ in range(2)] == [True, False]
        assert await tx.writings.to_notice(AT) == ()


async def test_no_card_is_told_that_its_owner_writes(database):
    async with database.transaction() as tx:
        await tx.customers.add(customer())
        where = await talk(tx, "a", assignee="U1")
        owner = Writing(where, "U1", 1, None, PARTS[:1], AT, view_id="V1")
        other = replace(owner, actor="U2", view_id="V2")
        await tx.writings.put(owner)
        await tx.writings.put(other)
        assert await tx.writings.to_notice(AT) == (other,)
        assert not await tx.writings.notice(owner, AT)


async def test_the_queue_begins_with_what_is_most_urgent(database):
    async with database.transaction() as tx:
        await tx.customers.add(customer(name="Ada Quill"))
        late = await talk(tx, "a", minutes=5, assignee="U1")
        early = await talk(tx, "b")
        escalated = await talk(tx, "c", Status.ESCALATED, minutes=9)
        stuck = await talk(tx, "d", Status.UNDELIVERED, minutes=30, assignee="U1")
        await talk(tx, "e", Status.ANSWERED)
        await talk(tx, "f", snoozed_until=AT + timedelta(hours=1))
        answered = message(conversation_id=late, seq=2, turn=1, sender=Sender.AGENT, external_id="")
        again = message(
            conversation_id=late, seq=3, turn=2, external_id="", created_at=AT + timedelta(hours=2)
        )
        await tx.messages.add(answered, Channel.EMAIL)
        await tx.messages.add(again, Channel.EMAIL)
        await tx.desk_posts.put(DeskPost(early, "root", "C1", "1.0", ""))
        queue = tx.waiting_list
        everything = await queue.waiting(10)
        assert [one.conversation.id for one in everything] == [stuck, escalated, early, late]
        assert (everything[2].name, everything[2].slack_channel, everything[2].ts) == (
            "Ada Quill",
            "C1",
            "1.0",
        )
        assert everything[3].since == AT + timedelta(hours=2)
        assert [one.conversation.id for one in await queue.waiting(10, owner="U1")] == [stuck, late]
        assert [one.conversation.id for one in await queue.waiting(1, owner="")] == [escalated]
        assert [one.conversation.id for one in await queue.waiting(9, without=stuck, carded=True)] == [early]
        agents = await queue.waiting(9, owner="U1", or_nobody=True, escalated_last=True)
        assert [one.conversation.id for one in agents] == [stuck, early, late, escalated]
        assert [await queue.size(), await queue.size(owner="U1"), await queue.size(owner="")] == [4, 2, 2]


async def test_a_blocked_sender_is_blocked_in_all_their_conversations(database):
    async with database.transaction() as tx:
        await tx.customers.add(customer())
        where = await talk(tx, "a")
        address = (await tx.conversations.get(where)).address
        assert await tx.blocked_senders.add(Channel.EMAIL, address, "U1", AT)
        assert not await tx.blocked_senders.add(Channel.EMAIL, address, "U2", AT)
        assert (await tx.conversations.case(where)).blocked
        assert await tx.blocked_senders.remove(Channel.EMAIL, address)
        assert not await tx.blocked_senders.remove(Channel.EMAIL, address)
        assert not (await tx.conversations.case(where)).blocked


async def test_who_has_practised_is_known(database):
    async with database.transaction() as tx:
        assert not await tx.practised.has("U1")
        await tx.practised.add("U1", AT)
        await tx.practised.add("U1", AT)
        assert await tx.practised.has("U1")
