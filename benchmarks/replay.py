"""Every decision of a played working day, made again from the audit log.

`python -m benchmarks.replay [--speed 600] [--tickets 200] [--seed 1]` plays `threadpilot demo --day`, the whole app
with five agents and a manager. Then it does what `threadpilot audit replay` does: with the rules of the day, and with
all channels on `assist`, where each answer that went out by itself has to be named.
"""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from benchmarks.day import options_of, play
from benchmarks.machine import machine
from bot.core.model import Mode
from bot.settings import Settings
from bot.settings.slack import SlackSettings
from bot.verbs.audit.replaying import Report, replay


async def played(options: argparse.Namespace, folder: Path) -> int:
    """Play the day, and print what comes of replaying it; return how many decisions came out otherwise."""
    code = await play(options, folder / "report.json", f"--state={folder}")
    print(machine())
    print(f"The day ended with {code}.")
    url = f"sqlite+aiosqlite:///{folder}/threadpilot.db"
    same, stricter = [await _again(url, mode) for mode in (Mode.AUTO, Mode.ASSIST)]
    print(same)
    named = [line for line in stricter.today if ": send (" in line]
    print(f"With all channels on assist, {len(named)} that were sent are named as different today, such as")
    print("\n".join(named[:3]))
    return len(same.odd)


async def _again(url: str, mode: Mode) -> Report:
    return await replay(Settings(SlackSettings(""), database_url=url, default_mode=mode), "")


def main() -> None:
    options = options_of(__doc__, 600)
    with tempfile.TemporaryDirectory() as folder:
        sys.exit(1 if asyncio.run(played(options, Path(folder))) else 0)


if __name__ == "__main__":
    main()
