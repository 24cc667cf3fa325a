"""The shipped weights on the demo company, and the command that fits them."""

import csv
import json
from pathlib import Path

import pytest

from bot.answering.answerer import EmbeddedAnswerer
from bot.answering.confidence import Calibration
from bot.answering.foreign import common
from bot.answering.knowledge import load_articles
from bot.answering.tickets import Ticket
from bot.core.model import Action, Channel, Mode, Rules
from bot.core.ports.answering import Question
from bot.verbs.evaluation.tickets import outcome
from sandbox import demo_company
from tests.answering.library import ARTICLES

benchmarks = pytest.importorskip("benchmarks.fit_confidence")
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

    assert (
        benchmarks.main(["--company", str(tmp_path), "--out", str(tmp_path / "none.json"), "--dry-run"]) == 0
    )
    assert not (tmp_path / "none.json").exists()


@pytest.mark.parametrize("suggestion", demo_company.suggestions(), ids=lambda one: one["text"])
async def test_what_the_chat_page_suggests_comes_out_as_it_says(answerer, suggestion):
    ticket = Ticket("S", Channel.CHAT, "v", suggestion["text"], Action(suggestion["action"]), frozenset())
    library = load_articles(COMPANY / "articles")
    assert (await outcome(answerer, library, ticket, Rules(mode=Mode.AUTO))).action == ticket.action
