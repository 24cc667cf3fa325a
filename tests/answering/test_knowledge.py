from datetime import date
from pathlib import Path

import pytest

from bot.answering.knowledge import MAX_BYTES, load_articles
from bot.answering.markdown import plain

GOOD = """---
title: Where is my order?
url: https://help.example/track
tags: [orders, tracking]
review: 2027-05-31
questions:
  - where is my parcel
  - 42
---
You can track it **in your account**. See [the page](https://help.example/x) for more.

## When the link shows nothing

- *Packed*: it leaves
  with the next truck.
1. First `NW-1`, then wait.

| Region | Working days | Price |
|---|---|---|
| Germany | 2–3 | |
| Spain | 3–5 | €7 |
***
> Quoted <b>text</b>.
"""


def write(folder: Path, name: str, text: str | bytes = GOOD) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_article_is_read_with_its_front_matter_and_plain_sentences(tmp_path):
    write(tmp_path, "track-order.md")
    (article,) = load_articles(tmp_path).articles
    assert (article.slug, article.title) == ("track-order", "Where is my order?")
    assert article.url == "https://help.example/track"
    assert article.tags == ("orders", "tracking")
    assert article.review_by == date(2027, 5, 31)
    assert article.questions == ("where is my parcel", "42")
    assert article.passages == (
        "You can track it in your account.",
        "See the page for more.",
        "Packed: it leaves with the next truck.",
        "First NW-1, then wait.",
        "Germany – working days: 2–3.",
        "Spain – working days: 3–5; price: €7.",
        "Quoted text.",
    )
    assert article.sections == ("", "", *["When the link shows nothing"] * 5)
    assert article.body.startswith("You can track it in your account. See the page")


@pytest.mark.parametrize(
    ("front", "tags", "review"),
    [
        ("title: A\ntags: one, two", ("one", "two"), None),
        ("title: A\ntags:\nreview: ", (), None),
        ("title: A\nreview: 2027-01-02 10:00:00", (), date(2027, 1, 2)),
        ("title: A\nreview: '2027-01-02'", (), date(2027, 1, 2)),
        ("title: A\ntags: [one, null, '']\nquestions:", ("one",), None),
    ],
)
def test_optional_front_matter(tmp_path, front, tags, review):
    write(tmp_path, "a.md", f"---\n{front}\n---\nText.\n")
    (article,) = load_articles(tmp_path).articles
    assert (article.tags, article.review_by) == (tags, review)


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("a.md", "", "The file is empty."),
        ("a.md", "  \n\n", "The file is empty."),
        ("a.md", "# Title\n\nText without front matter.", "no front matter"),
        ("a.md", "---\ntitle: A\nNever closed.", "no front matter"),
        ("a.md", "---\ntitle: [unclosed\n---\nText.", "not valid YAML"),
        ("a.md", "---\ntitle: A\nreview: 2027-13-77\n---\nText.", "not valid YAML|not a date"),
        ("a.md", "---\n- a\n- list\n---\nText.", "not a list of names and values"),
        ("a.md", "---\nurl: x\n---\nText.", "has no title"),
        ("a.md", "---\ntitle: [a, b]\n---\nText.", "“title” must be one line"),
        ("a.md", "---\ntitle: A\ntags: [[a]]\n---\nText.", "“tags” must be a list"),
        ("a.md", "---\ntitle: A\n---\n\n## Heading only\n", "has no text"),
        ("a.md", "---\ntitle: A\nreview: next spring\n---\nText.", "“next spring” is not a date"),
        ("a.md", "---\ntitle: A\nreview: 12\n---\nText.", "“12” is not a date"),
        ("a.md", b"---\ntitle: Gr\xfc\xdfe\n---\nText.", "not UTF-8"),
        ("a.md", b"\x00\x01\x02\xff\xfe garbage", "not UTF-8"),
        ("a.md", "---\ntitle: " + "x" * MAX_BYTES + "\n---\nText.", "larger than"),
        ("a.docx", "---\ntitle: A\n---\nText.", "Unknown format “.docx”"),
        ("README", "Text.", "Unknown format “README”"),
    ],
)
def test_unusable_file_becomes_a_problem_and_stops_nothing(tmp_path, name, text, sentence):
    bad = write(tmp_path / "b", name, text)
    write(tmp_path, "good.md")
    library = load_articles(tmp_path)
    assert [article.slug for article in library.articles] == ["good"]
    (problem,) = library.problems
    assert problem.path == bad
    assert any(part in problem.text for part in sentence.split("|"))


def test_duplicate_slug_is_a_problem_and_the_first_one_counts(tmp_path):
    write(tmp_path, "a/same.md", GOOD)
    second = write(tmp_path, "b/same.md", GOOD.replace("Where is my order?", "Other"))
    library = load_articles(tmp_path)
    assert [article.title for article in library.articles] == ["Where is my order?"]
    assert [problem.path for problem in library.problems] == [second]


def test_other_audiences_and_hidden_files_are_left_out_silently(tmp_path):
    write(tmp_path, "internal.md", GOOD.replace("url:", "audience: agents\nurl:"))
    write(tmp_path, ".git/notes.txt", "not ours")
    library = load_articles(tmp_path)
    assert library.articles == ()
    assert library.problems == ()


def test_missing_folder_is_a_problem(tmp_path):
    library = load_articles(tmp_path / "nowhere")
    assert "does not exist" in library.problems[0].text


def test_unreadable_file_is_a_problem(tmp_path):
    (tmp_path / "loop.md").symlink_to(tmp_path / "loop.md")
    write(tmp_path, "good.md")
    assert [article.slug for article in load_articles(tmp_path).articles] == ["good"]


def test_byte_order_mark_and_windows_line_ends_are_fine(tmp_path):
    write(tmp_path, "a.md", b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert load_articles(tmp_path).articles[0].title == "Where is my order?"


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("![a picture](x.png) here", "a picture here"),
        ("<https://a.example/b> and <me@a.example>", "https://a.example/b and me@a.example"),
        ("snake_case_name and 2 * 3 * 4", "snake_case_name and 2 * 3 * 4"),
        ("a <!-- hidden --> b", "a b"),
        ("__bold__ _it_ **x**", "bold it x"),
    ],
)
def test_inline_marks_are_stripped(markdown, text):
    assert plain(markdown) == text


def test_questions_without_an_article_stand_beside_the_articles(tmp_path):
    write(tmp_path, "track.md")
    write(tmp_path, "no-article.txt", "do you sell kayaks\n\n  are you hiring \n")
    library = load_articles(tmp_path)
    assert ([article.slug for article in library.articles], library.problems) == (["track"], ())
    assert library.foreign == ("do you sell kayaks", "are you hiring")


def test_unreadable_questions_without_an_article_are_a_problem_and_stop_nothing(tmp_path):
    write(tmp_path, "track.md")
    write(tmp_path, "no-article.txt", b"\xff\xfe")
    library = load_articles(tmp_path)
    assert (len(library.articles), library.foreign) == (1, ())
    assert [problem.text for problem in library.problems] == ["The file is not UTF-8 text."]
