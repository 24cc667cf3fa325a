"""What customers write, made harmless where it becomes part of a query, a search or a URL."""

import re
from collections.abc import Iterable
from urllib.parse import quote

# Reserved in SOSL; unescaped, "+" and "-" turn a search into one that finds nothing.
_SOSL = str.maketrans({c: f"\\{c}" for c in "?&|!{}[]()^~*:\\\"'+-"})
# The same as simple-salesforce's format_soql, without the second that importing it takes; a test holds them together.
_SOQL = str.maketrans(
    {c: f"\\{c}" for c in "\\'\""} | {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
)
_ID = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?", re.ASCII)
_NOT_A_DIGIT = re.compile(r"[^0-9]")
_SHORTEST = 6


def among(field: str, values: Iterable[str]) -> str:
    """Return the condition that a field has one of these values."""
    quoted = ("'" + value.translate(_SOQL) + "'" for value in values)
    return f"{field} IN ({','.join(quoted)})"


def sosl(words: str) -> str:
    """Escape text that stands between the braces of FIND."""
    return words.translate(_SOSL)


def query_url(path: str, soql: str) -> str:
    """Return the URL of a query within a composite."""
    return f"{path}/query/?q={quote(soql, safe='')}"


def referring_url(path: str, soql: str) -> str:
    """Return the same for a query with references (`@{contact.records[0].Id}`), and nothing from outside in it."""
    return f"{path}/query/?q={quote(soql, safe='@{}[]')}"


def safe_emails(emails: Iterable[str]) -> list[str]:
    """Return the addresses that cannot be taken for a reference to another answer: only we may write one."""
    return [email for email in emails if "@" in email and "@{" not in email]


def is_id(text: str) -> bool:
    """Tell whether a text has the form of a record's id."""
    return bool(_ID.fullmatch(text))


def phone_formats(number: str) -> list[str]:
    """Return how people write a number in E.164 without spaces: with +, 00, country code only."""
    digits = _NOT_A_DIGIT.sub("", number)
    return [f"+{digits}", digits, f"00{digits}"] if len(digits) >= _SHORTEST else []


def ends_alike(one: str, other: str, least: int = 7) -> bool:
    """Tell whether two ways of writing a number have the same end: national and international forms of one."""
    a, b = (_NOT_A_DIGIT.sub("", number).removeprefix("00") for number in (one, other))
    a, b = (number.removeprefix("0") for number in (a, b))
    return min(len(a), len(b)) >= least and (a.endswith(b) or b.endswith(a))
