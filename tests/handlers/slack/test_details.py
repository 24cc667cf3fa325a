"""The window with everything about a customer: opened, refreshed, and customers joined and parted in it."""

from typing import Any

from blocks import ids
from blocks.ids import encode_choice, encode_customer
from bot.core.errors import InvalidInput, Rejected
from tests.handlers.slack.conftest import AGENT, ON, SMS, World

VIEW = {"view": {"id": "V1", "hash": "h1", "type": "modal"}}


def values(address: str | None) -> dict[str, Any]:
    return {ids.ADDRESS: {ids.ADDRESS: {"value": address}}}


async def test_the_menu_opens_the_window(world: World) -> None:
    await world.choose(encode_choice(ids.DETAILS, ON))
    assert [window["title"]["text"] for window in world.windows] == ["One moment", "Customer details"]


async def test_refresh_asks_anew_and_fills_the_same_window(world: World) -> None:
    await world.press(ids.REFRESH, **VIEW)
    assert world.people.done == [("refresh", ON.conversation)]
    (shown,) = world.slack.asked("views.update")
    assert (shown["view_id"], shown["hash"]) == ("V1", "h1")
    assert shown["view"]["title"]["text"] == "Customer details"


async def test_why_there_is_nothing_to_refresh_is_said_in_the_window(world: World) -> None:
    world.people.fail = Rejected("Nobody to ask.")
    await world.press(ids.REFRESH, **VIEW)
    assert "Nobody to ask." in str(world.windows[-1])


async def test_an_address_is_taken_away(world: World) -> None:
    await world.press(ids.PART, encode_customer(SMS.id, ON), **VIEW)
    assert world.people.done == [("part", ON.conversation, SMS.id, AGENT)]
    assert world.windows[-1]["title"]["text"] == "Customer details"


async def test_a_foreign_value_takes_nothing_away(world: World) -> None:
    for value in ("", "x", f"a b:{ON.encode()}", f":{ON.encode()}"):
        await world.press(ids.PART, value or "-", **VIEW)
    assert world.people.done == []


async def test_another_address_is_joined(world: World) -> None:
    await world.press(ids.JOIN, **VIEW)
    assert world.windows[-1]["callback_id"] == ids.JOIN_MODAL
    answered = await world.submit(ids.JOIN_MODAL, values(" +442079460101 "))
    assert world.people.done == [("join", ON.conversation, "+442079460101", AGENT)]
    assert (answered["response_action"], answered["view"]["title"]["text"]) == ("update", "Customer details")


async def test_an_address_nobody_has_is_said_at_the_field(world: World) -> None:
    world.people.fail = InvalidInput("Nobody has written from this address yet.")
    answered = await world.submit(ids.JOIN_MODAL, values(None))
    assert answered["errors"] == {ids.ADDRESS: "Nobody has written from this address yet."}
