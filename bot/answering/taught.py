"""What the answerer knows may change while it answers: articles are rewritten, and approved answers teach.

Approved answers make customers' questions examples of the article that answered them.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace

from bot.answering.knowledge import Article, Library
from bot.answering.messages import clean, split_questions
from bot.core.model import Proposal
from bot.core.ports.answering import Answerer, Lesson, Question

MOST_PER_ARTICLE = 20  # A favourite question may not crowd out the article's own.
LONGEST = 300

# Makes an answerer of articles and lessons, beside the one that answers.
Build = Callable[[Library, Sequence[Lesson]], Awaitable[Answerer]]


class TaughtAnswerer:
    """Answers with what it knows so far; while it reads or learns, with what it knew before."""

    def __init__(self, first: Answerer, library: Library, build: Build) -> None:
        self._now = first
        self._library = library
        self._build = build
        self._lessons: Sequence[Lesson] = ()
        self._changing = asyncio.Lock()

    async def answer(self, question: Question) -> Proposal:
        """Propose an answer; never raises for what the customer wrote."""
        return await self._now.answer(question)

    async def learn(self, lessons: Sequence[Lesson]) -> bool:
        """Take in lessons, the newest first, in the place of those before; False when they are the same."""
        async with self._changing:
            if frozenset(lessons) == frozenset(self._lessons):
                return False
            await self._become(self._library, lessons)
            return True

    async def read(self, library: Library) -> None:
        """Take in other articles, in the place of those before."""
        async with self._changing:
            await self._become(library, self._lessons)

    async def _become(self, library: Library, lessons: Sequence[Lesson]) -> None:
        self._now = await self._build(library, lessons)
        self._library, self._lessons = library, lessons


def with_lessons(library: Library, lessons: Iterable[Lesson]) -> Library:
    """Return the library with questions that customers asked; only those that are one question and not told yet."""
    asked: dict[str, dict[str, None]] = {}
    for lesson in lessons:
        questions = split_questions(clean(lesson.text))
        texts = asked.setdefault(lesson.slug, {})
        if len(questions) == 1 and len(questions[0].text) <= LONGEST and len(texts) < MOST_PER_ARTICLE:
            texts[questions[0].text] = None
    return replace(library, articles=tuple(_taught(a, asked.get(a.slug, ())) for a in library.articles))


def _taught(article: Article, texts: Iterable[str]) -> Article:
    known = {question.casefold() for question in article.questions}
    return replace(article, taught=tuple(text for text in texts if text.casefold() not in known))
