from dataclasses import replace

import numpy as np
import pytest

from bot.answering.classifier import Classifier
from bot.answering.index import VIEWS, Index
from bot.answering.knowledge import Article
from bot.answering.linear import LinearClassifier
from bot.answering.postings import Postings, unit_bag
from bot.answering.vocabulary import edits
from tests.answering.library import ARTICLES
from tests.answering.questions import MANY


def best(index, question):
    totals = index.search(question).views.sum(axis=0)
    return index.articles[int(totals.argmax())].slug


@pytest.mark.parametrize(
    ("question", "slug"),
    [
        ("what time does the bread arrive in the morning", "bread-delivery"),
        ("I would like a cake for a birthday", "cake-order"),
        ("does rye contain glutten", "allergens"),
        ("when is my money back", "refund"),
        ("delivry of bred pls", "bread-delivery"),
    ],
)
def test_paraphrases_and_typos_find_their_article(index, question, slug):
    assert best(index, question) == slug


@pytest.mark.parametrize(
    "question", ["", "🎉", "the of and", "посылка", "x" * 10_000, "word " * 5_000, "\x00\ud800"]
)
def test_any_text_can_be_searched(index, question):
    findings = index.search(question)
    assert findings.views.shape == (len(VIEWS), len(ARTICLES))
    assert np.isfinite(findings.views).all()
    assert findings.passages.shape == (sum(len(a.passages) for a in ARTICLES),)


@pytest.mark.parametrize(
    ("word", "corrected"),
    [
        ("glutten", "gluten"),
        ("delivry", "delivery"),
        ("brithday", "birthday"),
        ("breads", "breads"),
        ("order", "order"),
        ("kayak", "kayak"),
        ("x1", "x1"),
        ("brd", "brd"),
    ],
)
def test_only_misspelt_words_of_the_articles_are_corrected(index, word, corrected):
    assert index.vocabulary.correct(word) == corrected


@pytest.mark.parametrize(
    ("one", "other", "count"),
    [
        ("same", "same", 0),
        ("recieve", "receive", 1),
        ("cat", "cart", 1),
        ("cart", "cat", 1),
        ("abc", "mno", 5),
        ("", "ab", 2),
    ],
)
def test_edits_between_words(one, other, count):
    assert edits(one, other) == count


def test_unknown_words_are_marked(index):
    known = {term.word: term.known for term in index.search("gluten in paddleboards").terms}
    assert known == {"gluten": True, "paddleboards": False}


def test_closest_question_and_passages_belong_to_the_article(index):
    findings = index.search("is there gluten in rye")
    row = index.row("allergens")
    assert index.closest_question(row, findings) == "is there gluten in the rye bread"
    scores = findings.passages[index.passages_of(row)]
    assert len(scores) == len(ARTICLES[row].passages)
    assert int(scores.argmax()) == 0


def test_a_single_article_can_be_searched(vectors):
    findings = Index(ARTICLES[:1], vectors).search("bread")
    assert findings.views.shape == (len(VIEWS), 1)


def test_passages_and_titles_that_say_nothing_are_harmless(vectors):
    empty = Article("empty", "It is", ("Yes.", "?", "It is what it is."), sections=("", "", ""))
    findings = Index([*ARTICLES, empty], vectors).search("is it gluten")
    assert np.isfinite(findings.views).all()
    assert np.isfinite(findings.passages).all()


def test_postings_score_by_the_dot_product():
    postings = Postings([{"a": 2.0, "b": 1.0}, {"b": 3.0}])
    assert postings.scores({"a": 1.0, "b": 2.0, "z": 9.0}).tolist() == [4.0, 6.0]


def test_unit_bag_drops_what_nobody_has():
    assert unit_bag({"a": 3.0, "z": 9.0}, {"a": 2.0}) == {"a": 1.0}
    assert unit_bag({"z": 9.0}, {"a": 2.0}) == {}


def test_another_word_is_not_a_slip():
    assert edits("hiring", "hiking") == 2
    assert edits("irder", "order") == 1
    assert edits("parcle", "parcel") == edits("parcal", "parcel") == 1


def test_a_library_without_a_word_that_counts_answers_nothing(vectors):
    stub = Article("stub", "???", ("It is what it is.",), sections=("",))
    assert float(Index([stub], vectors).search("where is my parcel").views[0].max()) == 0


def test_the_closest_question_belongs_to_the_article_also_when_not_all_are_compared(vectors):
    wide = [replace(MANY[0], slug=str(i), title=f"Title {i}") for i in range(4)]
    index = Index(wide, vectors, most_compared=8)
    assert len(index.asked) == 4 * 3
    findings = index.search("bread delivery please")
    assert index.closest_question(1, findings) in ("Title 1", *MANY[0].questions)
    assert index.closest_question(3, findings) in ("Title 3", *MANY[0].questions)
    assert index.search("Title 2").asked.argmax() == 6


def test_only_articles_that_teach_are_learned_by_the_classifier_that_needs_learned_weights(vectors):
    kinds = [type(Index(articles, vectors)._classifier) for articles in (ARTICLES, MANY)]
    assert kinds == [Classifier, LinearClassifier]
    many_passages = [replace(a, questions=(), passages=a.passages * 400, sections=("",) * 400) for a in MANY]
    assert isinstance(Index(many_passages, vectors)._classifier, Classifier)


def test_what_customers_asked_helps_to_find_and_is_shown_to_nobody(vectors):
    secret = "mrs quill of elm street wants her bread before seven"
    taught = [replace(a, taught=(secret,)) if a.slug == "bread-delivery" else a for a in ARTICLES]
    plain, index = Index(ARTICLES, vectors), Index(taught, vectors)
    row, question = index.row("bread-delivery"), VIEWS.index("question")
    assert index.search(secret).views[question, row] > plain.search(secret).views[question, row] + 0.1
    for article in range(len(taught)):
        told = index.closest_question(article, index.search(secret))
        assert told in (taught[article].title, *taught[article].questions)
