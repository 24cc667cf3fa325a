"""Agents' clicks and Slack calls per conversation, and who answers how fast, over a played working day.

Slack calls are what the app calls about a conversation: posts, changes, files, reads. To the answer they count from
the card to the card that shows the answer; in all, to its closing and rating. Windows are counted apart. *One message
and one answer* is of approved ones up to their closing, where the customer did nothing more.

`python -m benchmarks.day [--speed 60] [--tickets 200] [--seed 1] [--drift 0]` runs `threadpilot demo --day` as a
process of its own. Slack's limits are those of the world's clock, so a day that runs much faster than 60 times waits
for Slack.
"""

import argparse
import asyncio
import json
import tempfile
from pathlib import Path

from benchmarks.machine import machine
from tests.e2e.harness import demo_arguments, end, start

_AIMS = {
    "clicks to approve": 1,
    "Slack calls, by itself": 1.5,
    "Slack calls, approved": 3,
    "Slack calls, edited": 3,
    "one message and one answer": 3,
}


async def play(options: argparse.Namespace, file: Path, *more: str) -> int:
    """Play the day, with `more` options of the demo; return its exit code."""
    day = [f"--{name}={getattr(options, name)}" for name in ("speed", "tickets", "seed", "drift")]
    process = await start(*demo_arguments(), "--day", *day, f"--report={file}", *more)
    assert process.stdout is not None
    await process.stdout.read()
    return await end(process)


def show(report: dict[str, object]) -> None:
    """Print the figures that have an aim, then all of them."""
    deeds, calls = report["by_deed"], report["slack_calls"]
    assert isinstance(deeds, dict)
    assert isinstance(calls, dict)
    figures = {
        "clicks to approve": deeds["approve"]["clicks_to_answer"],
        "Slack calls, by itself": calls["per_conversation_by_itself"],
        "Slack calls, approved": deeds["approve"]["slack_calls_to_answer"],
        "Slack calls, edited": deeds["edit"]["slack_calls_to_answer"],
        "one message and one answer": deeds["approve"]["no_more_than_an_answer"]["slack_calls"],
    }
    for name, value in figures.items():
        print(f"{name:28} {value}  (aim: at most {_AIMS[name]})")
    print(json.dumps(report, indent=2))


def options_of(what: str | None, speed: float) -> argparse.Namespace:
    """Read the options of a day."""
    parser = argparse.ArgumentParser(description=what)
    parser.add_argument("--speed", type=float, default=speed)
    parser.add_argument("--tickets", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--drift", type=float, default=0)
    return parser.parse_args()


def main() -> None:
    options = options_of(__doc__, 60)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "report.json"
        code = asyncio.run(play(options, file))
        print(machine())
        show(json.loads(file.read_text()))
    raise SystemExit(code)


if __name__ == "__main__":
    main()
