"""The chat over real sockets, with the real database behind it: nothing lost, nothing doubled, nothing fatal."""

import asyncio
import json

import aiohttp
import pytest

from bot.core.model import Sender, Status
from handlers.web import chat_socket
from handlers.web.chat import LONGEST_WAIT
from handlers.web.chat_socket import MOST_NONSENSE, Patience
from tests.handlers.web.chat_world import bearer, running, texts
from tests.waiting import until


@pytest.fixture
async def world():
    async with running() as world:
        yield world


async def test_a_message_is_acked_then_shown_then_worked_on(world):
    visit = await world.visit()
    async with world.tab(visit["session"]) as tab:
        await tab.say(type="msg", cid="c1", text="Where is my parcel?")
        await tab.next("typing")

    _, ack, event, typing = tab.got
    assert ack == {"type": "ack", "cid": "c1", "seq": 1}
    assert event.pop("at").startswith("20")
    assert event == {
        "type": "event",
        "seq": 1,
        "kind": "message",
        "sender": "customer",
        "text": "Where is my parcel?",
        "cid": "c1",
    }
    assert typing == {"type": "typing", "on": True}
    assert await world.stored(visit["session"]) == ["Where is my parcel?"]


async def test_an_answer_ends_the_typing(world):
    visit = await world.visit()
    async with world.tab(visit["session"]) as tab:
        await tab.say(type="msg", cid="c1", text="Hello")
        await tab.next("typing")

        await world.answer(visit["session"], "Hello! How can I help?")

        assert (await tab.next("event"))["sender"] == "ai"
        assert await tab.next("typing") == {"type": "typing", "on": False}


async def test_a_state_says_that_a_person_takes_over(world):
    visit = await world.visit()
    async with world.tab(visit["session"]) as tab:
        await tab.say(type="msg", cid="c1", text="I will call my lawyer")
        await tab.next("typing")

        await world.hand_over(visit["session"], Status.ESCALATED)

        event = await tab.next("event")
        assert (event["kind"], event["state"], event["seq"]) == ("state", "escalated", 2)
        assert await tab.next("typing") == {"type": "typing", "on": False}


async def test_a_socket_lost_right_after_sending_loses_and_doubles_nothing(world):
    visit = await world.visit()
    async with world.tab(visit["session"]) as tab:
        await tab.say(type="msg", cid="c1", text="Am I heard?")
        await tab.vanish()

    status, polled = await world.get("/chat/v1/events?wait=5", headers=bearer(visit))
    assert (status, texts(polled["events"])) == (200, ["Am I heard?"])
    async with world.tab(visit["session"], after=0) as tab:
        await tab.say(type="msg", cid="c1", text="Am I heard?")
        assert (await tab.next("ack"))["seq"] == 1
        await tab.quiet()
    assert [frame["seq"] for frame in tab.got if frame["type"] == "event"] == [1]
    assert await world.stored(visit["session"]) == ["Am I heard?"]


async def test_all_that_was_sent_before_the_socket_was_lost_is_kept_in_order(world):
    visit = await world.visit()
    async with world.tab(visit["session"]) as tab:
        for number in range(5):
            await tab.say(type="msg", cid=f"c{number}", text=f"message {number}")
        await tab.vanish()

    async with world.tab(visit["session"]) as tab:
        assert texts(await tab.events(5)) == [f"message {number}" for number in range(5)]


async def test_what_happened_while_away_is_replayed_in_order_and_once(world):
    visit = await world.visit()
    async with world.tab(visit["session"]) as tab:
        await tab.say(type="msg", cid="c1", text="Hello")
        await tab.next("event")
    await world.answer(visit["session"], "Hi!")
    await world.answer(visit["session"], "Ben here.", Sender.AGENT)
    await world.hand_over(visit["session"], Status.RESOLVED)

    async with world.tab(visit["session"], after=1) as tab:
        assert tab.cursor == 4
        events = await tab.events(3)
        assert await tab.quiet() == []
    assert [event["seq"] for event in events] == [2, 3, 4]
    assert texts(events) == ["Hi!", "Ben here."]
    assert events[2]["state"] == "resolved"


async def test_a_long_history_is_replayed_whole(world):
    visit = await world.visit()
    await world.fill(visit["session"], ["answer"] * 450)

    async with world.tab(visit["session"]) as tab:
        events = await tab.events(450)
    assert [event["seq"] for event in events] == list(range(1, 451))


async def test_a_socket_that_does_not_read_is_dropped_and_its_visitor_replays(caplog):
    async with running(patience=Patience(send=0.2)) as world:
        visit = await world.visit()
        async with world.tab(visit["session"]) as slow:
            await world.fill(visit["session"], ["x" * 60_000] * 300)  # More than all buffers between us hold.
            await until(lambda: "chat_socket_too_slow" in caplog.messages)
            await slow.closed()
            assert len(slow.got) < 300

        async with world.tab(visit["session"], after=290) as again:
            assert [event["seq"] for event in await again.events(10)] == list(range(291, 301))


async def test_a_silent_socket_is_closed():
    async with running(patience=Patience(hello=0.05)) as world, world.socket() as tab:
        assert await tab.closed() == 4401
        assert tab.got[0]["code"] == "no_session"


async def test_an_idle_socket_looks_for_events_by_itself():
    async with running(patience=Patience(recheck=0.05)) as world:
        visit = await world.visit()
        async with world.tab(visit["session"]) as tab:
            await world.fill(visit["session"], ["written by another process"], tell=False)
            assert texts(await tab.events(1)) == ["written by another process"]


async def test_a_session_that_ends_closes_its_socket(world):
    visit = await world.visit()
    async with world.tab(visit["session"]) as tab:
        await tab.quiet()
        world.service.over = True
        await world.fill(visit["session"], ["too late"])
        assert await tab.closed() == 4401
        assert tab.got[-1]["code"] == "no_session"


async def test_a_message_in_a_session_that_is_over_closes_the_socket(world):
    visit = await world.visit()
    async with world.tab(visit["session"]) as tab:
        world.service.forgotten.add(visit["session"])
        await tab.say(type="msg", cid="c1", text="Hello")
        assert await tab.closed() == 4401
        assert tab.got[-1]["code"] == "no_session"


async def test_a_visitor_who_leaves_without_a_word_harms_nobody(world, caplog):
    async with world.socket() as tab:
        await tab.vanish()
    await until(lambda: "chat_socket_ended" in caplog.messages)

    visit = await world.visit()
    async with world.tab(visit["session"]) as tab:
        assert await tab.quiet() == []


async def test_when_the_database_is_away_the_socket_says_so_and_the_next_one_replays(world):
    visit = await world.visit()
    async with world.tab(visit["session"]) as tab:
        await tab.quiet()
        world.service.down = True
        await world.fill(visit["session"], ["kept"])
        await tab.closed()
        assert tab.got[-1]["code"] == "unavailable"

    world.service.down = False
    async with world.tab(visit["session"]) as tab:
        assert texts(await tab.events(1)) == ["kept"]


async def test_a_cursor_beyond_the_end_starts_at_the_end(world):
    visit = await world.visit()
    async with world.tab(visit["session"], after=2**53 - 1) as tab:
        assert tab.cursor == 0
        await tab.say(type="msg", cid="c1", text="Hello")
        assert (await tab.next("event"))["seq"] == 1


async def test_the_same_cid_twice_has_the_same_seq_and_shows_once(world):
    visit = await world.visit()
    async with world.tab(visit["session"]) as tab:
        await tab.say(type="msg", cid="c1", text="Hello")
        await tab.say(type="msg", cid="c1", text="Hello")
        assert (await tab.next("ack"))["seq"] == 1
        assert (await tab.next("ack"))["seq"] == 1
        await tab.quiet()
    assert len([frame for frame in tab.got if frame["type"] == "event"]) == 1


async def test_all_tabs_of_a_visitor_see_everything_and_others_nothing(world):
    visit, stranger = await world.visit(), await world.visit()
    second = await world.visit(visitor=visit["visitor"])
    async with (
        world.tab(visit["session"]) as one,
        world.tab(second["session"]) as two,
        world.tab(stranger["session"]) as other,
    ):
        await one.say(type="msg", cid="c1", text="from one")
        await two.say(type="msg", cid="c2", text="from two")
        seen = [sorted(texts(await tab.events(2))) for tab in (one, two)]
        assert seen == [["from one", "from two"]] * 2
        assert await other.quiet() == []


async def test_asking_for_a_human_is_a_message_with_that_wish(world):
    visit = await world.visit()
    async with world.tab(visit["session"]) as tab:
        await tab.say(type="human")
        ack = await tab.next("ack")
        event = await tab.next("event")

    assert event["text"] == chat_socket.HUMAN_REQUEST
    assert event["cid"] == ack["cid"]
    conversation = await world.conversation(visit["session"])
    async with world.database.snapshot() as tx:
        case = await tx.conversations.case(conversation.id)
    assert case.newest_inbound.metadata["wants_human"] is True


async def test_typing_and_seen_are_accepted_in_silence(world):
    visit = await world.visit()
    async with world.tab(visit["session"]) as tab:
        await tab.say(type="typing", on=True)
        await tab.say(type="seen", seq=1)
        assert await tab.quiet() == []


NONSENSE = [
    ("{", "bad_json"),
    ("", "bad_json"),
    ("[" * 60_000, "bad_json"),
    ("1" * 5_000, "bad_json"),
    ("null", "bad_frame"),
    ("[]", "bad_frame"),
    ("{}", "bad_frame"),
    ('{"type": 7}', "bad_frame"),
    ('{"type": "rate", "score": 5}', "bad_frame"),
    ('{"type": "rate", "cid": "r1", "score": "5"}', "bad_frame"),
    ('{"type": "rate", "cid": "r1", "score": true}', "bad_frame"),
    ('{"type": "contact", "cid": "k1"}', "bad_frame"),
    ('{"type": "contact", "cid": "k1", "email": "nobody"}', "bad_frame"),
    ('{"type": "praise", "score": 5}', "unknown_type"),
    ('{"type": "hello"}', "unknown_type"),
    ('{"type": "msg"}', "bad_frame"),
    ('{"type": "msg", "cid": "c1"}', "bad_frame"),
    ('{"type": "msg", "cid": "c1", "text": ["x"]}', "bad_frame"),
    ('{"type": "msg", "cid": "c1", "text": "  "}', "bad_frame"),
    ('{"type": "msg", "cid": "no spaces", "text": "x"}', "bad_frame"),
    ('{"type": "human", "cid": 1}', "bad_frame"),
    (json.dumps({"type": "msg", "cid": "c1", "text": "x" * 4_001}), "bad_frame"),
]


@pytest.mark.parametrize(("raw", "code"), NONSENSE)
async def test_nonsense_is_answered_and_the_socket_stays_open(world, raw, code):
    visit = await world.visit()
    async with world.tab(visit["session"]) as tab:
        await tab.ws.send_str(raw)
        assert (await tab.next("error"))["code"] == code

        await tab.say(type="msg", cid="c9", text="Still here")
        assert (await tab.next("ack"))["cid"] == "c9"


async def test_a_binary_frame_is_answered_and_the_socket_stays_open(world):
    visit = await world.visit()
    async with world.tab(visit["session"]) as tab:
        await tab.ws.send_bytes(b"\x00\xff")
        assert (await tab.next("error"))["code"] == "bad_frame"
        assert await tab.quiet() == []


async def test_an_error_names_the_message_it_is_about(world):
    visit = await world.visit()
    async with world.tab(visit["session"]) as tab:
        await tab.say(type="msg", cid="c1", text="")
        assert (await tab.next("error"))["cid"] == "c1"


@pytest.mark.parametrize("size", [64 * 1024 + 1, 1_000_000])
async def test_a_huge_frame_is_refused_and_closes_but_loses_nothing(world, size):
    visit = await world.visit()
    async with world.tab(visit["session"]) as tab:
        await tab.say(type="msg", cid="c1", text="before")
        await tab.ws.send_str("x" * size)
        assert (await tab.next("error"))["code"] == "too_large"
        assert await tab.closed() == 1009

    async with world.tab(visit["session"]) as tab:
        assert texts(await tab.events(1)) == ["before"]


async def test_a_monstrous_frame_closes_the_socket_only(world):
    visit = await world.visit()
    async with world.tab(visit["session"]) as tab:
        await tab.ws.send_str("x" * (3 * 1024 * 1024))
        assert await tab.closed() == 1009
    async with world.tab(visit["session"]) as tab:
        assert await tab.quiet() == []


@pytest.mark.parametrize(
    "first",
    [
        {"type": "hello", "session": "unknown", "after": 0},
        {"type": "hello"},
        {"type": "msg", "cid": "c1", "text": "Hello"},
        {"type": "ping"},
    ],
)
async def test_without_a_session_the_socket_closes_with_4401(world, first):
    async with world.socket() as tab:
        await tab.say(**first)
        assert (await tab.next("error"))["code"] == "no_session"
        assert await tab.closed() == 4401


@pytest.mark.parametrize("after", [-1, 1.5, "1", True, None, 2**53])
async def test_a_hello_with_a_wrong_cursor_may_be_said_again(world, after):
    visit = await world.visit()
    async with world.socket() as tab:
        await tab.say(type="hello", session=visit["session"], after=after)
        assert (await tab.next("error"))["code"] == "bad_frame"
        await tab.say(type="hello", session=visit["session"])
        assert (await tab.next("welcome"))["cursor"] == 0


async def test_the_twenty_first_message_in_a_minute_is_told_to_wait(world):
    visit = await world.visit()
    async with world.tab(visit["session"]) as tab:
        for number in range(21):
            await tab.say(type="msg", cid=f"c{number}", text="Hello")
        error = await tab.next("error")
        assert (error["code"], error["cid"]) == ("rate", "c20")
        assert 0 < error["retry"] <= 60

    status, answer = await world.post(
        "/chat/v1/messages", {"cid": "c21", "text": "Hello"}, headers=bearer(visit)
    )
    assert (status, answer["code"]) == (429, "rate")


async def test_a_message_that_cannot_be_stored_is_not_acked_and_may_be_sent_again(world):
    visit = await world.visit()
    async with world.tab(visit["session"]) as tab:
        world.intake.down = True
        await tab.say(type="msg", cid="c1", text="Hello")
        error = await tab.next("error")
        assert (error["code"], error["cid"]) == ("unavailable", "c1")
        assert error["retry"] > 0

        world.intake.down = False
        await tab.say(type="msg", cid="c1", text="Hello")
        assert (await tab.next("ack"))["seq"] == 1


async def test_when_the_app_stops_sockets_are_told_to_come_back(world):
    visit = await world.visit()
    async with world.tab(visit["session"]) as tab:
        stopping = asyncio.create_task(world.runner.cleanup())
        assert await tab.closed() == 1012
        await stopping


async def test_when_the_app_stops_long_polls_do_not_hold_it_up(world):
    visit = await world.visit()
    poll = asyncio.create_task(world.get("/chat/v1/events?wait=25", headers=bearer(visit)))
    await asyncio.sleep(0)
    async with asyncio.timeout(LONGEST_WAIT - 5):  # By itself it would end later.
        await world.runner.cleanup()
        with pytest.raises(aiohttp.ClientError):
            await poll


async def test_endless_nonsense_closes_the_socket_and_hardly_troubles_the_log(world, caplog):
    visit = await world.visit()
    async with world.tab(visit["session"]) as tab:
        for _ in range(MOST_NONSENSE):
            await tab.ws.send_str("{")
        assert await tab.closed() == 1008
    async with world.socket() as tab:  # Nobody has said hello here.
        for _ in range(MOST_NONSENSE):
            await tab.ws.send_str("{")
        assert await tab.closed() == 1008
    assert caplog.messages.count("chat_frame_refused") == 2


async def test_who_has_the_chat_open_is_not_said_to_have_left(world):
    visit, presence = await world.visit(), world.service.presence
    async with world.tab(visit["session"]) as tab:
        await tab.say(type="msg", cid="c1", text="Hello")
        await tab.next("ack")
        await world.answer(visit["session"], "Hello! How can I help?")
        while (await tab.next("event"))["sender"] != "ai":
            pass
        await tab.quiet()
        await presence.look()
    assert await world.unseen(visit["session"]) == []


async def test_what_a_closed_chat_did_not_get_is_known_until_it_is_opened_again(world):
    visit, presence = await world.visit(), world.service.presence
    async with world.tab(visit["session"]) as tab:
        await tab.say(type="msg", cid="c1", text="Hello")
        await tab.next("ack")
    await world.answer(visit["session"], "Hello! How can I help?")
    await presence.look()
    assert await world.unseen(visit["session"]) == [2]
    async with world.tab(visit["session"], after=1) as tab:
        await tab.next("event")
        await tab.quiet()
        await presence.look()
    assert await world.unseen(visit["session"]) == []
