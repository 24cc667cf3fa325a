"""Erases a customer: from the database, and what threadpilot posted to Slack; what lies elsewhere is listed.

Slack comes first when something is erased: once our rows are gone nobody knows any more where the cards stand.
"""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import aiohttp
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.errors import ChannelClosed, Gone, Misconfigured, Refused
from bot.core.model import Customer
from bot.core.routing import MAIN
from bot.core.sealing import OPEN, Sealing
from bot.settings.slack import SlackSettings
from bot.verbs.privacy.elsewhere import records_of
from bot.wiring.keys import reply_key
from bot.wiring.slackinstall import token_of
from integrations.slack.client import SlackClient
from integrations.slack.errors import BadToken
from storage.database import SqlDatabase, open_database, utc_now
from storage.engine.lock import single_process
from storage.erasing import Erased, count, erase, leave_no_pages
from storage.migrate import check_there, upgrade
from storage.personal import Belongings, belongings
from storage.signals import LocalSignals
from storage.tables import conversations, desk_posts, left_posts, notes
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
    """What is erased, or in a dry run would be; `left` stands in workspaces that the settings name no more."""

    people: Sequence[Customer]
    erased: Erased
    elsewhere: Elsewhere
    done: bool
    on_sqlite: bool
    left: Sequence[Post] = ()

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield self._head()
        yield from (f"  {one.channel} {one.address} {one.name}".rstrip() for one in self.people)
        yield f"  database: {self.erased}"
        yield f"  Slack: {len(self.elsewhere.posts) - len(self.left)} messages of threadpilot's"
        if self.left:
            yield "NOT erased, in Slack workspaces out of threadpilot's reach, for their owners to delete:"
            yield from (f"  {one.workspace} {one.channel} {one.ts}" for one in self.left)
        if self.elsewhere.threads:
            yield "People's own notes stand in these Slack threads, for them or the workspace's owners to delete:"
            yield from (f"  {one}" for one in self.elsewhere.threads)
        if self.elsewhere.records:
            yield "To be asked of other systems, which keep it (docs/privacy.md tells how):"
            yield from (f"  {one}" for one in self.elsewhere.records)
        yield _LIMITS
        if not self.on_sqlite:
            yield _POSTGRES_LIMITS

    def _head(self) -> str:
        if self.left:
            return "NOT all is erased. Erased:"
        return "Erased:" if self.done else "This would be erased (nothing was; --yes does it):"


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
            elsewhere, left = await elsewhere_of(database, theirs, people), list[Post]()
            if elsewhere.posts:
                key = reply_key(url, secret_key)
                reach = await stack.enter_async_context(_slack(slack, database, key, elsewhere.posts))
                left = [post for post in elsewhere.posts if not await reach.delete(post)]
            async with database.transaction() as tx:
                await _check_nothing_came(tx, theirs, elsewhere)
                erased = await erase(tx, theirs, at=utc_now(), actor=actor, why="the customer asked for it")
        await leave_no_pages(url)
    return Erasure(people, erased, elsewhere, done=not left, on_sqlite=_is_sqlite(url), left=left)


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
    query = query.where(desk_posts.c.ts != "")  # A mark of what was left.
    query = query.where(desk_posts.c.conversation_id.in_(theirs.conversations))
    rows = (await connection.execute(query)).all()
    cards = {row.conversation_id: row.ts for row in rows if row.sheet == "root"}
    posts = {
        Post(row.slack_channel, row.ts, cards.get(row.conversation_id, row.ts), row.workspace) for row in rows
    }
    posts |= await _left_posts(connection, theirs)
    return sorted(posts, key=lambda post: (not post.is_file, post.ts == post.thread, post.ts))


async def _left_posts(connection: AsyncConnection, theirs: Belongings) -> set[Post]:
    """Return what stood somewhere before it was posted anew elsewhere, and may stand there still."""
    query = select(left_posts, conversations.c.workspace).join_from(left_posts, conversations)
    rows = await connection.execute(query.where(left_posts.c.conversation_id.in_(theirs.conversations)))
    return {Post(row.slack_channel, row.ts, row.thread_ts, row.workspace) for row in rows}


async def _threads(connection: AsyncConnection, theirs: Belongings) -> Sequence[str]:
    query = select(notes.c.desk_ref).where(notes.c.conversation_id.in_(theirs.conversations))
    return sorted((await connection.scalars(query)).all())


@dataclass(frozen=True)
class _Reach:
    """The workspaces that we can speak to, the main one among them; `named` are those that the settings name."""

    clients: Mapping[str, SlackClient]
    named: frozenset[str]

    async def delete(self, post: Post) -> bool:
        """Delete a message; return False where it is out of reach, as what stands in a workspace that has left is.

        What belonged to a workspace may stand in the main one: it took over while the settings did not name it.
        """
        refusals: list[Refused] = []
        for name in dict.fromkeys((post.workspace, MAIN)):
            if name in self.clients:
                try:
                    await _delete(self.clients[name], post)
                    return True
                except (ChannelClosed, BadToken) as error:
                    refusals.append(error)
        if post.workspace in self.named:
            raise refusals[0]
        return False


@asynccontextmanager
async def _slack(
    settings: SlackSettings | None, database: SqlDatabase, key: str, posts: Sequence[Post]
) -> AsyncIterator[_Reach]:
    """Yield a client for each workspace in which one of these may stand, also for one that the settings do not name.

    Raises:
        Misconfigured: one that they name has no token.
    """
    if settings is None:
        raise Misconfigured(_NO_TOKEN)
    asked, named = {MAIN, *(post.workspace for post in posts)}, frozenset({MAIN, *settings.others})
    tokens = {one: await token_of(settings, database, key, one) for one in asked}
    if not tokens[MAIN]:
        raise Misconfigured(_NO_TOKEN)
    for one in sorted(one for one, token in tokens.items() if one in named and not token):
        raise Misconfigured(f"Install threadpilot into the Slack workspace {one} again: {_FIRST}")
    async with aiohttp.ClientSession() as session:
        clients = {
            one: SlackClient(
                token, settings.api_url, session, workspace=one, installed=not settings.bot_token
            )
            for one, token in tokens.items()
            if token
        }
        yield _Reach(clients, named)


async def _delete(slack: SlackClient, post: Post) -> None:
    try:
        if post.is_file:
            await slack.delete_file(post.channel, post.thread, post.ts)
        else:
            await slack.delete(post.channel, post.ts)
    except Gone:
        return  # By somebody else, or by a run that was cut short.


async def _check_nothing_came(tx: SqlTransaction, theirs: Belongings, elsewhere: Elsewhere) -> None:
    if set(await _posts(tx.connection, theirs)) - set(elsewhere.posts):
        raise Misconfigured(
            "Something was posted in the meantime, and nothing was erased here. Run it again."
        )
