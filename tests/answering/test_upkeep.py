"""What is wrong with articles is found; what only looks like it is not."""

import time
from datetime import date

import pytest

from bot.answering.knowledge import Article
from bot.answering.upkeep import check

TODAY = date(2026, 11, 26)
RETURNS = "You can return unused items within 60 days of delivery in their original packaging."


FILLERS = (
    "Our bakers begin at four in the morning with rye, wheat and a little salt from the sea.",
    "A bicycle needs oil on its chain, air in both tyres and a lamp that shines to the front.",
    "Tents are pitched on level ground, away from rivers, with the door turned out of the wind.",
    "The library lends novels, maps and records to everybody who has a valid card with a photo.",
)


def article(slug, *passages, **values):
    filler = f"{FILLERS[len(slug) % 4]} {FILLERS[len(slug) % 4][::-1]}"
    return Article(slug, slug.title(), (*passages, filler), **values)


def kinds(*articles):
    return [(finding.kind, finding.slugs) for finding in check(articles, TODAY)]


def test_stale_and_empty_articles():
    stale = article("on", review_by=date(2026, 11, 25))
    thin = Article("two", "Two", ("See below.",))
    assert kinds(stale, article("three", review_by=TODAY), thin) == [("stale", ("on",)), ("empty", ("two",))]


def test_articles_that_say_the_same_and_questions_claimed_twice():
    text = ("Parcels are left at the door on workdays.", "The driver rings twice and waits for a minute.")
    one, other = Article("a", "A", text), Article("b", "B", (*text, "Thank you."))
    assert ("duplicate", ("a", "b")) in kinds(one, other)
    first = article("c", questions=("How do I return shoes?",))
    second = article("dd", questions=("how do i return SHOES",))
    assert kinds(first, second) == [("duplicate", ("c", "dd"))]


@pytest.mark.parametrize(
    "other",
    [
        "Unused items can be returned within 30 days of delivery in their original packaging.",
        "You cannot return unused items within 60 days of delivery in their original packaging.",
    ],
)
def test_sentences_that_contradict_each_other(other):
    assert kinds(article("apples", RETURNS), article("pears", other)) == [
        ("contradiction", ("apples", "pears"))
    ]


@pytest.mark.parametrize(
    "other",
    [
        RETURNS,
        "You can return unused items in their original packaging.",
        "Express parcels are delivered within 2 days and need a signature of somebody at home.",
        "Short: 30 days.",
    ],
)
def test_what_agrees_or_speaks_of_something_else_is_no_contradiction(other):
    assert kinds(article("apples", RETURNS), article("pears", other)) == []


def test_two_numbers_within_one_article_are_noticed_once():
    told = article("apples", RETURNS, RETURNS.replace("60", "14"))
    assert kinds(told) == [("contradiction", ("apples",))]


def test_no_articles_and_many():
    assert kinds() == []
    many = [
        article(f"n{n}", f"Item {n} of the long list costs {n} euros in shop number {n}.") for n in range(300)
    ]
    started = time.process_time()
    check(many, TODAY)
    assert time.process_time() - started < 20
