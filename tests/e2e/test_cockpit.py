"""The cockpit from an agent's chair, over Slack's own protocols: calls counted, nothing typed lost."""

import json
from typing import Any

import pytest

from sandbox.slack import directory
from tests.e2e.harness import Outside, actions, said
from tests.waiting import until

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.asyncio(loop_scope="package"),
    pytest.mark.xdist_group("demo"),
]


async def calls_about(demo: Outside, card: Any) -> list[str]:
    """Return the calls of the Web API that were made for one conversation's card, by method."""
    entries = await demo.get("/control/slack/log")
    return [e["method"] for e in entries if e.get("method") and card["ts"] in json.dumps(e)]


async def view_of(demo: Outside, user: str, showing: str) -> Any:
    """Wait until a window in front of somebody shows a text."""

    async def found() -> Any:
        views = (await demo.get("/control/slack/state"))["views"]
        return [v for v in views if v["user"] == user and showing in json.dumps(v, ensure_ascii=False)]

    return (await until(found))[0]


async def test_one_click_answers_leads_on_and_takes_three_calls_at_most(demo: Outside) -> None:
    await demo.command("mode email assist", demo.contract["manager"])
    await demo.mail("Two calls", "How do I wash my down jacket?", sender="dee@customer.example")
    await demo.mail("Next one", "How do I wash my down jacket?", sender="dot@customer.example")
    await demo.card("email", "Next one", "Waiting for you")
    card = await demo.card("email", "Two calls", "Waiting for you")
    assert (await demo.click("email", card, "approve", demo.contract["agent"]))["ok"]
    await demo.received("dee@customer.example", "Two calls")
    answered = await demo.card("email", "Two calls", "Sent by")
    (way_on,) = [e for b in answered["blocks"] if b["block_id"] == "next" for e in b["elements"]]
    assert way_on["url"].startswith("https://")
    calls = await calls_about(demo, card)
    assert "chat.update" in calls
    assert len(calls) <= 3


async def test_what_is_typed_outlives_the_window_and_hears_what_happens(demo: Outside) -> None:
    agent, manager = demo.contract["agent"], demo.contract["manager"]
    await demo.command("mode email assist", manager)
    await demo.mail("Long letter", "How do I wash my down jacket?", sender="lou@customer.example")
    card = await demo.card("email", "Long letter", "Waiting for you")
    await demo.click("email", card, "edit", agent)
    view = await view_of(demo, agent, "Edit the answer")
    (box,) = [block["block_id"] for block in view["blocks"] if block["type"] == "input"]
    typed = {box: {"answer": "Half a lett"}}
    pressed = {"view_id": view["id"], "user": agent, "action_id": "answer", "value": "Half a lett"}
    assert (await demo.post("/control/slack/click", **pressed, values=typed))["ok"]
    await demo.post("/control/slack/close", view_id=view["id"], user=agent)

    await demo.click("email", card, "edit", agent)
    again = await view_of(demo, agent, "unsent text")
    assert "Half a lett" in said(again)
    await demo.click("email", card, "edit", manager)
    await view_of(demo, manager, f"<@{agent}> is writing an answer too")

    assert (await demo.click("email", card, "approve", manager))["ok"]
    told = await view_of(demo, agent, "answered meanwhile")
    assert told["id"] == again["id"]
    assert "Half a lett" in json.dumps(told)
    assert len(await demo.received("lou@customer.example", "Long letter")) == 1


async def test_an_escalation_is_approved_from_the_slack_channel_for_escalations(demo: Outside) -> None:
    agent, manager = demo.contract["agent"], demo.contract["manager"]
    text = "I will call my lawyer: how many days do I have to return my shoes?"
    await demo.mail("Law and shoes", text, sender="law@customer.example")
    await demo.card("email", "Law and shoes", "Escalated")
    up = Outside({**demo.contract, "channels": {"up": directory.ESCALATIONS}}, demo.session)
    post = await up.card("up", "Law and shoes")
    assert actions(post) == ["take", "approve", "reply", "hand_back"]
    await demo.click(directory.ESCALATIONS, post, "take", agent)
    await up.card("up", "Law and shoes", "take_over")
    await demo.click(directory.ESCALATIONS, post, "approve", manager)
    asked = await view_of(demo, manager, f"<@{agent}> has this conversation")
    assert (await demo.post("/control/slack/submit", view_id=asked["id"], user=manager))["ok"]
    (mail,) = await demo.received("law@customer.example", "Law and shoes")
    assert "60 days" in mail["text"]
    ended = await up.card("up", "Law and shoes", f"<@{manager}>")
    assert actions(ended) == []
    assert f"<@{manager}>" in said(await demo.card("email", "Law and shoes", "Sent by"))


async def test_more_leads_to_the_rest_and_spam_is_not_answered(demo: Outside) -> None:
    agent = demo.contract["agent"]
    await demo.command("mode email auto yes", demo.contract["manager"])
    await demo.mail("Cheap pills", "Buy now, my lawyer agrees.", sender="spam@customer.example")
    card = await demo.card("email", "Cheap pills", "Escalated")
    (menu,) = [e for b in card["blocks"] if b["type"] == "actions" for e in b["elements"] if "options" in e]
    channel = demo.contract["channels"]["email"]
    chosen = {"channel": channel, "ts": card["ts"], "user": agent, "value": menu["options"][-1]["value"]}
    await demo.post("/control/slack/click", action_id="more", **chosen)
    view = await view_of(demo, agent, "Block sender")
    block = {"view_id": view["id"], "user": agent, "action_id": "block"}
    assert (await demo.post("/control/slack/click", **block))["ok"]
    await view_of(demo, agent, "the sender is blocked")
    assert actions(await demo.card("email", "Cheap pills", "*Spam*"))[0] == "unblock"
    await demo.mail("Reset", "How do I reset my password?", sender="spam@customer.example")
    await demo.card("email", "Reset", "*Blocked sender*")
    assert await demo.inbox("spam@customer.example") == []
