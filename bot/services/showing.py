"""Showing: bring what Slack shows of a conversation in line with its newest state.

Runs beside everything else, so that the customer's answer never waits for Slack. Many changes become one update.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from bot.core.errors import ChannelClosed, Gone, NotStored, Refused, Unavailable, Unreachable
from bot.core.leases import USUAL, Leases
from bot.core.model import Case
from bot.core.places import is_place
from bot.core.policy import RulesByChannel
from bot.core.ports.desk import Desk, Sheet
from bot.core.ports.desk_work import Queued, Writing
from bot.core.ports.engine import Clock
from bot.core.ports.storage import Database, DeskPost, DeskRun, Transaction
from bot.core.ports.tracing import Tracer, untraced
from bot.services.controls import rules_for
from bot.services.live import LiveWindows
from bot.services.noticing import WRITES_FOR
from bot.services.queueing import next_for
from bot.services.team_rules import rules_in_force

log = logging.getLogger(__name__)

ROOT = "root"
ESCALATION = "escalation"
# After so long a long thread lets others go first; it goes on where it stopped.
_AT_A_TIME = timedelta(seconds=10)


@dataclass
class _Progress:
    """What stands on the desk, and what of it is new since it was read.

    `goes_on` is the card of the conversation in which a merged one goes on, `next_up` what waits next for whoever has
    dealt with this one, `placed` the settings that say where cards go.
    """

    posts: dict[str, DeskPost]
    fresh: list[DeskPost] = field(default_factory=list)
    renewed: bool = False
    goes_on: DeskPost | None = None
    next_up: Queued | None = None
    placed: Mapping[str, Any] = field(default_factory=dict)

    @property
    def root_ts(self) -> str | None:
        return self.posts[ROOT].ts if ROOT in self.posts else None

    def put(self, post: DeskPost) -> None:
        self.posts[post.sheet] = post
        self.fresh.append(post)

    def start_over(self, sheets: Sequence[Sheet]) -> None:
        """Forget the card and its thread; what stands elsewhere has to be shown again, with the new link."""
        elsewhere = {sheet.name for sheet in sheets if not sheet.in_thread and sheet.name != ROOT}
        kept = [replace(post, digest="") for name, post in self.posts.items() if name in elsewhere]
        self.posts, self.fresh, self.renewed = {post.sheet: post for post in kept}, kept, True


@dataclass(frozen=True)
class Shown:
    """What came of showing a conversation: new places, the version that stands now, or why it does not."""

    run: DeskRun
    posts: Sequence[DeskPost] = ()
    renewed: bool = False
    version: int | None = None
    error: Exception | None = None


class Show:
    """Shows one conversation; `bot.services.dispatching` says which and when."""

    def __init__(
        self,
        database: Database,
        desk: Desk,
        clock: Clock,
        defaults: RulesByChannel,
        *,
        remembered: int = 1_000,
        leases: Leases = USUAL,
        live: LiveWindows | None = None,
        trace: Tracer = untraced,
        specialists: Callable[[str], bool] = lambda _: False,
    ) -> None:
        """Log each refusal once, as far as the last ones `remembered` reach; `live` are windows to be kept true.

        Where a workspace has `specialists`, what is escalated has people in a Slack channel of its own: others are
        led to it last.
        """
        self._database = database
        self._desk = desk
        self._clock = clock
        self._defaults = defaults
        self._remembered = remembered
        self._ends_before = timedelta(seconds=leases.call)
        self._live = live
        self._trace = trace
        self._specialists = specialists
        self._complained: set[tuple[str, str, str]] = set()

    async def show(self, run: DeskRun) -> Shown:
        """Show a conversation; after a run that was cut short, look for what that one has posted.

        Whatever goes wrong is told in the outcome, beside what was done until then.
        """
        with self._trace("show", run.conversation_id) as span:
            shown = await self._shown(run)
            span.tell(posts=len(shown.posts), failed=type(shown.error).__name__ if shown.error else "")
        return shown

    async def _shown(self, run: DeskRun) -> Shown:
        progress, version = _Progress({}), None
        try:
            async with self._database.snapshot() as tx:
                case = await tx.conversations.case(run.conversation_id)
                progress.posts.update(await tx.desk_posts.of(run.conversation_id))
                merged_into = case.merged_into if case is not None else None
                progress.goes_on = (await tx.desk_posts.of(merged_into)).get(ROOT) if merged_into else None
                if case is not None:
                    has_specialists = self._specialists(case.conversation.workspace)
                    for_others = has_specialists and ESCALATION not in progress.posts
                    progress.next_up = await next_for(tx, case, escalated_last=for_others)
                settings = await tx.settings.current()
                progress.placed = {key: one.value for key, one in settings.items() if is_place(key)}
                writings = await tx.writings.of(run.conversation_id)
            if case is not None and self._live is not None:
                await self._live.tell(case, writings)
            if case is not None:
                pressing, now_write = rules_in_force(settings).pressing(case), self._writers(writings)
                case = replace(case, pressing=pressing, writers=now_write)
                rules = rules_for(case.conversation.channel, self._defaults, settings)
                done = await self._show(case, progress, rules.auto_above, run)
                version = case.conversation.version if done else None
        except Exception as error:  # noqa: BLE001 - told in the outcome: what was posted must be put on record
            return Shown(run, progress.fresh, progress.renewed, error=error)
        return Shown(run, progress.fresh, progress.renewed, version)

    def _writers(self, writings: Sequence[Writing]) -> tuple[str, ...]:
        since = self._clock() - WRITES_FOR
        return tuple(sorted(w.actor for w in writings if w.noticed and w.view_id and w.at >= since))

    async def _show(self, case: Case, progress: _Progress, threshold: float, run: DeskRun) -> bool:
        """Bring all in line, from the beginning where the card or its place is gone; tell whether all stands."""
        enough = min(self._clock() + _AT_A_TIME, run.until - self._ends_before)
        for last in (False, False, True):
            sheets = self._desk.sheets(
                case,
                threshold=threshold,
                now=self._clock(),
                standing=progress.posts,
                goes_on=progress.goes_on,
                next_up=progress.next_up,
                placed=progress.placed,
            )
            try:
                return await self._bring_in_line(sheets, case, progress, enough, retried=run.doubtful)
            except (
                Gone,
                ChannelClosed,
            ) as error:  # The card was deleted, or the Slack channel takes nothing more.
                if last:
                    raise
                if isinstance(error, Gone):
                    progress.start_over(sheets)
        return False

    async def _bring_in_line(
        self, sheets: Sequence[Sheet], case: Case, progress: _Progress, enough: datetime, *, retried: bool
    ) -> bool:
        """Show each sheet; one that Slack refuses does not keep it from having the others.

        The card and the escalation have to stand, so they are tried again; a line in the thread is not worth that.
        Returns False when the time was up before the last one.
        """
        refusal: Refused | None = None
        for sheet in sheets:
            if sheet.in_thread and progress.root_ts is None:
                continue
            if self._clock() > enough:
                return False
            try:
                await self._bring_one_in_line(sheet, case, progress, retried=retried)
            except (Gone, ChannelClosed):
                raise
            except Refused as error:
                self._complain(sheet, case, error)
                refusal = refusal if sheet.in_thread else error
        if refusal is not None:
            raise refusal
        return True

    async def _bring_one_in_line(
        self, sheet: Sheet, case: Case, progress: _Progress, *, retried: bool
    ) -> None:
        known = progress.posts.get(sheet.name)
        moved = known is not None and known.slack_channel != sheet.slack_channel
        if moved and sheet.name == ROOT:
            raise Gone("The card belongs into another Slack channel now.")
        if known is not None and known.digest == sheet.digest and not moved:
            return
        ts, root_ts = known.ts if known is not None and not moved else None, progress.root_ts
        if ts is None and retried:
            ts = await self._desk.find(sheet, case, root_ts=root_ts)
        if ts is not None:
            try:
                await self._desk.update(sheet, case, ts, root_ts=root_ts)
            except Gone:
                if sheet.name == ROOT and known is not None:
                    raise
                ts = None  # Somebody deleted this one in Slack: it is posted anew.
        if ts is None:
            ts = await self._desk.post(sheet, case, root_ts=root_ts)
        progress.put(DeskPost(case.conversation.id, sheet.name, sheet.slack_channel, ts, sheet.digest))

    def _complain(self, sheet: Sheet, case: Case, error: Refused) -> None:
        """Log a refusal once for the same content: it is tried again whenever the conversation changes."""
        complaint = (case.conversation.id, sheet.name, sheet.digest)
        if complaint in self._complained:
            return
        if len(self._complained) >= self._remembered:
            self._complained.clear()
        self._complained.add(complaint)
        where = {"conversation": case.conversation.id, "sheet": sheet.name}
        log.warning("sheet_refused", extra=where | {"reason": str(error)})


async def record(tx: Transaction, shown: Shown, again: datetime) -> None:
    """Put on record what stands now, and let go of the conversation.

    After a failure of its own it is not tried before `again`. While Slack as a whole does not work, nothing is held
    against it. Nothing is kept of a run that came too late: somebody else has shown it.
    """
    key = shown.run.conversation_id
    if _may_go_on(shown):
        ours = await tx.desk_runs.release(shown.run)
    else:
        ours = await tx.desk_runs.postpone(shown.run, again, doubtful=_is_doubtful(shown))
    if not ours:
        return
    if shown.renewed:
        await tx.desk_posts.drop(key)
    for post in shown.posts:
        await tx.desk_posts.put(post)
    if shown.version is not None:
        await tx.conversations.mark_shown(key, shown.version)


def _may_go_on(shown: Shown) -> bool:
    unharmed = shown.error is None or isinstance(shown.error, Unreachable | NotStored)
    return shown.version is not None or (unharmed and not shown.run.doubtful)


def _is_doubtful(shown: Shown) -> bool:
    """Tell whether something may stand on the desk that is not on record."""
    known = shown.error is None or isinstance(shown.error, Unavailable | Refused)
    return shown.run.doubtful or not known
