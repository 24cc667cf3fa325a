"""Digests: what was, in ten seconds, in the Slack channel and at the time that a manager has set."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bot.core.errors import ThreadpilotError, Unavailable
from bot.core.insights import digest as d
from bot.core.insights.pictures import Picture, heatmap, reliability
from bot.core.model import Actor
from bot.core.ports.engine import Clock
from bot.core.ports.reporting import Board, Notice, NoticeState, Painter
from bot.core.ports.storage import Database
from bot.services.insights import Insights
from bot.services.notifying import Notifying, Shown, fresh
from bot.services.settingbook import Announce, SettingBook, unannounced
from bot.services.team_rules import rules_in_force

log = logging.getLogger(__name__)

LOOK_SECONDS = 30.0
KEY = "digest"


@dataclass(frozen=True)
class Wording:
    """How a digest looks, and a table where there are no pictures."""

    digest: Callable[[d.Digest], Shown]
    table: Callable[[Picture], Shown]


class Digests:
    """Makes digests, and posts each once."""

    def __init__(
        self,
        database: Database,
        insights: Insights,
        board: Board,
        painter: Painter,
        clock: Clock,
        wording: Wording,
        announce: Announce = unannounced,
    ) -> None:
        self._database = database
        self._insights = insights
        self._board = board
        self._painter = painter
        self._clock = clock
        self._wording = wording
        self._book = SettingBook(database, clock, announce)
        self._notices = Notifying(database, board, clock)

    async def plan(self) -> d.Plan | None:
        """Return when and where digests are posted."""
        async with self._database.snapshot() as tx:
            set_ = (await tx.settings.current()).get(d.SETTING)
        return d.plan_of(set_.value if set_ else None)

    async def set_plan(self, plan: d.Plan | None, actor: Actor) -> d.Plan | None:
        """Set when and where digests are posted, None for never; return what was set before.

        Raises:
            NotAllowed: only managers may.
            InvalidInput: there is no such time zone, or no such time.
        """
        value = plan.as_value() if plan else None
        (change,) = await self._book.write(lambda _: {d.SETTING: d.checked(value)}, actor)
        return d.plan_of(change.old)

    async def preview(self, *, weekly: bool) -> d.Digest:
        """Return what a digest would say now."""
        return await self.make(d.preview(self._clock(), weekly=weekly))

    async def make(self, due: d.Due) -> d.Digest:
        """Return what a digest says."""
        insights, scope = self._insights, due.scope
        now, before = await insights.overview(scope), await insights.overview(due.week_before)
        volume, (sure, reasons) = await insights.volume(scope), await insights.quality(scope)
        async with self._database.snapshot() as tx:
            longest, waiting = await tx.waiting_list.longest(), await tx.waiting_list.size()
        gaps, decided = d.gaps(reasons)
        return d.Digest(
            due,
            d.lines(now.figures, before.figures),
            longest,
            waiting,
            gaps,
            decided,
            volume.days,
            volume.hours,
            sure,
        )

    async def look(self) -> None:
        """Post the digest that is due, unless it was.

        Raises:
            Unavailable: the database failed; the next look does it.
        """
        async with self._database.snapshot() as tx:
            settings = await tx.settings.current()
            known = (await tx.notices.all()).get(KEY)
        told = settings.get(d.SETTING)
        plan = d.plan_of(told.value if told else None)
        if plan is None or told is None:
            return
        due = plan.due(self._clock(), rules_in_force(settings).holidays.get(plan.zone, ()))
        if due is None or due.at <= told.at:  # Nobody has asked for one from before the plan.
            return
        notice = await self._begun(known, due)
        if notice is not None and notice.state is NoticeState.BEGINS:
            await self._post(notice, due, plan)

    async def _begun(self, known: Notice | None, due: d.Due) -> Notice | None:
        if known is not None and known.since >= due.at:
            return known
        notice = known or fresh(KEY, due.at)
        return await self._notices.keep(
            replace(notice, state=NoticeState.BEGINS, since=due.at, tried_at=None, ts="")
        )

    async def _post(self, notice: Notice, due: d.Due, plan: d.Plan) -> None:
        told = await self.make(due)
        shown = self._wording.digest(told)
        said = await self._notices.say(notice, shown, plan.slack_channel, NoticeState.CALM)
        if said is not None and said.ts and due.weekly:
            await self._show_pictures(told, said)

    async def _show_pictures(self, told: d.Digest, said: Notice) -> None:
        """Show in the thread what Slack cannot draw; tables where there is nothing that paints."""
        pictures = pictures_of(told)
        try:
            painted: Sequence[bytes] = (
                await self._painter.paint([one.spec for one in pictures]) if pictures else ()
            )
        except Unavailable as error:
            log.info("no_pictures", extra={"reason": str(error)})
            painted = ()
        try:
            for n, picture in enumerate(pictures):
                await self._show(picture, painted[n] if painted else None, said)
        except ThreadpilotError as error:  # The digest itself stands.
            log.warning("pictures_not_shown", extra={"reason": str(error)})

    async def _show(self, picture: Picture, png: bytes | None, said: Notice) -> None:
        if png is not None:
            await self._board.show(said.slack_channel, said.ts, picture.title, picture.alt, png)
            return
        name = f"{KEY}/{said.since:%Y-%m-%d}/{picture.title}"
        await self._board.post(said.slack_channel, name, *self._wording.table(picture), thread_ts=said.ts)


def pictures_of(told: d.Digest) -> Sequence[Picture]:
    """Return what is drawn beneath a weekly digest."""
    made = (
        heatmap(told.hours, "The last seven days"),
        reliability(told.sure, "The last seven days; grey where fewer than 20 were judged"),
    )
    return [picture for picture in made if picture is not None]
