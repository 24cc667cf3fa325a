"""What approved answers teach: customers' questions become examples of the article that answered them."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace

from bot.answering.knowledge import Article, Library
from bot.answering.messages import clean, split_questions
from bot.core.model import Proposal
from bot.core.ports.answering import Answerer, Lesson, Question

MOST_PER_ARTICLE = 20  # A favourite question may not crowd out the article's own.
LONGEST = 300


class TaughtAnswerer:
    """Answers with what was taught so far; while it learns, with what it knew before."""

    def __init__(self, first: Answerer, taught_by: Callable[[Sequence[Lesson]], Awaitable[Answerer]]) -> None:
        self._now = first
        self._taught_by = taught_by
        self._lessons: frozenset[Lesson] = frozenset()

    async def answer(self, question: Question) -> Proposal:
        """Propose an answer; never raises for what the customer wrote."""
        return await self._now.answer(question)

    async def learn(self, lessons: Sequence[Lesson]) -> bool:
        """Take in lessons, the newest first, in the place of those before; False when they are the same."""
        if frozenset(lessons) == self._lessons:
            return False
        self._now = await self._taught_by(lessons)
        self._lessons = frozenset(lessons)
        return True


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
