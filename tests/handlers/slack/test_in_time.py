"""A submitted window is answered within Slack's three seconds, whatever its work takes, and told how that went."""

import asyncio
from dataclasses import replace
from typing import Any

import aiohttp
import pytest

from blocks import ids
from bot.core.errors import InvalidInput, Superseded, Unavailable
from handlers.slack import register
from handlers.slack.transport import build_app
from integrations.slack.client import SlackClient
from tests.blocks.states import STATES
from tests.bot.world import until
from tests.handlers.slack.conftest import AGENT, ON, SECRET, World, services
from tests.handlers.slack.test_modals import reason, typed


@pytest.fixture
async def slow(world: World) -> Any:
    """Yield a world in which whatever is submitted takes longer than Slack waits, until it may go on."""
    async with aiohttp.ClientSession() as session:
        client = SlackClient("xoxb-test", f"{world.slack.url}api/", session)
        app = build_app(client, SECRET)
        register(app, services(client, world.review, unsent=world.unsent), patience=0.05)
        world.review.busy = asyncio.Event()
        yield replace(world, app=app)


async def goes_on(slow: World) -> dict[str, Any]:
    """Let the work be done; return the window as it stands then."""
    assert slow.review.busy is not None
    slow.review.busy.set()

    async def told() -> bool:
        return bool(slow.windows)

    await until(told)
    await slow.app.drain(5)
    (args,) = slow.slack.asked("views.update")
    assert args["view_id"] == "V1"
    return dict(args["view"])


async def test_work_that_takes_long_is_said_to_and_then_said_to_be_done(slow: World) -> None:
    answer = await slow.submit(ids.EDIT_MODAL, typed("Hello Maya"))
    assert answer["response_action"] == "update"
    assert "Leave the window open" in str(answer["view"])
    assert "It is done." in str(await goes_on(slow))
    assert slow.review.decided == [("send_own", ON.conversation, 1, "Hello Maya", AGENT, ON.draft, "V1")]
    assert slow.unsent.mine is None


async def test_what_came_too_late_gives_back_the_window_with_what_was_typed(slow: World) -> None:
    slow.review.fail, slow.review.now = Superseded("The customer wrote again."), STATES["superseded"]
    await slow.submit(ids.EDIT_MODAL, typed("My careful words"))
    window = await goes_on(slow)
    assert window["callback_id"] == ids.EDIT_MODAL
    assert "My careful words" in str(window)
    assert "wrote again" in str(window)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (InvalidInput("Say in a few words why.", field="reason"), "Say in a few words why."),
        (Unavailable("The database is away"), "nothing was changed. Please try again."),
        (RuntimeError("secret"), "quote `"),
    ],
)
async def test_what_went_wrong_late_is_said_with_what_was_typed(
    slow: World, error: Exception, said: str
) -> None:
    slow.review.fail = error
    await slow.submit(ids.ESCALATE_MODAL, reason("call <!channel> her"))
    window = str(await goes_on(slow))
    assert said in window
    assert "call &lt;!channel&gt; her" in window
    assert "secret" not in window


async def test_what_went_wrong_in_time_keeps_what_was_typed_too(world: World) -> None:
    world.review.fail = Unavailable("The database is away")
    answer = await world.submit(ids.ESCALATE_MODAL, reason("call her"))
    assert "nothing was changed. Please try again." in str(answer["view"])
    assert "call her" in str(answer["view"])
