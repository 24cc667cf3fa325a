"""What looks after conversations: assignment, calls, service levels, who writes, and words to customers at once."""

from collections.abc import Mapping, Sequence

from bot.core.clocks import awake_or_not
from bot.core.model import Channel
from bot.core.ports.channels import CustomerChannel
from bot.core.ports.teamwork import People
from bot.process.schedule import Tick
from bot.services.acknowledging import LOOK_SECONDS as TELL_SECONDS
from bot.services.acknowledging import Acknowledging
from bot.services.noticing import LOOK_SECONDS as NOTICE_SECONDS
from bot.services.noticing import Noticing
from bot.services.team import LOOK_SECONDS, Team
from storage.database import SqlDatabase, utc_now


def team_ticks(
    database: SqlDatabase,
    people: People,
    channels: Mapping[Channel, CustomerChannel],
    others: Mapping[str, People],
) -> Sequence[Tick]:
    """Return the periodic work; `others` are the people of further Slack workspaces."""
    telling = Acknowledging(database, channels, utc_now, awake_or_not)
    return (
        Tick("team", Team(database, people, utc_now, others).look, LOOK_SECONDS),
        Tick("acknowledge", telling.look, TELL_SECONDS),
        Tick("noticing", Noticing(database, utc_now).look, NOTICE_SECONDS),
    )
