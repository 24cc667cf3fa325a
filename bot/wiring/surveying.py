"""Who is asked for a rating, and how, as the settings say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from aiohttp import web

from bot.core.clocks import awake_or_not
from bot.core.model import Channel
from bot.core.ports.channels import OutboundChannel
from bot.services.surveys import Ask, Surveys
from bot.settings import Settings
from bot.wiring.telephony import phone_surveys
from handlers.web.ratings import RatingLinks, RatingPages
from storage.database import SqlDatabase, utc_now


@dataclass(frozen=True)
class Surveying:
    """What asks, None where nobody is asked; and the pages on which people answer."""

    surveys: Surveys | None = None
    routes: Sequence[web.RouteDef] = ()


def surveying(
    settings: Settings, database: SqlDatabase, secret: str, lines: Mapping[Channel, OutboundChannel]
) -> Surveying:
    """Return what asks on the channels that the settings name, through these lines."""
    asked = settings.survey
    if not asked.channels:
        return Surveying()
    links = RatingLinks(settings.public_url, secret, utc_now)
    ways = dict(phone_surveys(settings.twilio, lines, settings.brand))
    if Channel.EMAIL in lines:
        ways[Channel.EMAIL] = Ask(lines[Channel.EMAIL], links.question)
    chosen = {channel: way for channel, way in ways.items() if channel in asked.channels}
    surveys = Surveys(database, chosen, utc_now, awake_or_not, delay=timedelta(minutes=asked.after))
    return Surveying(surveys, RatingPages(surveys, links).routes())
