"""Text messages and phone calls, as the settings say."""

from collections.abc import Mapping
from contextlib import AsyncExitStack

from aiohttp import web

from bot.core.model import Case, Channel
from bot.core.ports.breakers import Breaker
from bot.core.ports.channels import OutboundChannel
from bot.core.routing import Routes
from bot.process.schedule import Tick
from bot.services.calls import Calls
from bot.services.delivery import Deliveries
from bot.services.intake import Intake
from bot.services.latemedia import LateMedia
from bot.services.survey_words import WORDS, language_of_customer
from bot.services.surveys import Ask
from bot.services.texting import Texting
from bot.settings import Settings
from bot.settings.phone import TwilioSettings
from handlers.web.twilio import TwilioHooks
from handlers.web.twilio_calls import PhoneCalls
from handlers.web.twilio_recordings import RecordingLinks
from integrations.guarded import GuardedChannel
from integrations.twilio.channel import CallChannel, Senders, TextChannel
from integrations.twilio.client import TwilioApi
from integrations.twilio.media import Media
from integrations.twilio.sentences import Tongues
from storage.database import SqlDatabase, utc_now


def twilio_of(settings: TwilioSettings | None, stack: AsyncExitStack) -> TwilioApi | None:
    """Return Twilio's API, closed with `stack`."""
    if settings is None:
        return None
    api = TwilioApi(settings.account_sid, settings.auth_token, settings.api_url)
    stack.push_async_callback(api.aclose)
    return api


def phone_channels(
    settings: TwilioSettings | None, api: TwilioApi | None, breaker: Breaker, routes: Routes
) -> Mapping[Channel, OutboundChannel]:
    """Return the ways to customers that go through Twilio."""
    if settings is None or api is None:
        return {}
    senders = Senders(settings.number, settings.whatsapp_number, settings.whatsapp_template, routes)
    texts = GuardedChannel(
        TextChannel(api, senders, settings.public_url, utc_now), breaker, can_be_asked=True
    )
    if settings.phone_answer == "sms":
        return {Channel.SMS: texts, Channel.PHONE: texts}
    calls = CallChannel(api, settings.number, settings.public_url, _tongues(settings), utc_now)
    return {Channel.SMS: texts, Channel.PHONE: GuardedChannel(calls, breaker, can_be_asked=True)}


def phone_surveys(
    settings: TwilioSettings | None, channels: Mapping[Channel, OutboundChannel], brand: str
) -> Mapping[Channel, Ask]:
    """Return how people who wrote by text message, or called, are asked for a rating: by text message."""
    if settings is None or Channel.SMS not in channels:
        return {}
    tongues = _tongues(settings)

    def question(case: Case) -> str:
        """Ask in the language of the customer, or where that cannot be told in that of the number."""
        usual = tongues.of(settings.number).language.partition("-")[0]
        return WORDS[language_of_customer(case, usual)].text.format(brand=brand)

    ask = Ask(channels[Channel.SMS], question)
    return {Channel.SMS: ask, Channel.PHONE: ask}


def _tongues(settings: TwilioSettings) -> Tongues:
    return Tongues(settings.language, settings.languages, settings.consent, settings.voices)


def late_media(api: TwilioApi | None, database: SqlDatabase) -> list[Tick]:
    """Return what fetches media that could not be had when their message came."""
    return [Tick("media", LateMedia(database, Media(api), utc_now).look)] if api is not None else []


def phone_routes(
    settings: Settings,
    api: TwilioApi | None,
    database: SqlDatabase,
    intake: Intake,
    deliveries: Deliveries,
    secret: str,
) -> list[web.RouteDef]:
    """Return what Twilio calls, and where people listen to recordings."""
    twilio = settings.twilio
    if twilio is None or api is None:
        return []
    links = RecordingLinks(api, twilio.public_url, secret, utc_now)
    calls = PhoneCalls(
        Calls(database, intake),
        links,
        twilio.public_url,
        settings.brand,
        _tongues(twilio),
        answers_by_call=twilio.phone_answer == "call",
    )
    hooks = TwilioHooks(
        twilio.auth_token,
        twilio.public_url,
        Texting(database, intake, utc_now),
        Media(api),
        calls,
        deliveries,
    )
    return [*hooks.routes(), *links.routes()]
