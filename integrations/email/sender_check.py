"""Is a mail from whom it says? What our own mail server found (RFC 8601), and nobody else.

Anybody can write an Authentication-Results header. The server that takes mail from outside removes those that bear
its own name (RFC 8601, 5) and puts its own on top; so only the topmost one that bears the configured name counts.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from integrations.email.decode import one_line

PASS, FAIL = "pass", "fail"

_COMMENT = re.compile(r"\([^()]{0,500}\)")
_PAIR = re.compile(r"([A-Za-z0-9.-]{1,40})\s{0,5}=\s{0,5}(\"[^\"]{0,300}\"|[^\s;]{1,300})")
_MOST = 4_000


@dataclass(frozen=True)
class SenderCheck:
    """What is known of a sender: `result` is pass, fail or "" (not known), `text` says why, for people."""

    result: str = ""
    text: str = ""

    @property
    def passed(self) -> bool:
        return self.result == PASS


@dataclass(frozen=True)
class _Method:
    """What one method of authentication came to, for which domain."""

    name: str
    result: str
    domain: str


def check_sender(headers: Sequence[str], authserv_id: str, address: str) -> SenderCheck:
    """Read the Authentication-Results of a mail whose From is `address`; no `authserv_id` means no check."""
    if not authserv_id:
        return SenderCheck()
    ours = next((found for header in headers if (found := _results(header, authserv_id)) is not None), None)
    if ours is None:
        return SenderCheck("", f"{authserv_id} did not check this mail")
    domain = address.rpartition("@")[2].casefold()
    said = ", ".join(f"{one.name.upper()} {one.result}" for one in ours) or "nothing was checked"
    return SenderCheck(_outcome(ours, domain), f"{said} (says {authserv_id})")


def _outcome(methods: Sequence[_Method], domain: str) -> str:
    """DMARC decides where there is one; else a domain in line with the sender's has to have passed."""
    dmarc = [one.result for one in methods if one.name == "dmarc"]
    if dmarc and dmarc[0] in {PASS, FAIL}:
        return dmarc[0]
    if any(one.result == PASS and _in_line(one.domain, domain) for one in methods):
        return PASS
    spf = [one.result for one in methods if one.name == "spf"]
    return FAIL if FAIL in spf else ""


def _in_line(passed: str, domain: str) -> bool:
    """Tell whether one domain is the other or belongs to it (the relaxed alignment of RFC 7489, 3.1)."""
    if not passed or "." not in passed:
        return False
    return passed == domain or domain.endswith(f".{passed}")


def _results(header: str, authserv_id: str) -> Sequence[_Method] | None:
    """Return what a header says, or None when it is not by this server."""
    text = one_line(header[:_MOST])
    for _ in range(3):  # Comments may be nested.
        text = _COMMENT.sub(" ", text)
    name, _, rest = text.partition(";")
    words = name.split()
    if not words or words[0].strip('"').casefold() != authserv_id.casefold():
        return None
    return list(_methods(rest))


def _methods(text: str) -> Iterator[_Method]:
    for part in text.split(";"):
        pairs = [(key.casefold(), value.strip('"').casefold()) for key, value in _PAIR.findall(part)]
        if pairs and pairs[0][0] in {"dmarc", "spf", "dkim"}:
            name, result = pairs[0]
            yield _Method(name, result, _domain(name, dict(pairs[1:])))


def _domain(method: str, said: dict[str, str]) -> str:
    if method == "spf":
        return said.get("smtp.mailfrom", said.get("smtp.helo", "")).rpartition("@")[2]
    return said.get("header.d", said.get("header.i", "").rpartition("@")[2])
