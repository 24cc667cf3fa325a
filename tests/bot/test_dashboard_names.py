"""What people are called on the dashboard, as Slack says it."""

import aiohttp

from bot.wiring.dashboard import names_of
from integrations.slack.accounts import Accounts
from integrations.slack.client import SlackClient
from tests.integrations.slack.fake_slack import running


async def test_people_are_called_as_slack_calls_them_and_asked_for_once() -> None:
    async with running() as slack, aiohttp.ClientSession() as session:
        accounts = Accounts(SlackClient("xoxb-test", f"{slack.url}api/", session))
        profile = {"display_name": "", "real_name": "Ben Ode"}
        slack.then(
            "users.info",
            {"ok": True, "user": {"profile": {"display_name": "Kim", "real_name": "Kim Rivera"}}},
            {"ok": True, "user": {"profile": profile}},
            "user_not_found",
        )
        people = ["U0KIM", "U0BEN", "U0GONE"]
        assert await names_of(accounts, people) == {"U0KIM": "Kim", "U0BEN": "Ben Ode"}
        assert await names_of(accounts, people[:2]) == {"U0KIM": "Kim", "U0BEN": "Ben Ode"}
        assert len(slack.asked("users.info")) == 3
