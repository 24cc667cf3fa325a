"""SOSL, as far as it finds people by phone: FIND {terms} IN PHONE FIELDS RETURNING Contact(fields …) LIMIT n."""

import re

from sandbox.salesforce.refusal import RefusedError, bad_type
from sandbox.salesforce.schema import kind_named
from sandbox.salesforce.soql import attributes, spelled
from sandbox.salesforce.state import State
from sandbox.wire import Record

_SHAPE = re.compile(
    r"FIND\s*\{(?P<terms>(?:[^\\}]|\\.)*)\}\s+IN\s+(?P<where>PHONE|ALL|EMAIL|NAME)\s+FIELDS\s+"
    r"RETURNING\s+(?P<kind>\w+)\s*\((?P<fields>[\w\s,.]+)\)\s*(?:LIMIT\s+(?P<limit>\d+))?\s*",
    re.IGNORECASE | re.DOTALL,
)
_RESERVED = re.compile(r'(?<!\\)[&|!{}\[\]()^~:"\']')
# Unescaped, these are operators, and the search finds nothing instead of failing.
_OPERATORS = re.compile(r"(?<!\\)[+\-]")
_LEAST_DIGITS = 7


def run(text: str, state: State) -> list[Record]:
    """Return what a search finds, shown as the API shows it."""
    read = _SHAPE.fullmatch(text.strip())
    if read is None:
        raise RefusedError(400, "MALFORMED_SEARCH", "unexpected token or no such shape of a search")
    kind = kind_named(read["kind"])
    if kind is None:
        raise bad_type(read["kind"])
    names = [spelled(kind, name.strip()) for name in read["fields"].split(",")]
    wanted = _terms(read["terms"])
    phones = [name for name, type_ in kind.fields.items() if type_ == "phone"]
    found = [r for r in state.all(kind) if any(_same(str(r[p] or ""), w) for p in phones for w in wanted)]
    limit = int(read["limit"] or 2_000)
    return [{"attributes": attributes(kind, r), **{name: r[name] for name in names}} for r in found[:limit]]


def _terms(raw: str) -> list[str]:
    if _RESERVED.search(raw):
        raise RefusedError(400, "MALFORMED_SEARCH", f"line 1: unexpected character in the terms: {raw[:40]}")
    terms = re.split(r"\s+OR\s+", raw)
    return ["".join(c for c in term if c.isdigit()) for term in terms if not _OPERATORS.search(term)]


def _same(phone: str, digits: str) -> bool:
    """Compare as the index of phone numbers does: digits only, and the end of them."""
    kept = "".join(c for c in phone if c.isdigit())
    return len(digits) >= _LEAST_DIGITS and len(kept) >= _LEAST_DIGITS and kept.endswith(digits)
