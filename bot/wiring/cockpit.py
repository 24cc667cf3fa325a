"""The Slack side: what takes what people press there, and what keeps the cards as they should be."""

from dataclasses import dataclass
from functools import partial

from bot.core.routing import MAIN
from bot.process.connection import SlackConnection
from bot.process.faults import CrashingDesk
from bot.services.dispatching import Dispatcher
from bot.services.live import LiveWindows
from bot.services.showing import Show
from bot.wiring.ground import Ground
from bot.wiring.slackside import connection_of
from bot.wiring.workspaces import Workspace, front_of
from handlers.slack.front import Takes
from integrations.slack.desk import SlackDesk
from integrations.slack.windows import SlackWindows
from integrations.slack.workspaces import AllWindows, Desks, Workspaces
from storage.database import utc_now


@dataclass(frozen=True)
class Cockpit:
    """The Slack side."""

    front: Takes
    connection: SlackConnection
    desks: Workspaces[SlackDesk]
    dispatcher: Dispatcher

    async def cards(self, workspace: str = MAIN) -> str:
        """Return the word for the cards in a workspace."""
        return self.desks.of(workspace).trouble() or await self.dispatcher.state(workspace)


def cockpit_of(ground: Ground) -> Cockpit:
    """Make what listens to Slack, and what shows the conversations there."""
    database, spaces = ground.database, ground.spaces
    front = front_of(spaces, ground.installations, ground.tally, ground.alarms)
    connection = SlackConnection(None)
    if ground.role.listens:
        connection = connection_of(ground.settings.slack, front, ground.session)
    desks = spaces.each(partial(_desk, ground))
    backend, crashing = ground.backend, CrashingDesk(Desks(desks), ground.crash)
    live = LiveWindows(database, AllWindows(spaces.each(lambda one: SlackWindows(one.slack))))
    show = Show(
        database,
        crashing,
        utc_now,
        ground.defaults,
        leases=backend.leases,
        live=live,
        trace=ground.trace,
        specialists=lambda workspace: bool(spaces.of(workspace).settings.escalation_channel),
    )
    dispatcher = Dispatcher(
        database,
        show,
        backend.signals,
        utc_now,
        alone=backend.alone,
        leases=backend.leases,
        others=spaces.others,
    )
    return Cockpit(front, connection, desks, dispatcher)


def _desk(ground: Ground, space: Workspace) -> SlackDesk:
    settings = space.settings
    return SlackDesk(
        space.slack, settings.channels, ground.content, settings.escalation_channel, workspace=space.name
    )
