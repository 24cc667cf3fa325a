"""The end of the audit chain is told when it has moved, and told again when that failed."""

from blocks.checkpoint import checkpoint
from bot.core.audit import Head, head_of
from bot.core.errors import Refused
from bot.services.checkpoints import Checkpoints
from tests.services.conftest import World


class Board:
    """Whoever is told."""

    def __init__(self) -> None:
        self.told: list[Head] = []
        self.fail = False

    async def __call__(self, head: Head) -> None:
        if self.fail:
            raise Refused("channel_not_found")
        self.told.append(head)


async def test_a_chain_that_stands_still_is_told_once(world: World) -> None:
    board = Board()
    checkpoints = Checkpoints(world.database, board)
    await checkpoints.note()
    assert board.told == []  # There is nothing yet.
    await world.arrive()
    await checkpoints.note()
    await checkpoints.note()
    last = (await world.audit())[-1]
    assert board.told == [Head(last.seq, last.hash)]
    await world.arrive()
    await checkpoints.note()
    assert [head.seq for head in board.told] == [last.seq, (await world.audit())[-1].seq]


async def test_what_slack_refuses_is_told_the_next_time(world: World, caplog) -> None:
    board = Board()
    board.fail = True
    checkpoints = Checkpoints(world.database, board)
    await world.arrive()
    await checkpoints.note()
    assert "checkpoint_not_told" in caplog.text
    board.fail = False
    await checkpoints.note()
    assert len(board.told) == 1


def test_what_was_posted_can_be_given_back() -> None:
    head = Head(1204, "a1" * 32)
    said, blocks = checkpoint(head)
    assert head_of(said) == head
    assert f"--noted {head}`" in blocks[1]["elements"][0]["text"]
