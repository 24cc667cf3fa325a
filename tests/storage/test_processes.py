"""Which processes work on a database, as it is kept."""

from datetime import timedelta

from bot.core.ports.peers import Peer
from tests.builders import AT


def peer(name, at=AT, **down):
    return Peer(name, ("web", "worker"), down, at)


async def test_the_last_word_of_each_counts(database):
    later = AT + timedelta(seconds=5)
    async with database.transaction() as tx:
        await tx.processes.put(peer("b:2"))
        await tx.processes.put(peer("a:1", slack="gone"))
        await tx.processes.put(peer("a:1", later, slack="it's “back” soon"))
    async with database.snapshot() as tx:
        assert await tx.processes.since(AT) == [peer("a:1", later, slack="it's “back” soon"), peer("b:2")]
        assert await tx.processes.since(later) == [peer("a:1", later, slack="it's “back” soon")]


async def test_who_leaves_takes_those_along_who_could_not(database):
    async with database.transaction() as tx:
        await tx.processes.put(peer("dead", AT - timedelta(minutes=1)))
        await tx.processes.put(peer("alive"))
        await tx.processes.put(peer("leaving"))
        await tx.processes.drop("leaving", before=AT)
        assert [each.name for each in await tx.processes.since(AT - timedelta(hours=1))] == ["alive"]
