"""`/cockpit` draws with Slack's own charts: the app against a Slack that refuses what Slack refuses."""

from pathlib import Path
from typing import Any

import pytest

from sandbox.server import Sandbox
from tests.bot.test_app import write
from tests.bot.world import Outside, environment, started
from tests.waiting import until


@pytest.mark.parametrize(
    ("typed", "begins"), [("stats", "*The last 7 days*"), ("digest weekly", "The week in support")]
)
async def test_charts_are_as_slack_takes_them(
    sandbox: Sandbox, tmp_path: Path, typed: str, begins: str
) -> None:
    env, contract = environment(sandbox, tmp_path), sandbox.contract()
    command = {"channel": contract["channels"]["email"], "user": contract["agent"], "command": "/cockpit"}
    async with started(env) as app:
        outside = Outside(app, sandbox, env)
        await write(env, "Returning shoes")

        async def drawn() -> dict[str, Any] | None:
            """Ask again until the conversation is counted, which takes some seconds."""
            await outside.post("/control/slack/command", **command, text=typed)
            state = await outside.get("/control/slack/state")
            told = [one for one in state["ephemeral"] if one["text"].startswith(begins)]
            charts = (b for one in told for b in one["blocks"] if b["type"] == "data_visualization")
            return next((block["chart"] for block in charts), None)

        chart = await until(drawn)
        assert [one["name"] for one in chart["series"]] == ["email"]
        assert sum(point["value"] for point in chart["series"][0]["data"]) == 1
