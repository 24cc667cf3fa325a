"""Salesforce through the whole app, against the sandbox's: the card, the window, an outage, what is written back."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from blocks import ids
from tests.bot.test_zendesk import ANSWERED, ASKED, Town
from tests.bot.world import environment, far_side, started
from tests.waiting import until

NIAMH = "niamh.oconnor@inbox.example"


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with far_side() as sandbox:
        # Salesforce alone, so that what is slow to try again is waited for once.
        env = {k: v for k, v in environment(sandbox, tmp_path).items() if not k.startswith("ZENDESK_")}
        async with started(env) as app:
            await app.ready()
            yield Town(app, sandbox, env)


async def write(town: Town, subject: str) -> None:
    mail = {"from": NIAMH, "name": "Niamh", "subject": subject, "text": ASKED}
    await town.post("/control/mail/send", **mail)


async def card(town: Town, *texts: str) -> Any:
    """Wait for the card that shows all of these, and return its message."""

    async def claim() -> Any:
        for message in (await town.get("/control/slack/state"))["messages"]:
            said = json.dumps(message["blocks"], ensure_ascii=False)
            if message.get("thread_ts") in (None, message["ts"]) and all(text in said for text in texts):
                return message
        return None

    return await until(claim)


async def choose(town: Town, message: Any, choice: str) -> None:
    (words,) = (block for block in message["blocks"] if block["block_id"] == "words")
    value = next(o["value"] for o in words["accessory"]["options"] if o["value"].startswith(choice))
    pressed = {"channel": message["channel"], "ts": message["ts"], "action_id": ids.CUSTOMER, "value": value}
    await town.post("/control/slack/click", **pressed, user=town.sandbox.contract()["agent"])


async def cases(town: Town) -> list[Any]:
    return (await town.get("/control/salesforce/cases"))["cases"]  # type: ignore[no-any-return]


async def test_a_customer_is_known_answered_shown_and_put_on_record(town: Town) -> None:
    await write(town, "Return")
    message = await card(town, "O'Connor Household", "Plan: Silver", "|Salesforce>", "60 days")

    async def on_record() -> Any:
        found = await cases(town)
        done = found and found[0]["tasks"] and found[0]["contact"] and found[0]["status"] != "New"
        return found[0] if done else None

    case = await until(on_record)
    assert (case["subject"], case["contact"], case["status"]) == ("Return", "Niamh O'Connor", "Working")
    assert [ANSWERED in comment for comment in case["comments"]] == [True]
    assert case["tasks"] == ["Answer: Return (Completed)"]

    await town.post("/control/salesforce/comment", case=case["id"], text="She called, too.")
    await town.shown("noted in Salesforce", "She called, too.")
    await town.post("/control/salesforce/status", case=case["id"], status="Closed")
    await town.shown("*Resolved* in Salesforce")

    asked = len([one for one in town.sandbox.salesforce.state.log if one["what"] == "login"])
    await choose(town, message, ids.DETAILS)

    async def opened() -> Any:
        views = (await town.get("/control/slack/state"))["views"]
        return next((view for view in views if "Timeline" in json.dumps(view["blocks"])), None)

    window = json.dumps(await until(opened), ensure_ascii=False)
    assert "• Plan: Silver" in window
    assert "Return (this one)" in window
    assert asked == 1


async def test_while_salesforce_is_down_answers_go_on_and_the_rest_catches_up(town: Town) -> None:
    await town.post("/control/weather", salesforce={"down": True})
    await write(town, "First")

    async def answered() -> bool:
        return any(ANSWERED in mail["text"] for mail in await town.get("/control/mail"))

    await until(answered)
    message = await card(town, "*Salesforce gave no answer*", "*Not in Salesforce yet:*")
    await town.post("/control/weather", salesforce={})
    await choose(town, message, ids.REFRESH)
    await card(town, "Plan: Silver", "|Salesforce>")

    async def caught_up() -> Any:
        found = await cases(town)
        return found if found and found[0]["comments"] else None

    (case,) = await until(caught_up)
    assert (case["subject"], len(case["comments"]), len(case["tasks"])) == ("First", 1, 1)
