"""Conversations and tickets are the same on both sides, whoever works where, and nothing goes round."""

from dataclasses import replace

import pytest

from bot.core.errors import Unavailable, Unreachable
from bot.core.model import Channel, RefState, Sender, Status
from bot.core.ports.engine import Lane
from bot.core.ports.records import RemoteFile, Voice
from bot.services.merging import Merging
from bot.services.standing import Standing
from bot.services.syncing import go_on_in
from bot.services.tickets import Tickets
from bot.services.transitions import move
from tests.services.conftest import KIM
from tests.services.fake_zendesk import FakeZendesk


@pytest.fixture
def zendesk(world):
    return FakeZendesk(clock=world.clock)


@pytest.fixture
def tickets(world, zendesk):
    return Tickets(world.database, zendesk, zendesk, world.intake, world.clock)


async def sync(tickets, case):
    await tickets(case.conversation.id, retried=False)


async def mirrored(world, tickets, zendesk):
    """Return a conversation that was answered, with its ticket."""
    case = await world.arrive("How do I return my shoes?")
    await sync(tickets, case)
    return case, next(iter(zendesk.tickets))


async def adopted(world, tickets, zendesk, **values):
    """Return the conversation of a ticket that began over there."""
    ticket = zendesk.open(**values)
    await tickets(f"#{ticket}", retried=False)
    async with world.database.snapshot() as tx:
        return await tx.external_refs.conversation_of("zendesk", ticket), ticket


def said(case):
    return [(m.sender, m.content) for m in case.messages]


async def test_a_ticket_that_began_there_becomes_a_conversation(world, tickets, zendesk):
    talk, ticket = await adopted(world, tickets, zendesk)
    case = await world.case(talk)
    assert (case.conversation.channel, case.conversation.subject) == (Channel.ZENDESK, "Laces")
    assert (case.customer.address, case.customer.verified) == ("ada@customer.example", True)
    assert said(case) == [(Sender.CUSTOMER, "My laces broke.")]
    await tickets(talk, retried=False)
    zendesk.say(ticket, "Both of them.", Voice.CUSTOMER)
    for _ in range(2):
        await tickets(talk, retried=False)
    assert said(await world.case(talk))[1:] == [(Sender.CUSTOMER, "Both of them.")]
    assert zendesk.texts(ticket) == ["My laces broke.", "Both of them."]


@pytest.mark.parametrize("values", [{"status": "solved"}, {"conversation_id": "of another database"}])
async def test_what_is_over_or_not_ours_begins_nothing(world, tickets, zendesk, values):
    talk, _ = await adopted(world, tickets, zendesk, **values)
    assert talk is None


async def test_a_ticket_without_a_customer_begins_nothing(world, tickets, zendesk):
    ticket = zendesk.open()
    zendesk.tickets[ticket].remarks.clear()
    await tickets(f"#{ticket}", retried=False)
    async with world.database.snapshot() as tx:
        assert await tx.external_refs.conversation_of("zendesk", ticket) is None


async def test_where_nothing_is_taken_in_a_ticket_stays_a_ticket(world, zendesk):
    only_out = Tickets(world.database, zendesk, zendesk, world.intake, world.clock, takes_in=False)
    talk, _ = await adopted(world, only_out, zendesk)
    assert talk is None


async def test_a_ticket_that_we_made_leads_to_its_conversation(world, tickets, zendesk):
    case = await world.arrive()
    ticket = zendesk.open(conversation_id=case.conversation.id)
    await tickets(f"#{ticket}", retried=False)
    assert (Lane.SYNC, f"zendesk:{case.conversation.id}") in await world.jobs()


async def test_what_an_agent_tells_the_customer_there_is_the_answer_here(world, tickets, zendesk):
    case = await world.waiting()
    await sync(tickets, case)
    world.clock.move(seconds=5)
    ticket = next(iter(zendesk.tickets))
    zendesk.say(ticket, "Send them back, it is free.")
    for _ in range(2):
        await sync(tickets, case)
    after = await world.case(case.conversation.id)
    assert said(after)[1:] == [(Sender.AGENT, "Send them back, it is free.")]
    assert after.messages[1].author == "Robin Park"
    assert after.conversation.status is Status.ANSWERED
    assert "answered_elsewhere" in [row.action for row in await world.audit()]
    assert zendesk.texts(ticket).count("Send them back, it is free.") == 1


async def test_an_answer_there_does_not_settle_what_was_asked_since(world, tickets, zendesk):
    case = await world.waiting()
    await sync(tickets, case)
    zendesk.say(next(iter(zendesk.tickets)), "Send them back.")
    world.clock.move(seconds=5)
    await world.receive("And the laces?", references=(case.messages[0].external_id,))
    await sync(tickets, case)
    after = await world.case(case.conversation.id)
    assert after.conversation.status is Status.WORKING
    assert [m.content for m in after.unanswered] == ["And the laces?"]


async def test_an_internal_comment_is_a_note_and_no_answer(world, tickets, zendesk):
    case, ticket = await mirrored(world, tickets, zendesk)
    zendesk.say(ticket, "She is a good customer.", public=False)
    for _ in range(2):
        await sync(tickets, case)
    after = await world.case(case.conversation.id)
    assert [(note.author, note.content, note.system) for note in after.notes] == [
        ("Robin Park", "She is a good customer.", "zendesk")
    ]
    assert len(after.messages) == 2
    assert zendesk.texts(ticket).count("She is a good customer.") == 1


async def test_a_public_comment_where_the_customer_does_not_read_is_a_note(world, tickets, zendesk):
    case = await world.arrive(channel=Channel.SMS, address="+442079460001")
    await sync(tickets, case)
    zendesk.say(next(iter(zendesk.tickets)), "Send them back.")
    await sync(tickets, case)
    after = await world.case(case.conversation.id)
    assert [note.content for note in after.notes] == ["Send them back."]
    assert "does not read: press Reply" in after.events[-1].text


async def test_a_customer_who_answers_there_is_heard_here(world, tickets, zendesk):
    case, ticket = await mirrored(world, tickets, zendesk)
    zendesk.say(ticket, "Thanks, and the laces?", Voice.CUSTOMER)
    for _ in range(2):
        await sync(tickets, case)
    after = await world.case(case.conversation.id)
    assert said(after)[-1] == (Sender.CUSTOMER, "Thanks, and the laces?")
    assert after.conversation.turn == 2
    assert zendesk.texts(ticket).count("Thanks, and the laces?") == 1


async def test_what_is_closed_there_is_resolved_here_and_opens_again_here(world, tickets, zendesk):
    case, ticket = await mirrored(world, tickets, zendesk)
    zendesk.set(ticket, "solved")
    await sync(tickets, case)
    resolved = await world.case(case.conversation.id)
    assert resolved.conversation.status is Status.RESOLVED
    assert resolved.events[-1].text == "Resolved in Zendesk"
    zendesk.set(ticket, "open")
    await sync(tickets, case)
    assert (await world.case(case.conversation.id)).conversation.status is Status.ANSWERED


async def test_what_is_resolved_here_is_closed_there(world, tickets, zendesk):
    case, ticket = await mirrored(world, tickets, zendesk)
    await world.review.resolve(case.conversation.id, 1, KIM)
    for _ in range(2):
        await sync(tickets, case)
    assert zendesk.tickets[ticket].status == "solved"
    assert (await world.case(case.conversation.id)).conversation.status is Status.RESOLVED


async def test_whoever_closes_it_before_they_could_read_the_newest_message_closes_nothing(
    world, tickets, zendesk
):
    case, ticket = await mirrored(world, tickets, zendesk)
    zendesk.set(ticket, "solved")
    await world.receive("And the laces?", references=(case.messages[0].external_id,))
    await sync(tickets, case)
    assert (await world.case(case.conversation.id)).conversation.status is Status.WORKING
    assert zendesk.tickets[ticket].status == "open"


async def test_a_customer_who_writes_after_the_ticket_was_closed_is_in_another_ticket(
    world, tickets, zendesk
):
    case, closed = await mirrored(world, tickets, zendesk)
    zendesk.set(closed, "closed")
    await sync(tickets, case)
    assert (await world.case(case.conversation.id)).conversation.status is Status.RESOLVED
    await world.arrive("It broke again.", references=(case.messages[0].external_id,))
    for _ in range(3):
        await sync(tickets, case)
    (following,) = zendesk.tickets.keys() - {closed}
    assert zendesk.texts(following)[0] == "It broke again."
    assert zendesk.texts(closed).count("It broke again.") == 0
    after = await world.case(case.conversation.id)
    (ref,) = after.records
    assert (ref.external_id, ref.url, ref.trouble) == (following, f"https://acme.example/{following}", "")
    assert zendesk.tickets[following].status == zendesk.word_for(after.conversation.status)
    zendesk.say(following, "We send you new ones.")
    await sync(tickets, case)
    assert said(await world.case(case.conversation.id))[-1] == (Sender.AGENT, "We send you new ones.")


async def test_what_was_closed_there_and_is_opened_here_is_not_closed_again(world, tickets, zendesk):
    case, closed = await mirrored(world, tickets, zendesk)
    zendesk.set(closed, "closed")
    await sync(tickets, case)
    async with world.database.transaction() as tx:
        talk = await tx.conversations.get(case.conversation.id)
        await move(tx, talk, Status.ESCALATED, world.clock())
    for _ in range(3):
        zendesk.tickets[closed].stamp += 1
        await sync(tickets, case)
    assert (await world.case(case.conversation.id)).conversation.status is Status.ESCALATED
    assert list(zendesk.tickets) == [closed]


async def test_a_ticket_that_follows_a_closed_one_is_the_same_conversation(world, tickets, zendesk):
    talk, closed = await adopted(world, tickets, zendesk)
    zendesk.say(closed, "Any news?", Voice.CUSTOMER)
    zendesk.set(closed, "closed")  # Nobody has heard the last words yet.
    following = zendesk.open("They broke again.", follows=closed)
    await tickets(f"#{following}", retried=False)
    assert (Lane.SYNC, f"zendesk:{talk}") in await world.jobs()
    for _ in range(2):
        await tickets(talk, retried=False)
    after = await world.case(talk)
    assert said(after) == [
        (Sender.CUSTOMER, "My laces broke."),
        (Sender.CUSTOMER, "Any news?"),
        (Sender.CUSTOMER, "They broke again."),
    ]
    assert [ref.external_id for ref in after.records] == [following]
    assert zendesk.texts(following) == ["They broke again."]


async def test_a_record_that_was_read_while_another_took_its_place_stays_in_the_past(world, tickets, zendesk):
    case, first = await mirrored(world, tickets, zendesk)
    talk = case.conversation.id
    async with world.database.snapshot() as tx:
        ref = await tx.external_refs.get("zendesk", talk)
    zendesk.set(first, "solved")
    reading = await zendesk.read(first, "")
    async with world.database.transaction() as tx:
        await go_on_in(tx, "zendesk", talk, "99", "https://acme.example/99")
    await Standing(world.database, zendesk, world.clock).settle(ref, reading)
    after = await world.case(talk)
    assert [one.external_id for one in after.records] == ["99"]
    assert after.conversation.status is Status.ANSWERED


async def test_what_was_split_off_is_on_record_on_a_ticket_of_its_own(world, tickets, zendesk):
    case, ticket = await mirrored(world, tickets, zendesk)
    world.clock.move(minutes=2)
    await world.arrive("And my laces?", references=(case.messages[0].external_id,))
    await sync(tickets, case)
    whole = await world.case(case.conversation.id)
    before = zendesk.texts(ticket)
    fresh = await Merging(world.database, world.clock).split(
        case.conversation.id, whole.unanswered[0].id if whole.unanswered else whole.messages[2].id, KIM
    )
    for _ in range(2):
        await sync(tickets, case)
        await tickets(fresh, retried=False)
    assert zendesk.texts(ticket) == before
    (other,) = zendesk.tickets.keys() - {ticket}
    assert zendesk.texts(other)[0] == "And my laces?"
    assert zendesk.texts(other).count("And my laces?") == 1


async def test_files_come_with_what_was_said(world, tickets, zendesk):
    zendesk.contents["u1"] = b"a picture"
    picture, lost = (
        RemoteFile("shoe.png", "image/png", 9, "u1"),
        RemoteFile("x.pdf", "application/pdf", 3, "no"),
    )
    case, ticket = await mirrored(world, tickets, zendesk)
    zendesk.say(ticket, "See", Voice.CUSTOMER, files=(picture, lost))
    zendesk.say(ticket, "Like this", files=(picture,))
    zendesk.say(ticket, "Hm", public=False, files=(picture,))
    await sync(tickets, case)
    after = await world.case(case.conversation.id)
    asked, answered = after.messages[-2:]
    assert [(file.name, file.missing) for file in asked.attachments] == [
        ("shoe.png", ""),
        ("x.pdf", "it is in Zendesk"),
    ]
    assert [file.name for file in answered.attachments] == ["shoe.png"]
    assert after.notes[-1].content == "Hm\n(attached: shoe.png)"
    async with world.database.snapshot() as tx:
        assert await tx.attachments.get(asked.attachments[0].sha256) == b"a picture"


async def test_what_is_said_on_a_second_ticket_that_follows_is_heard_as_well(world, tickets, zendesk):
    """An answer and a note each went on from the closed ticket at the same moment."""
    talk, closed = await adopted(world, tickets, zendesk)
    zendesk.set(closed, "closed")
    first, second = (zendesk.open(text, follows=closed, conversation_id=talk) for text in ("One.", "Two."))
    for _ in range(2):
        for key in (f"#{first}", f"#{second}", talk):
            await tickets(key, retried=False)
    assert [content for _, content in said(await world.case(talk))] == ["My laces broke.", "Two.", "One."]
    async with world.database.snapshot() as tx:
        assert await tx.external_refs.conversation_of("zendesk", first) == talk


async def test_a_file_that_is_too_large_is_named(world, tickets, zendesk):
    film = RemoteFile("film.mp4", "video/mp4", 21 * 1024 * 1024, "u1")
    zendesk.contents["u1"] = b"x"
    case, ticket = await mirrored(world, tickets, zendesk)
    zendesk.say(ticket, "See", Voice.CUSTOMER, files=(film,))
    await sync(tickets, case)
    (file,) = (await world.case(case.conversation.id)).messages[-1].attachments
    assert (file.sha256, file.missing) == ("", "it is in Zendesk")


async def test_another_status_of_theirs_is_left_alone(world, tickets, zendesk):
    case = await world.waiting()
    await sync(tickets, case)
    ticket = next(iter(zendesk.tickets))
    zendesk.set(ticket, "pending")
    for _ in range(2):
        await sync(tickets, case)
    assert zendesk.tickets[ticket].status == "pending"
    assert (await world.case(case.conversation.id)).conversation.status is Status.WAITING


async def test_how_the_customer_rates_it_there_is_shown_here(world, tickets, zendesk):
    case, ticket = await mirrored(world, tickets, zendesk)
    zendesk.tickets[ticket].score = 5
    zendesk.set(ticket, "solved")
    for _ in range(2):
        await sync(tickets, case)
    rating = (await world.case(case.conversation.id)).rating
    assert (rating.score, rating.comment) == (5, "Quick")
    zendesk.tickets[ticket].score = 1
    zendesk.set(ticket, "solved")
    await sync(tickets, case)
    assert (await world.case(case.conversation.id)).rating.score == 1


async def test_a_number_that_a_ticket_and_a_comment_share_hides_no_comment(world, tickets, zendesk):
    case, ticket = await mirrored(world, tickets, zendesk)
    zendesk.numbers = iter([int(ticket)])
    zendesk.say(ticket, "Send them back.")
    await sync(tickets, case)
    assert said(await world.case(case.conversation.id))[-1] == (Sender.AGENT, "Send them back.")


async def test_a_ticket_that_was_deleted_is_left_alone_and_the_card_says_so(world, tickets, zendesk):
    case, ticket = await mirrored(world, tickets, zendesk)
    zendesk.tickets[ticket].gone = True
    await world.review.resolve(case.conversation.id, 1, KIM)
    for _ in range(2):
        await sync(tickets, case)
    (ref,) = (await world.case(case.conversation.id)).records
    assert (ref.state, ref.trouble) == (RefState.PARKED, "It was deleted there")
    assert zendesk.words()[-1] == "StatusChanged pending"


async def test_a_loop_stops_and_people_are_called_once(world, tickets, zendesk):
    case, ticket = await mirrored(world, tickets, zendesk)
    for number in range(11):
        zendesk.say(ticket, f"Out of office {number}", Voice.CUSTOMER)
    for _ in range(2):
        with pytest.raises(Unavailable):
            await sync(tickets, case)
    stopped = await world.case(case.conversation.id)
    assert stopped.conversation.status is Status.ESCALATED
    assert len([event for event in stopped.events if "rests" in event.text]) == 1
    assert len(stopped.messages) == 2
    world.clock.move(minutes=2)
    await sync(tickets, case)
    assert not (await world.case(case.conversation.id)).records[0].trouble


async def test_our_own_words_are_no_news_even_where_their_author_is_not_known(world, tickets, zendesk):
    """The row of what was written keeps it out as well: guard (c) without guard (a)."""
    case, ticket = await mirrored(world, tickets, zendesk)
    for remark in (remarks := zendesk.tickets[ticket].remarks)[1:]:
        remarks[remarks.index(remark)] = replace(remark, voice=Voice.AGENT)
    zendesk.tickets[ticket].stamp += 1
    await sync(tickets, case)
    assert len((await world.case(case.conversation.id)).messages) == 2


async def test_our_own_words_are_no_news_even_where_their_row_is_lost(world, tickets, zendesk):
    """Their author keeps them out as well: guard (a) without guard (c)."""
    case, ticket = await mirrored(world, tickets, zendesk)
    zendesk.say(ticket, "written, and not recorded", Voice.OURS)
    await sync(tickets, case)
    assert len((await world.case(case.conversation.id)).messages) == 2


async def test_a_hint_is_heeded_once(world, tickets, zendesk):
    ticket = zendesk.open()
    await tickets.hint(ticket, once="invocation 1")
    assert (Lane.SYNC, f"zendesk:#{ticket}") in await world.jobs()
    async with world.database.transaction() as tx:
        await tx.jobs.finish(await tx.jobs.first(Lane.SYNC, 10))
    await tickets.hint(ticket, once="invocation 1")
    assert not await world.jobs()
    await tickets.hint(ticket)
    assert len(await world.jobs()) == 1


async def test_polling_finds_what_nobody_told_us_of_and_remembers_where_it_is(world, tickets, zendesk):
    case, _ = await mirrored(world, tickets, zendesk)
    await tickets.poll()
    assert (Lane.SYNC, f"zendesk:{case.conversation.id}") in await world.jobs()
    async with world.database.transaction() as tx:
        await tx.jobs.finish(await tx.jobs.first(Lane.SYNC, 10))
    await tickets.poll()
    assert not [key for lane, key in await world.jobs() if lane is Lane.SYNC]


async def test_what_is_gone_here_is_let_be(tickets):
    await tickets("no such conversation", retried=False)


async def test_while_a_ticket_cannot_be_read_its_card_says_what_is_missing(world, tickets, zendesk):
    case, _ = await mirrored(world, tickets, zendesk)
    await world.review.resolve(case.conversation.id, 1, KIM)
    zendesk.unread = Unreachable("It is down")
    for _ in range(2):
        with pytest.raises(Unreachable):
            await sync(tickets, case)
    troubled = [ref.trouble for ref in (await world.case(case.conversation.id)).records]
    assert troubled == ["", "It is down"]
    zendesk.unread = None
    await sync(tickets, case)
    assert [ref.trouble for ref in (await world.case(case.conversation.id)).records] == [""]
