"""The demo company is data that others learn, calibrate and judge on, so its labels have to hold together."""

import csv
import json
import re
from collections import Counter
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.answering.foreign import common
from bot.answering.knowledge import load_articles
from sandbox import demo_company

COMPANY = Path(__file__).parents[2] / "sandbox" / "company"
WRITTEN = date(2026, 11, 23)
FICTIONAL_PHONES = ("+44 7700 900", "+1 202 555 01", "+49 30 23125 ", "+33 1 99 00 ", "+353 20 91")
REASONS = {
    "send": {"answered"},
    "review": {
        "article_past_review",
        "exception_requested",
        "near_miss",
        "needs_account_data",
        "needs_order_data",
        "partly_answered",
    },
    "escalate": {
        "chargeback",
        "complaint",
        "data_request",
        "fraud",
        "human_requested",
        "injury",
        "legal_threat",
        "no_article",
        "press_inquiry",
    },
    "ignore": {"automatic", "spam", "thanks_only"},
}


def read_article(path: Path) -> tuple[dict[str, Any], str]:
    opening, front, body = re.split(
        r"^---\n", path.read_text(encoding="utf-8"), maxsplit=2, flags=re.MULTILINE
    )
    assert opening == "", f"{path.name} does not begin with front matter"
    return yaml.safe_load(front), body


def read_csv(name: str) -> list[dict[str, str]]:
    with (COMPANY / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text.casefold()))


PATHS = sorted((COMPANY / "articles").glob("*.md"))
ARTICLES = {path.stem: read_article(path) for path in PATHS}
QUESTIONS = read_csv("questions.csv")
CUSTOMERS = read_csv("customers.csv")


def read_tickets(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (COMPANY / name).read_text(encoding="utf-8").splitlines()]


TICKETS = read_tickets("tickets.jsonl")
FOREIGN = load_articles(COMPANY / "articles").foreign


def shipped_questions() -> list[str]:
    return [question for front, _ in ARTICLES.values() for question in front["questions"]]


# Articles


def test_there_are_about_forty_articles_with_slugs_for_names() -> None:
    assert 38 <= len(ARTICLES) == len(PATHS) <= 45
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*\.md", path.name) for path in PATHS)
    assert "oos" not in ARTICLES


@pytest.mark.parametrize("slug", ARTICLES)
def test_an_article_has_complete_front_matter(slug: str) -> None:
    front, _ = ARTICLES[slug]
    assert set(front) - {"audience"} == {"title", "url", "tags", "review", "questions"}
    assert front.get("audience", "public") == "public"
    assert front["title"].strip()
    assert re.fullmatch(rf"https://help\.northwind\.example/[a-z]+/{slug}", front["url"])
    assert front["tags"]
    assert all(isinstance(tag, str) for tag in front["tags"])
    assert type(front["review"]) is date  # YAML makes a date of ISO notation only.


@pytest.mark.parametrize("slug", ARTICLES)
def test_an_article_ships_questions_of_its_own(slug: str) -> None:
    questions = ARTICLES[slug][0]["questions"]
    assert 15 <= len(questions) <= 70
    assert all(isinstance(question, str) and question.strip() for question in questions)


@pytest.mark.parametrize("slug", ARTICLES)
def test_an_article_answers_first_and_stays_short(slug: str) -> None:
    _, body = ARTICLES[slug]
    first = body.strip().split("\n\n")[0]
    assert not first.startswith(("#", "-", "|", "1."))
    assert 1 <= len(re.findall(r"[.!?](?:\s|$)", first)) <= 3
    assert "\n## " in body
    assert 90 <= len(body.split()) <= 300


def test_two_or_three_articles_are_past_their_review_date() -> None:
    reviews = [front["review"] for front, _ in ARTICLES.values()]
    assert 2 <= sum(review < WRITTEN for review in reviews) <= 3
    assert sum(review.year == 2027 for review in reviews) >= len(reviews) - 3


def test_titles_and_addresses_are_unique() -> None:
    for key in ("title", "url"):
        assert len({front[key] for front, _ in ARTICLES.values()}) == len(ARTICLES)


# Questions


def test_every_article_has_further_labelled_questions_and_many_are_out_of_scope() -> None:
    count = Counter(row["article"] for row in QUESTIONS)
    assert set(count) == {*ARTICLES, "oos"}
    assert count.pop("oos") >= 120
    assert min(count.values()) >= 5
    assert sum(count.values()) >= 240


def test_questions_have_two_filled_columns() -> None:
    assert all(set(row) == {"text", "article"} and row["text"].strip() for row in QUESTIONS)


def test_no_question_is_in_two_sets_or_twice_in_one() -> None:
    texts = [
        *shipped_questions(),
        *(row["text"] for row in QUESTIONS),
        *(ticket["text"] for ticket in TICKETS),
    ]
    wordless = [text for text in texts if not words(text)]
    keys = Counter(" ".join(re.findall(r"\w+", text.casefold())) for text in texts if words(text))
    assert [key for key, times in keys.items() if times > 1] == []
    assert len(wordless) <= 1


def test_no_sentence_of_a_ticket_is_a_labelled_question() -> None:
    taught = {tuple(re.findall(r"\w+", text.casefold())) for text in (*labelled_questions(), *FOREIGN)}
    repeated = [
        (ticket["id"], sentence)
        for name in ("tickets", "unseen", "fresh", "heldout", "sealed", "late")
        for ticket in read_tickets(f"{name}.jsonl")
        for sentence in re.split(r"(?<=[.!?])\s+|\n+", f"{ticket.get('subject', '')}\n{ticket['text']}")
        if len(key := tuple(re.findall(r"\w+", sentence.casefold()))) > 2 and key in taught
    ]
    assert repeated == []


def labelled_questions() -> list[str]:
    return [*shipped_questions(), *(row["text"] for row in QUESTIONS)]


def test_no_ticket_is_a_labelled_question_in_other_order() -> None:
    labelled = (row["text"] for row in QUESTIONS)
    taught = [words(text) for text in (*shipped_questions(), *labelled, *FOREIGN, *common())]
    judging = [
        ticket for name in ("tickets", "fresh", "heldout", "late") for ticket in read_tickets(f"{name}.jsonl")
    ]
    said = [(ticket["id"], words(ticket["text"])) for ticket in judging]
    close = [number for number, text in said for one in taught if len(text & one) > 0.7 * len(text | one)]
    assert close == []


def test_questions_vary_in_length_and_manner() -> None:
    texts = [row["text"] for row in QUESTIONS]
    assert sum(len(text.split()) <= 5 for text in texts) >= 30
    assert sum(len(text.split()) >= 20 for text in texts) >= 15
    assert sum(text[0].islower() for text in texts) >= 80


# Customers


def test_sixty_fictional_customers() -> None:
    assert len(CUSTOMERS) == 60
    assert set(CUSTOMERS[0]) == {"email", "name", "company", "plan", "since", "phone", "note"}
    assert all(None not in row and None not in row.values() for row in CUSTOMERS)
    assert {row["plan"] for row in CUSTOMERS} == {"Standard", "Silver", "Gold", "Business"}
    assert any(not row["name"].isascii() for row in CUSTOMERS)


def test_customer_addresses_are_unique_and_can_belong_to_nobody() -> None:
    addresses = [row["email"] for row in CUSTOMERS]
    assert len({address.casefold() for address in addresses}) == len(addresses)
    assert all(re.fullmatch(r"[a-z.]+@[a-z-]+\.example", address) for address in addresses)


def test_customer_phones_are_unique_and_from_ranges_kept_for_fiction() -> None:
    phones = [row["phone"] for row in CUSTOMERS if row["phone"]]
    assert len(phones) >= 20
    assert len({phone.replace(" ", "") for phone in phones}) == len(phones)
    assert all(phone.startswith(FICTIONAL_PHONES) for phone in phones)


def test_customers_joined_on_an_iso_date_in_the_past() -> None:
    assert all(date(2015, 1, 1) < date.fromisoformat(row["since"]) <= WRITTEN for row in CUSTOMERS)


def test_business_plans_and_companies_belong_together() -> None:
    assert all((row["plan"] == "Business") == bool(row["company"]) for row in CUSTOMERS)


# Tickets


def test_two_hundred_tickets_with_unique_ids() -> None:
    assert len(TICKETS) == 200
    assert [ticket["id"] for ticket in TICKETS] == [f"T{number:03d}" for number in range(1, 201)]


def test_tickets_have_the_fields_of_their_channel() -> None:
    for ticket in TICKETS:
        subject = {"subject"} if ticket["channel"] == "email" else set()
        assert set(ticket) == {"id", "channel", "from", "text", "expected"} | subject
        assert ticket["text"].strip()
        assert ticket.get("subject", "-").strip()
    assert {ticket["channel"] for ticket in TICKETS} == {"email", "chat", "sms", "phone"}


def test_tickets_come_from_customers_who_have_what_the_channel_needs() -> None:
    phone_of = {row["email"]: row["phone"] for row in CUSTOMERS}
    for ticket in TICKETS:
        assert ticket["from"].endswith(".example")
        if ticket["expected"]["reason"] not in {"automatic", "spam"}:
            assert ticket["from"] in phone_of, ticket["id"]
        if ticket["channel"] in {"sms", "phone"}:
            assert phone_of[ticket["from"]], ticket["id"]


def test_labels_name_known_actions_reasons_and_articles() -> None:
    for ticket in TICKETS:
        expected = ticket["expected"]
        assert set(expected) == {"action", "articles", "topic", "reason"}
        assert expected["reason"] in REASONS[expected["action"]], ticket["id"]
        assert expected["topic"], ticket["id"]
        assert set(expected["articles"]) <= set(ARTICLES), ticket["id"]
        assert len(set(expected["articles"])) == len(expected["articles"])


def test_what_is_sent_rests_on_articles_within_their_review_date() -> None:
    for ticket in TICKETS:
        stale = [slug for slug in ticket["expected"]["articles"] if ARTICLES[slug][0]["review"] < WRITTEN]
        match ticket["expected"]:
            case {"action": "send", "articles": articles}:
                assert 1 <= len(articles) <= 2, ticket["id"]
                assert stale == [], ticket["id"]
            case {"reason": "article_past_review"}:
                assert stale, ticket["id"]


def test_the_mix_of_tickets_is_that_of_a_real_day() -> None:
    actions = Counter(ticket["expected"]["action"] for ticket in TICKETS)
    reasons = Counter(ticket["expected"]["reason"] for ticket in TICKETS)
    topics = Counter(ticket["expected"]["topic"] for ticket in TICKETS)
    single = sum(
        ticket["expected"]["action"] == "send" and len(ticket["expected"]["articles"]) == 1
        for ticket in TICKETS
    )
    assert 110 <= single <= 130
    assert 20 <= topics["mixed"] <= 28
    assert 20 <= actions["escalate"] - reasons["no_article"] <= 28
    assert reasons["legal_threat"] >= 5
    assert 5 <= actions["ignore"] <= 12


def test_nearly_every_article_is_wanted_by_some_ticket() -> None:
    wanted = {slug for ticket in TICKETS for slug in ticket["expected"]["articles"]}
    assert wanted == set(ARTICLES)


def test_every_customer_writes_at_least_once() -> None:
    silent = {row["email"] for row in CUSTOMERS} - {ticket["from"] for ticket in TICKETS}
    assert silent == set()


def test_no_two_tickets_are_variations_of_one_sentence() -> None:
    sets = [(ticket["id"], words(ticket["text"])) for ticket in TICKETS]
    alike = [(a, b) for (a, one), (b, two) in combinations(sets, 2) if len(one & two) > 0.6 * len(one | two)]
    assert alike == []


def test_the_app_gets_a_copy_of_the_articles_and_keeps_its_own(tmp_path):
    """What somebody makes an article in the demo lands in its state, not among the shipped ones."""
    folder = demo_company.articles_in(tmp_path)
    shipped = sorted(path.name for path in demo_company.ARTICLES.iterdir())
    assert sorted(path.name for path in folder.iterdir()) == shipped
    (folder / "own.md").write_text("---\ntitle: Own\n---\nOur own words.\n")
    demo_company.articles_in(tmp_path)
    assert (folder / "own.md").exists()
