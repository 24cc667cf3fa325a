import pytest

from bot.core.access import Role
from bot.core.errors import Unavailable
from integrations.slack.accounts import Accounts
from integrations.slack.client import SlackClient
from integrations.slack.people import SlackPeople
from integrations.slack.roster import Lists, Roster, account_role
from tests.integrations.slack.fake_slack import FakeSlack


class Seconds:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_named_users_are_managers_without_asking(slack: FakeSlack, client: SlackClient) -> None:
    roster = Roster(Accounts(client), Lists(["U0ANA"]))
    assert await roster.is_manager("U0ANA")
    assert not await roster.is_manager("U0BEN")
    assert slack.calls == []


async def test_members_of_a_group_are_managers_and_are_asked_for_once_a_minute(
    slack: FakeSlack, client: SlackClient
) -> None:
    clock = Seconds()
    roster = Roster(Accounts(client, clock), Lists(["S0LEADS"]))
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
    roster = Roster(Accounts(client, clock), Lists(["S0LEADS"]))
    assert not await roster.is_manager("U0MORGAN")
    assert "members_unknown" in caplog.messages
    clock.now = 4.9
    assert not await roster.is_manager("U0MORGAN")
    assert len(slack.asked("usergroups.users.list")) == 1
    clock.now = 5
    assert await roster.is_manager("U0MORGAN")


OURS = {"team_id": "T1", "enterprise_id": "E1"}


@pytest.mark.parametrize(
    ("account", "role"),
    [
        ({"team_id": "T1"}, Role.AGENT),
        ({"team_id": "T1", "is_restricted": True}, Role.GUEST),
        ({"team_id": "T1", "is_restricted": True, "is_ultra_restricted": True}, Role.GUEST),
        ({"team_id": "T1", "deleted": True}, Role.NOBODY),
        ({"team_id": "T1", "is_bot": True}, Role.NOBODY),
        ({"team_id": "T2"}, Role.NOBODY),
        ({"team_id": "T1", "is_stranger": True}, Role.NOBODY),
        ({}, Role.NOBODY),
        ({"team_id": "T2", "enterprise_user": {"enterprise_id": "E1", "teams": ["T2", "T1"]}}, Role.AGENT),
        ({"team_id": "T2", "enterprise_user": {"enterprise_id": "E1", "teams": ["T2"]}}, Role.NOBODY),
        ({"team_id": "T2", "enterprise_user": {"enterprise_id": "E1"}}, Role.NOBODY),
        ({"team_id": "T2", "enterprise_user": {"enterprise_id": "E2", "teams": None}}, Role.NOBODY),
    ],
)
def test_an_account_is_what_slack_says(account: dict[str, object], role: Role) -> None:
    assert account_role(account, OURS) is role


def test_where_slack_does_not_say_who_we_are_nobody_is_of_our_workspace() -> None:
    assert account_role({"team_id": "T2", "enterprise_user": {}}, {"team_id": "T1"}) is Role.NOBODY
    assert account_role({}, {}) is Role.NOBODY


async def test_lists_raise_members_and_never_people_of_other_workspaces(
    slack: FakeSlack, client: SlackClient
) -> None:
    roster = Roster(
        Accounts(client), Lists(managers=("U0BOSS",), agents=("C0DESK",), owners=("U0OWNER", "U0OTHER"))
    )
    slack.then("conversations.members", {"ok": True, "members": ["U0KIM"]})
    assert await roster.role_of("U0KIM") is Role.AGENT
    assert await roster.role_of("U0PASSER") is Role.GUEST
    assert await roster.role_of("U0BOSS") is Role.MANAGER
    assert await roster.role_of("U0BOSS", Role.AGENT) is Role.AGENT
    assert await roster.role_of("U0OWNER") is Role.OWNER
    slack.then("users.info", {"ok": True, "user": {"team_id": "T9"}})
    assert await roster.role_of("U0OTHER") is Role.NOBODY
    assert len(slack.asked("auth.test")) == 1


async def test_members_of_a_large_slack_channel_come_in_pages(slack: FakeSlack, client: SlackClient) -> None:
    first = {"ok": True, "members": ["U1"], "response_metadata": {"next_cursor": "more"}}
    slack.then("conversations.members", first, {"ok": True, "members": ["U2"]})
    assert await client.channel_members("C0DESK") == {"U1", "U2"}
    assert slack.asked("conversations.members")[1]["cursor"] == "more"


async def test_whom_slack_does_not_know_is_nobody(slack: FakeSlack, client: SlackClient) -> None:
    slack.then("users.info", "user_not_found")
    assert await Roster(Accounts(client), Lists()).role_of("U0GHOST") is Role.NOBODY


async def test_an_installation_without_the_scope_works_as_before(
    slack: FakeSlack, client: SlackClient, caplog: pytest.LogCaptureFixture
) -> None:
    slack.then("users.info", "missing_scope")
    assert await Roster(Accounts(client), Lists()).role_of("U0KIM") is Role.AGENT
    assert "account_unknown" in caplog.messages


async def test_an_account_is_asked_for_every_five_minutes_and_the_last_word_holds_while_slack_is_away(
    slack: FakeSlack, client: SlackClient
) -> None:
    clock = Seconds()
    roster = Roster(Accounts(client, clock), Lists())
    slack.then("users.info", "internal_error")
    with pytest.raises(Unavailable):
        await roster.role_of("U0KIM")
    slack.then("users.info", {"ok": True, "user": {"team_id": "T1", "is_restricted": True}})
    assert await roster.role_of("U0KIM") is Role.GUEST
    clock.now = 299
    assert await roster.role_of("U0KIM") is Role.GUEST
    assert len(slack.asked("users.info")) == 2
    clock.now = 301
    slack.then("users.info", "internal_error")
    assert await roster.role_of("U0KIM") is Role.GUEST
    clock.now = 307
    assert await roster.role_of("U0KIM") is Role.AGENT


async def test_one_call_is_enough_for_everybody_who_asks(slack: FakeSlack, client: SlackClient) -> None:
    accounts = Accounts(client)
    slack.then("users.info", {"ok": True, "user": {"team_id": "T1", "deleted": True}})
    assert await SlackPeople(accounts).gone(["U0KIM"]) == ["U0KIM"]
    assert await Roster(accounts, Lists()).role_of("U0KIM") is Role.NOBODY
    assert len(slack.asked("users.info")) == 1
