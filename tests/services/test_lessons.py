"""From an agent's approval to what the answerer learns."""

from bot.core.ports.answering import Lesson
from bot.services.lessons import Lessons
from tests.services.conftest import KIM, World


class Pupil:
    def __init__(self) -> None:
        self.heard: list[list[Lesson]] = []

    async def learn(self, lessons: list[Lesson]) -> bool:
        self.heard.append(lessons)
        return bool(lessons)


async def test_an_approved_answer_is_a_lesson_and_an_escalated_one_is_none(world: World) -> None:
    pupil = Pupil()
    lessons = Lessons(world.database, pupil)
    case = await world.waiting()
    assert case.current_draft is not None
    assert not await lessons.look()
    await world.review.approve(case.current_draft.id, KIM)
    assert await lessons.look()
    other = await world.arrive("And my hat?", address="other@customer.example")
    await world.escalation.escalate(other.conversation.id, "Needs a hatter", KIM)
    await lessons.look()
    assert pupil.heard == [[], [Lesson("How do I return my shoes?", "returns")], pupil.heard[1]]
