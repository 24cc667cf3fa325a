"""What may be typed after `/cockpit` about finer settings, their history and the safety net. Pure."""

import re
from collections.abc import Callable, Mapping, Sequence

from blocks import replies
from bot.core.errors import InvalidInput
from bot.core.model import Channel
from bot.core.steering.experiments import Kind
from handlers.slack.grammar_team import person
from handlers.slack.numbers import NUMBER, count, percent, percent_or_off, share
from handlers.slack.steering_orders import (
    MOST_SHOWN,
    Export,
    Find,
    Import,
    OpenReview,
    Revert,
    SetAgentReviews,
    SetBound,
    SetCheck,
    SetFloor,
    SetTopic,
    SetWord,
    ShowBounds,
    ShowChecks,
    ShowCoaching,
    ShowExperiments,
    ShowFloors,
    ShowHistory,
    ShowReviews,
    StartExperiment,
    SteeringCommand,
    StopExperiment,
    SwitchRule,
)
from handlers.slack.words import channel_of

_BOUNDS = {"wrong": "wrong", "reopened": "reopened", "csat": "satisfied", "satisfied": "satisfied"}
_NAMED = re.compile(r"#(\d{1,9})", re.ASCII)
_TOPIC = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}", re.ASCII)
_LONGEST_SEARCH = 100
_USUAL_SHARE = 0.5


def _floor(rest: Sequence[str]) -> ShowFloors | SetFloor:
    match rest:
        case []:
            return ShowFloors()
        case [value] if NUMBER.fullmatch(value):
            return SetFloor(None, share(value, "floor", 0.0))
        case [channel, value]:
            return SetFloor(channel_of(channel), share(value, "floor", 0.0))
        case [channel]:
            channel_of(channel)
            raise InvalidInput(f"Say the floor too, for example `/cockpit floor {channel.lower()} 60%`.")
    raise InvalidInput("That is more than a channel and a number: write `/cockpit floor chat 60%`.")


def _check(rest: Sequence[str]) -> ShowChecks | SetCheck:
    match rest:
        case []:
            return ShowChecks()
        case [value] if NUMBER.fullmatch(value):
            return SetCheck(None, percent(value, "share", "10%"))
        case [channel, value]:
            return SetCheck(channel_of(channel), percent(value, "share", "10%"))
        case [channel]:
            channel_of(channel)
            raise InvalidInput(f"Say the share too, for example `/cockpit check {channel.lower()} 10%`.")
    raise InvalidInput("That is more than a channel and a share: write `/cockpit check email 10%`.")


def _bounds(rest: Sequence[str]) -> ShowBounds | SetBound:
    match rest:
        case []:
            return ShowBounds()
        case [name, value] if name.lower() in _BOUNDS:
            return SetBound(None, _BOUNDS[name.lower()], percent_or_off(value, "bound", "10%"))
        case [channel, name, value] if name.lower() in _BOUNDS:
            return SetBound(channel_of(channel), _BOUNDS[name.lower()], percent_or_off(value, "bound", "10%"))
    raise InvalidInput(
        "Say what may not get worse than what: write `/cockpit bounds email wrong 10%`, "
        "`/cockpit bounds reopened 25%`, `/cockpit bounds chat csat 50%` or `off` for the number."
    )


def topic(rest: Sequence[str]) -> SetTopic:
    """Read `/cockpit threshold topic NAME VALUE`, without its first word."""
    match rest:
        case [name, value] if _TOPIC.fullmatch(name.lower()):
            return SetTopic(name.lower(), None if value.lower() == "off" else share(value))
    raise InvalidInput(
        "Name an article as it stands in its address, and a threshold: write "
        "`/cockpit threshold topic ARTICLE 95%`, or `off`."
    )


def rule(verb: str, words: Sequence[str]) -> SetWord | SwitchRule:
    """Read `/cockpit rules add|remove WORDS` and `/cockpit rules on|off CODE`."""
    if verb in ("add", "remove"):
        return SetWord(" ".join(words), verb == "add")
    return SwitchRule(words[0].lower(), verb == "on")


def reverting(rest: Sequence[str]) -> Revert:
    """Read which change is to be taken back: `last`, or its number."""
    match [word.lower() for word in rest]:
        case [] | ["last"]:
            return Revert(None)
        case [number] if found := _NAMED.fullmatch(number if number.startswith("#") else f"#{number}"):
            return Revert(int(found[1]))
    raise InvalidInput(
        "Name one change by its number: write `/cockpit revert #42`, or `/cockpit revert last`."
    )


def _history(rest: Sequence[str]) -> ShowHistory:
    match rest:
        case []:
            return ShowHistory()
        case [number] if 1 <= count(number) <= MOST_SHOWN:
            return ShowHistory(count(number))
    raise InvalidInput(f"Say how many changes, up to {MOST_SHOWN}: write `/cockpit history 30`.")


def _find(rest: Sequence[str]) -> Find:
    text = " ".join(rest)
    if not 3 <= len(text) <= _LONGEST_SEARCH:
        raise InvalidInput(
            f"Say what to look for, in 3 to {_LONGEST_SEARCH} letters: a name, an address, a word: "
            "`/cockpit find ada@acme.example`."
        )
    return Find(text)


def _experiment(rest: Sequence[str]) -> SteeringCommand:
    match rest:
        case []:
            return ShowExperiments()
        case [verb, channel, kind, *about] if verb.lower() == "start" and kind.lower() in set(Kind) and about:
            return _started(_one_channel(channel), Kind(kind.lower()), about)
        case [verb, channel] if verb.lower() == "stop":
            return StopExperiment(_one_channel(channel), keep_b=False)
        case [verb, channel, keep, arm] if (verb.lower(), keep.lower()) == (
            "stop",
            "keep",
        ) and arm.lower() in "ab":
            return StopExperiment(_one_channel(channel), keep_b=arm.lower() == "b")
    raise InvalidInput(
        "Write `/cockpit experiment start email threshold 85% share 50%` (or `prompt Answer in two sentences`, "
        "`answerer embedded`), or `/cockpit experiment stop email keep b` (or `a`)."
    )


def _started(channel: Channel, kind: Kind, about: Sequence[str]) -> StartExperiment:
    part = _USUAL_SHARE
    if len(about) > 2 and about[-2].lower() == "share":
        part, about = percent(about[-1], "share", "50%"), about[:-2]
    if kind is Kind.PROMPT:
        return StartExperiment(channel, kind, " ".join(about), part)
    if len(about) > 1:
        raise InvalidInput(
            f"{replies.code(' '.join(about[1:]))} is too much: end with `share 50%`, or before."
        )
    value = share(about[0]) if kind is Kind.THRESHOLD else about[0].lower()
    return StartExperiment(channel, kind, value, part)


def _review(rest: Sequence[str]) -> SteeringCommand:
    match rest:
        case []:
            return OpenReview()
        case [word] if word.lower() == "stats":
            return ShowReviews()
        case [word, *who] if word.lower() == "notes" and len(who) < 2:
            return ShowCoaching(person(who[0]) if who else "")
        case [word, value] if word.lower() == "agents":
            return SetAgentReviews(percent(value, "share", "5%"))
    raise InvalidInput(
        "Write `/cockpit review` for the next answer, `/cockpit review stats`, `/cockpit review notes` or "
        "`/cockpit review agents 5%`."
    )


def _one_channel(name: str) -> Channel:
    channel = channel_of(name)
    if channel is None:
        raise InvalidInput("An experiment runs on one channel: name it, for example `email`.")
    return channel


def _alone(command: SteeringCommand, verb: str) -> Callable[[Sequence[str]], SteeringCommand]:
    def read(rest: Sequence[str]) -> SteeringCommand:
        if rest:
            raise InvalidInput(f"{replies.code(' '.join(rest))} is too much: write `/cockpit {verb}` alone.")
        return command

    return read


VERBS: Mapping[str, Callable[[Sequence[str]], SteeringCommand]] = {
    **dict.fromkeys(("floor", "escalate-below"), _floor),
    **dict.fromkeys(("check", "audit-share"), _check),
    **dict.fromkeys(("bounds", "bound"), _bounds),
    "revert": reverting,
    "history": _history,
    "find": _find,
    "review": _review,
    **dict.fromkeys(("experiment", "experiments"), _experiment),
    "export": _alone(Export(), "export"),
    "import": _alone(Import(), "import"),
}
