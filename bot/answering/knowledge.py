"""The knowledge base: Markdown articles with YAML front matter and HTML exports, read from a folder.

A file that cannot be used never stops the others. It becomes a problem with a sentence that says what is wrong.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml

from bot.answering.html_article import read_page
from bot.answering.lists import listed, prose
from bot.answering.markdown import passages
from bot.core.errors import InvalidInput

FEWEST_QUESTIONS = 200
FEWEST_PER_PASSAGE = 7  # Of articles with much text, the shipped weights make more than learned ones.
MAX_BYTES = 1_000_000
FORMATS = frozenset({".md", ".html", ".htm"})
MISSING = "The knowledge folder does not exist."
NO_ARTICLE = "no-article.txt"  # Beside the articles: questions that none of them answers, one a line.
_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)\n---[ \t]*(?:\n|\Z)(.*)\Z", re.DOTALL)


@dataclass(frozen=True)
class Article:
    """One unit of the knowledge base; `passages` are its sentences in reading order, as plain text.

    `lead_ins` says for each passage what introduces it if it is an item of a list, else nothing.
    `taught` are customers' questions that it answered: they help to find it, and are shown to nobody.
    """

    slug: str
    title: str
    passages: tuple[str, ...]
    url: str = ""
    tags: tuple[str, ...] = ()
    review_by: date | None = None
    questions: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    taught: tuple[str, ...] = ()
    lead_ins: tuple[str, ...] = ()

    @property
    def told(self) -> tuple[str, ...]:
        """The passages as they may be quoted: an item of a list together with what introduces it."""
        leads = self.lead_ins or ("",) * len(self.passages)
        return tuple(listed(lead, text) for lead, text in zip(leads, self.passages, strict=True))

    @property
    def body(self) -> str:
        return prose(self.told)


def teaches(articles: Sequence[Article]) -> bool:
    """Tell whether there are known questions enough to learn a classifier and its confidence from."""
    questions = sum(len(article.questions) for article in articles)
    passages = sum(len(article.passages) for article in articles)
    return questions >= max(FEWEST_QUESTIONS, FEWEST_PER_PASSAGE * passages)


@dataclass(frozen=True)
class Problem:
    """A file that was skipped, and why, as a sentence."""

    path: Path
    text: str


@dataclass(frozen=True)
class Library:
    """All usable articles, ordered by slug, and what could not be used.

    `foreign` are questions that are known to be answered by no article.
    """

    articles: tuple[Article, ...]
    problems: tuple[Problem, ...] = ()
    foreign: tuple[str, ...] = ()


class _Unusable(Exception):
    """The file cannot become an article; the message is the problem's sentence."""


def load_articles(folder: Path) -> Library:
    """Read every public article beneath `folder`; files and folders that start with a dot are not ours."""
    return ArticleFolder(folder).read()


@dataclass(frozen=True)
class _Parsed:
    """What a file holds: an article, nothing that is for customers, or why it cannot be used."""

    digest: bytes
    article: Article | None = None
    problem: str = ""


class ArticleFolder:
    """Reads a folder as often as one likes: only what has changed since is parsed again."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._known: dict[Path, _Parsed] = {}

    def read(self) -> Library:
        """Return the library as it is now; whatever cannot be used is a problem of it."""
        if not self.path.is_dir():
            return Library((), (Problem(self.path, MISSING),))
        self._known = {path: self._parsed(path) for path in article_files(self.path)}
        articles: dict[str, Article] = {}
        problems: list[Problem] = []
        for path, parsed in self._known.items():
            article, problem = parsed.article, parsed.problem
            if article and article.slug in articles:
                problem = f"Another article is called “{article.slug}” already."
            elif article:
                articles[article.slug] = article
            problems += [Problem(path, problem)] if problem else []
        foreign, unread = _foreign(self.path / NO_ARTICLE)
        found = tuple(articles[slug] for slug in sorted(articles))
        return Library(found, (*problems, *unread), foreign)

    def _parsed(self, path: Path) -> _Parsed:
        try:
            text = _text(path)
            digest = sha256(text.encode()).digest()
            known = self._known.get(path)
            return known if known and known.digest == digest else _Parsed(digest, _parse(path, text))
        except _Unusable as error:
            return _Parsed(b"", problem=str(error))


def _foreign(path: Path) -> tuple[tuple[str, ...], tuple[Problem, ...]]:
    if not path.is_file():
        return (), ()
    try:
        return tuple(line.strip() for line in _text(path).splitlines() if line.strip()), ()
    except _Unusable as error:
        return (), (Problem(path, str(error)),)


def look_at(path: Path) -> str:
    """Return why a file cannot become an article; nothing when it can."""
    try:
        _parse(path, _text(path))
    except _Unusable as error:
        return str(error)
    return ""


def article_files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.is_file() and not hidden and path.name != NO_ARTICLE:
            yield path


def _parse(path: Path, text: str) -> Article | None:
    return (parse_article if path.suffix.lower() == ".md" else parse_page)(path.stem, text)


def _text(path: Path) -> str:
    if path.name != NO_ARTICLE and path.suffix.lower() not in FORMATS:
        kind = path.suffix or path.name
        raise _Unusable(f"Unknown format “{kind}”: articles are Markdown (.md) or HTML files.")
    try:
        if path.stat().st_size > MAX_BYTES:
            raise _Unusable(f"The file is larger than {MAX_BYTES // 1000} kB.")
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _Unusable("The file is not UTF-8 text.") from None
    except OSError as error:
        raise _Unusable(f"The file cannot be read: {error.strerror}.") from error


def parse_article(slug: str, text: str) -> Article | None:
    """Read one article; None when it is not meant for customers."""
    text = text.replace("\r\n", "\n")
    if not text.strip():
        raise _Unusable("The file is empty.")
    found = _FRONT_MATTER.match(text)
    if not found:
        raise _Unusable("The file has no front matter between two lines of “---”.")
    front = _front_matter(found.group(1))
    if str(front.get("audience", "public")).strip().lower() != "public":
        return None
    title = _line(front, "title")
    if not title:
        raise _Unusable("The front matter has no title.")
    return replace(
        _article(slug, title, found.group(2)),
        url=_line(front, "url"),
        tags=_lines(front, "tags"),
        review_by=_review_date(front),
        questions=_lines(front, "questions"),
    )


def as_markdown(title: str, question: str, text: str, review_by: date) -> str:
    """Write one article, with the question it answers.

    Raises:
        InvalidInput: it would not be read as an article.
    """
    front = {"title": title, "review": review_by, "questions": [question]}
    told = yaml.safe_dump(front, allow_unicode=True, sort_keys=False, width=10_000)
    written = f"---\n{told}---\n\n{text}\n"
    try:
        parse_article("new", written)
    except _Unusable as error:
        raise InvalidInput(str(error), field="text") from error
    return written


def parse_page(slug: str, text: str) -> Article:
    """Read one page of a help center's HTML export."""
    if not text.strip():
        raise _Unusable("The file is empty.")
    page = read_page(text)
    if not page.title:
        raise _Unusable("The page has no title: neither an h1 nor a title element.")
    return replace(_article(slug, page.title, page.markdown), url=page.url)


def _article(slug: str, title: str, markdown: str) -> Article:
    read = tuple(passages(markdown, title))
    if not read:
        raise _Unusable("The article has no text.")
    return Article(
        slug,
        title,
        tuple(passage.text for passage in read),
        sections=tuple(passage.heading for passage in read),
        lead_ins=tuple(passage.lead_in for passage in read),
    )


def _front_matter(block: str) -> Mapping[str, Any]:
    try:
        front = yaml.safe_load(block)
    except (yaml.YAMLError, ValueError, RecursionError):
        raise _Unusable("The front matter is not valid YAML.") from None
    if not isinstance(front, dict):
        raise _Unusable("The front matter is not a list of names and values.")
    return front


def _line(front: Mapping[str, Any], name: str) -> str:
    value = front.get(name)
    if value is None:
        return ""
    if isinstance(value, list | dict):
        raise _Unusable(f"“{name}” must be one line of text.")
    return " ".join(str(value).split())


def _lines(front: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = front.get(name)
    if value is None:
        return ()
    items = value if isinstance(value, list) else str(value).split(",")
    if any(isinstance(item, list | dict) for item in items):
        raise _Unusable(f"“{name}” must be a list of texts.")
    return tuple(text for item in items if item is not None and (text := " ".join(str(item).split())))


def _review_date(front: Mapping[str, Any]) -> date | None:
    value = front.get("review")
    if value is None or isinstance(value, date):
        return value.date() if isinstance(value, datetime) else value
    try:
        return date.fromisoformat(str(value).strip())
    except ValueError:
        raise _Unusable(f"The review date “{str(value)[:40]}” is not a date like 2027-05-31.") from None
