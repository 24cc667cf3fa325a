"""Articles change while the app runs: what answers, from when on, and what is said about it."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from bot.answering.knowledge import ArticleFolder, Library
from bot.answering.shelf import Shelf
from bot.answering.taught import TaughtAnswerer
from bot.core.errors import InvalidInput
from bot.core.model import Channel
from bot.core.ports.answering import Lesson, Question
from bot.wiring.rereading import Articles
from tests.builders import case
from tests.fakes import FakeClock

WARM = Question(("How warm is the tent?",), Channel.CHAT)


def write(folder: Path, name: str, text: str, title: str = "Tents") -> None:
    (folder / f"{name}.md").write_text(f"---\ntitle: {title}\n---\n{text}\n", encoding="utf-8")


class Plain:
    """Answers with the text of its first article; is built when let."""

    def __init__(self, library: Library, lessons: object) -> None:
        self.library, self.lessons = library, lessons

    async def answer(self, _question: Question) -> str:
        return self.library.articles[0].body if self.library.articles else ""


class Desk:
    """A folder, what answers from it, and a gate before every new index."""

    def __init__(self, folder: Path, clock: FakeClock) -> None:
        self.folder, self.fails = folder, False
        self.building, self.gate = asyncio.Event(), asyncio.Event()
        self.gate.set()
        source = ArticleFolder(folder)
        library = source.read()

        async def read() -> Library:
            return await asyncio.to_thread(source.read)

        self.answerer = TaughtAnswerer(Plain(library, ()), library, self._build)
        self.articles = Articles(read, library, Shelf(library.articles), "word vectors", clock)

    async def _build(self, library: Library, lessons: object) -> Plain:
        self.building.set()
        await self.gate.wait()
        if self.fails:
            raise ZeroDivisionError
        return Plain(library, lessons)

    async def said(self) -> str:
        return str(await self.answerer.answer(WARM))

    @property
    def look(self) -> Callable[[], Awaitable[bool]]:
        return lambda: self.articles.look(self.answerer)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    write(tmp_path, "tents", "It is warm to 5 degrees.")
    return Desk(tmp_path, FakeClock())


async def test_what_is_written_is_answered_and_the_old_index_answers_meanwhile(desk: Desk) -> None:
    assert not await desk.look()
    write(desk.folder, "tents", "It is warm to 2 degrees.")
    write(desk.folder, "stoves", "They burn gas.", "Stoves")
    desk.gate.clear()
    looking = asyncio.create_task(desk.look())
    await desk.building.wait()
    assert "building the index anew (1 added, 1 changed)" in desk.articles.standing()
    assert await desk.said() == "It is warm to 5 degrees."
    desk.gate.set()
    assert await looking
    assert await desk.said() == "They burn gas."
    assert desk.articles.standing().startswith("2 articles, word vectors · as of ")
    assert [label for label, _ in desk.articles.shelf.find("")] == ["Article: Stoves", "Article: Tents"]
    (desk.folder / "stoves.md").unlink()
    assert await desk.look()
    assert await desk.said() == "It is warm to 2 degrees."


async def test_a_broken_article_is_named_and_takes_no_other_down(desk: Desk) -> None:
    write(desk.folder, "good", "Money comes back in 5 days.", "Refunds")
    (desk.folder / "bad.md").write_bytes(b"\xff\xfe")
    assert await desk.look()
    assert "2 articles" in desk.articles.standing()
    assert "not used: bad.md" in desk.articles.standing()
    assert not await desk.look()


async def test_a_folder_that_is_gone_leaves_the_articles_in_force(desk: Desk, tmp_path: Path) -> None:
    moved = tmp_path.with_name(f"{tmp_path.name}-moved")
    await asyncio.to_thread(tmp_path.rename, moved)
    assert not await desk.look()
    assert await desk.said() == "It is warm to 5 degrees."
    assert "the knowledge folder is gone" in desk.articles.standing()
    assert await desk.articles.state() == "ok"
    await asyncio.to_thread(moved.rename, tmp_path)
    await desk.look()
    assert "gone" not in desk.articles.standing()


@pytest.mark.parametrize("left", [None, b"\xff\xfe"], ids=["emptied", "all unusable"])
async def test_an_emptied_folder_leaves_the_articles_in_force(desk: Desk, left: bytes | None) -> None:
    article = desk.folder / "tents.md"
    told = article.read_bytes()
    article.unlink() if left is None else article.write_bytes(left)
    assert not await desk.look()
    assert await desk.said() == "It is warm to 5 degrees."
    assert desk.articles.standing().startswith("1 article, ")
    assert "no article is left in the knowledge folder" in desk.articles.standing()
    assert [label for label, _ in desk.articles.shelf.find("")] == ["Article: Tents"]
    article.write_bytes(told.replace(b"5", b"3"))
    assert await desk.look()
    assert await desk.said() == "It is warm to 3 degrees."
    assert "is left" not in desk.articles.standing()


async def test_what_cannot_be_indexed_leaves_the_articles_in_force(desk: Desk) -> None:
    desk.fails = True
    write(desk.folder, "tents", "It is warm to 2 degrees.")
    assert not await desk.look()
    assert await desk.said() == "It is warm to 5 degrees."
    assert "could not be indexed" in desk.articles.standing()
    assert not await desk.look()
    desk.fails = False
    assert await desk.look()
    assert await desk.said() == "It is warm to 2 degrees."
    assert "indexed" not in desk.articles.standing()
    assert not await desk.look()


async def test_what_could_not_be_indexed_and_is_taken_back_is_no_trouble_any_more(desk: Desk) -> None:
    desk.fails = True
    write(desk.folder, "tents", "It is warm to 2 degrees.")
    await desk.look()
    desk.fails = False
    write(desk.folder, "tents", "It is warm to 5 degrees.")
    await desk.look()
    assert await desk.said() == "It is warm to 5 degrees."
    assert "indexed" not in desk.articles.standing()


async def test_lessons_stay_when_articles_change(desk: Desk) -> None:
    lesson = Lesson("how warm", "tents")
    assert await desk.answerer.learn([lesson])
    write(desk.folder, "tents", "It is warm to 2 degrees.")
    await desk.look()
    assert not await desk.answerer.learn([lesson])
    assert await desk.answerer.learn([])


async def test_whoever_has_a_list_open_gets_what_they_pick(desk: Desk) -> None:
    shelf = desk.articles.shelf
    (key,) = (key for _, key in shelf.find("tents"))
    write(desk.folder, "a-first", "They burn gas.", "Stoves")
    await desk.look()
    assert shelf.text_of(key, case()) == "It is warm to 5 degrees."
    (desk.folder / "tents.md").unlink()
    await desk.look()
    with pytest.raises(InvalidInput):
        shelf.text_of(key, case())


def test_only_what_has_changed_is_parsed_again(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write(tmp_path, name, f"This is {name}.", name)
    folder = ArticleFolder(tmp_path)
    before = folder.read().articles
    write(tmp_path, "two", "This is 2.", "two")
    after = folder.read().articles
    assert after[0] is before[0]
    assert after[1].body == "This is 2."
