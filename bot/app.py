"""The composition root: names every concrete class, wires it, starts it and stops it in order."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version

import aiohttp
import stamina
from aiohttp import web
from slack_bolt.async_app import AsyncApp

from blocks import kit
from blocks.checkpoint import checkpoint
from bot.answers import answerer_of, library_of, rules_of, writer_of
from bot.backend import Backend, open_backend
from bot.checks import MAIL_OUT, MODEL, TWILIO, ZENDESK, checks, far_sides
from bot.connection import SlackConnection
from bot.core.audit import Head
from bot.core.clocks import awake_or_not
from bot.core.errors import Misconfigured, ThreadpilotError
from bot.core.leases import USUAL, Leases
from bot.core.model import Channel
from bot.core.policy import RulesByChannel
from bot.core.ports.breakers import Breaker
from bot.core.ports.channels import CustomerChannel, OutboundChannel
from bot.core.ports.engine import Lane
from bot.customers import customers_of
from bot.dashboard import Steering, steering_of
from bot.faults import CrashingChannel, CrashingDesk, CrashPoint
from bot.helpdesk import help_desk
from bot.keys import reply_key
from bot.lag import LoopLag
from bot.mail import letterhead_of, mail_in, mailboxes_of, tokens_of
from bot.parts import Check, Parts, across
from bot.roles import Role, check_role
from bot.runtime import background, listening, serving, together
from bot.schedule import leased, myself, scheduled
from bot.services.advancing import Advance
from bot.services.arrivals import Arrivals
from bot.services.chat import ChatChannel, ChatRules, ChatService
from bot.services.checkpoints import Checkpoints
from bot.services.continuity import Continuity
from bot.services.controls import Controls
from bot.services.delivery import Deliveries
from bot.services.dispatching import Dispatcher
from bot.services.drafting import Drafting
from bot.services.escalation import Escalation
from bot.services.identify import Identify
from bot.services.identities import Identities
from bot.services.insights import REFRESH_SECONDS, FactKeeper
from bot.services.intake import Intake
from bot.services.lessons import LOOK_SECONDS as LESSON_SECONDS
from bot.services.lessons import Lessons
from bot.services.merging import Merging
from bot.services.notes import Notes
from bot.services.peers import Peers
from bot.services.presence import LOOK_SECONDS
from bot.services.quality import LOOK_SECONDS as QUALITY_SECONDS
from bot.services.quality import Quality
from bot.services.receipts import Receipts
from bot.services.review import Review
from bot.services.showing import Show
from bot.services.sweeping import Sweep
from bot.services.syncing import by_system
from bot.settings import MailSettings, Settings, SlackSettings, host_and_port
from bot.surveying import surveying
from bot.telephony import phone_channels, phone_routes, twilio_of
from handlers.mail.imap import ImapIntake
from handlers.mail.keeping import MailDesk
from handlers.mail.smtp_listener import SmtpListener
from handlers.slack import Services, register
from handlers.slack.bolt import BoltApp
from handlers.slack.socket_mode import SocketMode
from handlers.slack.transport import build_app, http_route
from handlers.web.chat import add_chat
from handlers.web.health import Health
from handlers.web.inbound_email import InboundEmail
from handlers.web.metrics import counting, metrics_route
from handlers.web.originals import OriginalMails
from integrations.email.channel import EmailChannel
from integrations.email.compose import Mailbox
from integrations.email.oauth import Tokens
from integrations.guarded import GuardedChannel
from integrations.prometheus import PrometheusTally
from integrations.slack.client import SlackClient
from integrations.slack.desk import SlackDesk
from integrations.slack.errors import BadToken
from integrations.slack.gate import Gate
from integrations.slack.roster import Roster
from storage.database import SqlDatabase, utc_now
from storage.urls import on_postgres

log = logging.getLogger(__name__)

_BODY_LIMIT = 1024 * 1024
_GREETING = 3.0  # An unreachable Slack may not keep the app from starting.
_LISTENERS_END = 3.0
_CHECKPOINT = 3600.0


@asynccontextmanager
async def running(settings: Settings, role: Role = Role.ALL, leases: Leases = USUAL) -> AsyncIterator[None]:
    """Run the app, or the part of it that `role` names, while the context is open.

    Raises:
        Misconfigured: it cannot start like this; the message says what to change.
        Unavailable: the database server cannot be reached.
    """
    check_role(role, on_postgres=on_postgres(settings.database_url))
    stamina.instrumentation.set_on_retry_hooks(())  # That a far side is down is said once, by its breaker.
    async with AsyncExitStack() as stack:
        crash = CrashPoint(settings.crash_at)
        backend = await stack.enter_async_context(
            open_backend(
                settings.database_url, partial(crash.around, "commit"), leases, settings.record_systems
            )
        )
        session = await stack.enter_async_context(aiohttp.ClientSession())
        await _start(settings, role, backend, crash, session, stack)
        log.info("ready", extra={"role": role.value, "http": settings.http if role.listens else "off"})
        yield
        log.info("stopping")


async def _start(
    settings: Settings,
    role: Role,
    backend: Backend,
    crash: CrashPoint,
    session: aiohttp.ClientSession,
    stack: AsyncExitStack,
) -> None:
    database, signals = backend.database, backend.signals
    defaults, secret = rules_of(settings), reply_key(settings)
    tally, breakers = PrometheusTally(version("threadpilot")), far_sides()
    slack = SlackClient(
        settings.slack.bot_token, settings.slack.api_url, session, Gate(backend.lines()), tally
    )
    await _introduce(slack)
    library = await library_of(settings)
    answerer = await answerer_of(settings, library, await writer_of(settings.model, breakers[MODEL], stack))
    intake = Intake(database, utc_now, tally)
    tokens = tokens_of(settings.mail.oauth if settings.mail else None, session)
    twilio = twilio_of(settings.twilio, stack)
    lines = _mail_out(settings, secret, breakers[MAIL_OUT], tokens)
    lines |= phone_channels(settings.twilio, twilio, breakers[TWILIO])
    content = partial(_content, database)
    zendesk = help_desk(settings.zendesk, database, intake, content, breakers[ZENDESK], stack)
    lines |= zendesk.lines
    channels: dict[Channel, CustomerChannel] = {Channel.CHAT: ChatChannel(utc_now)}
    channels |= {channel: CrashingChannel(line, crash) for channel, line in lines.items()}
    survey = surveying(settings, database, secret, lines)
    deliveries = Deliveries(
        database, channels, utc_now, defaults, tally, alone=backend.alone, leases=backend.leases
    )
    bolt = build_app(slack, settings.slack.signing_secret or None, receipts=Receipts(database, utc_now))
    connection = _connection(settings.slack, bolt, session) if role.listens else SlackConnection(None)
    desk = SlackDesk(slack, settings.slack.channels, content, settings.slack.escalation_channel)
    show = Show(database, CrashingDesk(desk, crash), utc_now, defaults)
    dispatcher = Dispatcher(database, show, signals, utc_now, alone=backend.alone)

    async def cards() -> str:
        return desk.trouble() or await dispatcher.state()

    mail = settings.mail or MailSettings("")
    mail_desk = MailDesk(
        intake, mail.support_address, secret, authserv_id=mail.authserv_id, agents=mail.agents
    )
    mailboxes = mailboxes_of(settings.mail, mail_desk, backend, tokens)
    taken_in = mail_in(settings.mail, mailboxes if role.listens else ())
    customers = await customers_of(settings, database, breakers, stack, zendesk.sources)
    looked_at = checks(
        settings, database, connection, cards, library, breakers, tally, taken_in, customers.salesforce
    )
    parts = await _parts(looked_at, database, role, stack, alone=backend.alone)
    controls = Controls(database, utc_now, defaults, parts.states)
    base_url = settings.public_url or f"http://{settings.http}"
    originals = OriginalMails(partial(_raw_mail, database), base_url, secret, utc_now)
    identify = Identify(database, customers.context, utc_now)
    quality = Quality(database, controls, partial(_alarm, slack, settings.slack))
    steering = steering_of(settings, database, slack, secret)
    services = _services(
        settings, slack, database, deliveries, controls, originals, identify, defaults, quality, steering
    )
    register(bolt, services)
    drafting = Drafting(database, identify, answerer, utc_now, defaults, tally)
    advance = Advance(database, drafting, deliveries, utc_now, tally)
    mail_out = channels.get(Channel.EMAIL)
    rules = ChatRules(settings.chat.require_identity, settings.chat.ask_email, mails=mail_out is not None)
    chat = ChatService(database, intake, signals, utc_now, rules=rules)
    await _watched(parts, tally, breakers, stack)
    if role.schedules:
        sweep = Sweep(database, utc_now).sweep
        await sweep()
        await stack.enter_async_context(scheduled(leased("sweep", sweep, database, utc_now)))
        if survey.surveys is not None:
            asking = leased("surveys", survey.surveys.look, database, utc_now)
            await stack.enter_async_context(scheduled(asking))
        if settings.slack.audit_channel:
            note = Checkpoints(database, partial(_post_checkpoint, slack, settings.slack.audit_channel)).note
            hourly = leased("checkpoint", note, database, utc_now, _CHECKPOINT)
            await stack.enter_async_context(scheduled(hourly, _CHECKPOINT, at_once=True))
        for name, work, seconds in zendesk.periodic:
            await stack.enter_async_context(
                scheduled(leased(name, work, database, utc_now, seconds), seconds)
            )
        look = leased("quality", quality.look, database, utc_now, QUALITY_SECONDS)
        await stack.enter_async_context(scheduled(look, QUALITY_SECONDS))
        refresh = leased("facts", FactKeeper(database, utc_now).refresh, database, utc_now, REFRESH_SECONDS)
        await stack.enter_async_context(scheduled(refresh, REFRESH_SECONDS))
    if role.works:
        lessons = Lessons(database, answerer)
        await stack.enter_async_context(scheduled(lessons.look, LESSON_SECONDS, at_once=True))
        engine = backend.engine(tally)
        sync = {**zendesk.sync, **customers.sync}
        lanes = {Lane.ADVANCE: advance, **({Lane.SYNC: by_system(sync)} if sync else {})}
        working = background("engine", lambda: engine.run(lanes))
        await stack.enter_async_context(together(working, background("desk", dispatcher.run)))
        if twilio is not None:
            await stack.enter_async_context(scheduled(Arrivals(database, utc_now).look, LOOK_SECONDS))
    if role.listens:
        phone = phone_routes(settings, twilio, database, intake, deliveries, secret)
        pages_of_ours = (*survey.routes, *originals.routes(), *steering.dashboard.routes())
        calls = [*phone, *zendesk.routes, *pages_of_ours]
        inside = _Inside(settings, database, parts, chat, bolt, tally, connection, mail_desk, calls)
        await _listen(inside, mailboxes, mail_out, stack)
    elif settings.health:
        pages = web.Application()
        pages.add_routes(_for_operators(parts, tally))
        await stack.enter_async_context(serving(pages, settings.health, "THREADPILOT_HEALTH"))


@dataclass(frozen=True)
class _Inside:
    """What is behind the doors of a process that listens."""

    settings: Settings
    database: SqlDatabase
    parts: Parts
    chat: ChatService
    bolt: BoltApp
    tally: PrometheusTally
    connection: SlackConnection
    mail_desk: MailDesk
    calls: Sequence[web.RouteDef]  # What providers call, and pages behind signed links.


async def _listen(
    inside: _Inside,
    mailboxes: Sequence[ImapIntake],
    mail_out: CustomerChannel | None,
    stack: AsyncExitStack,
) -> None:
    """Look after chat visitors, read mailboxes, and open all doors at once."""
    settings = inside.settings
    await stack.enter_async_context(scheduled(inside.chat.presence.look, LOOK_SECONDS))
    if isinstance(mail_out, OutboundChannel):
        continuity = Continuity(inside.database, mail_out, utc_now, awake_or_not, brand=settings.brand)
        await stack.enter_async_context(scheduled(continuity.look, LOOK_SECONDS))
    stack.push_async_callback(inside.bolt.drain, _LISTENERS_END)
    for mailbox in mailboxes:
        await stack.enter_async_context(background(f"mail in {mailbox.name}", mailbox.run))
    doors = [serving(_pages(inside), settings.http)]
    if settings.mail is not None and settings.mail.listen:
        host, port = host_and_port("SMTP_LISTEN", settings.mail.listen)
        listener = SmtpListener(host, port, inside.mail_desk, tally=inside.tally)
        doors.append(listening(listener, f"SMTP_LISTEN={settings.mail.listen}"))
    await stack.enter_async_context(together(*doors, inside.connection.open()))


async def _alarm(slack: SlackClient, settings: SlackSettings, said: str) -> None:
    """Say something to everybody in Slack; what cannot be posted stands in the log."""
    channel = settings.escalation_channel or next(iter(settings.channels.values()))
    try:
        await slack.post(channel, said, kit.message([kit.section("alarm", said)]))
    except ThreadpilotError as error:
        log.error("slack_alarm_not_posted", extra={"slack_channel": channel, "reason": str(error)})


def _services(
    settings: Settings,
    slack: SlackClient,
    database: SqlDatabase,
    deliveries: Deliveries,
    controls: Controls,
    originals: OriginalMails,
    identify: Identify,
    defaults: RulesByChannel,
    quality: Quality,
    steering: Steering,
) -> Services:
    return Services(
        review=Review(database, deliveries, utc_now, defaults),
        escalation=Escalation(database, utc_now),
        controls=controls,
        notes=Notes(database, utc_now),
        identify=identify,
        identities=Identities(database, utc_now),
        quality=quality,
        insights=steering.insights,
        way_in=steering.dashboard.way_in,
        roster=Roster(slack, settings.slack.managers),
        client=slack,
        merging=Merging(database, utc_now),
        original_link=originals.link,
    )


async def _content(database: SqlDatabase, sha256: str) -> bytes | None:
    async with database.snapshot() as tx:
        return await tx.attachments.get(sha256)


async def _raw_mail(database: SqlDatabase, sha256: str) -> bytes | None:
    async with database.snapshot() as tx:
        return await tx.raw_mails.get(sha256)


async def _post_checkpoint(slack: SlackClient, channel: str, head: Head) -> None:
    said, shown = checkpoint(head)
    await slack.post(channel, said, shown)


async def _introduce(slack: SlackClient) -> None:
    """Ask Slack who we are. Raises Misconfigured when it does not know the token; it may as well not answer."""
    try:
        async with asyncio.timeout(_GREETING):
            await slack.auth_test()
    except BadToken as error:
        raise Misconfigured(str(error)) from error
    except (ThreadpilotError, TimeoutError) as error:
        log.warning("slack_unreachable", extra={"error": str(error) or "Slack did not answer in time"})


def _mail_out(
    settings: Settings, secret: str, breaker: Breaker, tokens: Tokens | None
) -> dict[Channel, OutboundChannel]:
    if settings.mail is None:
        return {}
    relay = EmailChannel(
        settings.mail.smtp_url,
        Mailbox(settings.brand, settings.mail.support_address),
        secret,
        letterhead=letterhead_of(settings.mail),
        tokens=tokens,
    )
    return {Channel.EMAIL: GuardedChannel(relay, breaker, can_be_asked=False)}


def _connection(slack: SlackSettings, bolt: AsyncApp, session: aiohttp.ClientSession) -> SlackConnection:
    if not slack.app_token:
        return SlackConnection(None)
    return SlackConnection(SocketMode(bolt, slack.app_token, slack.api_url, session))


def _for_operators(parts: Parts, tally: PrometheusTally) -> list[web.RouteDef]:
    async def figures() -> bytes:
        tally.parts(await parts.states())
        return tally.text()

    return [*Health(parts.states).routes(), metrics_route(figures)]


def _pages(inside: _Inside) -> web.Application:
    settings, tally = inside.settings, inside.tally

    pages = web.Application(client_max_size=_BODY_LIMIT, middlewares=[counting(tally)])
    pages.add_routes([*_for_operators(inside.parts, tally), *inside.calls])
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


async def _parts(
    looked_at: Mapping[str, Check], database: SqlDatabase, role: Role, stack: AsyncExitStack, *, alone: bool
) -> Parts:
    """Return how all parts are; where other processes work too, also where those are."""
    if alone:
        return Parts(looked_at, utc_now)
    here, peers = Parts(looked_at, utc_now), Peers(database, f"{myself()}:{role}", role.duties, utc_now)
    await stack.enter_async_context(background("peers", lambda: peers.watch(here.states)))
    return Parts(across(looked_at, peers), utc_now)


async def _watched(
    parts: Parts, tally: PrometheusTally, breakers: Mapping[str, Breaker], stack: AsyncExitStack
) -> None:
    lag = LoopLag()
    tally.breakers(breakers)
    tally.loop_lag(lag.worst)
    await stack.enter_async_context(background("loop lag", lag.watch))
    await stack.enter_async_context(background("health", parts.watch))
