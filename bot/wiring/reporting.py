"""Digests and alerts, as the settings say where they go."""

from collections.abc import Sequence
from dataclasses import dataclass

from blocks import charts, kit
from blocks import digest as words
from bot.core.insights.pictures import Picture
from bot.process.schedule import Tick
from bot.services import digests, notifying, watching
from bot.services.digests import Digests
from bot.services.insights import Insights
from bot.services.notifying import Shown, Telling
from bot.services.settingbook import Announce
from bot.services.watching import Watching
from bot.settings.slack import SlackSettings
from integrations.painting import VegaPainter
from integrations.slack.board import SlackBoard
from integrations.slack.client import SlackClient
from storage.database import SqlDatabase, utc_now


@dataclass(frozen=True)
class Reporting:
    """What tells people in Slack how it goes, unasked."""

    digests: Digests
    watching: Watching
    telling: Telling

    def ticks(self) -> Sequence[Tick]:
        """Return the periodic work."""
        return (
            Tick("digests", self.digests.look, digests.LOOK_SECONDS),
            Tick("alerts", self.watching.look, watching.LOOK_SECONDS),
            Tick("telling", self.telling.look, notifying.LOOK_SECONDS),
        )


def reporting_of(
    settings: SlackSettings,
    database: SqlDatabase,
    slack: SlackClient,
    insights: Insights,
    announce: Announce,
) -> Reporting:
    """Return digests and alerts; these go where escalations do, where no plan for digests says otherwise."""
    board = SlackBoard(slack)
    wording = digests.Wording(words.digest, _table)
    otherwise = settings.escalation_channel or next(iter(settings.channels.values()))
    return Reporting(
        Digests(database, insights, board, VegaPainter(), utc_now, wording, announce),
        Watching(database, insights, board, utc_now, watching.Wording(words.alert, words.over), otherwise),
        Telling(database, board, utc_now, words.alert, otherwise),
    )


def _table(picture: Picture) -> Shown:
    """Write as text what nothing here can paint."""
    said = f"*{picture.title}*\n{charts.table(picture.rows)}"
    return picture.alt, kit.message([kit.section("table", said)])
