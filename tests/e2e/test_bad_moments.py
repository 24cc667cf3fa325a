"""What people do at the wrong moment in Slack: one clear sentence, and nothing is sent or lost by accident."""

import json
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import directory
from tests.e2e.harness import Outside, actions, said
from tests.waiting import until

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.asyncio(loop_scope="package"),
    pytest.mark.xdist_group("demo"),
]

WASH = "How do I wash my down jacket?"
THEIRS = "Dear <!channel>, <https://evil.example|click here> & <@U0KIM000001>! "


async def asked(demo: Outside, subject: str, sender: str, text: str = WASH) -> Any:
    """Write as a customer; return the card that waits for a person."""
    await demo.command("mode email assist", demo.contract["manager"])
    await demo.mail(subject, text, sender=sender, message_id=f"<first-{sender}>")
    return await demo.card("email", subject, "Waiting for you")


async def whispers(demo: Outside, user: str, words: str) -> Any:
    """Wait until somebody alone is told something."""

    async def told() -> Any:
        return [one for one in await demo.whispered(user) if words in one["text"]]

    return await until(told)


async def test_of_two_who_approve_the_second_is_told_and_the_customer_has_one_answer(demo: Outside) -> None:
    agent, manager = demo.contract["agent"], demo.contract["manager"]
    card = await asked(demo, "Twice", "two@customer.example")
    await demo.click("email", card, "approve", agent)
    await demo.click("email", card, "approve", agent)  # A double click of one person is nobody's news.
    await demo.click("email", card, "approve", manager)
    await whispers(demo, manager, f"<@{agent}> was first")
    await demo.received("two@customer.example", "Twice")
    await demo.card("email", "Twice", "Sent by")
    assert len(await demo.inbox("two@customer.example", "Twice")) == 1


async def test_a_button_of_a_dead_card_sends_nothing(demo: Outside) -> None:
    agent = demo.contract["agent"]
    card = await asked(demo, "Dead card", "dead@customer.example")
    again = {"sender": "dead@customer.example", "In_Reply_To": "<first-dead@customer.example>"}
    await demo.mail("Re: Dead card", "Wait, I will call my lawyer!", **again)
    assert "approve" not in actions(await demo.card("email", "Dead card", "Escalated"))
    await demo.click("email", card, "approve", agent)  # Their Slack was slow, and still showed it.
    await whispers(demo, agent, "wrote again. Read the newest message first")
    assert await demo.inbox("dead@customer.example", "Dead card") == []


async def test_a_guest_is_told_that_nothing_was_done(demo: Outside) -> None:
    card = await asked(demo, "For members", "guest@customer.example")
    await demo.click("email", card, "approve", directory.GUEST)
    await whispers(demo, directory.GUEST, "guest")
    await demo.card("email", "For members", "Waiting for you")
    assert await demo.inbox("guest@customer.example", "For members") == []


async def test_a_card_whose_thread_was_deleted_comes_back_with_what_is_pressed_elsewhere(
    demo: Outside,
) -> None:
    agent, where = demo.contract["agent"], demo.contract["channels"]["email"]
    await demo.mail("Gone thread", "I will call my lawyer about this!", sender="gone@customer.example")
    card = await demo.card("email", "Gone thread", "Escalated")
    escalations = {"channels": {"up": directory.ESCALATIONS}}
    outside = Outside({**demo.contract, **escalations}, demo.session)
    post = await outside.card("up", "Gone thread")
    ours = AsyncWebClient(directory.BOT_TOKEN, base_url=demo.contract["slack_api"], session=demo.session)
    await ours.chat_delete(channel=where, ts=card["ts"])  # As an administrator can.
    assert (await demo.click(directory.ESCALATIONS, post, "take", agent))["ok"]

    async def anew() -> Any:
        return [one for one in await demo.cards("email", "Gone thread") if one["ts"] != card["ts"]]

    (again,) = await until(anew)
    assert f"<@{agent}>" in said(again)
    assert "reply" in actions(again)


async def test_a_very_long_message_with_live_marks_is_shown_dead_and_in_full(demo: Outside) -> None:
    text = f"{WASH}\n\n{THEIRS}\n{'All my other jackets, too. ' * 440}\nThe last word."
    assert len(text) > 12_000 - 200
    card = await asked(demo, "Long & live", "long@customer.example", text)
    assert "<!channel>" not in said(card)
    assert "Show all" in said(card)

    async def whole() -> Any:
        where = {"channel": demo.contract["channels"]["email"], "ts": card["ts"]}
        thread = (await demo.slack.conversations_replies(**where))["messages"]
        return thread if "The last word." in json.dumps(thread) else None

    thread = json.dumps(await until(whole), ensure_ascii=False)
    for alive in ("<!channel>", "<https://evil.example", "<@U0KIM000001>!"):
        assert alive not in thread
    assert "&lt;!channel&gt;" in thread
