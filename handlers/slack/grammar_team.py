"""What may be typed after `/cockpit` about teamwork, read into values. Pure, as `handlers.slack.grammar`."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from itertools import takewhile

from blocks import replies
from bot.core.errors import InvalidInput
from bot.core.insights.scope import PERIODS, USUAL
from bot.core.priority import Priority
from bot.core.teamwork.assigning import USUAL_CAPACITY, Method
from bot.core.teamwork.hours import MIDNIGHT, Span, check_apart, check_zone
from bot.core.teamwork.rules import Word
from bot.core.teamwork.sla import Kind
from handlers.slack.team_orders import (
    ME,
    AddBackup,
    AddMember,
    AddShift,
    LeaveRota,
    RemoveMember,
    SetAway,
    SetCallLimit,
    SetHoliday,
    SetHours,
    SetMethod,
    SetRotaZone,
    SetTarget,
    SetTold,
    SetVip,
    ShowBreaches,
    ShowCrew,
    ShowHours,
    ShowRota,
    ShowSla,
    ShowTold,
    ShowVips,
    ShowWords,
    TeamCommand,
    WatchWord,
)
from handlers.slack.words import channel_of

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_GROUPS = {"daily": range(7), "weekdays": range(5), "weekend": range(5, 7)}
_TIMES = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?-(\d{1,2})(?:[:.](\d{2}))?", re.ASCII)
_LENGTH = re.compile(r"(?:(\d{1,3})d)?(?:(\d{1,4})h)?(?:(\d{1,5})(?:m|min)?)?", re.ASCII)
_WHO = re.compile(
    r"<@([UW][A-Z0-9]{2,20})(?:\|[^>]*)?>|<!subteam\^(S[A-Z0-9]{2,20})(?:\|[^>]*)?>|([UWS][A-Z0-9]{5,20})"
)
# What Slack makes of an address or a domain that was typed as such; other links stay what they are.
_LINKED = re.compile(r"<(?:mailto:|https?://)([^|>]+)\|\1>")
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&amp;": "&"}
_NOBODY = {"off", "none", "never"}
_LONGEST_WORD = 60


def unescaped(typed: str) -> str:
    """Return what was typed before Slack escaped it; mentions stay as Slack writes them."""
    plain = _LINKED.sub(r"\1", typed)
    for entity, character in _ENTITIES.items():
        plain = plain.replace(entity, character)
    return plain


def _hours(rest: Sequence[str]) -> ShowHours | SetHours | SetHoliday:
    match rest:
        case []:
            return ShowHours()
        case [word, day, zone] if word.lower() in ("holiday", "workday"):
            return SetHoliday(check_zone(zone), _date(day), word.lower() == "holiday")
        case [channel, word] if word.lower() == "always":
            return SetHours(channel_of(channel))
        case [channel, *times, zone] if times:
            return SetHours(channel_of(channel), check_zone(zone), _spans(times))
    raise InvalidInput(
        "Say the channel, days, times and the time zone: write `/cockpit hours email mon-fri 9-17 Europe/Berlin`, "
        "`/cockpit hours chat always` or `/cockpit hours holiday 2026-12-25 Europe/Berlin`."
    )


def _sla(rest: Sequence[str]) -> ShowSla | ShowBreaches | SetTarget:
    match [word.lower() for word in rest]:
        case []:
            return ShowSla()
        case ["breaches" | "log", *which]:
            return _breaches(which)
        case [channel, "high" | "normal" as priority, kind, *length] if length:
            return SetTarget(channel_of(channel), Priority(priority), _kind(kind), _target(length))
        case [channel, kind, *length] if length:
            return SetTarget(channel_of(channel), Priority.NORMAL, _kind(kind), _target(length))
    raise InvalidInput(
        "Say the channel, what is promised and the time: write `/cockpit sla email first 4h`, "
        "`/cockpit sla chat high next 10m`, `/cockpit sla sms resolution off` or `/cockpit sla breaches 7d`."
    )


def _breaches(rest: Sequence[str]) -> ShowBreaches:
    periods = [word for word in rest if word in PERIODS]
    others = [word for word in rest if word not in PERIODS]
    if len(periods) > 1 or len(others) > 1:
        raise InvalidInput("One period and one channel at a time: write `/cockpit sla breaches 7d chat`.")
    return ShowBreaches(periods[0] if periods else USUAL, channel_of(others[0]) if others else None)


def _oncall(rest: Sequence[str]) -> TeamCommand:
    match rest:
        case []:
            return ShowRota()
        case [verb, who, *times] if verb.lower() == "add" and times:
            return AddShift(person(who), _spans(times))
        case [verb, who] if verb.lower() == "then":
            return AddBackup(person(who))
        case [verb, who] if verb.lower() == "remove":
            return LeaveRota(person(who))
        case [verb, *length] if verb.lower() == "limit" and length:
            return SetCallLimit(_minutes(length))
        case [verb, zone] if verb.lower() == "zone":
            return SetRotaZone(check_zone(zone))
    raise InvalidInput(
        "Write `/cockpit oncall add @anna mon-fri 8-20` for a shift, `/cockpit oncall then @leads` for who is called "
        "next, `/cockpit oncall limit 15m`, `/cockpit oncall zone Europe/Berlin` or `/cockpit oncall remove @anna`."
    )


def _team(rest: Sequence[str]) -> TeamCommand:
    match rest:
        case []:
            return ShowCrew()
        case [verb, who] if verb.lower() == "add":
            return AddMember(person(who), USUAL_CAPACITY)
        case [verb, who, size] if verb.lower() == "add":
            return AddMember(person(who), _size(size))
        case [verb, who] if verb.lower() == "remove":
            return RemoveMember(person(who))
        case [verb, *who] if verb.lower() in ("away", "back") and len(who) < 2:
            return SetAway(person(who[0]) if who else ME, verb.lower() == "away")
        case [verb, method] if verb.lower() == "assign" and method.lower() in set(Method):
            return SetMethod(Method(method.lower()))
    raise InvalidInput(
        "Write `/cockpit team add @anna 8` (up to 8 at a time), `/cockpit team remove @anna`, "
        "`/cockpit team assign round-robin` (or `least-loaded`, `off`), `/cockpit team away` or `back`."
    )


def _watch(rest: Sequence[str]) -> ShowWords | WatchWord:
    match rest:
        case []:
            return ShowWords()
        case [verb, *words] if verb.lower() in ("add", "remove") and words:
            return WatchWord(_watched(" ".join(words)), verb.lower() == "add")
    raise InvalidInput(
        "Write `/cockpit watch add outage` to be told of a word, or `/cockpit watch remove outage`."
    )


def _watched(words: str) -> str:
    plain = " ".join("".join(c if c.isalnum() else " " for c in words.casefold()).split())
    if not plain or len(plain) > _LONGEST_WORD:
        raise InvalidInput(f"{replies.code(words)} cannot be watched: write a word, like `outage`.")
    return plain


def _vip(rest: Sequence[str]) -> ShowVips | SetVip:
    match rest:
        case []:
            return ShowVips()
        case [verb, address] if verb.lower() in ("add", "remove"):
            return SetVip(_address(address), verb.lower() == "add")
    raise InvalidInput(
        "Write `/cockpit vip add ada@acme.example`, or `/cockpit vip add @acme.example` for all of them."
    )


def _address(typed: str) -> str:
    address = typed.lower()
    if not re.fullmatch(r"[^@\s<>]*@[^@\s<>]+\.[^@\s<>]+|\+\d{6,15}", address, re.ASCII):
        raise InvalidInput(
            f"{replies.code(typed)} is no address: write it like `ada@acme.example`, `@acme.example` or `+49301234`."
        )
    return address


def _tell(rest: Sequence[str]) -> ShowTold | SetTold:
    match [word.lower() for word in rest]:
        case []:
            return ShowTold()
        case [channel, word, "on" | "off" as state] if word in set(Word):
            return SetTold(channel_of(channel), Word(word), state == "on")
    raise InvalidInput(
        "Say the channel, what customers are told of, and on or off: write `/cockpit tell email closed on` "
        "(outside business hours) or `/cockpit tell chat escalated on`."
    )


# --- words of these commands ------------------------------------------------------------------------------------


def person(typed: str) -> str:
    """Read a Slack user or user group, as Slack writes a mention."""
    if typed.lower() == "me":
        return ME
    found = _WHO.fullmatch(typed)
    if not found:
        raise InvalidInput(
            f"{replies.code(typed)} is nobody I can call: type `@` and pick the name from Slack's list "
            "(or write `me`). If it was picked, install the app again with the current manifest."
        )
    return found[1] or found[2] or found[3]


def _spans(words: Sequence[str]) -> tuple[Span, ...]:
    """Read days and times in turns: `mon-fri 9-12 13-17 sat 10-14`."""
    left, spans = [word for given in words for word in given.lower().split(",") if word], []
    while left:
        days = list(takewhile(lambda word: not _TIMES.fullmatch(word), left))
        times = list(takewhile(_TIMES.fullmatch, left[len(days) :]))
        if not days or not times:
            raise InvalidInput("Say days, then times, like `mon-fri 9-17` or `sat,sun 22:00-6:00`.")
        left = left[len(days) + len(times) :]
        spans += [Span(day, *_times(one)) for one in times for word in days for day in days_of(word)]
    return check_apart(spans)


def days_of(word: str) -> Sequence[int]:
    """Read `mon`, `mon-fri`, `daily` or `weekend` as weekdays (0 is Monday). Raises InvalidInput."""
    if word in _GROUPS:
        return _GROUPS[word]
    first, dash, last = word.partition("-")
    if first[:3] not in _DAYS or (dash and last[:3] not in _DAYS):
        raise InvalidInput(f"{replies.code(word)} is no day: write `mon`, `mon-fri`, `daily` or `weekend`.")
    begin, end = _DAYS.index(first[:3]), _DAYS.index((last or first)[:3])
    return [(begin + number) % 7 for number in range((end - begin) % 7 + 1)]


def _times(word: str) -> tuple[int, int]:
    found = _TIMES.fullmatch(word)
    begin, begin_minute, end, end_minute = (
        int(part or 0) for part in (found.groups() if found else (99,) * 4)
    )
    start, until = begin * 60 + begin_minute, end * 60 + end_minute
    if start >= MIDNIGHT or until > MIDNIGHT or max(begin_minute, end_minute) > 59:
        raise InvalidInput(
            f"{replies.code(word)} are no times of a day: write them like `9-17` or `22:00-6:30`."
        )
    return start, until or MIDNIGHT


def _date(word: str) -> date:
    try:
        return date.fromisoformat(word)
    except ValueError:
        raise InvalidInput(f"{replies.code(word)} is no date: write it like `2026-12-25`.") from None


def _kind(word: str) -> Kind:
    if word not in set(Kind):
        raise InvalidInput(f"{replies.code(word)} is not promised: use one of {', '.join(Kind)}.")
    return Kind(word)


def _target(words: Sequence[str]) -> int | None:
    return None if len(words) == 1 and words[0] in _NOBODY else _minutes(words)


def _minutes(words: Sequence[str]) -> int:
    """Read `90m`, `4h`, `1h 30m` or `2d` (of 24 hours) as minutes."""
    typed = "".join(words).lower()
    found = _LENGTH.fullmatch(typed)
    days, hours, minutes = (int(part or 0) for part in (found.groups() if found else (0, 0, 0)))
    total = (days * 24 + hours) * 60 + minutes
    if not total:
        raise InvalidInput(f"{replies.code(typed)} is no time: write it like `30m`, `4h` or `1h30m`.")
    return total


def _size(word: str) -> int:
    if not re.fullmatch(r"\d{1,3}", word, re.ASCII) or not int(word):
        raise InvalidInput(f"{replies.code(word)} is no number of conversations: write it like `8`.")
    return int(word)


VERBS: Mapping[str, Callable[[Sequence[str]], TeamCommand]] = {
    "hours": _hours,
    "sla": _sla,
    **dict.fromkeys(("oncall", "on-call"), _oncall),
    "team": _team,
    "watch": _watch,
    **dict.fromkeys(("vip", "vips"), _vip),
    "tell": _tell,
}
