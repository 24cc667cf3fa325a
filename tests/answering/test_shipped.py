"""The shipped weights on the demo company, and the command that fits them."""

import csv
import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from bot.answering.answerer import EmbeddedAnswerer
from bot.answering.confidence import SHIPPED_BARE, Calibration
from bot.answering.evaluate import ece
from bot.answering.foreign import common
from bot.answering.index import VIEWS
from bot.answering.knowledge import load_articles
from bot.answering.tickets import Ticket
from bot.core.model import Action, Channel, Mode, Rules
from bot.core.ports.answering import Question
from bot.verbs.evaluation.tickets import outcome
from sandbox import demo_company
from tests.answering.library import ARTICLES

benchmarks = pytest.importorskip("benchmarks.fit_confidence")
long_articles = pytest.importorskip("benchmarks.long_articles")
ticket_scale = pytest.importorskip("benchmarks.ticket_scale")
COMPANY = Path(__file__).resolve().parents[2] / "sandbox" / "company"


@pytest.fixture(scope="module")
def answerer() -> EmbeddedAnswerer:
    library = load_articles(COMPANY / "articles")
    assert library.problems == ()
    return EmbeddedAnswerer(library, brand="Northwind")


async def confidences(answerer, texts):
    return [(await answerer.answer(Question((text,), Channel.CHAT))).confidence for text in texts]


async def test_most_known_questions_are_sure_enough_to_be_sent(answerer):
    known = [
        question for article in load_articles(COMPANY / "articles").articles for question in article.questions
    ]
    sure = [confidence >= 0.9 for confidence in await confidences(answerer, known[::3])]
    assert sum(sure) / len(sure) > 0.85


async def test_out_of_scope_is_almost_never_sent_and_mostly_escalated(answerer):
    with (COMPANY / "questions.csv").open(encoding="utf-8", newline="") as file:
        foreign = [row["text"] for row in csv.DictReader(file) if row["article"] == "oos"]
    told = await confidences(answerer, foreign)
    assert sum(c >= 0.9 for c in told) / len(told) < 0.05
    assert sum(c < 0.7 for c in told) / len(told) > 0.85


def test_fit_command_writes_weights_with_their_origin(tmp_path, capsys):
    (tmp_path / "articles").mkdir()
    for article in ARTICLES:
        front = json.dumps({"title": article.title, "questions": article.questions, "tags": article.tags})
        (tmp_path / "articles" / f"{article.slug}.md").write_text(f"---\n{front}\n---\n{article.body}\n")
    rows = [("when does the bread come", "bread-delivery"), ("order a cake for saturday", "cake-order")]
    rows += [("i am allergic to nuts", "allergens"), ("money back please", "refund")]
    rows += [("who won the match", "oos"), ("best pizza in town", "oos"), ("fix my car", "oos")]
    with (tmp_path / "questions.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("text", "article"), *rows])
    (tmp_path / "articles" / "no-article.txt").write_text("do you sell bicycles\nwho bakes the best pizza\n")
    expected = {"action": "send", "articles": ["allergens"]}
    ticket = {
        "id": "1",
        "channel": "chat",
        "from": "v",
        "text": "is rye without gluten",
        "expected": expected,
    }
    thanks = {**ticket, "id": "2", "text": "thank you!", "expected": {"action": "ignore"}}
    (tmp_path / "tickets.jsonl").write_text(f"{json.dumps(ticket)}\n{json.dumps(thanks)}\n")

    assert benchmarks.main(["--company", str(tmp_path), "--out", str(tmp_path / "c.json")]) == 0
    printed = capsys.readouterr().out
    assert all(word in printed for word in ("Out of fold", "auroc", "ece", "brier", "coverage_at_5%_wrong"))
    told = json.loads((tmp_path / "c.json").read_text())
    own = sum(len(article.questions) for article in ARTICLES) + len(common()) + 2
    assert told["out_of_fold"]["n"] == len(rows) + own + 1
    assert Calibration.load(tmp_path / "c.json").first.weights
    assert "long_articles" not in told["fitted_on"]

    long = tmp_path / "long.jsonl"
    rows = [("a", "Bread", "We bake at night."), ("b", "Cakes", "Cakes are ordered by phone.")]
    long.write_text(
        "\n".join(json.dumps(dict(zip(("id", "title", "body"), row, strict=True))) for row in rows)
    )
    command = ["--company", str(tmp_path), "--bare", str(long), "--out", str(tmp_path / "b.json")]
    assert benchmarks.main(command) == 0
    origin = json.loads((tmp_path / "b.json").read_text())["fitted_on"]["long_articles"]
    assert (origin["file"], origin["sha256"]) == (long.name, hashlib.sha256(long.read_bytes()).hexdigest())

    assert (
        benchmarks.main(["--company", str(tmp_path), "--out", str(tmp_path / "none.json"), "--dry-run"]) == 0
    )
    assert not (tmp_path / "none.json").exists()


def test_the_shipped_weights_for_long_articles_name_what_they_were_fitted_on():
    told = json.loads(SHIPPED_BARE["wordllama"].read_text(encoding="utf-8"))["fitted_on"]["long_articles"]
    assert told["file"] == "articles.jsonl"
    assert len(told["sha256"]) == 64


def test_articles_without_known_questions_are_found_better_than_by_bm25_alone(vectors):
    asked = long_articles.asked_of_company(COMPANY, vectors)[:293]  # Those of questions.csv.
    bare = Calibration.load(SHIPPED_BARE[vectors.kind], vectors.kind)
    bm25 = [one.findings.views[VIEWS.index("words")].argmax() == one.answer for one in asked]
    ours = [bare.rank(one.findings).order[0] == one.answer for one in asked]
    assert sum(ours) > sum(bm25) + 5


def test_long_articles_are_asked_by_their_titles(tmp_path, vectors):
    rows = [
        ("a", "Internal: Bread", "We bake bread at night."),
        ("b", "Cakes", "Cakes are ordered by phone."),
    ]
    rows += [("c", "Twice", "Sour dough."), ("d", "Twice", "Sweet dough.")]
    told = "\n".join(json.dumps(dict(zip(("id", "title", "body"), row, strict=True))) for row in rows)
    (tmp_path / "long.jsonl").write_text(told)
    asked = long_articles.asked_by_title(tmp_path / "long.jsonl", vectors)
    assert [one.answer for one in asked] == [0, 1]
    assert [bool(one.findings.views[0].argmax() == one.answer) for one in asked] == [True, True]
    assert long_articles.with_rivals(asked[1]).findings.views[0].argmax() == 0


def test_a_scale_makes_confidences_true_of_tickets():
    random = np.random.default_rng(1)
    said, fold = np.tile([0.2, 0.5, 0.8], 800), random.integers(0, 8, 2400)
    right = random.random(2400) < np.tile([0.5, 0.8, 0.95], 800)
    inside = right | (random.random(2400) < 0.2)  # So that a fifth is outside, as is assumed.
    made = ticket_scale.scaled(said, right, fold, inside, np.ones(2400, dtype=bool))
    assert ece(made, right) < 0.05 < 0.2 < ece(said, right)
    scale = ticket_scale.Scale(0.9, 0.3)
    model = Calibration.load().first
    values = [1.0] * len(model.weights)
    assert scale.of(model).probability(values) == pytest.approx(
        float(scale(np.array(model.probability(values))))
    )


@pytest.mark.parametrize("suggestion", demo_company.suggestions(), ids=lambda one: one["text"])
async def test_what_the_chat_page_suggests_comes_out_as_it_says(answerer, suggestion):
    ticket = Ticket("S", Channel.CHAT, "v", suggestion["text"], Action(suggestion["action"]), frozenset())
    library = load_articles(COMPANY / "articles")
    assert (await outcome(answerer, library, ticket, Rules(mode=Mode.AUTO))).action == ticket.action


@pytest.mark.parametrize(
    "grave",
    [
        "The chair collapsed under my grandmother and she broke her hip, what will you do?",
        "Your driver hit my fence and my dog ran away, who pays?",
        "I feel dizzy since I used the stove in the tent, is that normal?",
    ],
)
async def test_a_grave_question_is_escalated_beside_one_that_is_answered(answerer, grave):
    """Neither rule nor model knows these: what no article answers is for the people who decide."""
    ticket = Ticket(
        "G", Channel.EMAIL, "v", f"How do I return an item? {grave}", Action.ESCALATE, frozenset()
    )
    library = load_articles(COMPANY / "articles")
    assert (await outcome(answerer, library, ticket, Rules(mode=Mode.AUTO))).action is Action.ESCALATE
