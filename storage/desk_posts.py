"""Where the sheets of a conversation stand in Slack."""

from collections.abc import Collection, Mapping

from sqlalchemy import and_, bindparam, delete, exists, func, insert, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.model import Status
from bot.core.ports.storage import DeskPost
from storage.rows import many, put, row_of, select_as
from storage.tables import conversations, desk_posts, left_posts
from storage.within import EVERYWHERE, Within

ROOT = "root"
_old, _root = desk_posts.alias("old"), desk_posts.alias("root")
_card = select(_root.c.ts).where(_root.c.conversation_id == _old.c.conversation_id, _root.c.sheet == "root")
_is_left = exists().where(
    left_posts.c.conversation_id == _old.c.conversation_id,
    left_posts.c.slack_channel == _old.c.slack_channel,
    left_posts.c.ts == _old.c.ts,
)
_theirs = and_(_old.c.conversation_id == bindparam("of"), _old.c.ts != "", ~_is_left)
_moved = and_(
    _old.c.sheet == bindparam("named"),
    or_(_old.c.slack_channel != bindparam("now_in"), _old.c.ts != bindparam("now_at")),
)
_places = select(
    _old.c.conversation_id,
    _old.c.slack_channel,
    _old.c.ts,
    func.coalesce(_card.scalar_subquery(), _old.c.ts),
)
_names = ["conversation_id", "slack_channel", "ts", "thread_ts"]
_LEAVE_ALL = insert(left_posts).from_select(_names, _places.where(_theirs))
_LEAVE_ONE = insert(left_posts).from_select(_names, _places.where(_theirs, _moved))


class SqlDeskPosts:
    """Posts by conversation and sheet, and by their place in Slack."""

    def __init__(self, connection: AsyncConnection, within: Within = EVERYWHERE) -> None:
        self._connection = connection
        self._within = within

    async def of(self, conversation_id: str) -> Mapping[str, DeskPost]:
        """Return the posts of a conversation by the name of their sheet."""
        query = select_as(DeskPost, desk_posts).where(desk_posts.c.conversation_id == conversation_id)
        return {post.sheet: post for post in await many(self._connection, DeskPost, query)}

    async def put(self, post: DeskPost) -> None:
        """Insert, or replace what is known of this sheet; where it stood elsewhere stays known to whoever erases."""
        place = {
            "of": post.conversation_id,
            "named": post.sheet,
            "now_in": post.slack_channel,
            "now_at": post.ts,
        }
        await self._connection.execute(_LEAVE_ONE, place)
        await put(self._connection, desk_posts, row_of(post), ("conversation_id", "sheet"))

    async def drop(self, conversation_id: str) -> None:
        """Show no more where a conversation stands; that it stood there stays known to whoever erases."""
        await self._connection.execute(_LEAVE_ALL, {"of": conversation_id})
        of_it = desk_posts.c.conversation_id == conversation_id
        gone = delete(desk_posts).where(of_it, desk_posts.c.sheet.not_like("%@%"))
        await self._connection.execute(gone)

    async def leave(self, known: Collection[str]) -> int:
        """Forget what stands in workspaces that are known no more, and have what is open shown anew, once."""
        of_it = desk_posts.c.conversation_id == conversations.c.id
        root = and_(of_it, desk_posts.c.sheet == ROOT)
        left = and_(of_it, desk_posts.c.sheet == literal(f"{ROOT}@") + conversations.c.workspace)
        query = select(conversations.c.id, conversations.c.workspace, conversations.c.status).where(
            conversations.c.workspace.not_in(["", *known]), exists().where(root), ~exists().where(left)
        )
        rows = (await self._connection.execute(query)).all()
        for key, workspace, status in rows:
            await self.drop(key)
            # The mark that it was done, of whatever becomes of the new card.
            mark = DeskPost(key, f"{ROOT}@{workspace}", "", "", "")
            await put(self._connection, desk_posts, row_of(mark), ("conversation_id", "sheet"))
            if status != Status.RESOLVED:
                again = update(conversations).where(conversations.c.id == key)
                await self._connection.execute(again.values(version=conversations.c.version + 1))
        return len(rows)

    async def conversation_at(self, slack_channel: str, ts: str) -> str | None:
        """Return the id of the conversation that has a post there."""
        query = select(desk_posts.c.conversation_id).where(
            desk_posts.c.slack_channel == slack_channel,
            desk_posts.c.ts == ts,
            self._within.about(desk_posts.c.conversation_id),
        )
        return await self._connection.scalar(query)
