"""A working day, played in little: the real app, every channel, and scripted agents who press its buttons."""

import asyncio
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE
from pathlib import Path

import aiohttp
import pytest

from bot.cli import main
from bot.verbs.demo.day import DayOptions, LogReader, in_words, play_day, steered
from sandbox.server import Sandbox
from tests.bot.world import environment, started, written_log

SEED = 966  # With it five tickets come on four channels, and one of each kind is among them.


async def test_a_day_is_played_to_its_end_and_reported(
    sandbox: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    env = environment(sandbox, tmp_path) | {"KNOWLEDGE_DIR": sandbox.contract()["env"]["KNOWLEDGE_DIR"]}
    file = tmp_path / "report.json"
    day = DayOptions(speed=20_000, tickets=5, seed=SEED, closing=0.5, report=file)
    with written_log() as log:
        async with started(env) as app:
            await app.ready()
            code = await play_day(sandbox.url, day, LogReader(), as_json=False)
    said, report = capsys.readouterr().out, json.loads(file.read_text())
    assert (code, report["problems"]) == (0, []), log.getvalue()
    assert "ERROR" not in log.getvalue()
    assert report["conversations"] == 5
    assert set(report["by_channel"]) == {"email", "chat", "sms", "phone"}
    asked = report["automated_resolution"]["of"]
    assert asked == 4  # One is a word of thanks.
    assert report["answered_by_itself"]["n"] + report["answered_by_agents"] >= asked
    assert report["right_by_itself"]["share"] == 1.0
    assert report["escalations"]["by_policy"] >= 1
    deeds = [deed for deed in report["by_deed"].values() if deed["n"]]
    assert sum(deed["n"] for deed in deeds) == report["answered_by_agents"] >= 1
    assert all(deed["clicks_to_answer"] >= 1 for deed in deeds)
    assert report["slack_calls"]["per_conversation"] > 1
    assert "Nothing went wrong." in said
    assert "5 of 5 written" in said


async def test_on_a_drifting_day_the_manager_experiments_and_the_report_says_what_came_of_it(
    sandbox: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    env = environment(sandbox, tmp_path) | {"KNOWLEDGE_DIR": sandbox.contract()["env"]["KNOWLEDGE_DIR"]}
    file = tmp_path / "report.json"
    day = DayOptions(speed=20_000, tickets=4, seed=SEED, drift=1.0, closing=0.5, report=file)
    async with started(env) as app:
        await app.ready()
        code = await play_day(sandbox.url, day, LogReader(), as_json=False)
    said, report = capsys.readouterr().out, json.loads(file.read_text())
    assert (code, report["problems"]) == (0, [])
    orders = ["check 100%", "experiment start email threshold 50% share 50% yes"]
    assert report["steering"] == {"orders": orders, "experiments_stopped": [], "fell_back": []}
    assert f"  09:00  /cockpit {orders[1]}\n  17:00  Nothing was stopped and nothing fell back.\n" in said


def test_the_report_tells_first_what_came_first() -> None:
    stopped = {"channel": "email", "at": "13:30", "text": "The experiment on email was stopped: …"}
    fell_back = {"channel": "chat", "at": "14:19", "text": "On chat people send all answers …"}
    steering = {"orders": ["check 100%"], "experiments_stopped": [stopped], "fell_back": [fell_back]}
    said = steered(steering)
    assert said[-3:] == [
        "  09:00  /cockpit check 100%",
        f"  13:30  {stopped['text']}",
        f"  14:19  {fell_back['text']}",
    ]
    assert steered(None) == []


async def test_what_is_in_nobodys_inbox_is_a_problem(sandbox: Sandbox) -> None:
    """Without an app nothing is taken: every question is named, and the exit code tells."""
    code = await play_day(
        sandbox.url, DayOptions(speed=100_000, tickets=2, closing=0), LogReader(), as_json=True
    )
    assert code == 1


async def test_a_second_day_has_to_wait(sandbox: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    async with aiohttp.ClientSession() as http:
        async with http.post(f"{sandbox.url}/control/day", json={"tickets": 1, "speed": 1}) as begun:
            state = await begun.json()
            assert (state["playing"], state["progress"]["clock"]) == (True, "09:00")
        async with http.post(f"{sandbox.url}/control/day", json={}) as second:
            assert (second.status, (await second.json())["error"]) == (409, "A day is being played already.")
        async with http.post(f"{sandbox.url}/control/day/stop") as stopped:
            assert (await stopped.json())["playing"] is False


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ({"speed": 0}, "'speed' must be a number from 1 to 100000"),
        ({"tickets": 201}, "'tickets' must be a number from 1 to 200"),
        ({"drift": "much"}, "'drift' must be a number from 0 to 1"),
    ],
)
async def test_a_day_nobody_can_play_is_refused(
    sandbox: Sandbox, body: dict[str, object], complaint: str
) -> None:
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{sandbox.url}/control/day", json=body) as answer,
    ):
        assert answer.status == 400
        assert complaint in (await answer.json())["error"]


async def test_errors_in_the_log_are_passed_on_and_remembered(capsys: pytest.CaptureFixture[str]) -> None:
    logs = (
        "import sys; print('2026-11-26 10:00:00,000 INFO bot.app ready', file=sys.stderr);"
        "print('2026-11-26 10:00:01,000 ERROR bot.app broke', file=sys.stderr);"
        "print('Traceback (most recent call last):', file=sys.stderr)"
    )
    child = await asyncio.create_subprocess_exec(sys.executable, "-c", logs, stdin=DEVNULL, stderr=PIPE)
    reader = LogReader()
    await reader.read(child)
    await child.communicate()
    assert reader.errors == [
        "2026-11-26 10:00:01,000 ERROR bot.app broke",
        "Traceback (most recent call last):",
    ]
    assert "bot.app ready" in capsys.readouterr().err


def test_a_day_without_figures_says_why() -> None:
    assert "The day broke off" in in_words({"problems": ["The day broke off."]})


@pytest.mark.parametrize("words", ["--speed 0", "--speed fast", "--tickets 0", "--tickets 201", "--drift 2"])
def test_wrong_usage_is_named(capsys: pytest.CaptureFixture[str], words: str) -> None:
    with pytest.raises(SystemExit):
        main(["demo", "--day", *words.split()])
    assert f"{words.split()[1]!r} is no" in capsys.readouterr().err
