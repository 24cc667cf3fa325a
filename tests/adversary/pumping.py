"""Hostile texts for a regular expression, made from its own parse tree, and how its time grows on them.

What explodes is repetition: so each text is what the pattern wants before a repetition, then something that one of
its repetitions takes, many times, then an end that nothing takes. What it wants is read off the parse tree.
"""

import math
import re
import signal
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice, product
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

_ENDS = ("", "\x01\n\x01")
_VARIANTS, _PUMPS, _PREFIXES = 3, 16, 6
_FEW, _NOTICED, _LONGEST, _TICKS = 256, 0.001, 1.0, 0.02
_OFTEN = 10  # What may stand so often is a repetition.
_CANDIDATES = "a0 \t\n-.,:;/@_\"'<>()[]*#=+A9xZé€!\x01"
_CATEGORIES: dict[Any, Callable[[str], bool]] = {
    sre.CATEGORY_DIGIT: str.isdecimal,
    sre.CATEGORY_NOT_DIGIT: lambda c: not c.isdecimal(),
    sre.CATEGORY_SPACE: str.isspace,
    sre.CATEGORY_NOT_SPACE: lambda c: not c.isspace(),
    sre.CATEGORY_WORD: lambda c: c.isalnum() or c == "_",
    sre.CATEGORY_NOT_WORD: lambda c: not (c.isalnum() or c == "_"),
}
_REPEATS = {sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT}


@dataclass(frozen=True)
class Attack:
    """A text that grows: `before`, then `pump` as often as one likes, then `after`."""

    before: str
    pump: str
    after: str

    def text(self, times: int) -> str:
        return self.before + self.pump * times + self.after


def attacks_on(pattern: re.Pattern[str]) -> Iterator[Attack]:
    """Make texts on which this pattern has the most to try."""
    tree = parser.parse(pattern.pattern, pattern.flags & ~re.DEBUG)
    found = list(_repeats(tree, ""))
    pumps = dict.fromkeys(pump for _, body in found for pump in islice(_texts(body), _VARIANTS) if pump)
    befores = dict.fromkeys(["", *(before for before, _ in found)])
    for before, pump, after in product(islice(befores, _PREFIXES), islice(pumps, _PUMPS), _ENDS):
        yield Attack(before, pump, after)


def _repeats(tree: Any, before: str) -> Iterator[tuple[str, Any]]:
    """Yield each repetition in a tree: a text that leads to it, and its body."""
    for op, value in tree:
        if op in _REPEATS and value[1] is not None and value[1] >= _OFTEN:
            yield before, value[2]
        for inner in _inside(op, value):
            yield from _repeats(inner, before)
        before += next(_texts([(op, value)]), "")


def _inside(op: Any, value: Any) -> Sequence[Any]:
    if op in _REPEATS:
        return [value[2]]
    if op is sre.SUBPATTERN:
        return [value[-1]]
    if op is sre.BRANCH:
        return list(value[1])
    if op in {sre.ASSERT, sre.ASSERT_NOT}:
        return [value[1]]
    if op is sre.ATOMIC_GROUP:
        return [value]
    return [one for one in value[1:] if one is not None] if op is sre.GROUPREF_EXISTS else []


def _texts(tree: Any) -> Iterator[str]:
    """Yield a few texts that a tree takes, as far as can be told without looking around."""
    parts = [list(islice(_of_one(op, value), _VARIANTS)) or [""] for op, value in tree]
    usual = [part[0] for part in parts]
    yield "".join(usual)
    for place, part in enumerate(parts):
        for other in part[1:]:
            yield "".join([*usual[:place], other, *usual[place + 1 :]])


def _of_one(op: Any, value: Any) -> Iterator[str]:
    if op is sre.LITERAL:
        yield chr(value)
    elif op is sre.NOT_LITERAL:
        yield from (c for c in _CANDIDATES if c != chr(value))
    elif op is sre.ANY:
        yield from "a 0"
    elif op is sre.IN:
        yield from _of_class(value)
    elif op in _REPEATS:
        least, _, body = value
        yield from (text * max(least, 1) for text in _texts(body))
        if not least:
            yield ""
    elif op is sre.BRANCH:
        yield from (text for branch in value[1] for text in islice(_texts(branch), 1))
    elif op is sre.SUBPATTERN:
        yield from _texts(value[-1])
    elif op is sre.ATOMIC_GROUP:
        yield from _texts(value)


def _of_class(items: Any) -> Iterator[str]:
    negated = any(op is sre.NEGATE for op, _ in items)
    if not negated:
        yield from (chr(value) for op, value in items if op is sre.LITERAL)
        yield from (chr(value[0]) for op, value in items if op is sre.RANGE)
    yield from (c for c in _CANDIDATES if any(_is_in(c, item) for item in items) is not negated)


def _is_in(char: str, item: tuple[Any, Any]) -> bool:
    op, value = item
    if op is sre.LITERAL:
        return ord(char) == value
    if op is sre.RANGE:
        return bool(value[0] <= ord(char) <= value[1])
    return op is sre.CATEGORY and _CATEGORIES[value](char)


class TooLong(Exception):
    """It took more of the processor than anything of ours may."""


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Break off what takes longer, in time of the processor: the matcher looks for signals now and then."""

    def stop(*_: object) -> None:
        raise TooLong

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def slowest(match: Callable[[str], object], attacks: Iterable[Attack]) -> Attack | None:
    """Return the attack that takes longest, by the clock on the wall; None where none takes noticeably long."""
    longest, worst = _NOTICED, None
    for attack in attacks:
        if (took := _glance(match, attack)) > longest:
            longest, worst = took, attack
        if longest == math.inf:
            break
    return worst


def _glance(match: Callable[[str], object], attack: Attack) -> float:
    begun = time.perf_counter()
    try:
        with at_most(_LONGEST):
            match(attack.text(_FEW))
    except TooLong:
        return math.inf
    return time.perf_counter() - begun


def growth(match: Callable[[str], object], attack: Attack, times: int = _FEW) -> float:
    """Return how many times as long four times the text takes: 4 is linear, 16 quadratic, 64 cubic."""
    try:
        return _spent(match, attack.text(4 * times)) / _spent(match, attack.text(times))
    except TooLong:
        return math.inf


def _spent(match: Callable[[str], object], text: str) -> float:
    """Return the processor's time to match once: its clock may tick slowly, so it is done more than once."""
    begun, done = time.process_time(), 0
    with at_most(_LONGEST):
        while (spent := time.process_time() - begun) < _TICKS:
            match(text)
            done += 1
    return spent / done
