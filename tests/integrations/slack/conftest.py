from collections.abc import AsyncIterator

import aiohttp
import pytest

from integrations.slack.client import SlackClient
from integrations.slack.gate import Gate
from tests.integrations.slack.fake_slack import FakeSlack, Time, running


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with running() as fake:
        yield fake


@pytest.fixture
async def client(slack: FakeSlack) -> AsyncIterator[SlackClient]:
    async with aiohttp.ClientSession() as session:
        yield SlackClient("xoxb-test", f"{slack.url}api/", session)


@pytest.fixture
async def hurried(slack: FakeSlack) -> AsyncIterator[SlackClient]:
    """A client whose pauses take no time."""
    time = Time()
    async with aiohttp.ClientSession() as session:
        yield SlackClient("xoxb-test", f"{slack.url}api/", session, Gate(clock=time, sleep=time.sleep))
