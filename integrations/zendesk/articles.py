"""Help Center articles as ours: Markdown with front matter. What is not for every customer stays out."""

from collections.abc import Iterator, Mapping
from typing import Any

import yaml
from selectolax.lexbor import LexborHTMLParser, LexborNode

_HIDDEN = frozenset({"script", "style", "template", "noscript"})
_HEADINGS = {f"h{level}": "#" * max(level, 2) for level in range(1, 7)}
_BLOCKS = frozenset(
    {"p", "div", "li", "ul", "ol", "tr", "table", "blockquote", "pre", "section", "br", *_HEADINGS}
)
_TEXT = "-text"


def is_for_customers(article: Mapping[str, Any]) -> bool:
    """Tell whether anybody may read it: no draft, not archived, and no segment of users to whom it is restricted."""
    kept_back = ("draft", "archived", "deleted")
    return not any(article.get(name) for name in kept_back) and article.get("user_segment_id") is None


def as_markdown(article: Mapping[str, Any]) -> str:
    """Return an article as a file of our knowledge base."""
    tags = [str(one) for one in article.get("label_names") or ()]
    front = {"title": _line(article.get("title")), "url": _line(article.get("html_url")), "tags": tags}
    known = {name: value for name, value in front.items() if value}
    head = yaml.safe_dump(known, allow_unicode=True, sort_keys=False)
    return f"---\n{head}---\n{_markdown(str(article.get('body') or ''))}\n"


def _line(said: object) -> str:
    return " ".join(str(said or "").split())


def _markdown(html: str) -> str:
    body = LexborHTMLParser(html).body
    lines = (
        [" ".join(line.split()) for line in "".join(_pieces(body)).split("\n")] if body is not None else []
    )
    return "\n\n".join(line for line in lines if line.strip("#- "))


def _pieces(node: LexborNode) -> Iterator[str]:
    """Yield text and breaks; a list item and a heading begin with their mark."""
    for child in node.iter(include_text=True):
        tag = child.tag or ""
        if tag == _TEXT:
            yield (child.text_content or "").replace("\n", " ")
        elif tag not in _HIDDEN:
            block = tag in _BLOCKS
            yield "\n" if block else ""
            yield "- " if tag == "li" else f"{_HEADINGS[tag]} " if tag in _HEADINGS else ""
            yield from _pieces(child)
            yield "\n" if block else " " if tag == "td" else ""
