"""Showing: bring what Slack shows of a conversation in line with its newest state.

Runs in its own lane, so that the customer's answer never waits for Slack. Many changes become one update.
"""

from dataclasses import dataclass, field
from datetime import timedelta

from bot.core.errors import Gone, OutcomeUnknown, Unavailable
from bot.core.model import Case
from bot.core.policy import RulesByChannel
from bot.core.ports import Clock, Database, Desk, DeskPost, Lane, Sheet
from bot.services.controls import rules_for


@dataclass
class _Progress:
    """What stands on the desk, and what of it is new since it was read."""

    posts: dict[str, DeskPost]
    fresh: list[DeskPost] = field(default_factory=list)

    def put(self, post: DeskPost) -> None:
        self.posts[post.sheet] = post
        self.fresh.append(post)


class Show:
    """The handler of the `show` lane."""

    def __init__(self, database: Database, desk: Desk, clock: Clock, defaults: RulesByChannel) -> None:
        self._database = database
        self._desk = desk
        self._clock = clock
        self._defaults = defaults

    async def __call__(self, key: str, *, retried: bool) -> None:
        """Show the conversation `key`; after an interrupted run, look for what that run has posted."""
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
            for sheet in sheets:
                await self._bring_in_line(sheet, case, progress, retried=retried)
            done = True
        except OutcomeUnknown as error:
            raise Unavailable("Slack did not say whether it took the message") from error
        finally:
            await self._record(case, progress, done=done)

    async def _bring_in_line(self, sheet: Sheet, case: Case, progress: _Progress, *, retried: bool) -> None:
        post = progress.posts.get(sheet.name)
        if post is not None and post.digest == sheet.digest:
            return
        root_ts = progress.posts["root"].ts if "root" in progress.posts else None
        ts = post.ts if post is not None else None
        if ts is None and retried:
            ts = await self._desk.find(sheet, case, root_ts=root_ts)
        progress.put(
            DeskPost(
                conversation_id=case.conversation.id,
                sheet=sheet.name,
                slack_channel=sheet.slack_channel,
                ts=await self._put_on_desk(sheet, case, ts, root_ts),
                digest=sheet.digest,
            )
        )

    async def _put_on_desk(self, sheet: Sheet, case: Case, ts: str | None, root_ts: str | None) -> str:
        if ts is not None:
            try:
                await self._desk.update(sheet, case, ts, root_ts=root_ts)
            except Gone:
                pass  # Somebody deleted it in Slack: it is posted anew.
            else:
                return ts
        return await self._desk.post(sheet, case, root_ts=root_ts)

    async def _record(self, case: Case, progress: _Progress, *, done: bool) -> None:
        if not progress.fresh and not done:
            return
        async with self._database.transaction() as tx:
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
