"""An article out of a help center's HTML export: its title, its address, and its text as Markdown.

Only what shapes the text is looked at. Navigation, scripts and the like are left out; if a page has a `main` or
`article` element, what is outside of it is left out too. The parser keeps no tree, so that nesting costs nothing.
"""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

_SKIPPED = frozenset(
    "script style nav header footer aside noscript template svg form button select iframe".split()
)
_BLOCKS = frozenset("p div section main article ul ol dl dt dd table tr blockquote pre hr br figure".split())
_SPACE = re.compile(r"\s+")
_VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())


@dataclass(frozen=True)
class Page:
    """What a page says; each part is empty when the page has none."""

    title: str
    url: str
    markdown: str


def read_page(html: str) -> Page:
    """Read one page; whatever it is, it becomes a page, at worst an empty one."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    content = reader.inside if any(line.strip() for line in reader.inside) else reader.outside
    return Page(_line(reader.heading) or _line(reader.title), reader.url, "".join(content).strip())


def _line(parts: list[str]) -> str:
    return " ".join("".join(parts).split())


@dataclass
class _Reader(HTMLParser):
    title: list[str] = field(default_factory=list)
    heading: list[str] = field(default_factory=list)
    inside: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    url: str = ""
    skipping: int = 0
    content: int = 0
    place: str = ""

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "link" and dict(attrs).get("rel") == "canonical":
            self.url = str(dict(attrs).get("href") or "").strip()
        if tag in _SKIPPED:
            self.skipping += 1
        if tag in {"main", "article"}:
            self.content += 1
        if tag in {"title", "h1"}:
            self.place = tag
        elif tag in {"h2", "h3", "h4", "h5", "h6"}:
            self._write("\n\n## ")
        elif tag == "li":
            self._write("\n- ")
        elif tag in {"td", "th"}:
            self._write(" ")
        elif tag in _BLOCKS:
            self._write("\n\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _SKIPPED:
            self.skipping = max(0, self.skipping - 1)
        if tag in {"main", "article"}:
            self.content = max(0, self.content - 1)
        if tag == self.place:
            self.place = ""
        if tag in {"h2", "h3", "h4", "h5", "h6", "li"} or (tag in _BLOCKS and tag not in _VOID):
            self._write("\n\n")

    def handle_data(self, data: str) -> None:
        if self.place == "title":
            self.title.append(data)
        elif self.place == "h1" and not self.skipping:
            self.heading.append(data)
        else:
            self._write(_SPACE.sub(" ", data))

    def _write(self, text: str) -> None:
        if not self.skipping:
            (self.inside if self.content else self.outside).append(text)
