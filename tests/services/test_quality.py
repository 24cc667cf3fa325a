"""Promises about wrong answers: from verdicts to thresholds, and back to people when a promise breaks."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.core.assessing import Assessed
from bot.core.certificates import Certified, NotYet, Refused
from bot.core.errors import InvalidInput, NotAllowed
from bot.core.model import Channel, Mode
from bot.core.recalibration import Recalibration
from bot.services.insights import FactKeeper
from bot.services.quality import NOTHING_GOES_OUT
from tests.builders import AT, draft
from tests.services.conftest import BOSS, KIM, World


async def history(
    world: World, cases: list[tuple[float, bool]], *, sent: bool = False, start: int = 0, at: datetime = AT
) -> None:
    """Put judged drafts on record, the newest last."""
    case = await world.arrive(address=f"history{start}@customer.example")
    async with world.database.transaction() as tx:
        for number, (confidence, right) in enumerate(cases, start=start):
            kept = draft(conversation_id=case.conversation.id, turn=100 + number)
            await tx.drafts.add(kept)
            row = Assessed(kept.id, Channel.EMAIL, confidence, sent, True, 0.1 if sent else 1.0, at)
            await tx.assessments.add(row)
            judged_at = at + timedelta(seconds=number)
            verdict = ("good" if right else "wrong") if sent else ("approved" if right else "own_words")
            await tx.assessments.judge(kept.id, right=right, verdict=verdict, at=judged_at)


def honest(n: int, wrong_below: float = 0.8) -> list[tuple[float, bool]]:
    """Return cases that are always right above a confidence, and right half the time below."""
    sure = [0.99 - 0.29 * i / n for i in range(n)]
    return [(c, c >= wrong_below or i % 2 == 0) for i, c in enumerate(sure)]


async def judged(world: World) -> list[Assessed]:
    async with world.database.snapshot() as tx:
        return list(await tx.assessments.judged(Channel.EMAIL, 100))


async def test_without_verdicts_nothing_is_promised_and_nothing_goes_out(world: World) -> None:
    (risk,) = await world.quality.set_risk(Channel.EMAIL, 0.03, BOSS)
    assert risk.finding == NotYet(76, 0)
    rules = (await world.controls.rules())[Channel.EMAIL]
    assert (rules.risk, rules.auto_above) == (0.03, NOTHING_GOES_OUT)


async def test_verdicts_certify_the_lowest_threshold(world: World) -> None:
    await history(world, honest(300))
    (risk,) = await world.quality.set_risk(Channel.EMAIL, 0.03, BOSS)
    assert isinstance(risk.finding, Certified)
    assert 0.78 < risk.finding.threshold < 0.85
    assert (await world.controls.rules())[Channel.EMAIL].auto_above == risk.finding.threshold
    assert [(c.key, c.new) for c in risk.changes] == [("auto_above", risk.finding.threshold)]


async def test_a_bad_record_cannot_be_certified(world: World) -> None:
    await history(world, [(0.95, i % 4 != 0) for i in range(100)])
    (risk,) = await world.quality.set_risk(Channel.EMAIL, 0.03, BOSS)
    assert isinstance(risk.finding, Refused)


async def test_a_promise_is_remembered_and_looked_at_again(world: World) -> None:
    await world.quality.set_risk(Channel.EMAIL, 0.03, BOSS)
    await history(world, honest(300))
    await world.quality.look()
    rules = (await world.controls.rules())[Channel.EMAIL]
    assert 0.78 < rules.auto_above < 0.85
    found = {risk.channel: risk.wanted for risk in await world.quality.risks()}
    assert (found[Channel.EMAIL], found[Channel.CHAT]) == (0.03, None)


async def test_to_take_a_promise_back_takes_back_the_threshold_that_it_brought(world: World) -> None:
    before = await world.controls.rules()
    await world.quality.set_risk(Channel.EMAIL, 0.03, BOSS)
    await world.controls.revert(None, BOSS)
    assert await world.controls.rules() == before
    await world.quality.look()
    assert await world.controls.rules() == before


async def test_nothing_is_done_twice(world: World) -> None:
    await history(world, honest(300))
    await world.quality.set_risk(Channel.EMAIL, 0.03, BOSS)
    await world.quality.look()  # Learns from the verdicts, and certifies with that.
    before = len(await world.audit())
    await world.quality.look()
    assert len(await world.audit()) == before


async def test_a_threshold_by_hand_takes_the_promise_back(world: World) -> None:
    await world.quality.set_risk(Channel.EMAIL, 0.03, BOSS)
    changes = await world.controls.set_threshold(Channel.EMAIL, 0.9, BOSS)
    assert [(c.key, c.new) for c in changes] == [("auto_above", 0.9), ("risk", None)]
    assert (await world.controls.rules())[Channel.EMAIL].risk is None


async def test_broken_promise_hands_the_channel_to_people_once(world: World) -> None:
    await history(world, honest(300))
    await world.quality.set_risk(Channel.EMAIL, 0.03, BOSS)
    await history(world, [(0.97, i % 5 != 0) for i in range(60)], sent=True, start=1_000)
    await world.quality.look()
    assert len(await world.alarms()) == 1
    await world.quality.look()
    assert (await world.controls.rules())[Channel.EMAIL].mode is Mode.ASSIST
    assert len(await world.alarms()) == 1
    assert (
        "12 of the 60 newest checked automatic answers were wrong; at most 3 % may be" in world.board.said[0]
    )


async def test_customers_who_come_back_do_not_count_as_answers_that_people_found_wrong(world: World) -> None:
    """The bounds on reopened conversations and on ratings are theirs."""
    await world.controls.set_mode(Channel.EMAIL, Mode.AUTO, BOSS)
    world.clock.move(hours=1)
    await history(world, [(0.95, True)] * 20, sent=True, at=world.clock())
    checked = [row.draft_id for row in await judged(world)]
    async with world.database.transaction() as tx:
        for draft_id in checked:
            assert await tx.assessments.doubt(draft_id, verdict="reopened", at=AT)
    await world.quality.look()
    assert (await world.controls.rules())[Channel.EMAIL].mode is Mode.AUTO
    async with world.database.transaction() as tx:
        for draft_id in checked:
            await tx.assessments.judge(draft_id, right=False, verdict="wrong", at=AT)
    await world.quality.look()
    assert (await world.controls.rules())[Channel.EMAIL].mode is Mode.ASSIST


async def test_one_wrong_answer_breaks_no_promise(world: World) -> None:
    await history(world, honest(300))
    await world.quality.set_risk(Channel.EMAIL, 0.03, BOSS)
    await history(world, [(0.97, i != 3) for i in range(60)], sent=True, start=1_000)
    await world.quality.look()
    assert (await world.controls.rules())[Channel.EMAIL].mode is Mode.AUTO
    assert await world.alarms() == []


async def test_only_managers_promise_and_only_what_can_be(world: World) -> None:
    with pytest.raises(NotAllowed):
        await world.quality.set_risk(None, 0.03, KIM)
    for impossible in (0.0, 0.5, float("nan")):
        with pytest.raises(InvalidInput):
            await world.quality.set_risk(None, impossible, BOSS)
    assert await world.audit() == []


async def test_history_is_replayed(world: World) -> None:
    await history(world, honest(200))
    replay = await world.quality.whatif(Channel.EMAIL, 0.8457)
    assert (replay.decided, replay.n, replay.wrong) == (201, 100, 0)
    assert replay.sent == pytest.approx(0.5, abs=0.01)
    assert replay.low == 0
    assert 0.02 < replay.high < 0.04
    empty = await world.quality.whatif(Channel.CHAT, 0.9)
    assert (empty.decided, empty.n, empty.sent) == (0, 0, 0.0)


async def test_what_was_too_unsure_is_replayed_and_what_people_get_anyway_is_told_apart(world: World) -> None:
    for number, confidence in enumerate((0.95, 0.4, 0.34, 0.01)):
        world.answerer.proposal = replace(world.answerer.proposal, confidence=confidence)
        await world.arrive(address=f"unsure{number}@customer.example")
    await world.arrive("My lawyer will sue you for the shoes.", address="angry@customer.example")
    await FactKeeper(world.database, world.clock).refresh()
    lower, high = [await world.quality.whatif(Channel.EMAIL, one) for one in (0.3, 0.9)]
    assert (lower.decided, lower.sent, lower.held) == (4, 0.75, 1)
    assert (high.decided, high.sent, high.held) == (4, 0.25, 1)
    chat = await world.quality.whatif(Channel.CHAT, 0.3)
    assert (chat.decided, chat.held) == (0, 0)


async def test_what_agents_do_becomes_a_verdict(world: World) -> None:
    async def verdict_of(act) -> tuple[str, bool | None]:
        case = await world.waiting()
        assert case.current_draft is not None
        await act(case, case.current_draft)
        newest = {row.draft_id: row for row in await judged(world)}[case.current_draft.id]
        return newest.verdict, newest.right

    text = "You can return all unused items within 60 days of the day of your order [1]."
    world.answerer.proposal = replace(world.answerer.proposal, text=text)

    async def send(case, kept, words, draft_id):
        await world.review.send_own(
            case.conversation.id, case.conversation.turn, words, KIM, draft_id, key=case.conversation.id
        )

    acts = [
        lambda case, kept: world.review.approve(kept.id, KIM),
        lambda case, kept: send(case, kept, text.replace("all", "your"), kept.id),
        lambda case, kept: send(case, kept, text.replace("60", "30"), kept.id),
        lambda case, kept: send(case, kept, "Please call us.", None),
        lambda case, kept: world.escalation.escalate(case.conversation.id, "Angry", KIM),
    ]
    said = []
    for number, act in enumerate(acts):
        world.arrived += 100 * number
        said.append(await verdict_of(act))
    assert said == [
        ("approved", True),
        ("small_edit", True),
        ("large_edit", False),
        ("own_words", False),
        ("escalated", False),
    ]


async def test_a_word_on_an_automatic_answer_is_kept_and_the_newest_counts(world: World) -> None:
    case = await world.arrive()
    assert case.current_draft is not None
    await world.review.judge(case.current_draft.id, False, KIM)
    await world.review.judge(case.current_draft.id, True, KIM)
    (row,) = await judged(world)
    assert (row.sent, row.verdict, row.right, row.propensity) == (True, "good", True, 0.1)


async def test_what_an_agent_adds_to_their_own_answer_is_no_verdict(world: World) -> None:
    case = await world.waiting()
    assert case.current_draft is not None
    await world.review.approve(case.current_draft.id, KIM)
    await world.go_on(case.conversation.id)
    await world.escalation.escalate(case.conversation.id, "For the record", KIM)
    assert [(row.verdict, row.right) for row in await judged(world)] == [("approved", True)]


async def test_every_decision_says_with_what_chance_people_look(world: World) -> None:
    await world.arrive()
    await world.controls.set_mode(Channel.EMAIL, Mode.ASSIST, BOSS)
    await world.arrive(address="other@customer.example")
    rows = [row.payload["propensity"] for row in await world.audit() if row.action.startswith("decide")]
    assert rows == [0.1, 1.0]


async def test_verdicts_teach_the_confidence_and_later_drafts_heed_it(world: World) -> None:
    world.answerer.proposal = replace(world.answerer.proposal, confidence=0.95)
    await history(world, [(0.95, i % 7 != 0) for i in range(300)])
    await world.quality.look()
    case = await world.arrive(address="later@customer.example")
    assert case.current_draft is not None
    assert 0.82 < case.current_draft.proposal.confidence < 0.90
    (kept,) = [row for row in await world.audit() if row.subject == "recalibration"]
    assert (kept.actor, kept.payload["new"]["n"]) == ("threadpilot", 300)
    async with world.database.snapshot() as tx:
        assert (await tx.assessments.confidences(Channel.EMAIL, 1))[0] == 0.95


async def test_verdicts_that_agree_with_the_confidence_change_nothing(world: World) -> None:
    await history(world, [(0.857, i % 7 != 0) for i in range(300)])
    await world.quality.look()
    assert [row for row in await world.audit() if row.subject == "recalibration"] == []


async def test_a_promise_heeds_what_was_learned(world: World) -> None:
    await history(world, honest(300))
    await world.quality.set_risk(Channel.EMAIL, 0.03, BOSS)
    before = (await world.controls.rules())[Channel.EMAIL].auto_above
    await world.controls.set_recalibration(Recalibration(-1.0, 1.0, 300), BOSS)
    (risk,) = [risk for risk in await world.quality.risks() if risk.wanted]
    assert isinstance(risk.finding, Certified)
    assert risk.finding.threshold < before
    assert (await world.quality.whatif(Channel.EMAIL, before)).n < risk.finding.n
