"""Lessons: brings what agents approved to the answerer, every now and then."""

from typing import Protocol

from bot.core.ports.answering import Lesson
from bot.core.ports.storage import Database

MOST = 2_000
LOOK_SECONDS = 3_600


class Learner(Protocol):
    async def learn(self, lessons: list[Lesson]) -> bool:
        """Take in lessons, the newest first; False when there was nothing new."""
        ...


class Lessons:
    """The newest approved questions; what was erased is unlearned with the next look."""

    def __init__(self, database: Database, learner: Learner) -> None:
        self._database = database
        self._learner = learner

    async def look(self) -> bool:
        """Teach what people have approved; tell whether that was anything new."""
        async with self._database.snapshot() as tx:
            lessons = list(await tx.assessments.lessons(MOST))
        return await self._learner.learn(lessons)
