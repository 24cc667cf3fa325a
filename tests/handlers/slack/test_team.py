"""Teamwork in Slack: what is typed, what is told, and the windows."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from datetime import date, datetime
from typing import Any

import pytest

from blocks import ids
from bot.core.errors import InvalidInput, Superseded
from bot.core.model import Actor, Channel
from bot.core.priority import Priority
from bot.core.sealing import OPEN
from bot.core.teamwork.assigning import Method
from bot.core.teamwork.hours import Span
from bot.core.teamwork.rules import Word
from bot.core.teamwork.sla import Kind
from bot.services.team_controls import TeamControls
from handlers.slack import grammar
from handlers.slack import team_orders as g
from handlers.slack.team import TeamCommands
from storage.database import open_database
from storage.signals import LocalSignals
from tests.builders import AT
from tests.handlers.slack.conftest import AGENT, MANAGER, ON, World

BERLIN = "Europe/Berlin"
WEEKDAYS = tuple(Span(day, 540, 1020) for day in range(5))


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("hours", g.ShowHours()),
        ("hours email mon-fri 9-17 Europe/Berlin", g.SetHours(Channel.EMAIL, BERLIN, WEEKDAYS)),
        ("hours e-mail Monday-Friday 9:00-17.00 Europe/Berlin", g.SetHours(Channel.EMAIL, BERLIN, WEEKDAYS)),
        (
            "hours all sat,sun 22:00-6:30 UTC",
            g.SetHours(None, "UTC", (Span(5, 1320, 390), Span(6, 1320, 390))),
        ),
        (
            "hours sms mon 9-12,13-17 tue 0-24 UTC",
            g.SetHours(Channel.SMS, "UTC", (Span(0, 540, 720), Span(0, 780, 1020), Span(1, 0, 1440))),
        ),
        (
            "hours chat fri-mon 8-0 UTC",
            g.SetHours(Channel.CHAT, "UTC", tuple(Span(d, 480, 1440) for d in (0, 4, 5, 6))),
        ),
        (
            "hours chat weekend 8-9 UTC",
            g.SetHours(Channel.CHAT, "UTC", (Span(5, 480, 540), Span(6, 480, 540))),
        ),
        ("hours chat always", g.SetHours(Channel.CHAT)),
        ("hours holiday 2026-12-25 Europe/Berlin", g.SetHoliday(BERLIN, date(2026, 12, 25), True)),
        ("hours workday 2026-12-25 Europe/Berlin", g.SetHoliday(BERLIN, date(2026, 12, 25), False)),
        ("sla", g.ShowSla()),
        ("sla breaches", g.ShowBreaches()),
        ("sla log 30d chat", g.ShowBreaches("30d", Channel.CHAT)),
        ("sla email first 4h", g.SetTarget(Channel.EMAIL, Priority.NORMAL, Kind.FIRST, 240)),
        ("sla chat high next 10m", g.SetTarget(Channel.CHAT, Priority.HIGH, Kind.NEXT, 10)),
        ("sla all resolution 2d", g.SetTarget(None, Priority.NORMAL, Kind.RESOLUTION, 2880)),
        ("sla sms first 1h 30m", g.SetTarget(Channel.SMS, Priority.NORMAL, Kind.FIRST, 90)),
        ("sla sms first off", g.SetTarget(Channel.SMS, Priority.NORMAL, Kind.FIRST, None)),
        ("oncall", g.ShowRota()),
        ("oncall add <@U0ANNA|anna> mon-fri 9-17", g.AddShift("U0ANNA", WEEKDAYS)),
        ("on-call add me daily 20-8", g.AddShift("", tuple(Span(day, 1200, 480) for day in range(7)))),
        ("oncall then <!subteam^S0LEADS|@leads>", g.AddBackup("S0LEADS")),
        ("oncall remove U0ANNA", g.LeaveRota("U0ANNA")),
        ("oncall limit 15m", g.SetCallLimit(15)),
        ("oncall zone America/New_York", g.SetRotaZone("America/New_York")),
        ("team", g.ShowCrew()),
        ("team add <@U0ANNA>", g.AddMember("U0ANNA", 8)),
        ("team add <@U0ANNA> 12", g.AddMember("U0ANNA", 12)),
        ("team remove <@U0ANNA>", g.RemoveMember("U0ANNA")),
        ("team assign least-loaded", g.SetMethod(Method.LEAST_LOADED)),
        ("team away", g.SetAway("", True)),
        ("team back <@U0ANNA>", g.SetAway("U0ANNA", False)),
        ("watch", g.ShowWords()),
        ("watch add Power  Outage!", g.WatchWord("power outage", True)),
        ("watch remove outage", g.WatchWord("outage", False)),
        ("vip", g.ShowVips()),
        ("vip add Ada@Acme.example", g.SetVip("ada@acme.example", True)),
        ("vip add <mailto:ada@acme.example|ada@acme.example>", g.SetVip("ada@acme.example", True)),
        ("vips add @acme.example", g.SetVip("@acme.example", True)),
        ("vip add @<http://acme.example|acme.example>", g.SetVip("@acme.example", True)),
        ("vip remove +4930123456", g.SetVip("+4930123456", False)),
        ("tell", g.ShowTold()),
        ("tell email closed on", g.SetTold(Channel.EMAIL, Word.CLOSED, True)),
        ("tell all escalated off", g.SetTold(None, Word.ESCALATED, False)),
    ],
)
def test_what_can_be_typed(typed: str, read: g.TeamCommand) -> None:
    assert grammar.parse(typed) == read


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("hours email", "mon-fri 9-17 Europe/Berlin"),
        ("hours email mon-fri 9-17 Europe/Atlantis", "`Europe/Atlantis` is no time zone"),
        ("hours email mon-fri 9-17 9-12 UTC", "overlap"),
        ("hours email mon-fri UTC", "Say days, then times"),
        ("hours email someday 9-17 UTC", "`someday` is no day"),
        ("hours email mon-never 9-17 UTC", "`mon-never` is no day"),
        ("hours email mon 9-25 UTC", "`9-25` are no times of a day"),
        ("hours email mon 9:75-17 UTC", "`9:75-17` are no times of a day"),
        ("hours fax always", "`fax` is no channel"),
        ("hours holiday 25.12.2026 UTC", "`25.12.2026` is no date"),
        ("sla email", "sla email first 4h"),
        ("sla email third 4h", "`third` is not promised"),
        ("sla email first soon", "`soon` is no time"),
        ("sla email first 0m", "`0m` is no time"),
        ("sla breaches 7d 30d", "One period and one channel"),
        ("sla breaches 5y", "`5y` is no channel"),
        ("oncall dance", "oncall add @anna mon-fri 8-20"),
        ("oncall add @anna mon-fri 8-20", "`@anna` is nobody I can call"),
        ("oncall then everybody", "`everybody` is nobody I can call"),
        ("team add <@U0ANNA> 0", "`0` is no number of conversations"),
        ("team add <@U0ANNA> lots", "`lots` is no number"),
        ("team assign chaos", "round-robin"),
        ("watch add !!!", "cannot be watched"),
        ("watch outage", "watch add outage"),
        ("vip ada", "vip add ada@acme.example"),
        ("vip add ada", "`ada` is no address"),
        ("tell email sometimes on", "tell email closed on"),
    ],
)
def test_what_cannot_be_read_is_explained_with_an_example(typed: str, said: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        grammar.parse(typed)
    assert said in str(refused.value)


class Everybody:
    """Nobody has left."""

    async def gone(self, names: Collection[str]) -> Collection[str]:
        return ()


Typing = Callable[[str], Awaitable[str]]


@pytest.fixture
async def typing() -> AsyncIterator[Typing]:
    """Return how a manager types a command, before a database of its own."""

    def clock() -> datetime:
        return AT

    async with open_database("sqlite+aiosqlite://", LocalSignals(), clock, sealing=OPEN) as database:
        commands = TeamCommands(TeamControls(database, Everybody(), clock))

        async def typed(text: str) -> str:
            order = grammar.parse(text)
            if isinstance(order, g.TeamOrder):
                return await commands.change(order, Actor(MANAGER, is_manager=True))
            assert isinstance(order, g.TeamQuestion)
            return await commands.tell(order)

        yield typed


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("hours", "•  :email: e-mail: *around the clock*"),
        ("sla", "•  nothing yet"),
        ("sla breaches", "None has come due yet"),
        ("oncall", "*Nobody is on call*"),
        ("team", "*Conversations that wait go* whoever takes a conversation has it\n•  nobody yet"),
        ("watch", "•  none yet"),
        ("vip", "•  none yet"),
        ("tell", "•  :iphone: text message: nothing"),
    ],
)
async def test_where_nothing_is_set_that_is_said_with_a_way_to_begin(
    typing: Typing, typed: str, told: str
) -> None:
    said = await typing(typed)
    assert told in said
    assert "/cockpit" in said


async def test_every_change_tells_how_things_stand_since(typing: Typing) -> None:
    for typed, told in (
        (
            "hours email mon-fri 9-17 Europe/Berlin",
            "•  :email: e-mail: *Mon-Fri 9:00-17:00* (Europe/Berlin)\xa0\xa0·  open now",
        ),
        (
            "hours chat tue,thu 22-6 sat 10-14 UTC",
            "*Tue,Thu 22:00-6:00, Sat 10:00-14:00* (UTC)\xa0\xa0·  opens <!date^",
        ),
        ("hours holiday 2026-12-25 Europe/Berlin", "Holidays in Europe/Berlin: 2026-12-25"),
        ("sla email first 1h30m", "•  :email: e-mail: first answer within *1 h 30 min*"),
        ("sla email high next 2h", ":email: e-mail, high priority: next answer within *2 h*"),
        ("sla email resolution 50m", "resolution within *50 min*"),
        (
            "oncall then <!subteam^S0LEADS>",
            "*Nobody has the shift now*\nCalled in this order, 15 min apart: <!subteam^S0LEADS>",
        ),
        ("oncall zone Europe/Berlin", "*Nobody has the shift now*"),
        ("oncall add <@U0ANNA> daily 8-20", "*On call now:* <@U0ANNA>\xa0\xa0·  until <!date^"),
        ("oncall add me tue 20-8", f"•  <@{MANAGER}>: Tue 20:00-8:00"),
        ("oncall limit 30m", "Called in this order, 30 min apart: <@U0ANNA>, <!subteam^S0LEADS>"),
        ("oncall remove <@U0ANNA>", "Called in this order"),
        ("team add <@U0ANNA> 12", "•  <@U0ANNA>: 0 of 12 in hand"),
        ("team add me", f"•  <@{MANAGER}>: 0 of 8 in hand"),
        ("team away", f"•  <@{MANAGER}>: 0 of 8 in hand\xa0\xa0·  away"),
        ("team assign round-robin", "*Conversations that wait go* by turns (`round-robin`)"),
        ("team remove <@U0ANNA>", f"•  <@{MANAGER}>: 0 of 8 in hand\xa0\xa0·  away"),
        ("watch add outage", f"•  “outage”: <@{MANAGER}>"),
        ("vip add @acme.example", "•  @acme.example"),
        ("tell email closed on", "•  :email: e-mail: outside business hours, when somebody is there again"),
        ("hours chat always", ":speech_balloon: chat: *around the clock*"),
    ):
        said = await typing(typed)
        assert told in said, said
        assert said.startswith(f"<@{MANAGER}> changed it. Now:"), said


async def test_what_was_before_is_told_too(typing: Typing) -> None:
    await typing("sla email first 4h")
    said = await typing("sla email first 2h")
    assert "•  :email: e-mail: first answer within *2 h*\n" in said
    assert said.endswith("Before:\n~•  :email: e-mail: first answer within *4 h*~")
    assert (await typing("sla email first 2h")).startswith("Nothing changed: it was so before.")


async def test_a_command_about_the_team_is_answered_and_changed_by_managers_alone(world: World) -> None:
    assert "nobody yet" in await world.type_command("team")
    assert world.roster.asked == []


async def test_a_manager_changes_the_team(world: World) -> None:
    assert "by turns" in await world.type_command("team assign round-robin", MANAGER)
    assert world.teamwork.done == [("method", Method.ROUND_ROBIN, MANAGER, True)]


async def test_help_names_the_commands_of_teamwork(world: World) -> None:
    told = await world.type_command("help")
    assert "/cockpit oncall" in told
    assert len(told) < 8_000


# --- windows -----------------------------------------------------------------------------------------------------


def chosen(who: str | None, priority: str = "high", *, follow: bool = True) -> dict[str, Any]:
    return {
        ids.ASSIGNEE: {ids.ASSIGNEE: {"selected_user": who}},
        ids.PRIORITY: {ids.PRIORITY: {"selected_option": {"value": priority}}},
        ids.FOLLOW: {ids.FOLLOW: {"selected_options": [{"value": ids.FOLLOW}] if follow else []}},
    }


async def test_a_conversation_is_assigned_in_a_window(world: World) -> None:
    await world.choose(ids.encode_choice(ids.ASSIGN, ON))
    assert [view["title"]["text"] for view in world.windows] == ["One moment", "Assign and follow"]
    assert await world.submit(ids.ASSIGN_MODAL, chosen("U0ANNA")) is None
    assert world.teamwork.done == [
        ("priority", ON.conversation, Priority.HIGH, AGENT),
        ("follow", ON.conversation, True, AGENT),
        ("assign", ON.conversation, "U0ANNA", AGENT),
    ]


async def test_nobody_has_to_be_chosen(world: World) -> None:
    assert await world.submit(ids.ASSIGN_MODAL, chosen(None, "by_rules", follow=False)) is None
    assert world.teamwork.done == [
        ("priority", ON.conversation, None, AGENT),
        ("follow", ON.conversation, False, AGENT),
    ]


@pytest.mark.parametrize(
    ("shown", "picked", "done"),
    [("U0BEN", "U0BEN", []), ("U0BEN", None, [None]), (None, None, []), ("U0BEN", "U0ANNA", ["U0ANNA"])],
)
async def test_only_who_was_changed_is_changed(
    world: World, shown: str | None, picked: str | None, done: list[str | None]
) -> None:
    """Somebody else may have taken it while the window was open."""
    blocks = [{"block_id": ids.ASSIGNEE, "element": {"initial_user": shown} if shown else {}}]
    await world.submit(ids.ASSIGN_MODAL, chosen(picked), blocks=blocks)
    assert [to for what, _, to, _ in world.teamwork.done if what == "assign"] == done


async def test_who_cannot_be_assigned_is_said_in_the_window(world: World) -> None:
    world.teamwork.fail = InvalidInput("<@U0GONE> is deactivated in Slack.")
    answer = await world.submit(ids.ASSIGN_MODAL, chosen("U0GONE"))
    assert answer == {
        "response_action": "errors",
        "errors": {ids.ASSIGNEE: "<@U0GONE> is deactivated in Slack."},
    }
    world.teamwork.fail = Superseded("This conversation was resolved.")
    answer = await world.submit(ids.ASSIGN_MODAL, chosen("U0ANNA"))
    assert answer["view"]["title"]["text"] == "Not assigned"


async def test_an_escalation_is_handed_back_in_a_window(world: World) -> None:
    await world.press(ids.HAND_BACK)
    assert [view["title"]["text"] for view in world.windows] == ["One moment", "Hand back"]
    typed = {ids.REASON: {ids.REASON: {"value": "The article answers this"}}}
    assert await world.submit(ids.HAND_BACK_MODAL, typed) is None
    assert world.teamwork.done == [("hand_back", ON.conversation, "The article answers this", AGENT)]
    world.teamwork.fail = InvalidInput("Say in a few words why.")
    answer = await world.submit(ids.HAND_BACK_MODAL, typed)
    assert answer == {"response_action": "errors", "errors": {ids.REASON: "Say in a few words why."}}
    world.teamwork.fail = Superseded("This is not escalated any more.")
    answer = await world.submit(ids.HAND_BACK_MODAL, typed)
    assert answer["view"]["title"]["text"] == "Not handed back"
