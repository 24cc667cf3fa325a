"""Where messages stand after conversations were merged or split, as pure functions.

A conversation's turns count its inbound messages, and the highest turn that has an answer tells what is answered.
So what was answered where it came from must not lie above what is unanswered where it goes, and the other way round.
"""

from collections.abc import Sequence

from bot.core.model import Case, Message, MovedMessage, Sender, Status


def places_of(case: Case) -> tuple[MovedMessage, ...]:
    """Return where the messages of a conversation stand."""
    return tuple(MovedMessage(m.id, m.seq, m.turn) for m in case.messages)


def merged(source: Case, target: Case) -> tuple[tuple[MovedMessage, ...], int]:
    """Return the places of all messages of both in the target, in order of time, and its turn then.

    What waits for an answer in the source gets turns after those of the target, in the order it had. In a closed
    source nothing does.
    """
    closed = source.conversation.status is Status.RESOLVED
    done, open_after = source.conversation.turn if closed else _answered(source), _answered(target)
    turns = {m.id: m.turn for m in target.messages}
    for m in source.messages:
        turns[m.id] = min(m.turn, open_after) if m.turn <= done else target.conversation.turn + m.turn - done
    in_order = sorted([*target.messages, *source.messages], key=lambda m: m.created_at)
    places = tuple(MovedMessage(m.id, seq, turns[m.id]) for seq, m in enumerate(in_order, 1))
    return places, max([target.conversation.turn, *turns.values()])


def split_off(case: Case, message: Message) -> tuple[Sequence[Message], tuple[MovedMessage, ...]]:
    """Return what goes with a message into a conversation of its own, and where it stands there.

    That is everything from it on, except late answers to what was asked before it.
    """
    leaving = [m for m in case.messages if m.seq >= message.seq and m.turn >= message.turn]
    places = tuple(MovedMessage(m.id, seq, m.turn - message.turn + 1) for seq, m in enumerate(leaving, 1))
    return leaving, places


def _answered(case: Case) -> int:
    """Return the last turn that has an answer."""
    return max((m.turn for m in case.messages if m.sender is not Sender.CUSTOMER), default=0)
