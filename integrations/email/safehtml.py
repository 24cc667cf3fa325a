"""The HTML of a mail as people may look at it: nothing runs, nothing is loaded, and no link pretends to be another.

nh3 keeps an allow-list of elements, attributes and styles. Around it stands what it does not do: hostile nesting is
flattened first (nh3 takes time quadratic in the depth), and links are held against their text afterwards. The page
that shows it has a policy of its own (`handlers/web/originals.py`), so that either would do.
"""

import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape, unescape
from urllib.parse import urlsplit

import nh3

from integrations.email.nesting import flattened

_LENGTH = 1_000_000
_DEPTH = 100
_PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
_MOST_PICTURES = 5_000_000  # Bytes of all pictures in the text.

# Parsers copy what of these is open into each following paragraph; so they go through under other names.
_FORMATTING = frozenset("a b big code em font i nobr s small strike strong tt u".split())
_TAGS = frozenset(
    "blockquote br caption center col colgroup dd del div dl dt figcaption figure h1 h2 h3 h4 h5 h6 hr img ins li ol "
    "p pre span sub sup table tbody td tfoot th thead tr ul".split()
)
_STYLES = frozenset(
    "color background-color font-family font-size font-style font-weight line-height text-align text-decoration "
    "text-indent vertical-align white-space border border-bottom border-collapse border-color border-left "
    "border-radius border-right border-spacing border-style border-top border-width padding padding-bottom "
    "padding-left padding-right padding-top width height max-width direction list-style-type".split()
)
_ATTRIBUTES = {
    "*": {"style", "dir", "lang", "align", "valign", "bgcolor", "title"},
    "x-a": {"href"},
    "x-font": {"color", "face", "size"},
    "img": {"src", "alt", "width", "height"},
    "table": {"border", "cellpadding", "cellspacing", "width"},
    **{name: {"colspan", "rowspan", "width", "height"} for name in ("td", "th")},
    "ol": {"start", "type"},
}
_LEADS_SOMEWHERE = frozenset({"http", "https", "mailto", "tel"})
_HIDDEN_WHOLE = {
    "script",
    "style",
    "title",
    "textarea",
    "select",
    "noscript",
    "template",
    "svg",
    "math",
    "iframe",
}
_RENAMED = re.compile(r"(</?)x-([a-z]+)")
_LINK = re.compile(r"<a((?: [a-z-]+=\"[^\"]*\")*)>(.*?)</a>", re.DOTALL)
_INNER_LINK = re.compile(r"<a(?: [a-z-]+=\"[^\"]*\")*>")  # Links do not nest; the outermost one counts.
_HREF = re.compile(r" href=\"([^\"]*)\"")
_TAG = re.compile(r"<(?:\"[^\"]*\"|[^\">])*>")
_HOST_IN_TEXT = re.compile(
    r"(?:https?://|www\.|@)?((?:[\w-]{1,63}\.){1,8}[a-z]{2,24})(?![\w-])", re.IGNORECASE
)
# Directions of writing that turn text around, and signs of no width that stand in the middle of words.
_UNSEEN = dict.fromkeys(
    [*range(0x202A, 0x202F), *range(0x2066, 0x206A), *range(0x200B, 0x2010), 0x2060, 0xFEFF, 0xAD, 0]
)
_NOT_IN_STYLES = re.compile(r"url|expression|image|var\s*\(|\\", re.IGNORECASE)
_NO_HOST = frozenset("pdf doc docx xls xlsx png jpg jpeg gif zip txt html htm php js py md csv".split())


@dataclass(frozen=True)
class SafeHtml:
    """What may be shown, and how many remote pictures and misleading links were taken out of it."""

    html: str
    pictures: int = 0
    links: int = 0


def safe_html(html: str, pictures: Mapping[str, tuple[str, bytes]]) -> SafeHtml:
    """Clean the HTML of a mail; `pictures` are the types and contents of those it brings along, by Content-ID.

    Never raises; bounded in time and memory by the length of the input.
    """
    shown = _Pictures(pictures)
    cleaned: str = nh3.clean(
        flattened(_readable(html), _DEPTH, _passing_name),
        tags=set(_TAGS | {f"x-{name}" for name in _FORMATTING}),
        clean_content_tags=_HIDDEN_WHOLE,
        attributes={name: set(allowed) for name, allowed in _ATTRIBUTES.items()},
        attribute_filter=shown.keep,
        url_schemes={*_LEADS_SOMEWHERE, "cid"},
        url_relative="deny",
        filter_style_properties=set(_STYLES),
        link_rel=None,
    )
    links = _Links()
    named = _RENAMED.sub(r"\1\2", cleaned)
    return SafeHtml(links.checked(named), shown.blocked, links.misleading)


def _readable(html: str) -> str:
    return html[:_LENGTH].translate(_UNSEEN).encode("utf-8", "replace").decode()


def _passing_name(name: str) -> str:
    return f"x-{name}" if name in _FORMATTING else "div" if name == "form" else name


class _Pictures:
    """Decides about attributes; pictures that came along are put into the text, all others stay out."""

    def __init__(self, pictures: Mapping[str, tuple[str, bytes]]) -> None:
        self._pictures = pictures
        self._room = _MOST_PICTURES
        self.blocked = 0

    def keep(self, tag: str, attribute: str, value: str) -> str | None:
        if attribute == "style":
            return None if _NOT_IN_STYLES.search(value) else value
        if tag == "img" and attribute == "src":
            return self._source(value.strip())
        return value

    def _source(self, value: str) -> str | None:
        kind, content = self._pictures.get(value[4:].strip("<>"), ("", b""))
        if not value.lower().startswith("cid:"):
            self.blocked += 1
        elif kind in _PICTURES and len(content) <= self._room:
            self._room -= len(content)
            return f"data:{kind};base64,{b64encode(content).decode()}"
        return None


class _Links:
    """Says of every link where it leads, and takes away those whose text says something else."""

    def __init__(self) -> None:
        self.misleading = 0

    def checked(self, html: str) -> str:
        return _LINK.sub(self._check, html)

    def _check(self, link: re.Match[str]) -> str:
        href, inside = _HREF.search(link[1]), _INNER_LINK.sub("", link[2])
        target = unescape(href[1]) if href else ""
        if not target:
            return f"<span>{inside}</span>"
        if _misleads(unescape(_TAG.sub("", inside)).translate(_UNSEEN), target):
            self.misleading += 1
            return f"<span>{inside}</span> <em>[{escape(_shown(target))}]</em>"
        attributes = f' href="{escape(target)}" title="{escape(_shown(target))}"'
        return f'<a{attributes} target="_blank" rel="noopener noreferrer nofollow">{inside}</a>'


def _misleads(text: str, target: str) -> bool:
    """Tell whether a text names a host that is not the one to which its link leads."""
    host = _host(target)
    named = {one.lower().removeprefix("www.") for one in _HOST_IN_TEXT.findall(text[:500])}
    foreign = {one for one in named if one.rpartition(".")[2] not in _NO_HOST}
    return any(not (host == one or host.endswith(f".{one}")) for one in foreign)


def _host(target: str) -> str:
    try:
        parts = urlsplit(target)
        found = parts.path.rpartition("@")[2] if parts.scheme == "mailto" else parts.hostname or ""
    except ValueError:
        return ""
    return found.lower().removeprefix("www.")


def _shown(target: str) -> str:
    return f"leads to {target[:200]}"
