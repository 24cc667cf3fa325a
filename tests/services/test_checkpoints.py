"""The end of the audit chain is told when it has moved, and told again when that failed."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from blocks.checkpoint import checkpoint
from bot.core.audit import Head, head_of
from bot.core.errors import Misconfigured, Refused
from bot.services.checkpoints import Checkpoints
from bot.wiring.signing import Signer
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
    head, signer = Head(1204, "a1" * 32), Signer(lambda: "s" * 32)
    said, blocks = checkpoint(head, signer.sign(head))
    assert head_of(said) == head
    assert signer.read(blocks[1]["elements"][0]["text"]) == head


def test_what_somebody_else_posted_is_not_taken_for_ours() -> None:
    head, signer = Head(1204, "a1" * 32), Signer(lambda: "s" * 32)
    signed = signer.sign(head)
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(signer.public))
    key.verify(base64.urlsafe_b64decode(signed.split(":")[2]), f"threadpilot checkpoints\n{head}".encode())
    assert signer.read(str(head)) == head  # Noted by hand, which is somebody's own word.
    for forged in (
        Signer(lambda: "t" * 32).sign(head),
        signed.replace("1204:", "1205:"),
        signed.replace("a1", "a2", 1),
        f"{signed[:-6]}AAAA==",
        f"{head}:A",
    ):
        with pytest.raises(Misconfigured, match="is not signed by this installation"):
            signer.read(forged)
