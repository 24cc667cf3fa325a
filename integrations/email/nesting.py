"""Keeps the tags of hostile HTML from nesting deeper than parsers can bear, in time linear in its length.

HTML parsers take time quadratic in the depth, and some copy every open `<b>` or `<font>` into each following
paragraph. So before anything is parsed, its tags are followed here as a parser would follow them: an end tag that
closes nothing does nothing, one that closes something closes what is open above it as well, and what is nested too
deep becomes a line break.
"""

import re
from collections import Counter
from collections.abc import Callable

# Elements without an end tag, and those that the parser closes by itself: they do not nest.
_VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
_CLOSED_BY_PARSER = frozenset("p li dd dt td th tr".split())
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,20})(?![a-zA-Z0-9:-])")
_LINE_BREAK, _NOTHING = "<br", "<wbr"


def flattened(html: str, depth: int, name_of: Callable[[str], str]) -> str:
    """Return HTML that nests no deeper; `name_of` gives an element the name it is to have.

    A name with a hyphen is one without a meaning to parsers.
    """
    tags = _Open(depth)

    def rename(tag: re.Match[str]) -> str:
        name = tag[2].lower()
        if name in _VOID or name in _CLOSED_BY_PARSER:
            return tag[0]
        name = name_of(name)
        if tag[1]:
            return f"</{name}" if tags.close(name) else _NOTHING
        return f"<{name}" if tags.open(name) else _LINE_BREAK

    return _TAG.sub(rename, html)


class _Open:
    """The open elements as a parser has them, without those that do not nest."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._names: list[str] = []
        self._counts: Counter[str] = Counter()

    def open(self, name: str) -> bool:
        """Open an element; False when that would be too deep."""
        if len(self._names) >= self._most:
            return False
        self._names.append(name)
        self._counts[name] += 1
        return True

    def close(self, name: str) -> bool:
        """Close an element and what is open in it; False when a parser would ignore that."""
        if not self._counts[name] or self._is_out_of_reach(name):
            return False
        while self._names:
            last = self._names.pop()
            self._counts[last] -= 1
            if last == name:
                break
        return True

    def _is_out_of_reach(self, name: str) -> bool:
        """Tell whether something stands between: any real element for one without a meaning, else a table."""
        for last in reversed(self._names):
            if last == name:
                return False
            if "-" not in last if "-" in name else last == "table":
                return True
        return True
