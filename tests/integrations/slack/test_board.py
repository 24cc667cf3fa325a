"""What is said beside the cards, against the stand-in for Slack, which refuses what Slack refuses."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from blocks import digest
from bot.core.errors import Refused
from integrations.slack.board import SlackBoard
from integrations.slack.client import SlackClient
from sandbox.server import Sandbox, SandboxConfig
from sandbox.slack import directory
from tests.integrations.slack.fake_slack import running

PLACE = directory.OTHER
PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    far_side = Sandbox(SandboxConfig(port=0))
    await far_side.start()
    yield far_side
    await far_side.stop()


@pytest.fixture
async def board(sandbox: Sandbox) -> AsyncIterator[SlackBoard]:
    async with aiohttp.ClientSession() as session:
        yield SlackBoard(SlackClient(directory.BOT_TOKEN, sandbox.slack_api, session))


async def messages(sandbox: Sandbox) -> list[dict]:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{sandbox.url}/control/slack/state") as response,
    ):
        return [one for one in (await response.json())["messages"] if one["channel"] == PLACE]


async def test_what_was_posted_is_found_by_its_name(board: SlackBoard) -> None:
    now = datetime.now(UTC)
    ts = await board.post(PLACE, "backlog:email/1/begins", *digest.alert("*12 wait on email*. Next: help."))
    assert await board.find(PLACE, "backlog:email/1/begins", now) == ts
    assert await board.find(PLACE, "backlog:email/2/begins", now) is None
    assert await board.find(PLACE, "backlog:email/1/begins", now + timedelta(minutes=10)) is None


async def test_the_end_stands_beneath_the_beginning_and_is_found_there(board: SlackBoard) -> None:
    now = datetime.now(UTC)
    root = await board.post(PLACE, "spike/begins", *digest.alert("It begins."))
    end = await board.post(PLACE, "spike/ends", *digest.over("It is over."), thread_ts=root)
    assert await board.find(PLACE, "spike/ends", now, thread_ts=root) == end


async def test_a_picture_is_shown_in_the_thread_with_words(sandbox: Sandbox, board: SlackBoard) -> None:
    root = await board.post(PLACE, "digest", *digest.alert("The week."))
    await board.show(PLACE, root, "When customers write?", "Heat map; busiest: Tue.", PNG)
    shown = next(one for one in await messages(sandbox) if one.get("files"))
    assert shown["thread_ts"] == root
    (file,) = shown["files"]
    assert (file["name"], file["mimetype"]) == ("when-customers-write.png", "image/png")
    assert file["alt_txt"] == "Heat map; busiest: Tue."


async def test_where_slack_will_not_have_charts_the_rest_is_posted() -> None:
    chart = {"type": "data_visualization", "title": "x"}
    async with running() as slack, aiohttp.ClientSession() as session:
        board = SlackBoard(SlackClient("xoxb-test", f"{slack.url}api/", session))
        slack.then("chat.postMessage", "invalid_blocks")
        text, blocks = digest.alert("It begins.")
        assert await board.post("C1", "digest", text, [*blocks, chart])
        assert [len(one["blocks"]) for one in slack.asked("chat.postMessage")] == [2, 1]
        slack.then("chat.postMessage", "invalid_blocks")
        with pytest.raises(Refused):
            await board.post("C1", "digest", text, blocks)


async def test_words_that_are_too_long_for_slack_are_refused(board: SlackBoard) -> None:
    root = await board.post(PLACE, "digest", *digest.alert("The week."))
    with pytest.raises(Refused):
        await board.show(PLACE, root, "Picture", "x" * 1_001, PNG)
