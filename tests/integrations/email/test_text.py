"""HTML to text, and the first split of new and quoted text."""

from time import process_time

import pytest

from integrations.email.decode import decode, header_text
from integrations.email.htmltext import html_to_text
from integrations.email.newtext import split

PAGE = """
<html><head><title>t</title><style>p{}</style></head><body>
<div>Hello<b>!</b></div><div><br></div><div>Line &amp; two<br>three</div>
<p>Para <a href="https://x.example">link</a></p><ul><li>one<li>two</ul>
<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table><pre>x
y</pre><script>bad()</script><!-- hidden -->
<div class="gmail_quote">On 1 Nov, A &lt;a@b.example&gt; wrote:<blockquote>old<div>older</div></blockquote></div>
</body></html>
"""


def _split(text):
    found = split(text)
    return found.new, found.quoted


def test_html_reads_as_it_looks():
    assert html_to_text(PAGE) == (
        "Hello!\n\nLine & two\nthree\n\nPara link\n\none\ntwo\n\na b\nc\n\nx\ny\n\n"
        "On 1 Nov, A <a@b.example> wrote:\n> old\n> older"
    )


def test_a_reply_in_html_is_split_from_its_quotation():
    new, quoted = _split(html_to_text("<div>Thanks, but no.</div>" + PAGE[PAGE.index('<div class="gm') :]))
    assert new == "Thanks, but no."
    assert quoted.endswith("> older")


@pytest.mark.parametrize(
    "html", ["", "plain", "<", "<p", "<p>open <b>never closed", "\ue000<p>\ue003x", "</div></div>x"]
)
def test_half_html_is_read_too(html):
    assert isinstance(html_to_text(html), str)


def test_the_text_in_half_html_is_kept():
    assert html_to_text("<p>open <b>never <i>closed") == "open never closed"


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 20_000 + "x" + "</div>" * 20_000,
        "".join(f"<b a={n}>" for n in range(300)) + "<p>x" * 60_000,
        "<select><option>" * 30_000,
        "<blockquote>" * 20_000,
        "<table><tr><td>" * 20_000,
        "<" * 300_000,
    ],
    ids=["divs", "formatting", "select", "quotes", "tables", "brackets"],
)
def test_hostile_html_takes_a_moment_only(html):
    start = process_time()
    html_to_text(html)
    assert process_time() - start < 5, "without bounds this takes a minute or gigabytes"


@pytest.mark.parametrize(
    ("text", "new"),
    [
        ("Just this.", "Just this."),
        ("New.\n\nOn Mon, 2 Nov 2026, A <a@b.example> wrote:\n> old", "New."),
        (
            "New.\n\nOn Mon, 2 Nov 2026 at 10:00, Somebody with a Long Name\n<a@b.example> wrote:\n\n> old",
            "New.",
        ),
        ("New.\n\nAm 02.11.26 um 10:00 schrieb A B:\n> alt", "New."),
        ("New.\n\nLe 2 nov. 2026 à 10:00, A <a@b.example> a écrit :\n\nancien", "New."),
        ("New.\n\nOp ma 2 nov. 2026 om 10:00 schreef A <a@b.example>:\n\noud", "New."),
        ("New.\n\n-----Original Message-----\nFrom: A\nold", "New."),
        ("New.\n\n-----Ursprüngliche Nachricht-----\nalt", "New."),
        ("New.\n\nFrom: A <a@b.example>\nSent: Monday\nTo: B\nSubject: x\n\nold", "New."),
        ("New.\n\n________________________________\n\nVon: A\nGesendet: Montag\nAn: B\n\nalt", "New."),
        ("New.\n-- \nAda\nExample Ltd", "New."),
        ("New.\n-- \nAda\n\nFrom: A\nSent: Monday\n\n" + "old\n" * 40, "New."),
        ("New.\n\nSent from my iPhone", "New."),
        ("New.\n\nSent from my iPhone\n\n> old", "New."),
        ("> Is it red?\nNo, blue.\n> Is it large?\nYes.", "No, blue.\nYes."),
        ("On 2 Nov 2026, A <a@b.example> wrote:\n> Is it red?\nNo, blue.", "No, blue."),
    ],
)
def test_new_text(text, new):
    found, quoted = _split(text)
    assert found == new
    assert bool(quoted) == (text != new)


@pytest.mark.parametrize(
    "text",
    [
        "> only\n> a quotation",
        "On 2 Nov 2026, A <a@b.example> wrote:\n> only that",
        "See below.\n\n---------- Forwarded message ---------\nFrom: A\nDate: x\n\nTheir words",
        "On Monday my colleague wrote:\nplease send two.",
        "From: Berlin I took the train.\nIt was late.",
        "Point one\n--\n" + "\n".join(f"line {n} of the text below a line" for n in range(20)),
        "Sent from my desk, where the lamp you sold me is broken.",
        "Sent from my phone\n\nSorry, one more thing.",
        "----------\nA heading\n----------\nText",
        "on " + "very " * 200 + "wrote:\n1",
    ],
)
def test_when_in_doubt_it_is_new(text):
    assert _split(text) == (text.strip(), "")


def test_a_blank_text_stays_blank():
    assert _split(" \n\n") == ("", "")


@pytest.mark.parametrize("line", ["-----------", "On 1 <a@b>", "--\n", ">", "From: a", "Sent from my x\n"])
def test_splitting_takes_linear_time(line):
    start = process_time()
    _split(f"{line}\n" * 5_000)
    assert process_time() - start < 10, "quadratic work would take minutes"


def test_decoding_never_fails():
    for charset in [
        "",
        "utf-16",
        "utf-7",
        "idna",
        "zlib",
        "Ünknown",
        "x" * 99,
        "undefined",
        "punycode",
        "iso-2022-jp",
    ]:
        assert isinstance(decode(bytes(range(256)), charset), str)


def test_words_next_to_text():
    assert header_text("a =?utf-8?q?b?=  =?cp1252?b?/A==?= c") == "a bü c"
    assert header_text("=?utf-8?b?=?= =?utf-8?b?AAAAA!?=") == ""


@pytest.mark.parametrize(
    "html",
    [
        "<div></b>",
        "<ul></b>",
        "<section></x>",
        "<b><div></b></div>",
        "<div><b></div></b>",
        "<li><ul></b>",
        "<form><div></form>",
        "<td><table></td>",
        "<h1></h2>",
    ],
)
def test_end_tags_that_close_nothing_do_not_hide_how_deep_html_is(html):
    start = process_time()
    assert html_to_text(html * 20_000 + "deep inside").endswith("deep inside")
    assert process_time() - start < 5, "quadratic work takes minutes"


def test_what_is_closed_in_the_wrong_order_is_read_as_browsers_do():
    assert html_to_text("<div><b>one</div>two</b> three") == "one\ntwo three"
    assert html_to_text("<b><div>one</b> two</div>three") == "one two\nthree"
    assert html_to_text("<form><div>one</div></form>two") == "one\ntwo"
