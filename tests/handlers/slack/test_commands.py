import json

import pytest
from aiohttp import web

from bot.core.insights.digest import Plan
from bot.core.model import Channel, Mode
from tests.handlers.slack.conftest import AGENT, MANAGER, World


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("", "threadpilot answers customers with you"),
        ("help", "/cockpit threshold chat 90%"),
        ("status", "*Connected*\n•  *Slack*: connected"),
        ("threshold", "An answer goes out by itself from"),
        ("mode", "How each channel answers"),
        ("undo", "An automatic answer can be stopped before it leaves for"),
        ("rollout", "•  :email: e-mail: *100 %*"),
        ("risk", "e-mail: nothing promised"),
        (
            "whatif chat 85%",
            "would have sent 50 % of its last 200 drafts by itself, 2.5 % of them wrong (1 of n = 40",
        ),
        ("dance", "I do not know `dance`"),
        ("threshold chat lots", "`lots` is no threshold"),
    ],
)
async def test_everybody_may_read(world: World, typed: str, told: str) -> None:
    assert told in await world.type_command(typed)
    assert world.controls.changed == []
    assert world.roster.asked == []


async def test_figures_are_told_with_what_they_rest_on_and_a_way_to_more(world: World) -> None:
    told = (await world.type_command("stats 30d chat", MANAGER)).splitlines()
    (shown,) = (one["blocks"] for one in world.slack.asked("response_url"))
    assert "\n".join(one["text"]["text"] for one in shown) == "\n".join(told)
    assert told[0].startswith("*The last 30 days* on :speech_balloon: chat")
    assert "•  New conversations: *100*\xa0\xa0·  +0 (may be chance)" in told
    assert (
        "•  Automated resolution: *62.0 %*\xa0\xa0·  n = 100, 95 %: 52.2 to 70.9 %\xa0\xa0·  +42.0 points"
        in told
    )
    assert (
        "•  First response: *p50 4 s · p90 1 h · p95 1 h*\xa0\xa0·  n = 90, 95 %: 4 s\xa0\xa0·  "
        "+0 s (may be chance)" in told
    )
    assert "_3 of them ended less than 72 hours ago and may still change._" in told
    assert told[-2] == "*Now*: 2 waiting for an agent"
    assert f"ticket={MANAGER}-True|Open the dashboard>" in told[-1]
    assert not any("Satisfaction" in line for line in told)  # Nobody has rated.


@pytest.mark.parametrize(
    ("typed", "title", "kinds"),
    [
        ("digest", "The day in support", ["header", "context", "section", "section", "context", "context"]),
        (
            "digest weekly",
            "The week in support",
            ["header", "context", "section", "section", "data_visualization", "context", "context"],
        ),
    ],
)
async def test_a_digest_is_previewed_by_anybody(
    world: World, typed: str, title: str, kinds: list[str]
) -> None:
    assert (await world.type_command(typed)).startswith(f"{title}: New conversations 100")
    (shown,) = (one["blocks"] for one in world.slack.asked("response_url"))
    assert [one["type"] for one in shown] == kinds
    assert "*New conversations*\n100\n+80" in json.dumps(shown, ensure_ascii=False).replace("\\n", "\n")
    assert "No digest is posted" in json.dumps(shown)


async def test_where_slack_will_not_have_charts_the_figures_are_told_in_words(world: World) -> None:
    world.slack.then("response_url", web.Response(status=400, text="invalid_blocks"))
    await world.command("stats", AGENT, f"{world.slack.url}respond")
    refused, told = world.slack.asked("response_url")
    assert "blocks" in refused
    assert "blocks" not in told
    assert told["text"].startswith("*The last 7 days*")


@pytest.mark.parametrize(
    ("typed", "plan"),
    [
        ("digest <#C0LEADS|leads> 9:00 Europe/Berlin", Plan("C0LEADS", "Europe/Berlin", 540)),
        ("digest off", None),
    ],
)
async def test_a_manager_sets_the_digest(world: World, typed: str, plan: Plan | None) -> None:
    said = await world.type_command(typed, MANAGER)
    assert said.startswith(f"<@{MANAGER}> changed the digest.\nBefore: ")
    assert world.digests.planned == [(plan, MANAGER, True)]


async def test_an_agent_may_not_set_the_digest(world: World) -> None:
    assert (await world.type_command("digest off", AGENT)).startswith("Only managers may do this.")
    assert world.digests.planned == []


@pytest.mark.parametrize(("user", "rights"), [(AGENT, False), (MANAGER, True)])
async def test_the_way_into_the_dashboard_is_ones_own(world: World, user: str, rights: bool) -> None:
    told = await world.type_command("dashboard", user)
    assert f"<https://support.example/dashboard/enter?ticket={user}-{rights}|Open the dashboard>" in told
    assert "once, within 5 minutes" in told


async def test_everybody_ends_their_own_visits_and_managers_those_of_others(world: World) -> None:
    assert "sessions you had have ended" in await world.type_command("dashboard revoke", AGENT)
    assert await told_again(world, f"dashboard revoke <@{MANAGER}>", AGENT) == (
        "Only managers may end what somebody else has open."
    )
    assert f"of <@{AGENT}> have ended" in await told_again(world, f"dashboard revoke <@{AGENT}>", MANAGER)
    assert "name one person" in await told_again(world, "dashboard revoke <!subteam^S0CREW>", MANAGER)
    assert world.people.ended == [AGENT, AGENT]


async def told_again(world: World, text: str, user: str) -> str:
    await world.command(text, user, f"{world.slack.url}respond")
    return str(world.slack.asked("response_url")[-1]["text"])


@pytest.mark.parametrize(
    ("typed", "change", "told"),
    [
        ("threshold chat 0.99", ("auto_above", Channel.CHAT, 0.99), "from 90 % → *99 %*"),
        ("mode email auto", ("mode", Channel.EMAIL, Mode.AUTO), "mode assist → *auto*"),
        ("rollout email 10%", ("rollout", Channel.EMAIL, 0.1), "by themselves 100 % → *10 %*"),
        ("undo chat 30", ("undo", Channel.CHAT, 30), "automatic answer 0 s → *30 s*"),
        ("pause sms", ("paused", Channel.SMS, True), "running → *paused*"),
        ("resume", ("paused", None, False), "running → *running* (as it was)"),
    ],
)
async def test_manager_changes_and_is_told_from_what_to_what(
    world: World, typed: str, change: tuple, told: str
) -> None:
    said = await world.type_command(typed, MANAGER)
    assert said.startswith(f"<@{MANAGER}> changed:")
    assert told in said
    assert world.controls.changed == [(*change, MANAGER, True)]


async def test_manager_promises_a_risk_and_is_told_what_is_proven(world: World) -> None:
    said = await world.type_command("risk email 3%", MANAGER)
    assert "at most 3 %: *not yet*: 76 more reviewed answers needed" in said
    assert world.quality.promised == [(Channel.EMAIL, 0.03, MANAGER, True)]


async def test_agent_is_refused_in_words(world: World) -> None:
    said = await world.type_command("threshold chat 0.99", AGENT)
    assert said == "Only managers may do this. Ask one of them, or see `/cockpit status`."
    assert world.controls.changed == []


async def test_fault_of_ours_is_a_reference(world: World) -> None:
    world.controls.fail = RuntimeError("secret")
    said = await world.type_command("pause", MANAGER)
    assert "quote `" in said
    assert "secret" not in said


async def test_person_who_cannot_be_answered_leaves_a_line_in_the_log(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    await world.command("dance", AGENT, "http://127.0.0.1:1/respond")
    assert "person_not_told" in caplog.messages


async def test_what_was_typed_does_not_come_alive_in_the_answer(world: World) -> None:
    said = await world.type_command("<https://evil.test|help>")
    assert "`&lt;https://evil.test|help&gt;`" in said


async def test_managers_see_what_is_on_record_about_a_conversation(world: World) -> None:
    said = await world.type_command("audit https://x.slack.com/archives/C0/p1763888400000100", MANAGER)
    assert "*On record about this conversation* (1 rows)" in said
    assert "`7` 2026-11-23 09:00:00 · policy · *decide.send* · `sure` · policy 2026-11.3" in said
