"""An item of a list is quoted below what introduces it."""

import pytest

from bot.answering.embedded import choose_sentences
from bot.answering.knowledge import parse_article
from bot.answering.lists import conditional, item_of, lead_in_of, listed, prose

REFUSED = """---
title: Vouchers
questions: [where do i enter a voucher, my voucher is rejected]
---
Enter the voucher in the basket before you pay.

## Why a voucher may be refused

- The voucher has expired.
- The basket holds nothing but wine.

## Good to know

You need:

- The number of the voucher.

One voucher counts per order.
"""


def article(body=REFUSED):
    found = parse_article("vouchers", body)
    assert found is not None
    return found


def test_each_item_keeps_its_lead_in_or_heading():
    assert article().told == (
        "Enter the voucher in the basket before you pay.",
        "Why a voucher may be refused:\n- The voucher has expired.",
        "Why a voucher may be refused:\n- The basket holds nothing but wine.",
        "You need:",
        "You need:\n- The number of the voucher.",
        "One voucher counts per order.",
    )


@pytest.mark.parametrize(
    ("markdown", "lead_in"),
    [
        ("- Only one.", "Vouchers:"),
        ("Some text.\n\n- Only one.", "Vouchers:"),
        ("## Rules\nSome text.\n\n- Only one.", "Rules:"),
        ("## Rules\nThese hold:\n1. Only one.", "These hold:"),
        ("## If it fails\nThe steps:\n1. Only one.", "If it fails:"),
        ("## What if it fails?\n* Only one.", "What if it fails?"),
    ],
)
def test_what_introduces_a_list(markdown, lead_in):
    told = article(f"---\ntitle: Vouchers\n---\n{markdown}\n").told[-1]
    assert (lead_in_of(told), item_of(told)) == (lead_in, "Only one.")


def test_a_body_says_each_lead_in_once():
    assert article().body == (
        "Enter the voucher in the basket before you pay.\n\n"
        "Why a voucher may be refused:\n- The voucher has expired.\n- The basket holds nothing but wine.\n\n"
        "You need:\n- The number of the voucher.\n\n"
        "One voucher counts per order."
    )
    assert prose(()) == ""
    assert prose(("One.", listed("", "Two."))) == "One. Two."


def test_a_lead_in_is_never_quoted_without_an_item():
    assert (
        choose_sentences(article().told, [0.0, 0.0, 0.0, 1.0, 0.0, 0.0])[-1]
        == "You need:\n- The number of the voucher."
    )


@pytest.mark.parametrize(
    ("lead_in", "so"),
    [
        ("Why it happens", True),
        ("If no mail arrives", True),
        ("What may go wrong", True),
        ("Steps", False),
        ("", False),
    ],
)
def test_a_lead_in_may_make_a_condition(lead_in, so):
    assert conditional(lead_in) is so
