"""Decisions made again from what is on record: the 200 demo tickets, under rules and circumstances of all kinds."""

import json
import random
from dataclasses import replace
from pathlib import Path

import pytest

from bot.core.errors import InvalidInput
from bot.core.model import Channel, Flag, Mode
from bot.core.policy import default_rules
from bot.core.replay import Replayed
from bot.core.teamwork.rules import VIPS
from bot.services.trail import Trail
from tests.services.conftest import BOSS, KIM, World

TICKETS = Path(__file__).parent.parent.parent / "sandbox" / "company" / "tickets.jsonl"


@pytest.fixture
def trail(world: World) -> Trail:
    return Trail(world.database, default_rules(Mode.AUTO))


async def test_every_decision_about_200_demo_conversations_comes_out_the_same(
    world: World, trail: Trail
) -> None:
    tickets = [json.loads(line) for line in TICKETS.read_text().splitlines()]
    chance, ids = random.Random(9), []
    usual = world.answerer.proposal
    for number, ticket in enumerate(tickets):
        channel = Channel(ticket["channel"])
        await _change_rules(world, channel, chance)
        flags = (Flag("links", "A link of nobody's", hard=chance.random() < 0.5),)
        world.answerer.proposal = replace(
            usual,
            confidence=round(chance.random(), 3),
            text="" if chance.random() < 0.05 else usual.text,
            flags=flags if chance.random() < 0.1 else (),
        )
        given = {"channel": channel, "external_id": f"ticket-{number}", "address": ticket["from"]}
        if chance.random() < 0.1:
            given["metadata"] = {"wants_human": True}
        case = await world.arrive(ticket["text"], **given)
        ids.append(case.conversation.id)
        if chance.random() < 0.05:
            await world.review.take(case.conversation.id, KIM)
            await world.arrive("And one more thing.", **given | {"external_id": f"more-{number}"})
    again = [one for each in ids for one in await trail.replay(each)]
    assert len(again) >= 200
    assert len({one.recorded.action for one in again}) >= 3
    assert [one for one in again if one.trouble or not one.same] == []


async def test_who_was_a_vip_then_is_on_record_without_the_list(world: World, trail: Trail) -> None:
    await world.controls.set_values({VIPS: ["ada@customer.example", "@acme.example"]}, BOSS)
    case = await world.arrive(address="ada@customer.example")
    assert case.decision is not None
    assert "vip" in [reason.code for reason in case.decision.reasons]
    await world.controls.set_values({VIPS: None}, BOSS)
    (again,) = await trail.replay(case.conversation.id)
    assert (again.same, again.trouble) == (True, "")
    assert again.today is not None
    assert "acme" not in str(again.recorded.inputs)


async def _change_rules(world: World, channel: Channel, chance: random.Random) -> None:
    if chance.random() < 0.1:
        await world.controls.set_mode(channel, chance.choice(list(Mode)), BOSS)
    if chance.random() < 0.1:
        await world.controls.set_threshold(channel, chance.choice([0.5, 0.8, 0.95]), BOSS)
    if chance.random() < 0.1:
        await world.controls.set("paused", channel, chance.random() < 0.5, BOSS)
    if chance.random() < 0.1:
        await world.controls.set_rollout(channel, chance.choice([0.1, 0.5, 1.0]), BOSS)


async def _one(world: World, trail: Trail) -> tuple[str, Replayed]:
    case = await world.arrive()
    (again,) = await trail.replay(case.conversation.id)
    return case.conversation.id, again


async def test_it_says_where_todays_rules_would_decide_otherwise(world: World, trail: Trail) -> None:
    conversation, again = await _one(world, trail)
    assert again.same
    assert again.recorded.action == "send"
    assert again.today is None
    await world.controls.set_mode(Channel.EMAIL, Mode.ASSIST, BOSS)
    (again,) = await trail.replay(conversation)
    assert again.same
    assert again.today == ("review", ("assist",))


async def test_messages_that_were_changed_are_noticed(world: World, trail: Trail) -> None:
    conversation, _ = await _one(world, trail)
    async with world.database.transaction() as tx:
        await tx.connection.exec_driver_sql("UPDATE messages SET content = 'other words' WHERE seq = 1")
    (again,) = await trail.replay(conversation)
    assert again.trouble == "its messages are not any more what they were"
    async with world.database.transaction() as tx:
        await tx.connection.exec_driver_sql("UPDATE messages SET metadata = '[]'")
    (again,) = await trail.replay(conversation)
    assert again.trouble


async def test_a_record_that_was_changed_does_not_come_out_the_same(world: World, trail: Trail) -> None:
    conversation, _ = await _one(world, trail)
    async with world.database.transaction() as tx:
        await tx.connection.exec_driver_sql("UPDATE audit SET action = 'decide.review' WHERE seq = 1")
    (again,) = await trail.replay(conversation)
    assert not again.same
    assert again.again is not None
    assert again.again[0] == "send"


async def test_what_an_older_version_recorded_cannot_be_made_again(world: World, trail: Trail) -> None:
    conversation, _ = await _one(world, trail)
    for changed, trouble in (
        ("json_remove(payload, '$.inputs.rules.mode')", "its record cannot be read (KeyError)"),
        ("json_remove(payload, '$.inputs')", "an older version decided, and what it read is not on record"),
        ("json_set(payload, '$.draft', 'gone')", "its draft is not there any more"),
    ):
        async with world.database.transaction() as tx:
            await tx.connection.exec_driver_sql(f"UPDATE audit SET payload = {changed} WHERE seq = 1")  # noqa: S608
        (again,) = await trail.replay(conversation)
        assert again.trouble == trouble


async def test_a_conversation_is_named_by_its_id_or_its_card(world: World, trail: Trail) -> None:
    conversation, _ = await _one(world, trail)
    rows = await trail.rows(conversation)
    assert [row.action for row in rows] == ["decide.send", "send"]
    async with world.database.transaction() as tx:
        await tx.connection.exec_driver_sql(
            "INSERT INTO desk_posts VALUES (?, 'root', 'C0MAIL', '1763888400.000100', '')", (conversation,)
        )
    link = "https://x.slack.com/archives/C0MAIL/p1763888400000100"
    for typed in (link, f"<{link}>", f"<{link}?thread_ts=1.1|the card>"):
        assert await trail.rows(typed) == rows
    for typed in ("nothing", "0" * 32, "https://x.slack.com/archives/C0MAIL/p0000000000000000", f"{link}'--"):
        with pytest.raises(InvalidInput, match="paste the link of its card"):
            await trail.rows(typed)
