"""What approved answers teach."""

import asyncio

from bot.answering.knowledge import Library
from bot.answering.taught import LONGEST, MOST_PER_ARTICLE, TaughtAnswerer, with_lessons
from bot.core.model import Channel
from bot.core.ports.answering import Lesson, Question
from tests.answering.library import ARTICLES
from tests.fakes import FakeAnswerer

LIBRARY = Library(ARTICLES)
ASKED = Question(("Is there rye?",), Channel.CHAT)


def taught(*lessons: Lesson) -> dict[str, tuple[str, ...]]:
    return {a.slug: a.taught for a in with_lessons(LIBRARY, lessons).articles if a.taught}


def test_a_lesson_goes_to_its_article_and_only_there() -> None:
    assert taught(Lesson("Hello, is spelt free of gluten?", "allergens")) == {
        "allergens": ("is spelt free of gluten?",)
    }


def test_what_is_no_single_question_or_known_teaches_nothing() -> None:
    known = next(a for a in ARTICLES if a.slug == "allergens").questions[0]
    assert (
        taught(
            Lesson("Is spelt free of gluten? When do you open on Sunday?", "allergens"),
            Lesson("word " * LONGEST, "allergens"),
            Lesson("Thanks!", "allergens"),
            Lesson("", "allergens"),
            Lesson(known.upper(), "allergens"),
            Lesson("Is spelt free of gluten?", "gone"),
        )
        == {}
    )


def test_a_favourite_question_does_not_crowd_out_the_others() -> None:
    lessons = [Lesson(f"Is flour number {n} free of gluten?", "allergens") for n in range(50)]
    kept = taught(*lessons, lessons[0])["allergens"]
    assert len(kept) == MOST_PER_ARTICLE
    assert "number 0 " in kept[0]


async def test_it_answers_from_what_it_knew_until_it_has_learned() -> None:
    old, new, may_end = FakeAnswerer(), FakeAnswerer(), asyncio.Event()

    async def slow(_library: object, _lessons: object) -> FakeAnswerer:
        await may_end.wait()
        return new

    answerer = TaughtAnswerer(old, LIBRARY, slow)
    learning = asyncio.create_task(answerer.learn([Lesson("a", "b")]))
    await asyncio.sleep(0)
    await answerer.answer(ASKED)
    may_end.set()
    assert await learning
    await answerer.answer(ASKED)
    assert (len(old.asked), len(new.asked)) == (1, 1)


async def test_the_same_lessons_are_learned_once_and_none_unlearns() -> None:
    made: list[object] = []

    async def build(_library: object, lessons: object) -> FakeAnswerer:
        made.append(lessons)
        return FakeAnswerer()

    answerer, lesson = TaughtAnswerer(FakeAnswerer(), LIBRARY, build), Lesson("a", "b")
    assert [await answerer.learn(told) for told in ([], [lesson], [lesson], [])] == [False, True, False, True]
    assert made == [[lesson], []]
