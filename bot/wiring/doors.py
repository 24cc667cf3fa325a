"""The doors of a process that listens: pages, mail, and the connection to Slack."""

from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from importlib.metadata import version

from aiohttp import web

from bot.core.clocks import awake_or_not
from bot.core.model import Channel
from bot.core.ports.channels import CustomerChannel, OutboundChannel
from bot.core.ports.tracing import Tracer
from bot.process.connection import SlackConnection
from bot.process.parts import States
from bot.process.runtime import background, listening, serving, together
from bot.process.schedule import scheduled
from bot.services.chat import ChatRules, ChatService
from bot.services.continuity import Continuity
from bot.services.presence import LOOK_SECONDS
from bot.settings import Settings
from bot.settings.reading import host_and_port
from bot.wiring.cockpit import Cockpit
from bot.wiring.ground import Ground
from bot.wiring.slackinstall import routes_of
from bot.wiring.telephony import phone_routes
from bot.wiring.ways import Ways
from bot.wiring.works import Works
from handlers.mail.imap import ImapIntake
from handlers.mail.keeping import MailDesk
from handlers.mail.smtp_listener import SmtpListener
from handlers.slack.front import Takes
from handlers.slack.transport import http_route
from handlers.web.access import classified
from handlers.web.chat import add_chat
from handlers.web.edges import followed, harden, knocking, limited
from handlers.web.health import Health
from handlers.web.inbound_email import InboundEmail
from handlers.web.metrics import counting, metrics_route
from handlers.web.proxies import behind
from integrations.prometheus import PrometheusTally
from storage.database import SqlDatabase, utc_now

_BODY_LIMIT = 1024 * 1024
_LISTENERS_END = 3.0


@dataclass(frozen=True)
class Inside:
    """What is behind the doors. `calls` are what providers call, and pages behind signed links."""

    settings: Settings
    database: SqlDatabase
    parts: States
    chat: ChatService
    bolt: Takes
    tally: PrometheusTally
    connection: SlackConnection
    mail_desk: MailDesk
    mailboxes: Sequence[ImapIntake]
    mail_out: CustomerChannel | None
    calls: Sequence[web.RouteDef]
    alarm: Callable[[str, str], None]
    trace: Tracer


async def listen(
    ground: Ground,
    ways: Ways,
    cockpit: Cockpit,
    works: Works,
    parts: States,
    mail_desk: MailDesk,
    mailboxes: Sequence[ImapIntake],
) -> web.Application:
    """Gather what is behind the doors, open them, and return the pages."""
    settings, database = ground.settings, ground.database
    mail_out = ways.channels.get(Channel.EMAIL)
    rules = ChatRules(settings.chat.require_identity, settings.chat.ask_email, mails=mail_out is not None)
    chat = ChatService(database, ground.intake, ground.backend.signals, utc_now, rules=rules)
    phone = phone_routes(settings, ways.twilio, database, ground.intake, works.deliveries, ground.secret)
    base_url = settings.public_url or f"http://{settings.http}"
    pages = (
        *ways.survey.routes,
        *works.originals.routes(),
        *works.steering.dashboard.routes(),
        *routes_of(settings.slack, ground.installations, database, ground.secret, ground.session, base_url),
    )
    inside = Inside(
        settings,
        database,
        parts,
        chat,
        cockpit.front,
        ground.tally,
        cockpit.connection,
        mail_desk,
        mailboxes,
        mail_out,
        calls=[*phone, *ways.zendesk.routes, *pages],
        alarm=ground.alarms,
        trace=ground.trace,
    )
    await ground.stack.enter_async_context(background("alarms", ground.alarms.run))
    return await open_doors(inside, ground.stack)


async def open_doors(inside: Inside, stack: AsyncExitStack) -> web.Application:
    """Look after chat visitors, read mailboxes, and open all doors at once; return the pages behind them."""
    settings, pages = inside.settings, _pages(inside)
    await stack.enter_async_context(scheduled(inside.chat.presence.look, LOOK_SECONDS))
    if isinstance(inside.mail_out, OutboundChannel):
        continuity = Continuity(inside.database, inside.mail_out, utc_now, awake_or_not, brand=settings.brand)
        await stack.enter_async_context(scheduled(continuity.look, LOOK_SECONDS))
    stack.push_async_callback(inside.bolt.drain, _LISTENERS_END)
    for mailbox in inside.mailboxes:
        await stack.enter_async_context(background(f"mail in {mailbox.name}", mailbox.run))
    doors = [serving(pages, settings.http)]
    if settings.mail is not None and settings.mail.listen:
        host, port = host_and_port("SMTP_LISTEN", settings.mail.listen)
        listener = SmtpListener(host, port, inside.mail_desk, tally=inside.tally)
        doors.append(listening(listener, f"SMTP_LISTEN={settings.mail.listen}"))
    await stack.enter_async_context(together(*doors, inside.connection.open()))
    return pages


async def open_hatch(
    settings: Settings, parts: States, tally: PrometheusTally, stack: AsyncExitStack
) -> None:
    """Let operators look at a process that does not listen otherwise."""
    pages = web.Application(middlewares=[limited()])
    harden(pages, https=False)
    pages.add_routes(_for_operators(settings, parts, tally))
    await stack.enter_async_context(serving(pages, settings.health, "THREADPILOT_HEALTH"))


def _for_operators(settings: Settings, parts: States, tally: PrometheusTally) -> list[web.RouteDef]:
    async def figures() -> bytes:
        tally.parts(await parts())
        return tally.text()

    return [*Health(parts, version("threadpilot"), settings.build).routes(), metrics_route(figures)]


def _pages(inside: Inside) -> web.Application:
    settings, tally = inside.settings, inside.tally
    counted = counting(tally, knocking(inside.alarm))
    pages = web.Application(
        client_max_size=_BODY_LIMIT,
        middlewares=[behind(settings.proxies), counted, classified, followed(inside.trace), limited()],
    )
    harden(pages, https=settings.public_url.startswith("https://"))
    pages.add_routes([*_for_operators(settings, inside.parts, tally), *inside.calls])
    add_chat(
        pages,
        inside.chat,
        allowed_origins=settings.chat.origins,
        identity_secret=settings.chat.identity_secret,
        brand=settings.brand,
    )
    if settings.mail is not None and settings.mail.inbound_secret:
        pages.add_routes([InboundEmail(inside.mail_desk, settings.mail.inbound_secret).route()])
    if not settings.slack.app_token:
        pages.add_routes([http_route(inside.bolt, settings.slack.signing_secret)])
    return pages
