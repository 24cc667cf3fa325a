"""`audit replay` of what really came out: the demo's 200 tickets through the embedded answerer and the policy."""

import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from bot.answering.answerer import EmbeddedAnswerer
from bot.answering.knowledge import load_articles
from bot.core.errors import Misconfigured
from bot.core.model import Actor, Channel, Mode
from bot.settings import Settings
from bot.settings.slack import SlackSettings
from bot.verbs.audit.replaying import Report, replay
from storage import migrate
from tests.services.conftest import World, made

COMPANY = Path(__file__).parents[2] / "sandbox" / "company"
KIM, BOSS = Actor("UKIM"), Actor("UBOSS", is_manager=True)


async def test_every_decision_about_the_demos_200_conversations_comes_out_the_same(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/desk.db"
    await migrate.upgrade(url)
    answerer = await EmbeddedAnswerer.build(load_articles(COMPANY / "articles"), brand="Northwind")
    actions: Counter[str] = Counter()
    async with made(url, answerer) as world:
        for ticket in map(json.loads, (COMPANY / "tickets.jsonl").read_text().splitlines()):
            case = await _happens(world, ticket)
            assert case.decision is not None
            actions[case.decision.action] += 1
        await world.controls.set_mode(Channel.EMAIL, Mode.AUTO, BOSS)
        await world.controls.set_threshold(Channel.EMAIL, 0.5, BOSS)
        await world.controls.set_rollout(Channel.EMAIL, 1.0, BOSS)
        before = await _replayed(url)
        await world.controls.set_threshold(Channel.EMAIL, 0.99, BOSS)
        after = await _replayed(url)
    assert sum(actions.values()) == 200
    assert len(actions) >= 3, actions
    assert before.counts["the same"] == after.counts["the same"] >= 200
    assert (before.odd, before.counts["different"], before.counts["not made again"]) == ([], 0, 0)
    sent = [line for line in set(after.today) - set(before.today) if ": send (" in line]
    assert sent
    assert all("today's rules and policy say review" in line for line in sent)


async def _happens(world: World, ticket: dict[str, Any]) -> Any:
    """Let a ticket come in, under rules that managers change now and then; one in 20 is taken and goes on."""
    chance = random.Random(ticket["id"])
    channel = Channel(ticket["channel"])
    if chance.random() < 0.1:
        await world.controls.set_mode(channel, chance.choice([Mode.AUTO, Mode.ASSIST, Mode.SHADOW]), BOSS)
    if chance.random() < 0.1:
        await world.controls.set_threshold(channel, chance.choice([0.5, 0.8, 0.95]), BOSS)
    given = {"channel": channel, "external_id": ticket["id"], "address": ticket["from"]}
    case = await world.arrive(ticket["text"], **given)
    if chance.random() < 0.05:
        await world.review.take(case.conversation.id, KIM)
        await world.arrive("And one more thing.", **given | {"external_id": f"{ticket['id']} again"})
    return case


async def _replayed(url: str) -> Report:
    return await replay(Settings(SlackSettings(""), database_url=url, default_mode=Mode.AUTO), "")


async def test_a_conversation_that_is_not_there_is_told(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/desk.db"
    await migrate.upgrade(url)
    with pytest.raises(Misconfigured, match="That is no conversation"):
        await replay(Settings(SlackSettings(""), database_url=url), "nothing")
