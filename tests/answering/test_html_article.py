"""Pages of a help center's export become articles."""

import pytest

from bot.answering.html_article import read_page
from bot.answering.knowledge import load_articles

PAGE = """<!doctype html><html><head><title>Returns &amp; refunds | Shop</title>
<link rel="canonical" href="https://help.shop.example/returns"><style>p {}</style></head>
<body><nav>Home <a href="/">Start</a></nav><main><h1>Return an item</h1>
<p>You can return <b>unused</b> items<br>within 60&nbsp;days.</p><h2>Costs</h2>
<ul><li>Free from the EU.</li><li>€4.95 from the UK.</li></ul>
<table><tr><th>Country</th><td>Days</td></tr></table><script>alert(1)</script></main><footer>Imprint</footer></body></html>"""


def test_page_is_read_with_title_address_and_sections(tmp_path):
    (tmp_path / "returns.html").write_text(PAGE, encoding="utf-8")
    (article,) = load_articles(tmp_path).articles
    assert (article.slug, article.title) == ("returns", "Return an item")
    assert article.url == "https://help.shop.example/returns"
    assert article.passages[:2] == ("You can return unused items", "within 60 days.")
    assert "Free from the EU." in article.passages
    assert article.sections[article.passages.index("Free from the EU.")] == "Costs"
    assert not any(word in article.body for word in ("Imprint", "Start", "alert"))


def test_title_element_and_whole_body_serve_where_there_is_nothing_better():
    page = read_page("<title> Opening  hours </title><div>We are open on Mondays.</div>")
    assert (page.title, page.url, page.markdown) == ("Opening hours", "", "We are open on Mondays.")


@pytest.mark.parametrize(
    ("content", "problem"),
    [("<p>No title at all.</p>", "no title"), ("<h1>Only a title</h1>", "no text"), ("", "empty")],
)
def test_pages_that_cannot_be_articles_are_named(tmp_path, content, problem):
    (tmp_path / "x.htm").write_text(content, encoding="utf-8")
    (found,) = load_articles(tmp_path).problems
    assert problem in found.text


@pytest.mark.parametrize(
    "html",
    ["<" * 50_000, "<div>" * 50_000, "</main></nav>" * 500, "<h1" * 500, "&#0;\x00", "<![CDATA["],
    ids=lambda html: html[:13],
)
def test_garbage_becomes_a_page_in_little_time(html):
    assert isinstance(read_page(html).markdown, str)
