"""Slack may be down when the app starts: it is tried again, and the probe hears what is wrong."""

import asyncio

import pytest

from bot.core.errors import Misconfigured, Refused, Unavailable
from bot.process.connection import SlackConnection
from integrations.slack.errors import BadToken
from tests.bot.world import written_log
from tests.waiting import until


class FakeSocket:
    """Fails as often as it was told to, then connects."""

    def __init__(self, *failures: Unavailable | Refused) -> None:
        self.failures = list(failures)
        self.open = False
        self.closed = 0
        self.may_go_on = asyncio.Event()
        self.may_go_on.set()
        self.broken = asyncio.Event()

    async def connect(self) -> None:
        await self.may_go_on.wait()
        if self.failures:
            raise self.failures.pop(0)
        self.open = True
        self.broken.clear()

    async def ended(self) -> str:
        await self.broken.wait()
        return "silent"

    def break_down(self, *failures: Unavailable | Refused) -> None:
        self.open = False
        self.failures += failures
        self.broken.set()

    async def is_connected(self) -> bool:
        return self.open

    async def close(self) -> None:
        self.open = False
        self.closed += 1


async def state_is(connection: SlackConnection, wanted: str) -> None:
    async def claim() -> bool:
        return await connection.state() == wanted

    await until(claim)


async def test_it_connects_and_closes() -> None:
    socket = FakeSocket()
    connection = SlackConnection(socket)
    async with connection.open():
        await state_is(connection, "ok")
    assert (socket.open, socket.closed) == (False, 1)


async def test_it_tries_again_until_slack_is_there() -> None:
    socket = FakeSocket(Unavailable("Slack cannot be reached"), Refused("Slack refused: invalid_auth"))
    connection = SlackConnection(socket, pause=0.01)
    with written_log("bot") as log:
        async with connection.open():
            await state_is(connection, "ok")
    first, second = log.getvalue().splitlines()
    assert first == "WARNING slack_unreachable error=Slack cannot be reached retry_s=0.01"
    assert second == "WARNING slack_unreachable error=Slack refused: invalid_auth retry_s=0.02"


async def test_the_state_says_what_is_wrong() -> None:
    socket = FakeSocket(Refused("Slack refused: invalid_auth"))
    socket.may_go_on.clear()
    connection = SlackConnection(socket, pause=0.05, greeting=0)
    assert await connection.state() == "connecting"
    async with connection.open():
        assert await connection.state() == "connecting"
        socket.may_go_on.set()
        await state_is(connection, "Slack refused: invalid_auth")
        await state_is(connection, "ok")
        socket.may_go_on.clear()
        socket.break_down()
        await state_is(connection, "reconnecting: silent")
        socket.may_go_on.set()
        await state_is(connection, "ok")


async def test_a_connection_that_ended_is_rebuilt_and_counted() -> None:
    socket = FakeSocket()
    connection = SlackConnection(socket, pause=0.01)
    with written_log("bot") as log:
        async with connection.open():
            await state_is(connection, "ok")
            assert connection.rebuilt == 0
            socket.break_down(Unavailable("Slack cannot be reached"))

            async def rebuilt() -> bool:
                return connection.rebuilt == 1

            await until(rebuilt)
            assert await connection.state() == "ok"
    assert log.getvalue().splitlines() == [
        "WARNING slack_connection_replaced why=silent retry_s=0.0",
        "WARNING slack_unreachable error=Slack cannot be reached retry_s=0.01",
    ]


async def test_connections_that_do_not_last_are_rebuilt_less_and_less_often() -> None:
    socket = FakeSocket()
    connection = SlackConnection(socket, pause=0.01)
    with written_log("bot") as log:
        async with connection.open():
            for count in range(4):
                await state_is(connection, "ok")
                socket.break_down()

                async def rebuilt(wanted: int = count + 1) -> bool:
                    return connection.rebuilt == wanted

                await until(rebuilt)
    pauses = [line.rpartition("=")[2] for line in log.getvalue().splitlines()]
    assert pauses == ["0.0", "0.01", "0.02", "0.04"]


async def test_slack_says_how_long_to_wait() -> None:
    connection = SlackConnection(FakeSocket(Unavailable("Slack asks to wait", retry_after=0.3)), pause=0.01)
    with written_log("bot") as log:
        async with connection.open():
            await state_is(connection, "ok")
    assert "retry_s=0.3" in log.getvalue()


async def test_a_token_that_slack_does_not_know_ends_the_start() -> None:
    socket = FakeSocket(*[BadToken("Slack does not accept SLACK_APP_TOKEN.")] * 9)
    connection = SlackConnection(socket)
    with pytest.raises(Misconfigured, match="SLACK_APP_TOKEN"):
        async with connection.open():
            raise AssertionError("it has started")
    assert socket.closed == 1


async def test_a_token_that_is_revoked_later_ends_nothing() -> None:
    socket = FakeSocket()
    connection = SlackConnection(socket, pause=0.01)
    async with connection.open():
        await state_is(connection, "ok")
        socket.break_down(*[BadToken("SLACK_APP_TOKEN was revoked; install the app again.")] * 5)
        await state_is(connection, "SLACK_APP_TOKEN was revoked; install the app again.")
        await state_is(connection, "ok")


async def test_it_can_be_closed_while_it_dials() -> None:
    socket = FakeSocket()
    socket.may_go_on.clear()
    connection = SlackConnection(socket, greeting=0)
    async with connection.open():
        assert await connection.state() == "connecting"
    assert socket.closed == 1
    assert {task.get_name() for task in asyncio.all_tasks()}.isdisjoint({"slack"})


async def test_over_http_slack_comes_to_us() -> None:
    connection = SlackConnection(None)
    async with connection.open():
        assert await connection.state() == "ok"
