"""What customers do after an answer becomes a verdict on it, whoever had approved it."""

from dataclasses import replace

import pytest

from bot.core.model import Case, Channel
from bot.services.ratings import record_rating
from tests.services.conftest import KIM, World


async def closed(world: World) -> Case:
    """Return a conversation whose draft was approved, sent, and closed."""
    case = await world.waiting()
    assert case.current_draft is not None
    await world.review.approve(case.current_draft.id, KIM)
    case = await world.go_on(case.conversation.id)
    await world.review.resolve(case.conversation.id, case.conversation.turn, KIM)
    return case


async def verdicts(world: World) -> list[tuple[str, bool | None]]:
    async with world.database.snapshot() as tx:
        return [(row.verdict, row.right) for row in await tx.assessments.judged(Channel.EMAIL, 100)]


async def lessons(world: World) -> int:
    async with world.database.snapshot() as tx:
        return len(await tx.assessments.lessons(100))


@pytest.mark.parametrize(
    ("hours", "text", "verdict"),
    [
        (71, "It still does not work.", ("reopened", False)),
        (73, "It still does not work.", ("approved", True)),
        (1, "Thank you!", ("approved", True)),
    ],
)
async def test_an_answer_after_which_a_closed_matter_opens_again_was_not_right(
    world: World, hours: int, text: str, verdict: tuple[str, bool]
) -> None:
    case = await closed(world)
    assert await verdicts(world) == [("approved", True)]
    world.clock.move(hours=hours)
    await world.receive(text, conversation_hint=case.conversation.id)
    assert await verdicts(world) == [verdict]
    assert await lessons(world) == (1 if verdict[1] else 0)  # Nor does it teach the search any more.


@pytest.mark.parametrize("touched", ["rated", "machine"])
async def test_what_comes_in_between_does_not_put_off_the_end(world: World, touched: str) -> None:
    case = await closed(world)
    talk = case.conversation.id
    world.clock.move(hours=60)
    if touched == "rated":
        async with world.database.transaction() as tx:
            now_closed = await tx.conversations.get(talk)
            assert now_closed is not None
            await record_rating(tx, now_closed, 5, "", world.clock())
    else:
        await world.receive("I am away.", conversation_hint=talk, automatic="out-of-office reply")
    world.clock.move(hours=60)
    await world.receive("Do you have hats, too?", conversation_hint=talk)
    assert await verdicts(world) == [("approved", True)]


async def test_closed_again_it_counts_from_the_second_time(world: World) -> None:
    case = await closed(world)
    talk = case.conversation.id
    world.clock.move(hours=96)
    await world.receive("Do you have hats, too?", conversation_hint=talk)
    case = await world.go_on(talk)
    assert case.conversation.closed_at is None
    assert case.current_draft is not None
    await world.review.approve(case.current_draft.id, KIM)
    case = await world.go_on(talk)
    await world.review.resolve(talk, case.conversation.turn, KIM)
    world.clock.move(hours=71)
    await world.receive("They are too small.", conversation_hint=talk)
    assert sorted(await verdicts(world)) == [("approved", True), ("reopened", False)]


async def test_a_machine_opens_nothing_again(world: World) -> None:
    case = await closed(world)
    await world.receive("I am away.", conversation_hint=case.conversation.id, automatic="out-of-office reply")
    assert await verdicts(world) == [("approved", True)]


async def test_another_question_before_the_end_is_no_verdict(world: World) -> None:
    case = await world.waiting()
    assert case.current_draft is not None
    await world.review.approve(case.current_draft.id, KIM)
    await world.go_on(case.conversation.id)
    await world.receive("And what about hats?", conversation_hint=case.conversation.id)
    assert await verdicts(world) == [("approved", True)]


@pytest.mark.parametrize(
    ("score", "verdict"), [(1, ("rated_poor", False)), (2, ("rated_poor", False)), (3, ("approved", True))]
)
async def test_a_poor_rating_says_that_the_answer_was_not_right(
    world: World, score: int, verdict: tuple[str, bool]
) -> None:
    case = await closed(world)
    async with world.database.transaction() as tx:
        await record_rating(tx, case.conversation, score, "", world.clock())
    assert await verdicts(world) == [verdict]


async def test_what_somebody_found_wrong_keeps_their_word(world: World) -> None:
    case = await closed(world)
    assert case.draft is not None
    await world.review.judge(case.draft.id, False, KIM)
    async with world.database.transaction() as tx:
        await record_rating(tx, case.conversation, 1, "", world.clock())
    assert await verdicts(world) == [("wrong", False)]


async def test_what_an_agent_adds_to_an_answer_that_was_found_good_is_nothing_against_it(
    world: World,
) -> None:
    case = await world.arrive()
    assert case.current_draft is not None
    await world.review.judge(case.current_draft.id, True, KIM)
    talk, turn = case.conversation.id, case.conversation.turn
    await world.review.send_own(talk, turn, "By the way: we are closed tomorrow.", KIM, None, key="k")
    assert ("good", True) in await verdicts(world)


async def test_own_words_instead_of_an_answer_that_nobody_found_good_are_a_verdict_on_it(
    world: World,
) -> None:
    case = await world.arrive()
    talk, turn = case.conversation.id, case.conversation.turn
    await world.review.send_own(talk, turn, "No: please call us.", KIM, None, key="k")
    assert await verdicts(world) == [("own_words", False)]
    assert case.current_draft is not None
    await world.review.judge(case.current_draft.id, True, KIM)
    assert await verdicts(world) == [("good", True)]


async def test_an_agents_own_words_are_no_verdict_on_an_earlier_answer(world: World) -> None:
    case = await closed(world)
    talk = case.conversation.id
    world.clock.move(hours=96)
    world.answerer.proposal = replace(world.answerer.proposal, text="", confidence=0.1)
    case = await world.arrive("Something else entirely?", conversation_hint=talk)
    await world.review.send_own(talk, case.conversation.turn, "Please call us.", KIM, None, key="k")
    case = await world.go_on(talk)
    async with world.database.transaction() as tx:
        await record_rating(tx, case.conversation, 1, "", world.clock())
    assert ("approved", True) in await verdicts(world)
