"""Web and e-mail addresses: only those that our articles publish, in a form that cannot lead elsewhere."""

import ipaddress
import re
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from bot.answering.guardrails.draft import Checked, shortened
from bot.core.model import Flag

URL = re.compile(
    r"\b(?:https?://|www\.)[^\s<>\"'\])]+"
    r"|(?<![\w.@-])(?:[\w-]{1,63}\.){1,5}(?:com|org|net|example|io|shop|co|de|nl|eu|uk)(?:/[^\s<>\"'\])]*)?\b",
    re.IGNORECASE,
)
EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}")
_SCHEME = re.compile(r"\b(?:http|ftp|javascript|data|file|tel|sms)s?:[^\s<>\"'\])]+", re.IGNORECASE)
_MARKDOWN = re.compile(r"\[([^\]\n]{1,200})\]\(\s*<?([^)\s>]{1,500})")


def invented(draft: Checked) -> Iterable[Flag]:
    """Addresses must stand in an article: what a customer wrote is no reason to send somebody there."""
    known = "\n".join((draft.published, *draft.facts)).lower()
    for found in _written(URL, EMAIL.sub(" ", draft.text)):
        if found not in known:
            yield Flag("invented_link", f"The link “{shortened(found)}” is in no source")
    mentioned = f"{known}\n{draft.said}".lower()
    for found in _written(EMAIL, draft.text):
        if found not in mentioned:
            yield Flag("invented_link", f"The e-mail address “{shortened(found)}” is in no source")


def unsafe(draft: Checked) -> Iterable[Flag]:
    """Links lead to a host of ours, encrypted, under the name that the text shows."""
    ours = hosts(draft.published)
    for found in (*_written(URL, EMAIL.sub(" ", draft.text)), *_written(_SCHEME, draft.text)):
        if why := _danger(found, ours):
            yield Flag("unsafe_link", f"The link “{shortened(found)}” {why}")
    for shown, target in _MARKDOWN.findall(draft.text):
        named = next(iter(hosts(shown)), "")
        if named and named not in hosts(target):
            yield Flag("unsafe_link", f"The link shows “{named}” and leads to “{shortened(target)}”")


def hosts(text: str) -> set[str]:
    """Return the hosts that a text names."""
    return {host for found in _written(URL, EMAIL.sub(" ", text)) if (host := _host(found))}


def _written(pattern: re.Pattern[str], text: str) -> Iterator[str]:
    yield from dict.fromkeys(hit.rstrip(".,;:!?").lower() for hit in pattern.findall(text))


def _danger(link: str, ours: set[str]) -> str:
    scheme, separator, _ = link.partition("://")
    if separator and scheme != "https":
        return "is not encrypted (https)"
    if not separator and re.match(r"[a-z]+:[^/\d]", link):
        return "is no web address"
    if "@" in (urlsplit(_with_scheme(link)).netloc if _host(link) else "@"):
        return "hides where it leads"
    host = _host(link)
    if _is_address(host) or any(label.startswith("xn--") for label in host.split(".")) or not host.isascii():
        return "hides where it leads"
    return (
        ""
        if any(host == known or host.endswith(f".{known}") for known in ours)
        else "leads to a foreign site"
    )


def _with_scheme(link: str) -> str:
    return link if "://" in link else f"https://{link}"


def _host(link: str) -> str:
    """Return the host of a link, or nothing when it has none that can be read."""
    try:
        return (urlsplit(_with_scheme(link)).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host.isdecimal()
    return True
