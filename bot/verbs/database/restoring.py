"""After a restore nobody knows what has left since the backup: nothing leaves by itself until people have looked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, exists, insert, literal, select, text, update

from bot.core.model import Channel, DeliveryState, Status
from bot.core.ports.storage import Setting
from bot.services.attending import RESTORE
from bot.services.outcomes import record_stuck
from bot.services.transitions import move, note_event
from storage.columns import Word
from storage.database import SqlDatabase
from storage.tables import (
    IS_RESOLVED,
    ON_ITS_WAY,
    TO_TELL,
    acknowledgements,
    chat_unseen,
    conversations,
    deliveries,
    desk_posts,
    rating_requests,
)
from storage.transaction import SqlTransaction

_MAY_BE_OUT = "A backup was restored: it may have gone out since the backup was taken."
_LOOK = (
    "A backup was restored. What was written and answered since it was taken is not known here any more: look into "
    "this thread before you send."
)
_AT_ONCE = 200
# Tables from which `hold` takes rows; to all others it only adds some.
LET_GO = frozenset({chat_unseen.name})


@dataclass(frozen=True)
class Held:
    """How many answers wait for somebody who says whether they went out, and how many conversations are open."""

    answers: int
    conversations: int

    def __str__(self) -> str:
        return (
            "Automatic answers are paused on every channel until somebody types `/cockpit resume`. "
            f"Answers that may have gone out since the backup: {self.answers}; their cards ask. "
            f"Open conversations whose threads say that they are to be looked at: {self.conversations}."
        )


async def hold(database: SqlDatabase, now: datetime) -> Held:
    """Pause all channels, and give to people whatever could otherwise be sent a second time."""
    async with database.transaction() as tx:
        await _pause(tx, now)
        await _let_go_of_small_mails(tx, now)
    answers = await _doubt_answers(database, now)
    return Held(answers, await _mark_open(database, now))


async def _pause(tx: SqlTransaction, now: datetime) -> None:
    await tx.settings.lock()
    before = await tx.settings.current()
    await tx.audit.append(at=now, actor=RESTORE, action="restore", subject="database", payload={})
    for channel in Channel:
        key = f"paused.{channel}"
        old = before[key].value if key in before else False
        await tx.audit.append(
            at=now, actor=RESTORE, action="setting", subject=key, payload={"old": old, "new": True}
        )
        await tx.settings.set(Setting(key, value=True, actor=RESTORE, at=now))


async def _let_go_of_small_mails(tx: SqlTransaction, now: datetime) -> None:
    """Send no copy of a chat answer, no acknowledgement and no request for a rating that may be there already."""
    cancelled = DeliveryState.CANCELLED
    await tx.connection.execute(delete(chat_unseen))
    told = update(acknowledgements).where(text(TO_TELL)).values(state=cancelled, at=now)
    await tx.connection.execute(told)
    passed_over = update(rating_requests).where(rating_requests.c.state == cancelled).values(at=now)
    await tx.connection.execute(passed_over)
    talk = conversations.c
    columns = rating_requests.c
    unasked = select(
        talk.id,
        talk.channel,
        talk.address,
        literal(cancelled, Word(DeliveryState)),
        literal(now, columns.at.type),
    ).where(text(IS_RESOLVED), ~exists().where(columns.conversation_id == talk.id))
    names = [columns.conversation_id, columns.channel, columns.address, columns.state, columns.at]
    await tx.connection.execute(insert(rating_requests).from_select(names, unasked))


async def _doubt_answers(database: SqlDatabase, now: datetime) -> int:
    """Give each answer that was on its way to a person; those of the chat leave within our own database only."""
    query = (
        select(deliveries.c.id)
        .where(text(ON_ITS_WAY), deliveries.c.channel != Channel.CHAT)
        .order_by(deliveries.c.created_at, deliveries.c.id)
    )
    ids = await _ids(database, query)
    for delivery_id in ids:
        async with database.transaction() as tx:
            row = await tx.deliveries.get(delivery_id)
            if row is not None:
                await record_stuck(tx, row, DeliveryState.UNKNOWN, _MAY_BE_OUT, now)
    return len(ids)


async def _mark_open(database: SqlDatabase, now: datetime) -> int:
    """Say it in the thread of each open conversation, and have its card rendered anew, for Slack may be ahead."""
    query = select(conversations.c.id).where(conversations.c.status != Status.RESOLVED)
    ids = await _ids(database, query.order_by(conversations.c.updated_at, conversations.c.id))
    for start in range(0, len(ids), _AT_ONCE):
        async with database.transaction() as tx:
            for conversation_id in sorted(ids[start : start + _AT_ONCE]):
                await _mark(tx, conversation_id, now)
    return len(ids)


async def _mark(tx: SqlTransaction, conversation_id: str, now: datetime) -> None:
    conversation = await tx.conversations.get(conversation_id)
    if conversation is None:
        return
    await move(tx, conversation, conversation.status, now)
    await note_event(tx, conversation_id, _LOOK, now)
    theirs = desk_posts.c.conversation_id == conversation_id, desk_posts.c.sheet.in_(("root", "escalation"))
    await tx.connection.execute(update(desk_posts).where(*theirs).values(digest=""))


async def _ids(database: SqlDatabase, query: object) -> Sequence[str]:
    async with database.snapshot() as tx:
        return (await tx.connection.scalars(query)).all()  # type: ignore[call-overload,no-any-return]
