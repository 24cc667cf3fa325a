"""What may be typed after `/cockpit`, read into values. Pure: everything that cannot be read is InvalidInput."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from blocks import replies
from bot.core.errors import InvalidInput
from bot.core.insights.scope import PERIODS, USUAL
from bot.core.model import Channel, Mode
from handlers.slack import grammar_reports, grammar_team
from handlers.slack.grammar_reports import ReportCommand
from handlers.slack.team_orders import TeamCommand
from handlers.slack.words import channel_of

_NUMBER = re.compile(r"(\d{1,3}(?:[.,]\d{1,6})?|[.,]\d{1,6})(%?)", re.ASCII)
_WHOLE = re.compile(r"(\d{1,6})s?", re.ASCII | re.IGNORECASE)
_SECONDS = {"s", "sec", "second", "seconds"}
_LIMITS = {"in-a-row": "in_a_row", "per-hour": "per_hour"}


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
class ShowAudit:
    """What is on record about a conversation, named by its id or a link to its card."""

    conversation: str


@dataclass(frozen=True)
class ShowRisk:
    pass


@dataclass(frozen=True)
class SetLimit:
    """How many answers may leave by themselves (`name` is in_a_row or per_hour)."""

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
    | ShowAudit
)
Setting = SetThreshold | SetMode | SetRollout | SetUndo | SetLimit | Pause | Resume
Order = Setting | SetRisk
Command = Question | Order | TeamCommand | ReportCommand


def parse(typed: str) -> Command:
    """Read one command.

    Raises:
        InvalidInput: it cannot be read; the message says so in one sentence, with an example.
    """
    verb, *rest = re.sub(r"\s+%", "%", grammar_team.unescaped(typed)).split() or ["help"]
    read = _VERBS.get(verb.lower())
    if read is None:
        raise InvalidInput(replies.unknown(verb))
    return read(rest)


def _threshold(rest: Sequence[str]) -> ShowThresholds | SetThreshold:
    match rest:
        case []:
            return ShowThresholds()
        case [value] if _NUMBER.fullmatch(value):
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


def _undo(rest: Sequence[str]) -> ShowUndo | SetUndo:
    match rest:
        case []:
            return ShowUndo()
        case [*before, unit] if before and unit.lower() in _SECONDS:
            return _undo(before)
        case [value] if value[:1].isdecimal():
            return SetUndo(None, _whole_seconds(value))
        case [channel, value]:
            return SetUndo(channel_of(channel), _whole_seconds(value))
        case [channel]:
            channel_of(channel)
            raise InvalidInput(f"Say the seconds too, for example `/cockpit undo {channel.lower()} 30`.")
    raise InvalidInput("That is more than a channel and a number: write `/cockpit undo email 30`.")


def _rollout(rest: Sequence[str]) -> ShowRollout | SetRollout:
    match rest:
        case []:
            return ShowRollout()
        case [value] if _NUMBER.fullmatch(value):
            return SetRollout(None, _percent(value, "share", "10%"))
        case [channel, value]:
            return SetRollout(channel_of(channel), _percent(value, "share", "10%"))
        case [channel]:
            channel_of(channel)
            raise InvalidInput(f"Say the share too, for example `/cockpit rollout {channel.lower()} 10%`.")
    raise InvalidInput("That is more than a channel and a share: write `/cockpit rollout email 10%`.")


def _rules(rest: Sequence[str]) -> ShowRules | SetLimit:
    match rest:
        case []:
            return ShowRules()
        case [name, value] if name.lower() in _LIMITS:
            return SetLimit(None, _LIMITS[name.lower()], _count(value))
        case [channel, name, value] if name.lower() in _LIMITS:
            return SetLimit(channel_of(channel), _LIMITS[name.lower()], _count(value))
    raise InvalidInput(
        "Write `/cockpit rules`, `/cockpit rules in-a-row 3` or `/cockpit rules chat per-hour 20`."
    )


def _count(value: str) -> int:
    if not re.fullmatch(r"\d{1,6}", value, re.ASCII):
        raise InvalidInput(f"{replies.code(value)} is no number: write it like `3`.")
    return int(value)


def _risk(rest: Sequence[str]) -> ShowRisk | SetRisk:
    match rest:
        case []:
            return ShowRisk()
        case [value] if _NUMBER.fullmatch(value):
            return SetRisk(None, _percent(value, "risk", "2%"))
        case [channel, value]:
            return SetRisk(channel_of(channel), _percent(value, "risk", "2%"))
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


def _percent(value: str, what: str, example: str) -> float:
    """Read 2%, 2 or 0.5% as a share; a number below 1 without a sign could be meant either way."""
    found = _NUMBER.fullmatch(value)
    number = float(found[1].replace(",", ".")) if found else 0.0
    if not found or (number < 1 and not found[2]):
        raise InvalidInput(f"{replies.code(value)} is no {what}: write it in percent, like `{example}`.")
    return round(number / 100, 6)


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


def _whole_seconds(value: str) -> int:
    found = _WHOLE.fullmatch(value)
    if not found:
        raise InvalidInput(f"{replies.code(value)} is no number of seconds: write it like `30`.")
    return int(found[1])


def share(value: str) -> float:
    """Read 0.85, .85, 85 or 85% as the share 0.85.

    What could be meant either way is refused: a threshold of 1 % by mistake would send everything.
    """
    found = _NUMBER.fullmatch(value)
    if not found:
        raise InvalidInput(f"{replies.code(value)} is no threshold: write it like `0.85` or `85%`.")
    number = float(found[1].replace(",", "."))
    if found[2] or number > 1:
        number /= 100
    if not 0.1 <= number <= 1:
        raise InvalidInput(
            f"{replies.code(value)} would be {100 * number:.4g} %: a threshold lies between 10% and 100%, like `85%`."
        )
    return round(number, 6)


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
    "dashboard": lambda _: OpenDashboard(),
    "audit": _audit,
    "pause": lambda rest: Pause(_only_channel(rest, "/cockpit pause chat")),
    "resume": lambda rest: Resume(_only_channel(rest, "/cockpit resume chat")),
    **grammar_team.VERBS,
    **grammar_reports.VERBS,
}
