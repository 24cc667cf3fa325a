"""The knowledge base: Markdown articles with YAML front matter and HTML exports, read from a folder.

A file that cannot be used never stops the others. It becomes a problem with a sentence that says what is wrong.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import yaml

from bot.answering.html_article import read_page
from bot.answering.language import sentences
from bot.answering.lists import conditional, listed, prose

FEWEST_QUESTIONS = 200
FEWEST_PER_PASSAGE = 7  # Of articles with much text, the shipped weights make more than learned ones.
MAX_BYTES = 1_000_000
FORMATS = frozenset({".md", ".html", ".htm"})
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
    if not folder.is_dir():
        return Library((), (Problem(folder, "The knowledge folder does not exist."),))
    articles: dict[str, Article] = {}
    problems: list[Problem] = []
    for path in article_files(folder):
        try:
            article = _read(path)
            if article and article.slug in articles:
                raise _Unusable(f"Another article is called “{article.slug}” already.")
        except _Unusable as error:
            problems.append(Problem(path, str(error)))
        else:
            articles |= {article.slug: article} if article else {}
    foreign, unread = _foreign(folder / NO_ARTICLE)
    return Library(tuple(articles[slug] for slug in sorted(articles)), (*problems, *unread), foreign)


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
        _read(path)
    except _Unusable as error:
        return str(error)
    return ""


def article_files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.is_file() and not hidden and path.name != NO_ARTICLE:
            yield path


def _read(path: Path) -> Article | None:
    kind = path.suffix.lower()
    if kind not in FORMATS:
        raise _Unusable(
            f"Unknown format “{path.suffix or path.name}”: articles are Markdown (.md) or HTML files."
        )
    return (parse_article if kind == ".md" else parse_page)(path.stem, _text(path))


def _text(path: Path) -> str:
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


def parse_page(slug: str, text: str) -> Article:
    """Read one page of a help center's HTML export."""
    if not text.strip():
        raise _Unusable("The file is empty.")
    page = read_page(text)
    if not page.title:
        raise _Unusable("The page has no title: neither an h1 nor a title element.")
    return replace(_article(slug, page.title, page.markdown), url=page.url)


def _article(slug: str, title: str, markdown: str) -> Article:
    read = tuple(_passages(markdown, title))
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


# --- Markdown to plain sentences ----------------------------------------------------------------------------

_HEADING = re.compile(r"#{1,6}\s+(.*?)\s*#*$")
_ITEM = re.compile(r"(?:[-*+]|\d{1,3}[.)])\s+(.*)$")
_RULE = re.compile(r"\|?[\s:|*_-]{3,}\|?$")
_INLINE = (
    (re.compile(r"!\[([^\]]*)\]\([^)]*\)"), r"\1"),
    (re.compile(r"\[([^\]]+)\]\((?:[^)]*)\)"), r"\1"),
    (re.compile(r"<(https?://[^>\s]+|[^@>\s]+@[^>\s]+)>"), r"\1"),
    (re.compile(r"<!--.*?-->|</?[a-zA-Z][^>]*>"), ""),
    (re.compile(r"(\*\*|__)(.+?)\1"), r"\2"),
    (re.compile(r"(?<![\w*])[*_](\S(?:.*?\S)?)[*_](?![\w*])"), r"\1"),
    (re.compile(r"`([^`]+)`"), r"\1"),
)


def plain(markdown: str) -> str:
    """Strip the inline marks of one line of Markdown."""
    for pattern, replacement in _INLINE:
        markdown = pattern.sub(replacement, markdown)
    return " ".join(markdown.split())


@dataclass(frozen=True)
class _Passage:
    """A sentence, the heading above it, and what introduces it if it is an item of a list."""

    text: str
    heading: str
    lead_in: str = ""


@dataclass
class _Block:
    """Lines that belong together: a paragraph, an item of a list, a table, a heading."""

    lines: list[str]
    is_item: bool = False

    @property
    def text(self) -> str:
        return plain(" ".join(self.lines))


def _passages(markdown: str, title: str) -> Iterator[_Passage]:
    """Yield every sentence; list items and table rows count as sentences."""
    heading = before = ""
    for block in _blocks(markdown):
        found = _HEADING.match(block.lines[0])
        if found:
            heading, before = plain(found.group(1)), ""
        elif block.lines[0].startswith("|"):
            yield from (_Passage(row, heading) for row in _table(block.lines))
        elif block.is_item:
            lead_in = _lead_in(before, heading) or title
            yield from (_Passage(text, heading, lead_in) for text in sentences(block.text))
        else:
            said = sentences(block.text)
            before = said[-1] if said else ""
            yield from (_Passage(text, heading) for text in said)


def _lead_in(before: str, heading: str) -> str:
    """Return what introduces a list: the sentence before it if it ends so (“You need:”), else the heading, if any.

    A heading that makes conditions is never lost to a sentence that does not.
    """
    introduces = before.endswith(":") and (conditional(before) or not conditional(heading))
    return before if introduces else heading


def _blocks(markdown: str) -> Iterator[_Block]:
    """Join the lines that belong together: paragraphs, list items, tables; headings stand alone."""
    block = _Block([])
    for line in (raw.strip().lstrip(">").strip() for raw in markdown.split("\n")):
        item = _ITEM.match(line)
        heading = bool(_HEADING.match(line))
        first = block.lines[0] if block.lines else ""
        table_edge = bool(first) and (line.startswith("|") != first.startswith("|"))
        if first and (not line or item or heading or table_edge or _HEADING.match(first)):
            yield block
            block = _Block([])
        if line and (line.startswith("|") or not _RULE.match(line)):
            block.is_item = block.is_item or item is not None
            block.lines.append(item.group(1) if item else line)
    if block.lines:
        yield block


def _table(rows: Sequence[str]) -> Iterator[str]:
    """Read each row of a table as a sentence, with the names of the columns."""
    names, *cells = [
        [plain(cell) for cell in row.strip("|").split("|")] for row in rows if not _RULE.match(row)
    ] or [[]]
    for first, *others in cells:
        named = [f"{name.lower()}: {cell}" for name, cell in zip(names[1:], others, strict=False) if cell]
        yield f"{first} – {'; '.join(named)}." if named else f"{first}."
