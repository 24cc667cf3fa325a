"""How much of a draft a person changed."""

from collections import Counter
from collections.abc import Sequence

_LONGEST = 400  # Words that differ, beyond which order does not matter: to compare them all takes too long.


def changed_share(before: str, after: str) -> float:
    """Return the share of words that were changed, added or removed, from 0 (none) to 1 (all).

    It is the edit distance of Levenshtein (1966) in words, over the number of words of the longer text.
    """
    one, two = before.split(), after.split()
    longest = max(len(one), len(two))
    return _distance(*_middles(one, two)) / longest if longest else 0.0


def _middles(one: list[str], two: list[str]) -> tuple[list[str], list[str]]:
    """Leave out what both begin and end with."""
    shortest = min(len(one), len(two))
    start = next((n for n in range(shortest) if one[n] != two[n]), shortest)
    left = shortest - start
    end = next((n for n in range(left) if one[-1 - n] != two[-1 - n]), left)
    return one[start : len(one) - end], two[start : len(two) - end]


def _distance(one: Sequence[str], two: Sequence[str]) -> int:
    if max(len(one), len(two)) > _LONGEST:
        return max(len(one), len(two)) - (Counter(one) & Counter(two)).total()
    row = list(range(len(two) + 1))
    for n, word in enumerate(one, 1):
        row = _next_row(row, n, word, two)
    return row[-1]


def _next_row(above: Sequence[int], n: int, word: str, words: Sequence[str]) -> list[int]:
    row = [n]
    for m, other in enumerate(words, 1):
        row.append(min(above[m] + 1, row[m - 1] + 1, above[m - 1] + (word != other)))
    return row
