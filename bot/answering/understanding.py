"""Whether a message can be understood at all: it may be empty, gibberish, or not in the articles' language."""

import unicodedata
from collections import Counter
from collections.abc import Callable
from functools import lru_cache

from bot.answering.language import words
from bot.answering.tongues import NAMES, tongue
from bot.core.model import Channel, Flag
from bot.core.ports.answering import Question
from bot.core.understanding import EMPTY, OTHER_LANGUAGE, UNINTELLIGIBLE

_KNOWN = 1 / 3  # Of the words: below this a text is no language that we know.
_SEEN = 2_000


def not_understood(question: Question, articles: str, knows: Callable[[str], bool]) -> Flag | None:
    """Return why a message cannot be understood, or None.

    `articles` is text of the articles, for their language; `knows` tells whether a word is one.
    """
    said = "\n".join(filter(str.strip, question.texts)) or question.subject
    if not said.strip():
        what = "mail" if question.channel is Channel.EMAIL else "message"
        return Flag(EMPTY, f"The {what} is empty")
    theirs, ours = _written(said), _written(articles)
    if theirs and ours and theirs != ours:
        return Flag(OTHER_LANGUAGE, f"Written in {theirs}; the articles are in {ours}")
    return None if _has_words(said, knows) else Flag(UNINTELLIGIBLE, _unintelligible(said))


def _unintelligible(said: str) -> str:
    return (
        "Not understood: gibberish, or a language we cannot tell"
        if words(said)
        else "There are no words in it"
    )


def _written(text: str) -> str:
    """Name the language of a text, or its script where that is not Latin; nothing when neither can be told."""
    script = _script(text)
    if script and script != "LATIN":
        return f"{script.title()} letters"
    code = tongue(text)
    return NAMES.get(code, "")


def _script(text: str) -> str:
    """Return the script of most letters, as Unicode names it."""
    counted = Counter(filter(None, map(_script_of, filter(str.isalpha, text[:_SEEN])))).most_common(1)
    return counted[0][0] if counted else ""


@lru_cache(maxsize=4_096)
def _script_of(letter: str) -> str:
    return unicodedata.name(letter, "").partition(" ")[0]


def _has_words(said: str, knows: Callable[[str], bool]) -> bool:
    """Tell whether a text has words of a language, or at least a number that somebody may look up."""
    found = words(said)
    if any(any(map(str.isdigit, word)) for word in found):
        return True
    return sum(map(knows, found)) > _KNOWN * len(found)
