"""Who is still there in Slack; whoever cannot be asked about is."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from integrations.slack.accounts import Accounts
from integrations.slack.client import SlackClient
from integrations.slack.people import SlackPeople
from tests.fakes import FakeClock
from tests.integrations.slack.fake_slack import FakeSlack, running


@pytest.fixture
async def there() -> AsyncIterator[tuple[FakeSlack, SlackPeople, FakeClock]]:
    clock = FakeClock()
    async with running() as slack, aiohttp.ClientSession() as session:
        client = SlackClient("xoxb-test", f"{slack.url}api/", session)
        yield slack, SlackPeople(Accounts(client, clock.seconds)), clock


@pytest.mark.parametrize(
    ("name", "method", "answer", "gone"),
    [
        ("U1", "users.info", {"user": {"id": "U1", "deleted": False}}, False),
        ("U1", "users.info", {"user": {"id": "U1", "deleted": True}}, True),
        ("U1", "users.info", "user_not_found", True),
        ("U1", "users.info", "missing_scope", False),
        ("U1", "users.info", "internal_error", False),
        ("S1", "usergroups.users.list", {"users": ["U1"]}, False),
        ("S1", "usergroups.users.list", {"users": []}, True),
        ("S1", "usergroups.users.list", "no_such_subteam", True),
    ],
)
async def test_who_is_gone(there: Any, name: str, method: str, answer: Any, gone: bool) -> None:
    slack, people, clock = there
    slack.then(method, {"ok": True} | answer if isinstance(answer, dict) else answer)
    assert list(await people.gone([name])) == [name] * gone
    assert list(await people.gone([name])) == [name] * gone
    assert len(slack.asked(method)) == 1  # The second time nobody is asked.
    clock.move(minutes=11)
    await people.gone([name])
    assert len(slack.asked(method)) == 2
