"""Notes: text typed in a conversation's Slack thread. It is internal and never leaves."""

from bot.core.model import Note, new_id
from bot.core.ports.engine import Clock
from bot.core.ports.storage import Database


class Notes:
    """Keeps thread texts, and follows their edits and deletions."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def add(self, slack_channel: str, thread_ts: str, ts: str, author: str, text: str) -> bool:
        """Keep a note; False when the thread is not a conversation's, or the note is known."""
        async with self._database.transaction() as tx:
            conversation_id = await tx.desk_posts.conversation_at(slack_channel, thread_ts)
            if conversation_id is None:
                return False
            return await tx.notes.add(
                Note(
                    id=new_id(),
                    conversation_id=conversation_id,
                    author=author,
                    content=text,
                    desk_ref=_ref(slack_channel, ts),
                    created_at=self._clock(),
                )
            )

    async def conversation_at(self, slack_channel: str, thread_ts: str) -> str | None:
        """Return the conversation whose thread this is."""
        async with self._database.snapshot() as tx:
            return await tx.desk_posts.conversation_at(slack_channel, thread_ts)

    async def edit(self, slack_channel: str, ts: str, text: str) -> None:
        """Follow an edit; unknown messages are none of our business."""
        async with self._database.transaction() as tx:
            await tx.notes.edit(_ref(slack_channel, ts), text)

    async def remove(self, slack_channel: str, ts: str) -> None:
        """Follow a deletion."""
        async with self._database.transaction() as tx:
            await tx.notes.remove(_ref(slack_channel, ts))


def _ref(slack_channel: str, ts: str) -> str:
    return f"{slack_channel}:{ts}"
