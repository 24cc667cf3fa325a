"""Teamwork as the team sees it in Slack: escalations decided where they stand, and who is told what in a thread."""

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

LAWYER = "I will call my lawyer: how many days do I have to return it?"
UP = directory.ESCALATIONS


def outside_of(demo: Outside) -> Outside:
    """Return the same world, in which `up` is the Slack channel for escalations."""
    return Outside({**demo.contract, "channels": {**demo.contract["channels"], "up": UP}}, demo.session)


async def thread_says(demo: Outside, card: Any, words: str) -> str:
    """Wait until something beneath a card says so; return all that stands there."""

    async def found() -> str:
        where = {"channel": demo.contract["channels"]["email"], "ts": card["ts"]}
        thread = json.dumps((await demo.slack.conversations_replies(**where))["messages"], ensure_ascii=False)
        return thread if words in thread else ""

    return str(await until(found))


async def listed(demo: Outside, command: str, word: str, user: str) -> None:
    """Wait until a list has a word: whoever ordered that may be answered late on a busy machine."""

    async def found() -> bool:
        return word in await demo.command(command, user)

    await until(found)


async def test_a_draft_is_approved_where_it_was_escalated_to_and_sent_once(demo: Outside) -> None:
    both, agent = outside_of(demo), demo.contract["agent"]
    await demo.mail("Up there", LAWYER, sender="up@customer.example")
    post = await both.card("up", "Up there", "Approve & send")
    assert (await both.click("up", post, "approve", agent))["ok"]
    (mail,) = await demo.received("up@customer.example", "Up there")
    drafted = next(line for line in mail["text"].splitlines() if line.startswith("Thank you"))
    assert drafted in said(post)
    await demo.card("email", "Up there", f"Sent by* <@{agent}>")
    answered = await both.card("up", "Up there", f"Sent by* <@{agent}>")
    assert actions(answered) == []
    await both.click("up", post, "approve", demo.contract["manager"])  # Their Slack still showed the button.
    assert len(await demo.inbox("up@customer.example", "Up there")) == 1


async def test_who_watches_a_word_is_mentioned_beneath_the_card(demo: Outside) -> None:
    agent = demo.contract["agent"]
    await demo.command("watch add hologram", agent)
    await listed(demo, "watch", "hologram", agent)
    await demo.mail("Watched", "Is there a hologram of the tent?", sender="watched@customer.example")
    card = await demo.card("email", "Watched")
    await thread_says(demo, card, f"<@{agent}>: the customer wrote “hologram”")
    await demo.command("watch remove hologram", agent)


async def test_what_a_vip_asks_waits_for_a_person_and_says_so(demo: Outside) -> None:
    manager = demo.contract["manager"]
    await demo.command("vip add @vip.example", manager)
    await listed(demo, "vip", "@vip.example", manager)
    await demo.mail("From a VIP", "How do I wash my down jacket?", sender="ida@vip.example")
    card = await demo.card("email", "From a VIP", "Escalated")
    assert "VIP" in said(card).replace("From a VIP", "")
    await demo.command("vip remove @vip.example", manager)
    assert await demo.inbox("ida@vip.example", "From a VIP") == []
