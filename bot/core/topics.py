"""Matters that a person must see, found by words and patterns in the customer's own text.

Recall comes first: a false alarm costs an agent a look, a miss can cost the company a case in court. The rules stand in
`rules.toml`, each with its tests; an installation may have a file of its own on top.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Any

from bot.core.errors import InvalidInput, Misconfigured
from bot.core.model import Reason, Topic

_LONGEST_THANKS = 160
_GLANCE = 10_000


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile(r"\b(?:" + "|".join(patterns) + r")\b", re.IGNORECASE)


_SHORTEST_WORD, _LONGEST_WORD = 3, 60
# What people say around thanks. Anything that remains besides these, and a name at the end, wants an answer.
_COURTESY = _any(
    r"(?:hi|hello|hey|dear)(?: (?:there|all|team|you))?|thank you|thanks?|thx|ty|cheers|ta|danke(?: schön)?|vielen dank|merci|gracias|diolch",
    r"(?:(?:so|very) much|a lot|a million|again|in advance|anyway)",
    r"for (?:your|the|all your|all the) (?:(?:very |super |so )?(?:quick|fast|prompt|kind|swift|great) )?(?:help|reply|answer|response|support|info|information)",
    r"(?:much |very much |really )?appreciated?(?: it| that)?|many thanks|got it|all (?:good|sorted|clear|set)(?: now)?|sorted(?: now)?|understood|makes sense",
    r"(?:that|this|it)(?:'s| is| was)? (?:works?(?: now)?|helps?|helped|perfect|great|fine|all|very helpful|most helpful|it)(?: now)?",
    r"you(?:'re| are)? (?:so |all |really )?(?:great|the best|awesome|amazing|wonderful|brilliant|lovely|kind|a (?:star|legend))",
    r"it (?:has )?(?:just )?arrived|no (?:problem|worries)|you too|have a (?:nice|good|great|lovely) (?:day|weekend|evening|one)",
    r"(?:best|kind|many|warm) (?:regards|wishes)|regards|bye|and|so|really|very|ok|okay|great|perfect|super|brilliant|lovely|cool|awesome|wonderful|excellent",
)
_THANKS = _any(
    r"thanks?|thank you|thx|ty|cheers|appreciated?|great|perfect|got it|sorted|danke|merci|gracias"
)


def sensitive(text: str, rules: Sequence[Topic] | None = None) -> tuple[Reason, ...]:
    """Return one reason per rule that `text` meets, with the words that gave it away.

    Without `rules` those that are shipped are meant.
    """
    text = _glance(text)
    found = ((rule, rule.pattern.search(text)) for rule in (SHIPPED if rules is None else rules))
    return tuple(Reason(rule.code, f"{rule.label} (“{hit.group(0)}”)") for rule, hit in found if hit)


def is_courtesy(texts: Iterable[str]) -> bool:
    """Tell whether the messages say thanks (or the like) and nothing else, so that no answer is expected."""
    said = [text.strip() for text in texts]
    return bool(said) and all(_only_thanks(text) for text in said)


def _only_thanks(text: str) -> bool:
    if len(text) > _LONGEST_THANKS or "?" in text or not _THANKS.search(text):
        return False
    rest = re.findall(r"\w+", _COURTESY.sub(" ", text))
    ends_with_name = bool(rest) and text.rstrip(" .!").endswith(rest[-1]) and rest[-1][0].isupper()
    return not rest[: len(rest) - ends_with_name]


def word_of(typed: str) -> str:
    """Read a word or phrase that managers want handed to people; `*` stands for the rest of a word.

    No regular expressions: these run over whatever customers write, and a careless one takes minutes for a line.

    Raises:
        InvalidInput: it would find nothing, or everything.
    """
    words = typed.casefold().split()
    letters = [sum(c.isalnum() for c in word) for word in words]
    if not words or len(typed) > _LONGEST_WORD or min(letters) < 1 or max(letters) < _SHORTEST_WORD:
        raise InvalidInput(
            "Name a word or a phrase of 3 to 60 letters; `*` stands for the rest of a word, as in `charge* back`."
        )
    return " ".join(words)


@lru_cache(maxsize=64)
def in_force(base: tuple[Topic, ...], words: tuple[str, ...], off: tuple[str, ...]) -> tuple[Topic, ...]:
    """Return the rules as managers have changed them: without those that are `off`, with one for each of `words`."""
    kept = tuple(topic for topic in base or SHIPPED if topic.code not in off)
    return (*kept, *(Topic(WORD, "A word for people", _any(_finds(word))) for word in words))


def _finds(word: str) -> str:
    parts = [re.escape(part).replace(r"\*", r"\w*") for part in word.split()]
    return r"\s+".join(parts)


def _glance(text: str) -> str:
    """Return what can be read in a few milliseconds: all of a usual message, both ends of an endless one."""
    return text if len(text) <= 2 * _GLANCE else f"{text[:_GLANCE]}\n{text[-_GLANCE:]}"


# --- the rules, from files ----------------------------------------------------------------------------------


def read_rules(text: str, base: Sequence[Topic] = ()) -> tuple[Topic, ...]:
    """Read rules in the form of `rules.toml`, on top of `base`: same codes replace, others are added.

    Raises:
        Misconfigured: this is no such file, or a rule fails its own tests; one sentence that names the rule.
    """
    try:
        told = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise Misconfigured(f"The escalation rules are not valid TOML: {error}.") from error
    entries = told.get("rule")
    if not isinstance(entries, list) or set(told) != {"rule"}:
        raise Misconfigured("The escalation rules hold something else than [[rule]] entries.")
    rules = {topic.code: topic for topic in base}
    for entry in entries:
        code = entry.get("code") if isinstance(entry, dict) else None
        if not isinstance(code, str) or not code.isidentifier():
            raise Misconfigured(f"An escalation rule has the code {code!r}: write one word, like legal.")
        rules.pop(code, None)
        if entry.get("enabled", True):
            rules[code] = _tested(_topic(code, entry))
    return tuple(rules.values())


def _topic(code: str, entry: Mapping[str, Any]) -> Topic:
    label, patterns = entry.get("label"), _lines(code, entry, "patterns")
    if not isinstance(label, str) or not label or not patterns:
        raise Misconfigured(f"The escalation rule {code!r} needs a label and patterns.")
    try:
        pattern = _any(*patterns)
    except (re.error, RecursionError) as error:
        raise Misconfigured(
            f"The escalation rule {code!r} has a pattern that cannot be read: {error}."
        ) from error
    return Topic(code, label, pattern, _lines(code, entry, "hits"), _lines(code, entry, "misses"))


def _lines(code: str, entry: Mapping[str, Any], name: str) -> tuple[str, ...]:
    lines = entry.get(name, [])
    if not isinstance(lines, list) or not all(isinstance(line, str) and line for line in lines):
        raise Misconfigured(f"The escalation rule {code!r} has {name} that are not a list of texts.")
    return tuple(lines)


def _tested(topic: Topic) -> Topic:
    for wanted, texts in ((True, topic.hits), (False, topic.misses)):
        for text in texts:
            if (topic.pattern.search(text) is not None) is not wanted:
                does = "does not find" if wanted else "finds"
                raise Misconfigured(
                    f"The escalation rule {topic.code!r} fails its own test: it {does} “{text}”."
                )
    return topic


WORD = "word"  # The code of rules that managers add in Slack.
SHIPPED = read_rules((files("bot.core") / "rules.toml").read_text(encoding="utf-8"))
