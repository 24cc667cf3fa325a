"""Delivery over Socket Mode: the real bolt app, and bare sockets where a library would hide what goes on."""

import asyncio
import contextlib
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from sandbox.slack import directory
from sandbox.slack.envelope import Envelope, NotDeliveredError
from tests.waiting import PATIENCE, until

from .conftest import FarSide, actions, button, refused, running


async def write(far_side: FarSide, text: str, **more: Any) -> str:
    answer = await far_side.do("message", channel=far_side.email, user=far_side.agent, text=text, **more)
    return str(answer["ts"])


async def test_events_reach_a_bolt_app(far_side: FarSide) -> None:
    app, heard = far_side.app(), []

    @app.event("message")
    async def on_message(event: dict[str, Any]) -> None:
        heard.append(event)

    @app.event("app_mention")
    async def on_mention(event: dict[str, Any]) -> None:
        heard.append(event)

    @app.event("reaction_added")
    async def on_reaction(event: dict[str, Any]) -> None:
        heard.append(event)

    async with far_side.connected(app):
        root = await write(far_side, f"a < b & <@{directory.BOT_USER}>")
        reply = await write(far_side, "a note", thread_ts=root)
        await far_side.do(
            "reaction", channel=far_side.email, ts=root, user=far_side.manager, reaction=":eyes:"
        )
        await far_side.do("edit", channel=far_side.email, ts=reply, user=far_side.agent, text="a better note")
        await far_side.do("delete", channel=far_side.email, ts=reply, user=far_side.agent)
        await until(lambda: len(heard) == 6)
    mention, first, second, changed, deleted, reaction = sorted(
        heard, key=lambda event: (event["type"], event["event_ts"])
    )
    assert first["text"] == mention["text"] == f"a &lt; b &amp; <@{directory.BOT_USER}>"
    assert (first["channel"], first["channel_type"], first["user"]) == (
        far_side.email,
        "channel",
        far_side.agent,
    )
    assert (second["thread_ts"], second["text"]) == (root, "a note")
    assert (changed["subtype"], changed["message"]["text"]) == ("message_changed", "a better note")
    assert changed["previous_message"]["text"] == "a note"
    assert (deleted["subtype"], deleted["deleted_ts"]) == ("message_deleted", reply)
    assert (reaction["reaction"], reaction["item"]["ts"], reaction["item_user"]) == (
        "eyes",
        root,
        far_side.agent,
    )


async def test_the_apps_own_posts_come_back_to_it(far_side: FarSide) -> None:
    async with far_side.socket() as ws:
        await far_side.slack.chat_postMessage(
            channel=far_side.email, text="own", metadata={"event_type": "x", "event_payload": {}}
        )
        event = (await ws.receive_json(timeout=PATIENCE))["payload"]["event"]
        assert (event["bot_id"], event["app_id"], event["text"]) == (directory.BOT, directory.APP, "own")
        assert "metadata" not in event


async def test_hello_and_the_shape_of_an_envelope(far_side: FarSide) -> None:
    async with far_side.socket() as ws:
        await write(far_side, "hi")
        frame = await ws.receive_json(timeout=PATIENCE)
        await ws.send_json({"envelope_id": frame["envelope_id"]})
        payload = frame["payload"]
        assert (frame["type"], frame["accepts_response_payload"], frame["retry_attempt"]) == (
            "events_api",
            False,
            0,
        )
        assert (payload["type"], payload["api_app_id"], payload["team_id"]) == (
            "event_callback",
            directory.APP,
            directory.TEAM,
        )
        assert payload["authorizations"][0]["user_id"] == directory.BOT_USER
        assert payload["event_id"].startswith("Ev")
        assert await until(lambda: far_side.log("ack"))


async def test_a_ticket_admits_once(far_side: FarSide) -> None:
    token = far_side.env["SLACK_APP_TOKEN"]
    url = (await far_side.client(token).apps_connections_open(app_token=token))["url"]
    async with far_side.http.ws_connect(url) as ws:
        hello = await ws.receive_json(timeout=PATIENCE)
        assert (hello["type"], hello["num_connections"]) == ("hello", 1)
        assert hello["connection_info"]["app_id"] == directory.APP
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await far_side.http.ws_connect(url)


async def test_each_envelope_goes_to_one_socket(far_side: FarSide) -> None:
    async with far_side.socket() as one, far_side.socket() as two:
        for number in range(6):
            await write(far_side, str(number))
        got = [await _texts(one, 3), await _texts(two, 3)]
    assert sorted(got[0] + got[1]) == [str(number) for number in range(6)]


async def _texts(ws: aiohttp.ClientWebSocketResponse, count: int) -> list[str]:
    texts = []
    for _ in range(count):
        frame = await ws.receive_json(timeout=PATIENCE)
        await ws.send_json({"envelope_id": frame["envelope_id"]})
        texts.append(frame["payload"]["event"]["text"])
    return texts


async def test_unacknowledged_events_come_again_and_then_no_more(impatient: FarSide) -> None:
    async with impatient.socket() as ws:
        await write(impatient, "hi")
        frames = [await ws.receive_json(timeout=PATIENCE) for _ in range(4)]
        assert [frame["retry_attempt"] for frame in frames] == [0, 1, 2, 3]
        assert {frame["retry_reason"] for frame in frames[1:]} == {"timeout"}
        assert len({frame["payload"]["event_id"] for frame in frames}) == 1
        assert (await until(lambda: impatient.log("given_up")))[0]["reason"] == "timeout"


async def test_what_a_lost_socket_had_not_acknowledged_goes_to_the_next(far_side: FarSide) -> None:
    async with far_side.socket() as first:
        await write(far_side, "hi")
        frame = await first.receive_json(timeout=PATIENCE)
    async with far_side.socket() as second:
        again = await second.receive_json(timeout=PATIENCE)
        assert again["payload"]["event_id"] == frame["payload"]["event_id"]
        assert (again["retry_attempt"], again["retry_reason"]) == (1, "connection_failed")


async def test_a_torn_connection_does_not_hold_events_up(far_side: FarSide) -> None:
    async with far_side.socket() as torn:
        transport = torn._response.connection.transport
        transport.abort()
        for number in range(3):
            await write(far_side, str(number))
        async with far_side.socket() as ws:
            assert await _texts(ws, 3) == ["0", "1", "2"]


async def test_a_socket_that_breaks_while_sending(far_side: FarSide) -> None:
    async with far_side.socket():
        socket = far_side.sandbox.slack.sockets.next()
        assert socket is not None
        socket.ws._req.transport.abort()
        with pytest.raises(NotDeliveredError) as caught:
            await socket.send(Envelope("events_api", {}))
    assert caught.value.absent
    assert far_side.sandbox.slack.sockets.next() is None


async def test_events_wait_for_a_socket(far_side: FarSide) -> None:
    for number in range(3):
        await write(far_side, str(number))
    async with far_side.socket() as ws:
        assert await _texts(ws, 3) == ["0", "1", "2"]


async def test_kept_events_survive_a_restart(tmp_path: Path) -> None:
    async with running(tmp_path) as before:
        await write(before, "keep me")
    async with running(tmp_path) as after, after.socket() as ws:
        frame = await ws.receive_json(timeout=PATIENCE)
        assert frame["payload"]["event"]["text"] == "keep me"
        await ws.send_json({"envelope_id": frame["envelope_id"]})
        assert await until(lambda: after.log("ack"))
    async with running(tmp_path) as third, third.socket() as ws:
        await write(third, "next")
        assert await _texts(ws, 1) == ["next"]


async def test_garbage_from_the_app_is_logged_and_harmless(far_side: FarSide) -> None:
    async with far_side.socket() as ws:
        for garbage in ("{", "[]", '"x"', '{"envelope_id": 7}', '{"envelope_id": "unknown"}'):
            await ws.send_str(garbage)
        await ws.send_bytes(b"\x00")
        await write(far_side, "still here")
        assert await _texts(ws, 1) == ["still here"]
    assert len(await far_side.log("garbage")) == 4
    assert (await far_side.log("ack"))[0]["late"] is True


async def test_at_most_ten_sockets(far_side: FarSide) -> None:
    token = far_side.env["SLACK_APP_TOKEN"]
    async with AsyncExitStack() as stack:
        for _ in range(10):
            await stack.enter_async_context(far_side.socket())
        url = (await far_side.client(token).apps_connections_open(app_token=token))["url"]
        async with far_side.http.ws_connect(url) as eleventh:
            frame = await eleventh.receive_json(timeout=PATIENCE)
            assert (frame["type"], frame["reason"]) == ("disconnect", "too_many_websockets")
            assert (await eleventh.receive(timeout=PATIENCE)).type == aiohttp.WSMsgType.CLOSE


@pytest.mark.parametrize(
    ("setting", "reason"), [(True, "refresh_requested"), ("link_disabled", "link_disabled")]
)
async def test_disconnect_on_demand(far_side: FarSide, setting: object, reason: str) -> None:
    async with far_side.socket() as ws:
        await far_side.weather(slack={"disconnect": setting})
        frame = await ws.receive_json(timeout=PATIENCE)
        assert (frame["type"], frame["reason"]) == ("disconnect", reason)
        assert (await ws.receive(timeout=PATIENCE)).type == aiohttp.WSMsgType.CLOSE


async def test_a_warning_leaves_the_socket_open(far_side: FarSide) -> None:
    async with far_side.socket() as ws:
        await far_side.weather(slack={"disconnect": "warning"})
        assert (await ws.receive_json(timeout=PATIENCE))["reason"] == "warning"
        await write(far_side, "hi")
        assert await _texts(ws, 1) == ["hi"]


async def test_a_bolt_app_reconnects_after_a_refresh(far_side: FarSide) -> None:
    app, heard = far_side.app(), []

    @app.event("message")
    async def on_message(event: dict[str, Any]) -> None:
        heard.append(event["text"])

    async with far_side.connected(app):
        await far_side.weather(slack={"disconnect": True})
        await write(far_side, "after the refresh")
        # The library may come back twice, and then hears of it twice: that is what event ids are for.
        await until(lambda: set(heard) == {"after the refresh"})


async def test_duplicates_on_demand(impatient: FarSide) -> None:
    await impatient.weather(slack={"duplicate": True})
    async with impatient.socket() as ws:
        await write(impatient, "twice")
        first = await ws.receive_json(timeout=PATIENCE)
        await ws.send_json({"envelope_id": first["envelope_id"]})
        second = await ws.receive_json(timeout=PATIENCE)
        assert second["payload"]["event_id"] == first["payload"]["event_id"]
        assert second["retry_attempt"] == 1
        assert (await until(lambda: impatient.log("given_up")))[0]["reason"] == "timeout"


async def test_slack_being_down(far_side: FarSide) -> None:
    async with far_side.socket() as ws:
        await far_side.weather(slack={"down": True})
        assert (await ws.receive_json(timeout=PATIENCE))["type"] == "disconnect"
    await write(far_side, "while down")
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        await far_side.http.ws_connect(f"{far_side.sandbox.url}/slack/socket?ticket=x")
    assert caught.value.status == 503
    await far_side.weather(slack={})
    async with far_side.socket() as ws:
        assert await _texts(ws, 1) == ["while down"]


async def test_nobody_takes_a_click(impatient: FarSide) -> None:
    posted = await impatient.slack.chat_postMessage(
        channel=impatient.email, text="x", blocks=[actions(button())]
    )
    click = {"channel": impatient.email, "ts": posted["ts"], "action_id": "approve", "user": impatient.agent}
    assert (await impatient.do("click", **click))["error"] == "dispatch_failed"
    async with impatient.socket() as ws:
        clicking = asyncio.create_task(impatient.do("click", **click))
        frames = [await ws.receive_json(timeout=PATIENCE) for _ in range(2)]
        assert {frame["type"] for frame in frames} == {"events_api", "interactive"}
        assert (await clicking)["error"] == "operation_timeout"
        with contextlib.suppress(TimeoutError):
            while (await ws.receive_json(timeout=0.5))["type"] != "interactive":
                pass
            pytest.fail("An interaction must not be repeated.")


async def test_people_outside(far_side: FarSide) -> None:
    stranger = {"channel": far_side.email, "text": "x", "user": "U404"}
    assert (await far_side.do("message", **stranger))["error"] == "user_not_found"
    far_side.sandbox.slack.workspace.channels[far_side.email].members.discard(far_side.agent)
    outsider = {"channel": far_side.email, "text": "x", "user": far_side.agent}
    assert (await far_side.do("message", **outsider))["error"] == "user_not_in_channel"
    nowhere = {"channel": "C404", "text": "x", "user": far_side.agent}
    assert (await far_side.do("message", **nowhere))["error"] == "channel_not_found"


async def test_only_ones_own_words_can_be_changed(far_side: FarSide) -> None:
    ts = await write(far_side, "mine")
    theirs = {"channel": far_side.email, "ts": ts, "user": far_side.manager}
    assert (await far_side.do("edit", **theirs, text="x"))["error"] == "cant_change_message"
    assert (await far_side.do("delete", **theirs))["error"] == "cant_change_message"
    again = {"channel": far_side.email, "ts": ts, "user": far_side.manager, "name": "eyes"}
    assert (await far_side.do("reaction", **again))["ok"]
    assert (await far_side.do("reaction", **again))["error"] == "already_reacted"
    lost = far_side.slack.reactions_add(channel=far_side.email, timestamp="1.2", name="eyes")
    assert (await refused(lost))["error"] == "message_not_found"
