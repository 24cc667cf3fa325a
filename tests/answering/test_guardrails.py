from datetime import date

import pytest

from bot.answering.guardrails import Checked, check
from bot.core.model import Source

PASSAGES = {
    1: "Delivery costs €6.95 and takes 2–3 working days; ten days to Hawaii. Write to help@shop.example or see "
    "https://help.shop.example/delivery. Orders over €1,200 are free.",
    2: "Returns are free within 60 days of delivery.",
}
SOURCES = (
    Source(1, "delivery", "Delivery", "https://help.shop.example/delivery", date(2027, 1, 1)),
    Source(2, "returns", "Returns", "https://help.shop.example/returns"),
)


def names(text, **values):
    given = {
        "passages": PASSAGES,
        "said": "My order NW-4711 of 3 May",
        "sources": SOURCES,
        "today": date(2026, 11, 23),
        "brand": "Shop",
    } | values
    return [flag.name for flag in check(Checked(text, **given))]


@pytest.mark.parametrize(
    "text",
    [
        "Delivery costs €6.95 and takes 2–3 working days. [1]",
        "It takes 10 days to Hawaii. [1]",
        "Your order NW-4711 of 3 May is on its way. [1]",
        "Orders over €1200.00 are free. [1]",
        "Orders over €1,200 are free of charge. [1]",
        "Write to help@shop.example, please. [1]",
        "See https://help.shop.example/delivery. [1]",
        "Send them back within 60 days, e.g. by post. [2]",
        "You can use [1] or [2] here, as you like.",
    ],
)
def test_what_stands_in_the_sources_passes(text):
    assert names(text) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Delivery costs €7.95 for all orders. [1]", "invented_number"),
        ("You get 15% off your next order. [1]", "invented_number"),
        ("Your order NW-4712 is on its way. [1]", "invented_number"),
        ("See https://evil.example/delivery for more. [1]", "invented_link"),
        ("See www.shop-help.com for more. [1]", "invented_link"),
        ("Write to boss@shop.example, please. [1]", "invented_link"),
        ("Dear {{name}}, your order is on its way. [1]", "placeholder"),
        ("Your order [ORDER NUMBER] is on its way. [1]", "placeholder"),
        ("Dear <customer name>, it is on its way. [1]", "placeholder"),
        ("It is on its way: TODO add the date. [1]", "placeholder"),
        ("Yes. [1]", "too_short"),
        ("word " * 300 + "[1]", "too_long"),
        ("It is free within 60 days. [3]", "unknown_source"),
    ],
)
def test_what_does_not_is_flagged(text, name):
    assert name in names(text)


def test_model_text_must_be_supported_sentence_by_sentence():
    text = "Hi Maya,\n\nReturns are free within 60 days. [2] We also offer premium concierge insurance packages. [2]"
    assert names(text, written_by_model=True) == ["unsupported"]
    assert names(text, written_by_model=False) == []
    polite = "Hi Maya,\n\nReturns are free within 60 days of delivery. [2]\n\nLet us know if anything else comes up."
    assert names(polite, written_by_model=True) == []


def test_model_text_must_cite():
    assert names("Returns are free within 60 days.", written_by_model=True) == ["uncited"]


def test_long_unsupported_sentence_is_shortened():
    flags = check(
        Checked("Unheard of marvel " * 20, PASSAGES, "", SOURCES, date(2026, 1, 1), written_by_model=True)
    )
    assert all(len(flag.text) < 120 for flag in flags)


@pytest.mark.parametrize(("today", "flags"), [(date(2027, 1, 1), []), (date(2027, 1, 2), ["stale_article"])])
def test_article_past_its_review_date(today, flags):
    assert names("Delivery takes 2–3 working days. [1]", today=today) == flags


def test_all_findings_ask_for_a_review_only():
    flags = check(Checked("{{x}} 999 evil.com", {}, "", (), date(2026, 1, 1), written_by_model=True))
    assert {flag.name for flag in flags} >= {"placeholder", "invented_number", "invented_link", "uncited"}
    assert not any(flag.hard for flag in flags)


@pytest.mark.parametrize(
    "text", ["", "[" * 5000, "{" * 5000, "a." * 50_000, "\ud800", "9" * 10_000, "x@" * 5000]
)
def test_garbage_is_checked_without_harm(text):
    assert isinstance(names(text, written_by_model=True), list)
