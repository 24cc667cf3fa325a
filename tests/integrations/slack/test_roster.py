import pytest

from integrations.slack.client import SlackClient
from integrations.slack.roster import Roster
from tests.integrations.slack.fake_slack import FakeSlack


class Seconds:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_named_users_are_managers_without_asking(slack: FakeSlack, client: SlackClient) -> None:
    roster = Roster(client, ["U0ANA"])
    assert await roster.is_manager("U0ANA")
    assert not await roster.is_manager("U0BEN")
    assert slack.calls == []


async def test_members_of_a_group_are_managers_and_are_asked_for_once_a_minute(
    slack: FakeSlack, client: SlackClient
) -> None:
    clock = Seconds()
    roster = Roster(client, ["S0LEADS"], clock)
    assert await roster.is_manager("U0MORGAN")
    assert not await roster.is_manager("U0BEN")
    assert len(slack.asked("usergroups.users.list")) == 1
    clock.now = 61
    slack.then("usergroups.users.list", {"ok": True, "users": []})
    assert not await roster.is_manager("U0MORGAN")
    assert slack.asked("usergroups.users.list")[-1] == {"usergroup": "S0LEADS"}


async def test_in_doubt_nobody_is_a_manager(
    slack: FakeSlack, client: SlackClient, caplog: pytest.LogCaptureFixture
) -> None:
    slack.then("usergroups.users.list", "missing_scope")
    clock = Seconds()
    roster = Roster(client, ["S0LEADS"], clock)
    assert not await roster.is_manager("U0MORGAN")
    assert "managers_unknown" in caplog.messages
    clock.now = 4.9
    assert not await roster.is_manager("U0MORGAN")
    assert len(slack.asked("usergroups.users.list")) == 1
    clock.now = 5
    assert await roster.is_manager("U0MORGAN")
