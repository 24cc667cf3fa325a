"""What managers have set about teamwork, read from settings and written to them.

Settings hold plain JSON; what cannot be read any more (an old version's) counts as not set.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from bot.core.model import Case, Channel
from bot.core.priority import Pressing, Priority
from bot.core.teamwork.assigning import Method
from bot.core.teamwork.hours import ALWAYS, Hours, Span
from bot.core.teamwork.rota import USUAL_LIMIT, Rota, Shift
from bot.core.teamwork.sla import Kind, Targets, clocks, running
from bot.core.teamwork.vips import is_vip

HOLIDAYS, ROTA, TEAM, WORDS, VIPS = "holidays", "oncall", "team", "watch", "vip"


# On the phone the caller hears what happens next, and Zendesk tells its customers itself.
TELLABLE = (Channel.EMAIL, Channel.CHAT, Channel.SMS)


class Word(StrEnum):
    """Of what a customer is told at once, when a person has to answer."""

    CLOSED = "closed"  # outside business hours: when somebody is there again
    ESCALATED = "escalated"  # that somebody else looks at it


@dataclass(frozen=True)
class Crew:
    """Who is given conversations: how, up to how many each has at a time, and who is away at present."""

    method: Method = Method.OFF
    members: Mapping[str, int] = field(default_factory=dict)
    away: frozenset[str] = frozenset()

    @property
    def present(self) -> Mapping[str, int]:
        """Who can be given something, and their capacity."""
        return {name: size for name, size in self.members.items() if name not in self.away}


@dataclass(frozen=True)
class TeamRules:
    """All that is set about teamwork; holidays are by time zone. `stamp` changes when any of it does."""

    hours: Mapping[Channel, Hours] = field(default_factory=dict)
    holidays: Mapping[str, frozenset[date]] = field(default_factory=dict)
    targets: Mapping[tuple[Channel, Priority], Targets] = field(default_factory=dict)
    rota: Rota = field(default_factory=Rota)
    crew: Crew = field(default_factory=Crew)
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    vips: frozenset[str] = frozenset()
    told: Mapping[Channel, frozenset[Word]] = field(default_factory=dict)
    stamp: str = ""

    @property
    def is_idle(self) -> bool:
        """Tell whether nothing is set that has to be looked after."""
        return not (
            self.targets or self.rota or self.crew.method is not Method.OFF or self.words or self.told
        )

    @property
    def elsewhere(self) -> "TeamRules":
        """Return what of it holds in other Slack workspaces: crew, rota and watchers are people of the main one."""
        return replace(self, rota=Rota(), crew=Crew(), words={})

    def hours_of(self, channel: Channel) -> Hours:
        """Return when somebody answers on a channel; around the clock, where nothing else is set."""
        return self.hours.get(channel, ALWAYS)

    def priority_of(self, case: Case) -> Priority:
        """Return what an agent has said, else high for a VIP and for what is escalated."""
        urgent = case.conversation.escalated or is_vip(case.customer, self.vips)
        return case.priority or (Priority.HIGH if urgent else Priority.NORMAL)

    def targets_of(self, case: Case) -> Targets:
        """Return what is promised to the customer of a conversation."""
        channel, priority = case.conversation.channel, self.priority_of(case)
        return self.targets.get((channel, priority)) or self.targets.get(
            (channel, Priority.NORMAL), Targets()
        )

    def pressing(self, case: Case) -> Pressing:
        """Return what makes a conversation press."""
        due = running(clocks(case, self.targets_of(case)))
        vip = is_vip(case.customer, self.vips)
        return Pressing(vip, due.kind, due.due_at, due.warn_at) if due else Pressing(vip)


def team_rules(current: Mapping[str, Any]) -> TeamRules:
    """Read the rules from the values of settings, by key."""
    ours = {key: value for key, value in sorted(current.items()) if is_ours(key) and value is not None}
    told = ours.get(HOLIDAYS) or {}
    holidays = {zone: frozenset(map(date.fromisoformat, days)) for zone, days in told.items() if days}
    hours = {c: _hours(ours[f"hours.{c}"], holidays) for c in Channel if f"hours.{c}" in ours}
    return TeamRules(
        hours=hours,
        holidays=holidays,
        targets=_all_targets(ours, hours),
        rota=rota_of(ours.get(ROTA)),
        crew=crew_of(ours.get(TEAM)),
        words={str(word): tuple(people) for word, people in (ours.get(WORDS) or {}).items()},
        vips=frozenset(ours.get(VIPS) or ()),
        told={c: frozenset(map(Word, ours[f"tell.{c}"])) for c in TELLABLE if ours.get(f"tell.{c}")},
        stamp=hashlib.sha256(json.dumps(ours, sort_keys=True).encode()).hexdigest()[:16],
    )


def is_ours(key: str) -> bool:
    """Tell whether a setting is about teamwork."""
    return key.partition(".")[0] in {"hours", "sla", "tell", HOLIDAYS, ROTA, TEAM, WORDS, VIPS}


def words_in(text: str, words: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Return the watched words that stand in a text as words of their own, and who watches each."""
    plain = f" {' '.join(''.join(c if c.isalnum() else ' ' for c in text.casefold()).split())} "
    return {word: people for word, people in words.items() if f" {word} " in plain}


# --- as settings keep them -------------------------------------------------------------------------------------


def hours_value(hours: Hours) -> dict[str, Any]:
    """Return business hours as a setting; holidays are kept by zone."""
    return {"zone": hours.zone, "spans": [[s.weekday, s.start, s.end] for s in hours.spans]}


def _hours(told: Mapping[str, Any], holidays: Mapping[str, frozenset[date]]) -> Hours:
    zone = str(told["zone"])
    return Hours(zone, tuple(Span(*span) for span in told["spans"]), holidays.get(zone, frozenset()))


def _all_targets(
    ours: Mapping[str, Any], hours: Mapping[Channel, Hours]
) -> dict[tuple[Channel, Priority], Targets]:
    return {
        (channel, priority): _targets(told, hours.get(channel, ALWAYS))
        for channel in Channel
        for priority in Priority
        if (told := ours.get(f"sla.{channel}.{priority}"))
    }


def _targets(told: Mapping[str, Any], hours: Hours) -> Targets:
    minutes = {kind: int(told[kind]) for kind in Kind if told.get(kind)}
    return Targets(minutes, datetime.fromisoformat(told["since"]), hours)


def rota_value(rota: Rota) -> dict[str, Any]:
    """Return a rota as a setting."""
    shifts = [[s.who, s.span.weekday, s.span.start, s.span.end] for s in rota.shifts]
    return {"zone": rota.zone, "shifts": shifts, "backups": list(rota.backups), "limit": rota.limit}


def rota_of(told: Mapping[str, Any] | None) -> Rota:
    """Read a rota from a setting."""
    if not told:
        return Rota()
    shifts = tuple(Shift(who, Span(*span)) for who, *span in told["shifts"])
    return Rota(str(told["zone"]), shifts, tuple(told["backups"]), int(told.get("limit", USUAL_LIMIT)))


def crew_value(crew: Crew) -> dict[str, Any]:
    """Return who is given conversations as a setting."""
    return {"method": crew.method, "members": dict(crew.members), "away": sorted(crew.away)}


def crew_of(told: Mapping[str, Any] | None) -> Crew:
    """Read who is given conversations from a setting."""
    if not told:
        return Crew()
    return Crew(Method(told["method"]), dict(told["members"]), frozenset(told["away"]))
