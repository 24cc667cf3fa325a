"""Showing: bring what Slack shows of a conversation in line with its newest state.

Runs in its own lane, so that the customer's answer never waits for Slack. Many changes become one update.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from bot.core.errors import Gone, OutcomeUnknown, Refused, Unavailable
from bot.core.model import Case
from bot.core.policy import RulesByChannel
from bot.core.ports.desk import Desk, Sheet
from bot.core.ports.engine import Clock, Lane
from bot.core.ports.storage import Database, DeskPost
from bot.services.controls import rules_for

log = logging.getLogger(__name__)

_ROOT = "root"


@dataclass
class _Progress:
    """What stands on the desk, and what of it is new since it was read."""

    posts: dict[str, DeskPost]
    fresh: list[DeskPost] = field(default_factory=list)
    renewed: bool = False

    @property
    def root_ts(self) -> str | None:
        return self.posts[_ROOT].ts if _ROOT in self.posts else None

    def put(self, post: DeskPost) -> None:
        self.posts[post.sheet] = post
        self.fresh.append(post)

    def start_over(self, sheets: Sequence[Sheet]) -> None:
        """Forget the card and its thread; what stands elsewhere has to be shown again, with the new link."""
        elsewhere = {sheet.name for sheet in sheets if not sheet.in_thread and sheet.name != _ROOT}
        kept = [replace(post, digest="") for name, post in self.posts.items() if name in elsewhere]
        self.posts, self.fresh, self.renewed = {post.sheet: post for post in kept}, kept, True


class Show:
    """The handler of the `show` lane."""

    def __init__(
        self,
        database: Database,
        desk: Desk,
        clock: Clock,
        defaults: RulesByChannel,
        *,
        remembered: int = 1_000,
    ) -> None:
        """Log each refusal once, as far as the last ones `remembered` reach."""
        self._database = database
        self._desk = desk
        self._clock = clock
        self._defaults = defaults
        self._remembered = remembered
        self._complained: set[tuple[str, str, str]] = set()

    async def __call__(self, key: str, *, retried: bool) -> None:
        """Show the conversation `key`; after an interrupted run, look for what that run has posted.

        Raises:
            Unavailable: what was done is on record; the rest can be done later.
            OutcomeUnknown: the same, and something may have been posted that is not on record.
            Refused: Slack will not have the card or the escalation. A refusal of a line in the thread is only logged.
        """
        async with self._database.snapshot() as tx:
            case = await tx.conversations.case(key)
            if case is None:
                return
            rules = rules_for(case.conversation.channel, self._defaults, await tx.settings.current())
            progress = _Progress(dict(await tx.desk_posts.of(key)))
        now, standing = self._clock(), frozenset(progress.posts)
        sheets = self._desk.sheets(case, threshold=rules.auto_above, now=now, standing=standing)
        done = False
        try:
            try:
                await self._bring_in_line(sheets, case, progress, retried=retried)
            except Gone:  # Somebody deleted the card in Slack, and with it the thread.
                progress.start_over(sheets)
                await self._bring_in_line(sheets, case, progress, retried=retried)
            done = True
        finally:
            await self._keep(case, progress, done=done)

    async def _bring_in_line(
        self, sheets: Sequence[Sheet], case: Case, progress: _Progress, *, retried: bool
    ) -> None:
        """Show each sheet; one that Slack refuses does not keep it from having the others.

        The card and the escalation have to stand, so they are tried again; a line in the thread is not worth that.
        """
        refusal: Refused | None = None
        for sheet in sheets:
            if sheet.in_thread and progress.root_ts is None:
                continue
            try:
                await self._bring_one_in_line(sheet, case, progress, retried=retried)
            except Gone:
                raise
            except Refused as error:
                self._complain(sheet, case, error)
                refusal = refusal if sheet.in_thread else error
        if refusal is not None:
            raise refusal

    async def _bring_one_in_line(
        self, sheet: Sheet, case: Case, progress: _Progress, *, retried: bool
    ) -> None:
        known = progress.posts.get(sheet.name)
        if known is not None and known.digest == sheet.digest:
            return
        ts, root_ts = known.ts if known is not None else None, progress.root_ts
        if ts is None and retried:
            ts = await self._desk.find(sheet, case, root_ts=root_ts)
        if ts is not None:
            try:
                await self._desk.update(sheet, case, ts, root_ts=root_ts)
            except Gone:
                if sheet.name == _ROOT and known is not None:
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

    async def _keep(self, case: Case, progress: _Progress, *, done: bool) -> None:
        try:
            await self._record(case, progress, done=done)
        except Unavailable as error:
            raise OutcomeUnknown("What was posted in Slack could not be put on record") from error

    async def _record(self, case: Case, progress: _Progress, *, done: bool) -> None:
        if not (progress.fresh or progress.renewed or done):
            return
        async with self._database.transaction() as tx:
            if progress.renewed:
                await tx.desk_posts.drop(case.conversation.id)
            for post in progress.fresh:
                await tx.desk_posts.put(post)
            if done:
                await tx.conversations.mark_shown(case.conversation.id, case.conversation.version)


class Sweep:
    """Queues work that state says is due but no job stands for: the net under lost wake-ups."""

    def __init__(self, database: Database, clock: Clock, *, limit: int = 500) -> None:
        self._database = database
        self._clock = clock
        self._limit = limit

    async def sweep(self) -> int:
        """Queue what is due; return how many jobs that were."""
        async with self._database.snapshot() as tx:
            due = await tx.conversations.unfinished(self._limit)
        if not due:
            return 0
        async with self._database.transaction() as tx:
            for lane, key in due:
                await tx.defer(Lane(lane), key, self._clock() + timedelta(seconds=1))
        return len(due)
