"""What people ask and order about teamwork, as values."""

from dataclasses import dataclass
from datetime import date

from bot.core.insights.scope import USUAL
from bot.core.model import Channel
from bot.core.priority import Priority
from bot.core.teamwork.assigning import Method
from bot.core.teamwork.hours import Span
from bot.core.teamwork.rules import Word
from bot.core.teamwork.sla import Kind

ME = ""  # Whoever types.


@dataclass(frozen=True)
class ShowHours:
    pass


@dataclass(frozen=True)
class SetHours:
    """When somebody answers on a channel (None: every channel); without spans, around the clock."""

    channel: Channel | None
    zone: str = ""
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True)
class SetHoliday:
    """Whether a day is a holiday in a zone."""

    zone: str
    day: date
    off: bool


@dataclass(frozen=True)
class ShowSla:
    pass


@dataclass(frozen=True)
class ShowBreaches:
    period: str = USUAL
    channel: Channel | None = None


@dataclass(frozen=True)
class SetTarget:
    """In how many minutes of open time something is promised; None takes it back."""

    channel: Channel | None
    priority: Priority
    kind: Kind
    minutes: int | None


@dataclass(frozen=True)
class ShowRota:
    pass


@dataclass(frozen=True)
class AddShift:
    who: str
    spans: tuple[Span, ...]


@dataclass(frozen=True)
class AddBackup:
    who: str


@dataclass(frozen=True)
class LeaveRota:
    who: str


@dataclass(frozen=True)
class SetCallLimit:
    minutes: int


@dataclass(frozen=True)
class SetRotaZone:
    zone: str


@dataclass(frozen=True)
class ShowCrew:
    pass


@dataclass(frozen=True)
class AddMember:
    who: str
    capacity: int


@dataclass(frozen=True)
class RemoveMember:
    who: str


@dataclass(frozen=True)
class SetMethod:
    method: Method


@dataclass(frozen=True)
class SetAway:
    who: str
    away: bool


@dataclass(frozen=True)
class ShowWords:
    pass


@dataclass(frozen=True)
class WatchWord:
    word: str
    on: bool


@dataclass(frozen=True)
class ShowVips:
    pass


@dataclass(frozen=True)
class SetVip:
    address: str
    on: bool


@dataclass(frozen=True)
class ShowTold:
    pass


@dataclass(frozen=True)
class SetTold:
    """Whether customers of a channel (None: of every one) are told something."""

    channel: Channel | None
    word: Word
    on: bool


TeamQuestion = ShowHours | ShowSla | ShowBreaches | ShowRota | ShowCrew | ShowWords | ShowVips | ShowTold
PeopleOrder = (
    AddShift
    | AddBackup
    | LeaveRota
    | SetCallLimit
    | SetRotaZone
    | AddMember
    | RemoveMember
    | SetMethod
    | SetAway
)
TeamOrder = SetHours | SetHoliday | SetTarget | WatchWord | SetVip | SetTold | PeopleOrder
TeamCommand = TeamQuestion | TeamOrder
