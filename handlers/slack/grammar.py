"""What may be typed after `/cockpit`, read into values. Pure: everything that cannot be read is InvalidInput."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from blocks import replies
from bot.core.errors import InvalidInput
from bot.core.insights.scope import PERIODS, USUAL
from bot.core.model import Channel, Mode
from handlers.slack import grammar_places, grammar_reports, grammar_steering, grammar_team
from handlers.slack.grammar_places import PlaceCommand
from handlers.slack.grammar_reports import ReportCommand
from handlers.slack.numbers import NUMBER, count, percent, seconds, share
from handlers.slack.steering_orders import Revert, SetTopic, SetWord, SteeringCommand, SwitchRule
from handlers.slack.team_orders import TeamCommand
from handlers.slack.words import channel_of

_SECONDS = {"s", "sec", "second", "seconds"}
_LIMITS = {"in-a-row": "in_a_row", "per-hour": "per_hour", "exchanges": "exchanges"}
_YES = "yes"


@dataclass(frozen=True)
class Help:
    pass


@dataclass(frozen=True)
class ShowStatus:
    pass


@dataclass(frozen=True)
class ShowThresholds:
    pass


@dataclass(frozen=True)
class ShowModes:
    pass


@dataclass(frozen=True)
class ShowUndo:
    pass


@dataclass(frozen=True)
class ShowRollout:
    pass


@dataclass(frozen=True)
class ShowRules:
    pass


@dataclass(frozen=True)
class ShowStats:
    """The figures of a period, of one channel, or with None of all."""

    period: str = USUAL
    channel: Channel | None = None


@dataclass(frozen=True)
class OpenDashboard:
    pass


@dataclass(frozen=True)
class EndVisits:
    """End all dashboard links and sessions of a Slack user; of "" those of whoever types."""

    who: str


@dataclass(frozen=True)
class ShowAudit:
    """What is on record about a conversation, named by its id or a link to its card."""

    conversation: str


@dataclass(frozen=True)
class ShowRisk:
    pass


@dataclass(frozen=True)
class SetLimit:
    """How many answers may leave by themselves (`name` is in_a_row or per_hour), or messages come (exchanges)."""

    channel: Channel | None
    name: str
    value: int


@dataclass(frozen=True)
class WhatIf:
    """What another threshold would have done on a channel."""

    channel: Channel
    threshold: float


@dataclass(frozen=True)
class SetRisk:
    """What share (0 to 1) of a channel's automatic answers may be wrong; with None of every channel's."""

    channel: Channel | None
    wanted: float


@dataclass(frozen=True)
class SetThreshold:
    """From which confidence (0 to 1) a channel, or with None every channel, sends by itself."""

    channel: Channel | None
    value: float


@dataclass(frozen=True)
class SetMode:
    channel: Channel | None
    mode: Mode


@dataclass(frozen=True)
class SetRollout:
    """For which share (0 to 1) of a channel's conversations answers may go out by themselves; None: every channel."""

    channel: Channel | None
    share: float


@dataclass(frozen=True)
class SetUndo:
    """For how many seconds automatic answers of a channel, or with None of every channel, can be stopped."""

    channel: Channel | None
    seconds: int


@dataclass(frozen=True)
class Pause:
    channel: Channel | None


@dataclass(frozen=True)
class Resume:
    channel: Channel | None


Question = (
    Help
    | ShowStatus
    | ShowThresholds
    | ShowModes
    | ShowUndo
    | ShowRollout
    | ShowRules
    | ShowRisk
    | WhatIf
    | ShowStats
    | OpenDashboard
    | EndVisits
    | ShowAudit
)
Setting = SetThreshold | SetMode | SetRollout | SetUndo | SetLimit | Pause | Resume
Order = Setting | SetRisk
Command = Question | Order | SteeringCommand | TeamCommand | ReportCommand | PlaceCommand


def parse(typed: str) -> Command:
    """Read one command.

    Raises:
        InvalidInput: it cannot be read; the message says so in one sentence, with an example.
    """
    verb, *rest = _words(typed) or ["help"]
    if rest and confirms(typed):
        rest = rest[:-1]
    read = _VERBS.get(verb.lower())
    if read is None:
        raise InvalidInput(replies.unknown(verb, _VERBS))
    return read(rest)


def confirms(typed: str) -> bool:
    """Tell whether somebody wants no question asked: the last word is `yes`."""
    return _words(typed)[-1:] == [_YES]


def _words(typed: str) -> list[str]:
    return re.sub(r"\s+%", "%", grammar_team.unescaped(typed)).split()


def _threshold(rest: Sequence[str]) -> ShowThresholds | SetThreshold | SetTopic:
    match rest:
        case [word, *about] if word.lower() == "topic":
            return grammar_steering.topic(about)
        case []:
            return ShowThresholds()
        case [value] if NUMBER.fullmatch(value):
            return SetThreshold(None, share(value))
        case [channel, value]:
            return SetThreshold(channel_of(channel), share(value))
        case [channel]:
            channel_of(channel)
            raise InvalidInput(
                f"Say the threshold too, for example `/cockpit threshold {channel.lower()} 90%`."
            )
    raise InvalidInput("That is more than a channel and a number: write `/cockpit threshold chat 90%`.")


def _mode(rest: Sequence[str]) -> ShowModes | SetMode:
    match rest:
        case []:
            return ShowModes()
        case [mode] if mode.lower() in set(Mode):
            return SetMode(None, Mode(mode.lower()))
        case [channel, mode]:
            return SetMode(channel_of(channel), _as_mode(mode))
        case [channel]:
            channel_of(channel)
            raise InvalidInput(f"Say the mode too, for example `/cockpit mode {channel.lower()} assist`.")
    raise InvalidInput("That is more than a channel and a mode: write `/cockpit mode chat auto`.")


def _undo(rest: Sequence[str]) -> ShowUndo | SetUndo | Revert:
    match rest:
        case []:
            return ShowUndo()
        case [which] if which.lower() == "last" or which.startswith("#"):
            return grammar_steering.reverting(rest)
        case [*before, unit] if before and unit.lower() in _SECONDS:
            return _undo(before)
        case [value] if value[:1].isdecimal():
            return SetUndo(None, seconds(value))
        case [channel, value]:
            return SetUndo(channel_of(channel), seconds(value))
        case [channel]:
            channel_of(channel)
            raise InvalidInput(f"Say the seconds too, for example `/cockpit undo {channel.lower()} 30`.")
    raise InvalidInput("That is more than a channel and a number: write `/cockpit undo email 30`.")


def _rollout(rest: Sequence[str]) -> ShowRollout | SetRollout:
    match rest:
        case []:
            return ShowRollout()
        case [value] if NUMBER.fullmatch(value):
            return SetRollout(None, percent(value, "share", "10%"))
        case [channel, value]:
            return SetRollout(channel_of(channel), percent(value, "share", "10%"))
        case [channel]:
            channel_of(channel)
            raise InvalidInput(f"Say the share too, for example `/cockpit rollout {channel.lower()} 10%`.")
    raise InvalidInput("That is more than a channel and a share: write `/cockpit rollout email 10%`.")


def _rules(rest: Sequence[str]) -> ShowRules | SetLimit | SetWord | SwitchRule:
    match rest:
        case []:
            return ShowRules()
        case [("add" | "remove") as verb, *words] if words:
            return grammar_steering.rule(verb, words)
        case [("on" | "off") as verb, code]:
            return grammar_steering.rule(verb, [code])
        case [name, value] if name.lower() in _LIMITS:
            return SetLimit(None, _LIMITS[name.lower()], count(value))
        case [channel, name, value] if name.lower() in _LIMITS:
            return SetLimit(channel_of(channel), _LIMITS[name.lower()], count(value))
    raise InvalidInput(
        "Write `/cockpit rules`, `/cockpit rules add chargeback`, `/cockpit rules off legal`, "
        "`/cockpit rules chat exchanges 5` (or `in-a-row 3`, `per-hour 20`)."
    )


def _risk(rest: Sequence[str]) -> ShowRisk | SetRisk:
    match rest:
        case []:
            return ShowRisk()
        case [value] if NUMBER.fullmatch(value):
            return SetRisk(None, percent(value, "risk", "2%"))
        case [channel, value]:
            return SetRisk(channel_of(channel), percent(value, "risk", "2%"))
        case [channel]:
            channel_of(channel)
            raise InvalidInput(f"Say the risk too, for example `/cockpit risk {channel.lower()} 2%`.")
    raise InvalidInput("That is more than a channel and a risk: write `/cockpit risk email 2%`.")


def _whatif(rest: Sequence[str]) -> WhatIf:
    match rest:
        case [name, value]:
            channel = channel_of(name)
            if channel is not None:
                return WhatIf(channel, share(value))
    raise InvalidInput("Say one channel and a threshold: write `/cockpit whatif chat 85%`.")


def _stats(rest: Sequence[str]) -> ShowStats:
    periods = [word.lower() for word in rest if word.lower() in PERIODS]
    others = [word for word in rest if word.lower() not in PERIODS]
    if len(periods) > 1 or len(others) > 1:
        raise InvalidInput("One period and one channel at a time: write `/cockpit stats 7d chat`.")
    if others and others[0][:1].isdecimal():
        raise InvalidInput(f"{replies.code(others[0])} is no period: use one of {', '.join(PERIODS)}.")
    return ShowStats(periods[0] if periods else USUAL, channel_of(others[0]) if others else None)


def _audit(rest: Sequence[str]) -> ShowAudit:
    if len(rest) != 1:
        raise InvalidInput(
            "Paste the link of one card after it: `/cockpit audit https://…/archives/C0123/p1763…`."
        )
    return ShowAudit(rest[0])


def _dashboard(rest: Sequence[str]) -> OpenDashboard | EndVisits:
    match rest:
        case []:
            return OpenDashboard()
        case ["revoke", *who] if len(who) <= 1:
            return EndVisits(_user(who[0]) if who else "")
    raise InvalidInput(
        "Write `/cockpit dashboard`, or `/cockpit dashboard revoke` to end all that you have open of it."
    )


def _user(typed: str) -> str:
    found = grammar_team.person(typed)
    if found.startswith("S"):
        raise InvalidInput("That is a user group: name one person.")
    return found


def _only_channel(rest: Sequence[str], example: str) -> Channel | None:
    if len(rest) > 1:
        raise InvalidInput(f"One channel at a time, or none for all of them: write `{example}`.")
    return channel_of(rest[0]) if rest else None


def _as_mode(name: str) -> Mode:
    try:
        return Mode(name.lower())
    except ValueError:
        raise InvalidInput(f"{replies.code(name)} is no mode: use one of {', '.join(Mode)}.") from None


_VERBS: Mapping[str, Callable[[Sequence[str]], Command]] = {
    **dict.fromkeys(("help", "?"), lambda _: Help()),
    "status": lambda _: ShowStatus(),
    **dict.fromkeys(("threshold", "thresholds"), _threshold),
    **dict.fromkeys(("mode", "modes"), _mode),
    "rollout": _rollout,
    "undo": _undo,
    **dict.fromkeys(("rules", "rule"), _rules),
    "risk": _risk,
    "whatif": _whatif,
    "stats": _stats,
    "dashboard": _dashboard,
    "audit": _audit,
    "pause": lambda rest: Pause(_only_channel(rest, "/cockpit pause chat")),
    "resume": lambda rest: Resume(_only_channel(rest, "/cockpit resume chat")),
    **grammar_steering.VERBS,
    **grammar_team.VERBS,
    **grammar_reports.VERBS,
    **grammar_places.VERBS,
}
