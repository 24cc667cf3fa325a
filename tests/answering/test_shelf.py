"""Articles and macros, found as somebody types and put into an answer."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.answering.knowledge import Article
from bot.answering.shelf import Macro, Shelf, load_macros
from bot.core.errors import InvalidInput
from tests.blocks.cases import WAITING

ARTICLES = (
    Article("late", "Late parcels", ("We trace a parcel that is late.",), "https://kb.example/late"),
    Article("returns", "Return an item", ("You have 60 days.", "Parcel labels are free.")),
)
SHELF = Shelf(ARTICLES, (Macro("sorry", "Say sorry", "Dear {first_name}, sorry for “{subject}”."),))


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("", ["Macro: Say sorry", "Article: Late parcels", "Article: Return an item"]),
        ("parcel", ["Article: Late parcels", "Article: Return an item"]),
        ("RET it", ["Article: Return an item"]),
        ("sorry", ["Macro: Say sorry"]),
        ("parcel zebra", []),
    ],
)
def test_what_is_typed_finds_titles_before_words(typed: str, found: list[str]) -> None:
    assert [label for label, _ in SHELF.find(typed)] == found


def test_the_words_are_for_this_customer() -> None:
    ((_, key),) = SHELF.find("sorry")
    subject = WAITING.conversation.subject
    assert SHELF.text_of(key, WAITING) == f"Dear Maya, sorry for “{subject}”."
    nobody = replace(WAITING, customer=replace(WAITING.customer, name=""))
    assert SHELF.text_of(key, nobody).startswith("Dear there, ")


def test_an_article_comes_with_its_address_and_fits_an_input() -> None:
    assert (
        SHELF.text_of(_first(SHELF), WAITING) == "We trace a parcel that is late.\n\nhttps://kb.example/late"
    )
    long = Shelf((replace(ARTICLES[1], passages=("word " * 2_000,)),))
    assert len(long.text_of(_first(long), WAITING)) <= 2_400


def _first(shelf: Shelf) -> str:
    return next(key for _, key in shelf.find("") if key.startswith("article:"))


@pytest.mark.parametrize("key", ["", "article:9", "macro:x", "garbage"])
def test_what_is_not_there_is_said(key: str) -> None:
    with pytest.raises(InvalidInput, match="Search again"):
        SHELF.text_of(key, WAITING)


def test_macros_are_files_with_a_title(tmp_path: Path) -> None:
    (tmp_path / "sorry.md").write_text("# Say sorry\n\nDear {first_name},\nsorry.\n", encoding="utf-8")
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "bye.txt").write_text("Goodbye\nBye.", encoding="utf-8")
    (tmp_path / "empty.md").write_text("Only a title", encoding="utf-8")
    (tmp_path / "huge.md").write_text("Huge\n" + "x" * 30_000, encoding="utf-8")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG")
    found = load_macros(tmp_path)
    assert found == (
        Macro("bye", "Goodbye", "Bye."),
        Macro("sorry", "Say sorry", "Dear {first_name},\nsorry."),
    )
    assert load_macros(None) == ()
