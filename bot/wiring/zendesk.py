"""Zendesk, as the settings say: a channel, a place where conversations are put on record, and what it calls."""

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

from bot.core.model import Channel
from bot.core.ports.breakers import Breaker
from bot.process.schedule import Tick
from bot.services.intake import Intake
from bot.services.tickets import Tickets
from bot.settings.crm import ZendeskSettings
from bot.wiring.backend import Backend
from bot.wiring.helpdesk import HelpDesk
from handlers.web.zendesk import ZendeskHook
from integrations.guarded import GuardedChannel, GuardedHelpDesk, GuardedSource
from integrations.zendesk.channel import ZendeskChannel
from integrations.zendesk.client import ZendeskApi
from integrations.zendesk.records import NAME, ZendeskRecords
from integrations.zendesk.source import ZendeskSource
from integrations.zendesk.tokens import ClientTokens, FixedToken, Tokens
from storage.database import utc_now

_POLL_SECONDS = 300.0  # Webhooks are the quicker way, and each change of ours is found once more.


def zendesk_desk(
    settings: ZendeskSettings,
    backend: Backend,
    intake: Intake,
    contents: Callable[[str], Awaitable[bytes | None]],
    breaker: Breaker,
    stack: AsyncExitStack,
) -> HelpDesk:
    """Return what Zendesk adds, closed with `stack`."""
    api = zendesk_of(settings)
    stack.push_async_callback(api.aclose)
    tickets_there = ZendeskRecords(
        api, contents, utc_now, writes_back=settings.write_back, fields=settings.fields
    )
    records = GuardedHelpDesk(tickets_there, breaker)
    takes_in = bool(settings.webhook_secret)
    tickets = Tickets(
        backend.database,
        records,
        records,
        intake,
        utc_now,
        takes_in=takes_in,
        alone=backend.alone,
        leases=backend.leases,
    )
    lines = {Channel.ZENDESK: GuardedChannel(ZendeskChannel(api, utc_now), breaker, can_be_asked=True)}
    sources = [GuardedSource(ZendeskSource(api, utc_now), breaker)]
    if not takes_in:
        return HelpDesk(lines, {NAME: tickets} if settings.write_back else {}, sources=sources)
    hook = ZendeskHook(settings.webhook_secret, tickets, api)
    polled = Tick(f"{NAME} poll", tickets.poll, _POLL_SECONDS)
    return HelpDesk(lines, {NAME: tickets}, [hook.route()], [polled], sources)


def zendesk_of(settings: ZendeskSettings) -> ZendeskApi:
    """Return Zendesk's API as the settings say."""
    return ZendeskApi(settings.url, _tokens(settings))


def _tokens(settings: ZendeskSettings) -> Tokens:
    if settings.oauth_token:
        return FixedToken(settings.oauth_token)
    return ClientTokens(settings.url, settings.client_id, settings.client_secret)
