"""Help Center articles as ours, and which of them are for customers."""

import pytest

from bot.answering.knowledge import parse_article
from integrations.zendesk.articles import as_markdown, is_for_customers

HTML = """<h1>Return</h1><p>Send it <b>back</b>
within 60&nbsp;days.</p><script>alert(1)</script><ul><li>Pack it<ul><li>well</li></ul></li><li>Ship it</li></ul>
Bare words<table><tr><td>Europe</td><td>3 days</td></tr></table>"""
ARTICLE = {
    "id": 360001,
    "title": "Return: how?",
    "body": HTML,
    "html_url": "https://help.example/1",
    "draft": False,
}


def test_an_article_is_one_of_ours():
    text = as_markdown({**ARTICLE, "label_names": ["returns"]})
    article = parse_article("zendesk-360001", text)
    assert (article.title, article.url, article.tags) == (
        "Return: how?",
        "https://help.example/1",
        ("returns",),
    )
    assert article.passages == (
        *("Send it back within 60 days.", "Pack it", "well", "Ship it", "Bare words", "Europe 3 days"),
    )
    assert article.sections[0] == "Return"


@pytest.mark.parametrize("html", ["", "<", "<p></p>", "\x00", "<li><li><li>", "<p>" * 200 + "deep"])
def test_any_html_makes_a_file(html):
    assert as_markdown({**ARTICLE, "body": html}).startswith("---\ntitle: ")


@pytest.mark.parametrize(
    ("kept_back", "expected"),
    [
        ({}, True),
        ({"user_segment_id": None}, True),
        ({"draft": True}, False),
        ({"archived": True}, False),
        ({"user_segment_id": 12}, False),
    ],
)
def test_what_is_for_customers(kept_back, expected):
    assert is_for_customers(ARTICLE | kept_back) is expected
