"""Watching: says in Slack when something begins to go wrong, and when it is over."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.insights import alerts, digest
from bot.core.insights.alerts import Signal
from bot.core.insights.facts import hour_of
from bot.core.insights.scope import Scope
from bot.core.model import Channel, Status
from bot.core.ports.engine import Clock
from bot.core.ports.insights import Open, Reasoned, SureTurns
from bot.core.ports.reporting import Board, Notice, NoticeState
from bot.core.ports.storage import Database
from bot.core.teamwork.rules import TeamRules
from bot.services.insights import Insights
from bot.services.notifying import Notifying, Shown
from bot.services.team_rules import rules_in_force

log = logging.getLogger(__name__)

LOOK_SECONDS = 60.0
_FOR_PEOPLE = frozenset({Status.WAITING, Status.ESCALATED, Status.UNDELIVERED})
_WEEK = timedelta(days=7)
_WEEKS = 4
_HOURS_A_WEEK = 7 * 24
_RECENT = 3 * 24
_UNSURE = 700  # Thousandths.
_SELDOM = timedelta(minutes=15)  # What changes over days is not looked up every minute.


@dataclass(frozen=True)
class Wording:
    """How trouble looks that begins, or is over."""

    alert: Callable[[str], Shown]
    over: Callable[[str], Shown]


class Watching:
    """Looks at what may go wrong, and says what has changed."""

    def __init__(
        self,
        database: Database,
        insights: Insights,
        board: Board,
        clock: Clock,
        wording: Wording,
        otherwise: str,
    ) -> None:
        """Say it where digests are posted, or in the Slack channel `otherwise`."""
        self._database = database
        self._insights = insights
        self._clock = clock
        self._wording = wording
        self._otherwise = otherwise
        self._notices = Notifying(database, board, clock)
        self._drifts: tuple[datetime, Sequence[Signal]] | None = None

    async def look(self) -> None:
        """Say what has begun, and what is over, since the last look.

        Raises:
            Unavailable: the database failed; the next look says it.
        """
        async with self._database.snapshot() as tx:
            settings = await tx.settings.current()
        told = settings.get(digest.SETTING)
        plan = digest.plan_of(told.value if told else None)
        known = await self._notices.all()
        for signal in await self.signals(rules_in_force(settings)):
            await self._heed(signal, known, plan.slack_channel if plan else self._otherwise)

    async def _heed(self, signal: Signal, known: Mapping[str, Notice], slack_channel: str) -> None:
        notice = known.get(signal.key)
        changed = alerts.after(notice, signal, self._clock())
        if changed is not None:
            notice = await self._notices.keep(changed)
        if notice is None:
            return
        if notice.state is NoticeState.BEGINS:
            await self._notices.say(
                notice, self._wording.alert(notice.said), slack_channel, NoticeState.STANDS
            )
        elif notice.state is NoticeState.ENDS:
            await self._end(notice)

    async def _end(self, notice: Notice) -> None:
        """Say beneath the alert that it is over; one that Slack did not take ends without a word."""
        calm = alerts.ended(notice, self._clock())
        if not notice.ts:
            await self._notices.keep(calm)
            return
        shown = self._wording.over(notice.said)
        said = await self._notices.say(
            notice, shown, notice.slack_channel, NoticeState.CALM, thread_ts=notice.ts
        )
        if said is not None:
            await self._notices.keep(alerts.ended(said, self._clock()))

    async def signals(self, rules: TeamRules) -> Sequence[Signal]:
        """Return how everything stands that is looked at."""
        now = self._clock()
        waiting = (await self._insights.volume(_scope(now, 1, 0))).open
        return [
            *[await self._backlog(channel, waiting, rules, now) for channel in Channel],
            *[await self._spike(channel, now) for channel in Channel],
            *await self._promises(now),
            *await self._drifting(now),
        ]

    async def _backlog(
        self, channel: Channel, waiting: Sequence[Open], rules: TeamRules, now: datetime
    ) -> Signal:
        number = sum(one.channel is channel and one.status in _FOR_PEOPLE for one in waiting)
        if not number:
            return alerts.backlog(channel, 0, 1.0)
        async with self._database.snapshot() as tx:
            people = await tx.insights.agents(_scope(now, _HOURS_A_WEEK, 0, channel))
        hours = rules.hours_of(channel).between(now - _WEEK, now) / timedelta(hours=1)
        answered = sum(one.approved + one.edited + one.own for one in people)
        return alerts.backlog(channel, number, answered / hours if hours else 0.0)

    async def _spike(self, channel: Channel, now: datetime) -> Signal:
        """Compare the hour that runs and the one before with the same ones of the weeks before."""
        came = await self._began(_scope(now, 2, 0, channel))
        back = [week * _HOURS_A_WEEK for week in range(1, _WEEKS + 1)]
        if not await self._began(_scope(now, back[-1] + 2, back[0], channel)):
            return alerts.spike(channel, came, None)
        return alerts.spike(
            channel,
            came,
            sum([await self._began(_scope(now, one + 2, one, channel)) for one in back]) / _WEEKS,
        )

    async def _began(self, scope: Scope) -> int:
        async with self._database.snapshot() as tx:
            return await tx.insights.begun(scope)

    async def _promises(self, now: datetime) -> Sequence[Signal]:
        async with self._database.snapshot() as tx:
            pressed = {one.channel: one for one in await tx.promises.pressing(now)}
        return [
            alerts.promises(
                c, pressed[c].at_risk if c in pressed else 0, pressed[c].late if c in pressed else 0
            )
            for c in Channel
        ]

    async def _drifting(self, now: datetime) -> Sequence[Signal]:
        if self._drifts is None or now - self._drifts[0] >= _SELDOM:
            recent = await self._insights.quality(_scope(now, _RECENT, 0))
            usual = await self._insights.quality(_scope(now, _RECENT + _WEEKS * _HOURS_A_WEEK, _RECENT))
            shares = zip(_shares(*recent), _shares(*usual), strict=True)
            self._drifts = now, [alerts.drift(what, new, old) for (what, new), (_, old) in shares]
        return self._drifts[1]


def _scope(now: datetime, since: int, until: int, channel: Channel | None = None) -> Scope:
    """Return the hours from so many back until so many back; the one that runs is the first."""
    end = hour_of(now) + 1
    return Scope("7d", end - since, end - until, channel)


def _shares(sure: Sequence[SureTurns], reasons: Sequence[Reasoned]) -> Sequence[tuple[str, tuple[int, int]]]:
    """Return what may drift, each as hits and of how many."""
    drafts = sum(one.turns for one in sure)
    sent = sum(one.approved + one.edited for one in sure)
    return (
        ("unsure", (sum(one.turns for one in sure if one.confidence < _UNSURE), drafts)),
        ("foreign", digest.gaps(reasons)),
        ("edited", (sum(one.edited for one in sure), sent)),
    )
