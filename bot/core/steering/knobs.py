"""Every setting of a channel: what it may be, and how it stands in the rules. Pure.

Settings are kept as JSON under keys such as `auto_above.email`; some count everywhere, such as `rules.words`. A value
that is not possible (any more) counts as not set, so that one bad value never stops all the others.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.core.errors import InvalidInput
from bot.core.model import AnsweredBy, Channel, Mode, Rules
from bot.core.policy import RulesByChannel
from bot.core.teamwork.rules import VIPS
from bot.core.topics import SHIPPED, word_of

WORDS, OFF, STRICTER = "rules.words", "rules.off", "threshold.topics"
EVERYWHERE = (WORDS, OFF, STRICTER, VIPS)
# What reading a value raises that has another shape than it should.
UNREADABLE = (InvalidInput, TypeError, ValueError, KeyError, AttributeError, IndexError)
MOST_WORDS, MOST_TOPICS = 100, 500
LOWEST_THRESHOLD = 0.1
LONGEST_STYLE = 300
_LOWEST_RISK, _HIGHEST_RISK = 0.001, 0.25


@dataclass(frozen=True)
class Knob:
    """One setting: `takes` reads a value or raises, `hint` says what is possible."""

    takes: Callable[[Any], Any]
    hint: str


def _number(least: float, most: float) -> Callable[[Any], float]:
    def takes(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            raise ValueError(value)
        return float(value)

    return takes


def _whole(least: int, most: int) -> Callable[[Any], int]:
    def takes(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise ValueError(value)
        return value

    return takes


def _or_none(takes: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else takes(value)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(value)
    return value


def _style(value: Any) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_STYLE:
        raise ValueError(value)
    return value.strip()


_SHARE = _number(0.0, 1.0)
_OUTCOME = Knob(
    _or_none(_number(0.001, 1.0)), "A bound lies between 0.1% and 100%, for example 10%, or is `off`."
)

# By the name of the field of `Rules`.
KNOBS: Mapping[str, Knob] = {
    "mode": Knob(Mode, f"A mode is one of {', '.join(Mode)}."),
    "auto_above": Knob(
        _number(LOWEST_THRESHOLD, 1.0), "A threshold lies between 10% and 100%, for example 0.85 or 85%."
    ),
    "escalate_below": Knob(_SHARE, "A floor lies between 0% and 100%, for example 60%."),
    "rollout": Knob(_SHARE, "A share lies between 0% and 100%, for example 10%."),
    "audit_share": Knob(_SHARE, "A share lies between 0% and 100%, for example 10%."),
    "paused": Knob(_flag, "Automatic answers are paused, true or false."),
    "undo": Knob(_whole(0, 600), "Between 0 and 600 seconds are possible, for example 30."),
    "in_a_row": Knob(_whole(1, 20), "Between 1 and 20 are possible, for example 3."),
    "per_hour": Knob(_whole(1, 1_000), "Between 1 and 1,000 are possible, for example 20."),
    "exchanges": Knob(_whole(1, 50), "Between 1 and 50 messages are possible, for example 5."),
    "risk": Knob(
        _or_none(_number(_LOWEST_RISK, _HIGHEST_RISK)),
        "Promise between 0.1% and 25% wrong answers, for example `/cockpit risk email 2%`.",
    ),
    "wrong": _OUTCOME,
    "reopened": _OUTCOME,
    "satisfied": _OUTCOME,
    "style": Knob(_style, f"Tell the model something in at most {LONGEST_STYLE} letters, or nothing."),
    "answerer": Knob(AnsweredBy, f"Answers are written by one of {', '.join(AnsweredBy)}."),
}

_OPTIONAL = frozenset({"risk", "wrong", "reopened", "satisfied"})


def checked(name: str, value: Any) -> Any:
    """Return a channel's setting as the rules have it. Raises InvalidInput, which says what is possible."""
    try:
        return KNOBS[name].takes(value)
    except (TypeError, ValueError):
        raise InvalidInput(KNOBS[name].hint) from None


def takes_nothing(name: str) -> bool:
    """Tell whether None is a value of a setting, such as “no bound”; else None means that it is not set."""
    return name in _OPTIONAL


def check_everywhere(key: str, value: Any) -> None:
    """See that a setting which counts on all channels is possible; raise some ordinary error where it is not."""
    if key == STRICTER:
        _check_list(list(value.items()), MOST_TOPICS, lambda item: checked("auto_above", item[1]))
    elif key == VIPS:
        _check_list(value, len(value), str.strip)
    else:
        _check_list(value, MOST_WORDS, word_of if key == WORDS else str.isidentifier)


def _check_list(values: Any, most: int, check: Callable[[Any], Any]) -> None:
    if not isinstance(values, list) or not 0 < len(values) <= most:
        raise ValueError(values)
    for one in values:
        if check(one) is False:
            raise ValueError(one)


def rules_for(channel: Channel, defaults: RulesByChannel, current: Mapping[str, Any]) -> Rules:
    """Return the rules in force on one channel: what was set last (values by key), else the default."""
    given = defaults[channel]
    stored = {
        name: _heeded(name, current[key], getattr(given, name))
        for name in KNOBS
        if (key := f"{name}.{channel}") in current
    }
    everywhere = {key: _everywhere(key, current.get(key)) for key in EVERYWHERE}
    return replace(
        given,
        **stored,
        vips=frozenset(everywhere[VIPS] or ()),
        words=tuple(everywhere[WORDS] or ()),
        off=tuple(everywhere[OFF] or ()),
        stricter=dict(everywhere[STRICTER] or {}),
    )


def _heeded(name: str, value: Any, default: Any) -> Any:
    try:
        return checked(name, value)
    except InvalidInput:
        return default


def _everywhere(key: str, value: Any) -> Any:
    if not value:
        return None
    try:
        check_everywhere(key, value)
    except UNREADABLE:
        return None
    return value


def split(key: str) -> tuple[str, Channel | None]:
    """Return the name of a setting and its channel, None for one that counts everywhere."""
    name, _, channel = key.rpartition(".")
    return (name, Channel(channel)) if name in KNOBS and channel in set(Channel) else (key, None)


def with_word(old: Any, typed: str, on: bool) -> list[str] | None:
    """Return the words that go to people, with one more or one fewer."""
    word, words = word_of(typed), list(old or ())
    if not on and word not in words:
        raise InvalidInput("That word is not among those that managers added. `/cockpit rules` lists them.")
    kept = [one for one in words if one != word] + ([word] if on else [])
    if len(kept) > MOST_WORDS:
        raise InvalidInput(f"At most {MOST_WORDS} words are possible. Remove some first.")
    return kept or None


def switched(old: Collection[str] | None, code: str, on: bool, known: RulesByChannel) -> list[str] | None:
    """Return the codes of the rules that are off, with one switched."""
    codes = sorted({topic.code for rules in known.values() for topic in rules.topics or SHIPPED})
    if code not in codes:
        raise InvalidInput(f"There is no such rule: use one of {', '.join(codes)}.")
    kept = sorted(set(old or ()) - {code} | (set() if on else {code}))
    return kept or None


def with_topic(old: Any, topic: str, threshold: float | None) -> dict[str, float] | None:
    """Return the thresholds of single topics, with one set or taken away."""
    kept = {name: value for name, value in (old or {}).items() if name != topic}
    if threshold is not None:
        kept[topic] = checked("auto_above", threshold)
    if len(kept) > MOST_TOPICS:
        raise InvalidInput(f"At most {MOST_TOPICS} topics can have a threshold of their own.")
    return dict(sorted(kept.items())) or None
