"""Texts that customers (and attackers) write, and the check that none of them comes alive in Slack."""

import json
import re

HOSTILE = {
    "channel call": "<!channel> look <!here> <@U0KIM> <#C0ESC>",
    "dressed link": "<http://evil.example|your bank> & <https://x.example>",
    "dressed name": "<https://evil.test|Click here> by <@U0ADMIN1>",
    "entities": "&amp;&lt;&gt;" * 900,
    "ampersands": "&" * 40_000,
    "very long": "word " * 8_000,
    "one long line": "x" * 40_000,
    "many lines": "line\n" * 8_000,
    "blank lines": "\n\n\n a \n\n\n\n b" * 2_000,
    "right to left": "\u202eمرحبا، أين طردي؟ \u2066\u2069 שלום",
    "emoji": "👩‍👩‍👧‍👦🇩🇪 :rotating_light: " * 1_000,
    "marks": "*bold* _it_ ~no~ `code` ```block``` > quote " * 50,
    "control": "a\x00b\x07c\x1b[31m\r\nd\u0085e",
    "surrogate": "half \ud83d of an emoji",
    "pipes": "|" * 500,
    "spaces": "   \n\t ",
    "empty": "",
}

# What we write ourselves: links, mentions of single people, Slack channels, and moments in time.
_OURS = re.compile(r"https?://[^|<>\s]+\|[^<>]*|@[UW][A-Z0-9]+|#C[A-Z0-9]+|!date\^\d+\^[^|<>]+\|[^<>]+")


def mrkdwn(part: object) -> list[str]:
    """Return all mrkdwn texts in a payload."""
    if isinstance(part, list):
        return [found for inner in part for found in mrkdwn(inner)]
    if not isinstance(part, dict):
        return []
    own = [part["text"]] if part.get("type") == "mrkdwn" else []
    return own + [found for inner in part.values() for found in mrkdwn(inner)]


def live(text: str) -> list[str]:
    """Return what Slack would bring to life in a text although we did not put it there."""
    return [mark for mark in re.findall(r"<([^>]*)>", text) if not _OURS.fullmatch(mark)]


def check(payload: object) -> None:
    """Fail when a payload holds something live, unbalanced or unencodable."""
    for text in mrkdwn(payload):
        assert live(text) == []
        assert text.count("<") == text.count(">") - sum(line.startswith("> ") for line in text.split("\n"))
        assert not re.search(r"&(?!amp;|lt;|gt;)", text)
    json.dumps(payload, ensure_ascii=False).encode()
