"""A submitted window is answered within Slack's three seconds, whatever its work takes, and told how that went."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
from slack_bolt.context.ack.async_ack import AsyncAck

from blocks import ids
from bot.core.errors import InvalidInput, Superseded, Unavailable
from handlers.slack import register
from handlers.slack.in_time import UNDER_WAY, Acknowledge, InTime, Submission
from handlers.slack.payloads import Body
from handlers.slack.transport import build_app
from integrations.slack.client import SlackClient
from tests.blocks.states import STATES
from tests.handlers.slack.conftest import AGENT, ON, SECRET, World, services
from tests.handlers.slack.test_modals import reason, typed
from tests.integrations.slack.fake_slack import FakeSlack
from tests.integrations.slack.fake_slack import running as fake_slack
from tests.recorder import listeners
from tests.waiting import until


class Late(AsyncAck):
    """An acknowledgement that tells when it is `given`."""

    def __init__(self) -> None:
        super().__init__()
        self.given = asyncio.Event()

    async def __call__(self, *args: Any, **more: Any) -> Any:
        answer = await super().__call__(*args, **more)
        self.given.set()
        return answer


@asynccontextmanager
async def just_late(
    submission: Submission, *answers: str
) -> AsyncIterator[tuple[Coroutine[Any, Any, None], FakeSlack]]:
    """Give a listener at work on a window whose `submission` begins as soon as Slack is told that it takes longer."""
    late = Late()

    async def begins_late(ack: Acknowledge, body: Body, view: Mapping[str, Any]) -> None:
        await late.given.wait()
        await submission(ack, body, view)

    async with fake_slack() as slack, aiohttp.ClientSession() as session:
        slack.then("views.update", *answers)
        client = SlackClient("xoxb-test", f"{slack.url}api/", session)
        yield InTime(client, 0)(begins_late)(late, {}, {"id": "V1"}, {}), slack


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


async def test_whoever_closes_the_window_at_work_is_not_offered_what_was_sent_as_unsent(slow: World) -> None:
    slow.slack.then("views.update", "not_found")
    await slow.submit(ids.EDIT_MODAL, typed("Hello Maya"))
    await goes_on(slow)
    assert [done[0] for done in slow.review.decided] == ["send_own"]
    assert slow.unsent.mine is None


async def test_whoever_closes_the_window_at_work_finds_the_home_as_it_is_then() -> None:
    done = []

    async def submission(ack: Acknowledge, _body: Body, _view: Mapping[str, Any]) -> None:
        await ack()
        done.append("the home is published")

    async with just_late(submission, "not_found") as (listening, slack):
        await listening
        assert len(slack.asked("views.update")) == 1
    assert done == ["the home is published"]


@pytest.mark.parametrize("error", [None, Unavailable("The database is away")])
async def test_work_that_ends_just_then_waits_for_slack_to_have_heard_that_it_takes_longer(
    error: Exception | None,
) -> None:
    """Slack shows last what it gets last: “still at work” for ever, if the result came before."""
    clock = asyncio.get_running_loop().time
    began: list[float] = []

    async def submission(ack: Acknowledge, _body: Body, _view: Mapping[str, Any]) -> None:
        began.append(clock())
        if error is not None:
            raise error
        await ack()

    async with just_late(submission) as (listening, slack):
        if error is None:
            await listening
            assert len(slack.asked("views.update")) == 1
        else:
            with pytest.raises(Unavailable):
                await listening
        assert (
            clock() - began[0] >= UNDER_WAY / 2
        )  # The acknowledgement was given a moment before the work began.


def test_every_submitted_window_is_answered_in_time() -> None:
    taken = {key: listener.__qualname__ for kind, key, listener in listeners() if kind == "view"}
    assert {ids.REVIEW_MODAL, ids.IMPORT_MODAL, ids.CONFIRM_MODAL, ids.EDIT_MODAL} <= set(taken)
    by_itself = {key: name for key, name in taken.items() if not name.startswith("InTime.")}
    assert by_itself == {}


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
