"""What takes Slack's requests for several workspaces, while it cannot be known which of them have the app."""

from dataclasses import dataclass, field

from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.core.errors import Unavailable
from bot.core.ports.tally import uncounted
from handlers.slack.front import Front, Place


@dataclass
class Shelf:
    """Where it stands whether the app is installed; `is_away` like a database."""

    is_away: bool = True

    async def is_installed(self) -> bool:
        if self.is_away:
            raise Unavailable("The database cannot be reached")
        return True


@dataclass
class Listeners:
    """Keep what they are handed."""

    heard: list[AsyncBoltRequest] = field(default_factory=list)

    async def async_dispatch(self, req: AsyncBoltRequest) -> BoltResponse:
        self.heard.append(req)
        return BoltResponse(status=200)

    async def drain(self, patience: float) -> None:
        pass


async def test_while_the_database_is_away_nothing_is_acknowledged_and_nobody_is_called_a_stranger() -> None:
    shelf, listeners, alarms = Shelf(), Listeners(), list[str]()
    front = Front(
        {"T1": Place(listeners, shelf.is_installed)}, uncounted, lambda _why, said: alarms.append(said)
    )
    body = {"type": "event_callback", "team_id": "T1", "event": {"type": "app_home_opened"}}
    request = AsyncBoltRequest(mode="socket_mode", body=body)
    assert (await front.async_dispatch(request)).status == 503
    assert (listeners.heard, alarms) == ([], [])
    shelf.is_away = False
    assert (await front.async_dispatch(request)).status == 200
    assert listeners.heard == [request]
