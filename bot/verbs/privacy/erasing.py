"""Erases a customer: from the database, and what threadpilot posted to Slack; what lies elsewhere is listed.

Slack comes first when something is erased: once our rows are gone nobody knows any more where the cards stand.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass

import aiohttp
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.errors import Gone, Misconfigured
from bot.core.model import Customer
from bot.core.routing import MAIN
from bot.core.sealing import OPEN, Sealing
from bot.settings.slack import SlackSettings
from bot.verbs.privacy.elsewhere import records_of
from bot.wiring.keys import reply_key
from bot.wiring.slackinstall import token_of
from integrations.slack.client import SlackClient
from integrations.slack.workspaces import Workspaces
from storage.database import SqlDatabase, open_database, utc_now
from storage.engine.lock import single_process
from storage.erasing import Erased, count, erase, leave_no_pages
from storage.migrate import check_there, upgrade
from storage.personal import Belongings, belongings
from storage.signals import LocalSignals
from storage.tables import conversations, desk_posts, notes
from storage.transaction import SqlTransaction


@dataclass(frozen=True)
class Post:
    """A message of ours in Slack, or a file (its id is the ts), and the card in whose thread it stands.

    `workspace` is the one of the conversation, "" the main one.
    """

    channel: str
    ts: str
    thread: str
    workspace: str

    @property
    def is_file(self) -> bool:
        return self.ts.startswith("F")


_FIRST = "threadpilot's messages there have to be deleted first."
_NO_TOKEN = f"Set SLACK_BOT_TOKEN and the rest of Slack: {_FIRST}"
_LIMITS = (
    "Not reached from here: backups of the database, people's own words in Slack threads (listed above), mail "
    "servers and mailboxes on the way, and what other customers wrote."
)
_POSTGRES_LIMITS = (
    "PostgreSQL keeps deleted rows until VACUUM, and its log until it is recycled: run ANALYZE, VACUUM FULL and "
    "CHECKPOINT on the database, and think of replicas and archived logs."
)


@dataclass(frozen=True)
class Elsewhere:
    """What lies in other systems: our own messages in Slack, people's threads there, and records to be asked for."""

    posts: Sequence[Post]
    threads: Sequence[str]
    records: Sequence[str]


@dataclass(frozen=True)
class Erasure:
    """What is erased, or in a dry run would be."""

    people: Sequence[Customer]
    erased: Erased
    elsewhere: Elsewhere
    done: bool
    on_sqlite: bool

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield "Erased:" if self.done else "This would be erased (nothing was; --yes does it):"
        yield from (f"  {one.channel} {one.address} {one.name}".rstrip() for one in self.people)
        yield f"  database: {self.erased}"
        yield f"  Slack: {len(self.elsewhere.posts)} messages of threadpilot's"
        if self.elsewhere.threads:
            yield "People's own notes stand in these Slack threads, for them or the workspace's owners to delete:"
            yield from (f"  {one}" for one in self.elsewhere.threads)
        if self.elsewhere.records:
            yield "To be asked of other systems, which keep it (docs/privacy.md tells how):"
            yield from (f"  {one}" for one in self.elsewhere.records)
        yield _LIMITS
        if not self.on_sqlite:
            yield _POSTGRES_LIMITS


async def erase_customer(
    url: str,
    who: str,
    slack: SlackSettings | None,
    *,
    yes: bool,
    actor: str,
    sealing: Sealing = OPEN,
    secret_key: str = "",
) -> Erasure:
    """Erase one customer everywhere we reach; without `yes`, only tell what that would be.

    `who` is an address, a number or a customer's id; whoever is one customer with them goes too.

    Raises:
        Misconfigured: nobody is known by this, or a running app has the database.
        Unavailable, Refused: Slack did not delete a message; of ours nothing is erased, and it may be run again.
    """
    await check_there(url)
    if not yes:
        return await _told(url, who, sealing)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(single_process(url))
        await upgrade(url)
        async with open_database(url, LocalSignals(), sealing=sealing) as database:
            people, theirs = await found(database, who)
            elsewhere = await elsewhere_of(database, theirs, people)
            if elsewhere.posts:
                key = reply_key(url, secret_key)
                clients = await stack.enter_async_context(_slack(slack, database, key, elsewhere.posts))
                await _delete(elsewhere.posts, clients)
            async with database.transaction() as tx:
                await _check_nothing_came(tx, theirs, elsewhere)
                erased = await erase(tx, theirs, at=utc_now(), actor=actor, why="the customer asked for it")
        await leave_no_pages(url)
    return Erasure(people, erased, elsewhere, done=True, on_sqlite=_is_sqlite(url))


async def _told(url: str, who: str, sealing: Sealing) -> Erasure:
    async with open_database(url, LocalSignals(), sealing=sealing) as database:
        people, theirs = await found(database, who)
        elsewhere = await elsewhere_of(database, theirs, people)
        async with database.snapshot() as tx:
            erased = await count(tx.connection, theirs)
    return Erasure(people, erased, elsewhere, done=False, on_sqlite=_is_sqlite(url))


def _is_sqlite(url: str) -> bool:
    return url.startswith("sqlite")


async def found(database: SqlDatabase, who: str) -> tuple[Sequence[Customer], Belongings]:
    async with database.snapshot() as tx:
        found = await tx.customers.at(who)
        ids = [one.id for one in found] or [who]
        people = {one.id: one for each in ids for one in await tx.customers.same_person(each)}
        if not people:
            raise Misconfigured(f"Nobody is known as {who!r}: write an address, a number or a customer's id.")
        return list(people.values()), await belongings(tx.connection, people.values())


async def elsewhere_of(database: SqlDatabase, theirs: Belongings, people: Sequence[Customer]) -> Elsewhere:
    async with database.snapshot() as tx:
        return Elsewhere(
            await _posts(tx.connection, theirs),
            await _threads(tx.connection, theirs),
            await records_of(tx.connection, theirs, people),
        )


async def _posts(connection: AsyncConnection, theirs: Belongings) -> Sequence[Post]:
    """Return what of ours stands in Slack: files first, while their thread can be read, and cards last."""
    query = select(desk_posts, conversations.c.workspace).join_from(desk_posts, conversations)
    query = query.where(desk_posts.c.conversation_id.in_(theirs.conversations))
    rows = (await connection.execute(query)).all()
    cards = {row.conversation_id: row.ts for row in rows if row.sheet == "root"}
    posts = [
        Post(row.slack_channel, row.ts, cards.get(row.conversation_id, row.ts), row.workspace) for row in rows
    ]
    return sorted(posts, key=lambda post: (not post.is_file, post.ts == post.thread, post.ts))


async def _threads(connection: AsyncConnection, theirs: Belongings) -> Sequence[str]:
    query = select(notes.c.desk_ref).where(notes.c.conversation_id.in_(theirs.conversations))
    return sorted((await connection.scalars(query)).all())


@asynccontextmanager
async def _slack(
    settings: SlackSettings | None, database: SqlDatabase, key: str, posts: Sequence[Post]
) -> AsyncIterator[Workspaces[SlackClient]]:
    """Yield a client for each workspace in which one of these stands; raises Misconfigured without its token."""
    if settings is None:
        raise Misconfigured(_NO_TOKEN)
    asked = {MAIN, *(post.workspace for post in posts if post.workspace in settings.others)}
    tokens = {one: await token_of(settings, database, key, one) for one in asked}
    if not tokens[MAIN]:
        raise Misconfigured(_NO_TOKEN)
    for one in sorted(one for one, token in tokens.items() if not token):
        raise Misconfigured(f"Install threadpilot into the Slack workspace {one} again: {_FIRST}")
    async with aiohttp.ClientSession() as session:
        clients = {one: SlackClient(it, settings.api_url, session) for one, it in tokens.items()}
        yield Workspaces(clients.pop(MAIN), clients)


async def _delete(posts: Sequence[Post], clients: Workspaces[SlackClient]) -> None:
    for post in posts:
        slack = clients.of(post.workspace)
        with suppress(Gone):  # By somebody else, or by a run that was cut short.
            if post.is_file:
                await slack.delete_file(post.channel, post.thread, post.ts)
            else:
                await slack.delete(post.channel, post.ts)


async def _check_nothing_came(tx: SqlTransaction, theirs: Belongings, elsewhere: Elsewhere) -> None:
    if set(await _posts(tx.connection, theirs)) - set(elsewhere.posts):
        raise Misconfigured(
            "Something was posted in the meantime, and nothing was erased here. Run it again."
        )
