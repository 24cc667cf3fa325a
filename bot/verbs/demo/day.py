"""`threadpilot demo --day`: let the sandbox play a working day, tell how it goes, and report it."""

import argparse
import asyncio
import json
import re
import sys
from asyncio.subprocess import Process
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from bot.core.errors import Misconfigured

_LOOK = 0.25
LINE_LIMIT = 1 << 20  # So long a line of the log may be, in bytes.
_ERROR = re.compile(r"^\S+ \S+ (ERROR|CRITICAL) |^Traceback \(most recent call last\)")
_UNITS = 60
_DEEDS = {
    "approve": "Approved",
    "edit": "Edited",
    "reply": "Written by an agent",
    "escalated": "Escalated, then answered",
}

Report = Mapping[str, Any]


@dataclass(frozen=True)
class DayOptions:
    """How a day is played: `speed` times as fast as the world, with so many tickets; `report` is a file for JSON.

    After the last answer there are `closing` seconds to close conversations and to rate them.
    """

    speed: float = 60.0
    tickets: int = 200
    seed: int = 1
    drift: float = 0.0
    closing: float = 40.0
    report: Path | None = None
    stay: bool = False


def add_day_options(verb: argparse.ArgumentParser) -> None:
    """Give a verb the options of a day."""
    day = verb.add_argument_group(
        "a working day", "Only with --day; the exit code is 1 when something went wrong."
    )
    day.add_argument(
        "--day",
        action="store_true",
        help="play a day of 200 tickets with five scripted agents, then report it and end",
    )
    day.add_argument(
        "--speed", type=_positive, default=60, metavar="N", help="times as fast as life (default 60)"
    )
    day.add_argument(
        "--tickets", type=_tickets, default=200, metavar="N", help="how many questions (default 200)"
    )
    day.add_argument(
        "--seed", type=int, default=1, metavar="N", help="another number is another day (default 1)"
    )
    day.add_argument(
        "--drift",
        type=_share,
        default=0.0,
        metavar="0..1",
        help="let so large a share of the afternoon be about something that no article knows, while a manager "
        "experiments: shows how an experiment is stopped and a channel falls back to people",
    )
    day.add_argument("--report", type=Path, metavar="FILE", help="write the report as JSON, too")
    day.add_argument("--stay", action="store_true", help="keep everything running after the report")


def day_options(options: argparse.Namespace) -> DayOptions | None:
    """Return the day that was asked for, if any."""
    if not options.day:
        return None
    return DayOptions(
        speed=options.speed,
        tickets=options.tickets,
        seed=options.seed,
        drift=options.drift,
        report=options.report,
        stay=options.stay,
    )


@dataclass
class LogReader:
    """Passes on what children write to stderr, and remembers the errors in it."""

    errors: list[str] = field(default_factory=list)

    async def read(self, child: Process) -> None:
        """Pass on until the child ends."""
        assert child.stderr is not None  # noqa: S101
        async for raw in child.stderr:
            line = raw.decode(errors="replace")
            sys.stderr.write(line)
            if _ERROR.match(line):
                self.errors.append(line.rstrip())


async def play_day(sandbox: str, day: DayOptions, log: LogReader, *, as_json: bool) -> int:
    """Play a day in a running sandbox and report it; return the exit code.

    Raises:
        Misconfigured: a day is being played already, or the report cannot be written.
    """
    names = ("speed", "tickets", "seed", "drift", "closing")
    wanted = {name: getattr(day, name) for name in names}
    async with aiohttp.ClientSession() as http:
        begun = await _post(http, f"{sandbox}/control/day", wanted)
        if not begun["ok"]:
            raise Misconfigured(begun["error"])
        state = await _follow(http, sandbox, to=sys.stderr if as_json else sys.stdout)
        await _post(http, f"{sandbox}/control/day/log", {"errors": log.errors})
    report = {**(state["report"] or {}), "log_errors": log.errors}
    if state["error"]:
        report["problems"] = [*report.get("problems", []), state["error"]]
    _write(report, day.report)
    sys.stdout.write((json.dumps({"day": report}) if as_json else in_words(report)) + "\n")
    sys.stdout.flush()
    return 1 if report.get("problems") or log.errors else 0


async def _follow(http: aiohttp.ClientSession, sandbox: str, to: Any) -> dict[str, Any]:
    """Tell every half hour of the day how it stands, until it is over."""
    said = told = ""
    while True:
        async with http.get(f"{sandbox}/control/day") as answer:
            state: dict[str, Any] = await answer.json()
        if (stands := _progress(state["progress"])) != said and _half_hour(state) != told:
            said, told = stands, _half_hour(state)
            print(f"  {told}  {stands}", file=to, flush=True)
        if not state["playing"]:
            return state
        await asyncio.sleep(_LOOK)


def _half_hour(state: Mapping[str, Any]) -> str:
    clock: str = state["progress"]["clock"]
    return f"{clock[:3]}{'00' if clock[3:5] < '30' else '30'}{clock[5:]}"


def _progress(now: Mapping[str, Any]) -> str:
    return (
        f"{now['written']:3} of {now['planned']} written · {now['by_itself']} answered by itself · "
        f"{now['by_agents']} by agents · {now['escalated']} escalated · {now['waiting']} waiting · "
        f"{now['ratings']} rated"
    )


async def _post(http: aiohttp.ClientSession, url: str, body: object) -> dict[str, Any]:
    async with http.post(url, json=body) as answer:
        said: dict[str, Any] = await answer.json()
        return said


def _write(report: Report, file: Path | None) -> None:
    if file is None:
        return
    try:
        file.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise Misconfigured(f"--report {file} cannot be written: {error.strerror}.") from error


def in_words(report: Report) -> str:
    """Return the report as people read it: every figure with what it is of."""
    if "conversations" not in report:
        return "\nThe day gave no report.\n" + "\n".join(f"  {one}" for one in report["problems"])
    lines = ["", f"The day: {report['conversations']} conversations in {_span(report['seconds'])}.", ""]
    lines += [f"  {name:34} {value}" for name, value in _figures(report)]
    lines += steered(report.get("steering"))
    wrong = [*report["problems"], *(f"log: {line}" for line in report.get("log_errors", ()))]
    lines += ["", "Nothing went wrong." if not wrong else "What went wrong:", *(f"  {one}" for one in wrong)]
    return "\n".join(lines)


def steered(steering: Report | None) -> list[str]:
    """Tell what the drift has led to, at which time of the day, in the words of the app."""
    if steering is None:
        return []
    lines = ["", "What the manager ordered in the morning, and what the app did by itself:", ""]
    lines += [f"  09:00  /cockpit {order}" for order in steering["orders"]]
    done = sorted([*steering["experiments_stopped"], *steering["fell_back"]], key=lambda one: str(one["at"]))
    return [*lines, *(f"  {one['at']}  {one['text']}" for one in done or [_NOTHING])]


_NOTHING = {"at": "17:00", "text": "Nothing was stopped and nothing fell back."}


def _figures(report: Report) -> list[tuple[str, str]]:
    clicks, calls, csat = report["clicks"], report["slack_calls"], report["csat"]
    alone, helped = report["answer_seconds_by_itself"], report["answer_minutes_by_agents"]
    quarters = " → ".join(_percent(part) for part in report["automated_resolution_by_quarter"])
    return [
        ("Automated resolution", _of(report["automated_resolution"])),
        ("  in each quarter of the day", quarters),
        ("Answered by itself", _of(report["answered_by_itself"])),
        ("  from an article that fits", _of(report["right_by_itself"])),
        ("Answered by agents", str(report["answered_by_agents"])),
        ("Time to answer by itself", _times(alone, "s")),
        ("Time to answer by agents", _times(helped, "min of the day")),
        ("  by the world's clock", _times(report["answer_seconds_by_agents"], "s")),
        (
            "Escalated",
            f"{report['escalations']['by_policy']} by policy, {report['escalations']['by_agents']} by agents",
        ),
        ("Satisfaction (scripted customers)", f"{csat['mean']} of 5, {_of(csat['satisfied'])} satisfied"),
        ("Agents' clicks per conversation", f"{clicks['per_conversation']}"),
        ("  where an agent answered", f"{clicks['per_conversation_with_an_agent']}"),
        ("Presses that came to nothing", _words(report["refused_presses"])),
        (
            "Slack calls per conversation",
            f"{calls['per_conversation']}, {calls['refused_by_limits']} refused by limits",
        ),
        ("  answered by itself", f"{calls['per_conversation_by_itself']}"),
        ("  answered by an agent", f"{calls['per_conversation_with_an_agent']}"),
        *[line for deed, one in report["by_deed"].items() for line in _deed(_DEEDS[deed], one)],
        ("Errors in the log", str(len(report.get("log_errors", ())))),
    ]


def _deed(name: str, one: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Say what an answer of this kind took."""
    title = f"{name} (n = {one['n']})"
    if not one["n"]:
        return [(title, "none")]
    way = one["seconds_to_the_customer"]
    arrived = f", there {way['p50']} s after the last (p90 {way['p90']} s)" if way["n"] else ""
    windows = f" and {one['windows']} for windows" if one["windows"] else ""
    calls = f"{one['slack_calls_to_answer']} Slack calls to the answer, {one['slack_calls']} in all"
    plain, kinds = one["no_more_than_an_answer"], one["slack_calls_by_kind"]
    return [
        (title, f"{one['clicks_to_answer']} clicks{arrived}; {calls}{windows}"),
        ("  one message, one answer, no rating", f"{plain['slack_calls']} in all (n = {plain['n']})"),
        ("  calls by kind", ", ".join(f"{number} {kind}" for kind, number in kinds.items())),
    ]


def _words(counted: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {word}" for word, number in counted.items()) or "0"


def _of(part: Mapping[str, Any]) -> str:
    return f"{_percent(part)} ({part['n']} of {part['of']})"


def _percent(part: Mapping[str, Any]) -> str:
    return "none" if part["share"] is None else f"{part['share']:.0%}"


def _times(spread: Mapping[str, Any], unit: str) -> str:
    return (
        "none"
        if not spread["n"]
        else f"p50 {spread['p50']} {unit}, p90 {spread['p90']} {unit} (n = {spread['n']})"
    )


def _span(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), _UNITS)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _positive(text: str) -> float:
    return _between(text, 1, 100_000)


def _share(text: str) -> float:
    return _between(text, 0, 1)


def _tickets(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 200:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1 to 200")
    return int(text)


def _between(text: str, least: float, most: float) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not least <= value <= most:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from {least:g} to {most:g}")
    return value
