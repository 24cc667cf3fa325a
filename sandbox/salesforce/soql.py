"""SOQL, as far as clients of ours and simple-salesforce's users speak it: read strictly, answered from the state.

SELECT fields, parent fields and sub-queries FROM object WHERE conditions ORDER BY fields LIMIT n OFFSET n.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cmp_to_key
from typing import NoReturn

from sandbox.salesforce.refusal import RefusedError, bad_field, bad_type
from sandbox.salesforce.schema import KINDS, Kind, kind_named
from sandbox.salesforce.state import State
from sandbox.wire import Json, Record

Test = Callable[[Record], bool]
_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^'\\]|\\.)*')|(?P<moment>\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:?\d\d))?)"
    r"|(?P<number>-?\d+(?:\.\d+)?)|(?P<word>[A-Za-z_][\w.]*)|(?P<sign><=|>=|!=|<>|[=<>(),]))",
    re.DOTALL,
)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "\\": "\\", "'": "'", '"': '"'}


@dataclass
class Select:
    """One query: its fields as written, sub-queries by relationship, and what narrows and orders the records."""

    kind: Kind
    fields: list[str]
    children: dict[str, "Select"] = field(default_factory=dict)
    test: Test = bool
    order: list[tuple[str, bool, bool]] = field(default_factory=list)
    limit: int | None = None
    offset: int = 0
    counts: bool = False


def malformed(why: str) -> RefusedError:
    return RefusedError(400, "MALFORMED_QUERY", why)


def run(text: str, state: State, *, deleted: bool = False) -> list[Record]:
    """Return the records a query selects, shown as the API shows them."""
    query = _Reader(text, state).query()
    if query.counts:
        return [{"count": len(_found(query, state.all(query.kind, deleted=deleted), state))}]
    return _shown(query, state.all(query.kind, deleted=deleted), state)


def _shown(query: Select, records: Iterable[Record], state: State) -> list[Record]:
    return [_projected(query, record, state) for record in _found(query, records, state)]


def _found(query: Select, records: Iterable[Record], state: State) -> list[Record]:
    found = [record for record in records if query.test(record)]
    for name, down, nulls_last in reversed(query.order):
        found.sort(key=cmp_to_key(_order(name, down, nulls_last, query.kind, state)))
    end = None if query.limit is None else query.offset + query.limit
    return found[query.offset : end]


def _order(
    name: str, down: bool, nulls_last: bool, kind: Kind, state: State
) -> Callable[[Record, Record], int]:
    def compare(one: Record, other: Record) -> int:
        a, b = (value_of(kind, record, name, state) for record in (one, other))
        if a is None or b is None:
            return ((a is None) - (b is None)) * (1 if nulls_last else -1)
        return (int(a > b) - int(a < b)) * (-1 if down else 1)

    return compare


def _projected(query: Select, record: Record, state: State) -> Record:
    shown: Record = {"attributes": attributes(query.kind, record)}
    for path in query.fields:
        _put(shown, path, query.kind, record, state)
    for relation, child in query.children.items():
        _, key = query.kind.children[relation]
        theirs = [r for r in state.all(child.kind) if r[key] == record["Id"]]
        rows = _shown(child, theirs, state)
        shown[relation] = {"totalSize": len(rows), "done": True, "records": rows} if rows else None
    return shown


def _put(shown: Record, path: str, kind: Kind, record: Record | None, state: State) -> None:
    first, _, rest = path.partition(".")
    if not rest:
        shown[first] = record[first] if record is not None else None
        return
    parent_kind, parent = _parent(kind, first, record, state)
    if parent is None:
        shown.setdefault(first, None)
        return
    if not shown.get(first):
        shown[first] = {"attributes": attributes(parent_kind, parent)}
    _put(shown[first], rest, parent_kind, parent, state)


def attributes(kind: Kind, record: Record) -> Record:
    return {"type": kind.name, "url": f"/services/data/v67.0/sobjects/{kind.name}/{record['Id']}"}


def _parent(kind: Kind, relation: str, record: Record | None, state: State) -> tuple[Kind, Record | None]:
    key, to = kind.parents[relation]
    target = KINDS[to]
    found = state.get(target, str(record[key])) if record is not None and record[key] else None
    return target, found


def value_of(kind: Kind, record: Record, path: str, state: State) -> Json:
    """Return what stands at a path such as Account.Owner.Name."""
    first, _, rest = path.partition(".")
    if not rest:
        return record[first]
    target, parent = _parent(kind, first, record, state)
    return None if parent is None else value_of(target, parent, rest, state)


def spelled(kind: Kind, path: str) -> str:
    """Return a path as the API spells it, or refuse what is not there."""
    first, _, rest = path.partition(".")
    if not rest:
        name = kind.field_named(first)
        if name is None:
            raise bad_field(path, kind.name)
        return name
    relation = next((known for known in kind.parents if known.lower() == first.lower()), None)
    if relation is None:
        raise RefusedError(
            400,
            "INVALID_FIELD",
            f"Didn't understand relationship '{first}' in field path. If you are attempting to use a custom "
            "relationship, be sure to append the '__r' after the custom relationship name.",
        )
    return f"{relation}.{spelled(KINDS[kind.parents[relation][1]], rest)}"


class _Reader:
    """Reads one query, token by token."""

    def __init__(self, text: str, state: State) -> None:
        self._state = state
        self._tokens = list(_tokens(text))
        self._at = 0

    def query(self) -> Select:
        query = self._select(None)
        if self._at < len(self._tokens):
            self._fail()
        return query

    def _select(self, outer: Kind | None) -> Select:
        self._want("SELECT")
        written, nested, counts = self._columns()
        self._want("FROM")
        name = self._word()
        kind = self._kind(name, outer)
        query = Select(kind, [spelled(kind, path) for path in written], counts=counts)
        for start in nested:
            back, self._at = self._at, start
            relation_at = self._relation(kind)
            query.children[relation_at] = self._select(kind)
            self._at = back
        if self._take("WHERE"):
            query.test = self._either(kind)
        self._narrow(query)
        return query

    def _columns(self) -> tuple[list[str], list[int], bool]:
        """Return the fields, where sub-queries begin, and whether only their number is wanted."""
        written: list[str] = []
        nested: list[int] = []
        while True:
            if self._take("("):
                nested.append(self._at)
                self._skip()
            else:
                written.append(self._word())
                if written == ["COUNT"] and self._take("("):
                    self._want(")")
                    return [], [], True
            if not self._take(","):
                return written, nested, False

    def _skip(self) -> None:
        depth = 1
        while depth:
            sign = self._next()
            depth += (sign == ("sign", "(")) - (sign == ("sign", ")"))

    def _relation(self, kind: Kind) -> str:
        """Look ahead for which relationship a sub-query names."""
        depth = 0
        for at in range(self._at, len(self._tokens) - 1):
            sort, text = self._tokens[at]
            depth += (text == "(") - (text == ")") if sort == "sign" else 0
            if depth == 0 and sort == "word" and text.upper() == "FROM":
                name = self._tokens[at + 1][1]
                found = next((known for known in kind.children if known.lower() == name.lower()), None)
                if found is not None:
                    return found
                raise bad_type(name)
        raise malformed("unexpected token: '<EOF>'")

    def _kind(self, name: str, outer: Kind | None) -> Kind:
        if outer is not None:
            return KINDS[next(c for r, (c, _) in outer.children.items() if r.lower() == name.lower())]
        kind = kind_named(name)
        if kind is None:
            raise bad_type(name)
        return kind

    def _narrow(self, query: Select) -> None:
        if self._take("ORDER"):
            self._want("BY")
            query.order.append(self._sort(query.kind))
            while self._take(","):
                query.order.append(self._sort(query.kind))
        if self._take("LIMIT"):
            query.limit = int(self._of("number"))
        if self._take("OFFSET"):
            query.offset = int(self._of("number"))

    def _sort(self, kind: Kind) -> tuple[str, bool, bool]:
        name = spelled(kind, self._word())
        down = self._take("DESC")
        if not down:
            self._take("ASC")
        last = down
        if self._take("NULLS"):
            last = self._take("LAST")
            if not last:
                self._want("FIRST")
        return name, down, last

    # --- conditions -------------------------------------------------------------------------------------

    def _either(self, kind: Kind) -> Test:
        first = self._both(kind)
        tests = [first]
        while self._take("OR"):
            tests.append(self._both(kind))
        return first if len(tests) == 1 else lambda record: any(test(record) for test in tests)

    def _both(self, kind: Kind) -> Test:
        first = self._not(kind)
        tests = [first]
        while self._take("AND"):
            tests.append(self._not(kind))
        return first if len(tests) == 1 else lambda record: all(test(record) for test in tests)

    def _not(self, kind: Kind) -> Test:
        if self._take("NOT"):
            inner = self._not(kind)
            return lambda record: not inner(record)
        if self._take("("):
            inner = self._either(kind)
            self._want(")")
            return inner
        return self._condition(kind)

    def _condition(self, kind: Kind) -> Test:
        path = spelled(kind, self._word())
        negated = self._take("NOT")
        if negated or self._peek()[1].upper() == "IN":
            self._want("IN")
            return self._among(kind, path, negated)
        if self._take("LIKE"):
            return self._like(kind, path)
        sign = self._of("sign")
        if sign not in _COMPARE:
            self._fail()
        wanted = self._value()
        compare = _COMPARE[sign]
        return lambda record: compare(_plain(value_of(kind, record, path, self._state)), _plain(wanted))

    def _among(self, kind: Kind, path: str, negated: bool) -> Test:
        self._want("(")
        if self._peek()[1].upper() == "SELECT":
            inner = self._select(None)
            self._want(")")
            name = inner.fields[0]
            rows = _found(inner, self._state.all(inner.kind), self._state)
            values = {_plain(row[name]) for row in rows}
        else:
            values = {_plain(self._value())}
            while self._take(","):
                values.add(_plain(self._value()))
            self._want(")")
        return lambda record: (_plain(value_of(kind, record, path, self._state)) in values) is not negated

    def _like(self, kind: Kind, path: str) -> Test:
        raw = self._of("text")[1:-1]
        pattern = _wildcards(raw)
        return lambda record: bool(
            pattern.fullmatch(str(value_of(kind, record, path, self._state) or "").casefold())
        )

    def _value(self) -> Json:
        sort, text = self._next()
        if sort == "text":
            return unescaped(text[1:-1])
        if sort in ("moment", "number"):
            return text if sort == "moment" else float(text)
        known = {"TRUE": True, "FALSE": False, "NULL": None}
        if text.upper() not in known:
            self._at -= 1
            self._fail()
        return known[text.upper()]

    # --- tokens -----------------------------------------------------------------------------------------

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("end", "")

    def _next(self) -> tuple[str, str]:
        if self._at >= len(self._tokens):
            self._fail()
        self._at += 1
        return self._tokens[self._at - 1]

    def _take(self, word: str) -> bool:
        taken = self._peek()[0] in ("word", "sign") and self._peek()[1].upper() == word
        self._at += taken
        return taken

    def _want(self, word: str) -> None:
        if not self._take(word):
            self._fail()

    def _word(self) -> str:
        return self._of("word")

    def _of(self, sort: str) -> str:
        if self._peek()[0] != sort:
            self._fail()
        return self._next()[1]

    def _fail(self) -> NoReturn:
        raise malformed(f"unexpected token: '{self._peek()[1] or '<EOF>'}'")


def _tokens(text: str) -> Iterable[tuple[str, str]]:
    at, end = 0, len(text.rstrip())
    while at < end:
        found = _TOKEN.match(text, at)
        if found is None:
            raise malformed(f"unexpected token: '{text[at:].strip()[:20]}'")
        at = found.end()
        yield str(found.lastgroup), found[str(found.lastgroup)]


def unescaped(text: str) -> str:
    """Read what stands between quotes; an escape that is none is refused."""

    def one(found: re.Match[str]) -> str:
        if found[1] in _ESCAPES:
            return _ESCAPES[found[1]]
        raise malformed(f"Invalid string literal '{text}'. Illegal character sequence '{found[0]}' in string")

    return re.sub(r"\\(.)", one, text, flags=re.DOTALL)


def _wildcards(raw: str) -> re.Pattern[str]:
    pieces = re.findall(r"\\.|.", raw, re.DOTALL)
    signs = {"%": ".*", "_": "."}
    spelt = (signs.get(piece) or re.escape(piece.removeprefix("\\").casefold()) for piece in pieces)
    return re.compile("".join(spelt), re.DOTALL)


def _plain(value: Json) -> Json:
    """Return a value as it is compared: text without regard to case, an id by its first 15 characters."""
    if isinstance(value, str):
        folded = value.casefold()
        is_id = len(value) == 18 and value.isalnum() and value[:3] in {k.prefix for k in KINDS.values()}
        return folded[:15] if is_id else folded
    return value


def _ordered(compare: Callable[[Json, Json], bool]) -> Callable[[Json, Json], bool]:
    return lambda a, b: a is not None and b is not None and compare(a, b)


_COMPARE: dict[str, Callable[[Json, Json], bool]] = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<>": lambda a, b: a != b,
    "<": _ordered(lambda a, b: a < b),
    ">": _ordered(lambda a, b: a > b),
    "<=": _ordered(lambda a, b: a <= b),
    ">=": _ordered(lambda a, b: a >= b),
}
