"""The composition root: names every concrete class, wires it, starts it and stops it in order."""

import asyncio
import logging
import os
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

import aiohttp
import stamina.instrumentation
from aiohttp import web
from slack_bolt.async_app import AsyncApp

from bot.answering.answerer import BUDGET, EmbeddedAnswerer
from bot.answering.knowledge import Library, load_articles
from bot.connection import SlackConnection
from bot.core.errors import Misconfigured
from bot.core.model import Channel
from bot.core.policy import default_rules
from bot.core.ports.answering import Writer
from bot.core.ports.breakers import Breaker
from bot.core.ports.channels import OutboundChannel
from bot.core.ports.engine import Handler, Lane
from bot.lag import LoopLag
from bot.parts import Check, Parts, behind, fixed
from bot.runtime import background, listening, serving
from bot.schedule import scheduled
from bot.services.advancing import Advance
from bot.services.chat import ChatChannel, ChatService
from bot.services.controls import Controls
from bot.services.delivery import Deliveries
from bot.services.drafting import Drafting
from bot.services.escalation import Escalation
from bot.services.identify import Identify
from bot.services.intake import Intake
from bot.services.notes import Notes
from bot.services.review import Review
from bot.services.showing import Show, Sweep
from bot.settings import ModelSettings, Settings, SlackSettings, host_and_port
from handlers.mail.smtp_listener import SmtpListener
from handlers.slack import Services, register
from handlers.slack.transport import SocketMode, build_app, http_route
from handlers.web.chat import add_chat
from handlers.web.health import Health
from handlers.web.metrics import counting, metrics_route
from integrations.breaker import ANSWERS, SENDS, CircuitBreaker
from integrations.directory import CsvDirectory
from integrations.email.channel import EmailChannel
from integrations.email.compose import Mailbox
from integrations.guarded import GuardedChannel, GuardedDirectory, GuardedWriter
from integrations.llm.client import OpenAIWriter
from integrations.prometheus import PrometheusTally
from integrations.slack.client import SlackClient
from integrations.slack.desk import SlackDesk
from integrations.slack.roster import Roster
from storage import migrate as schema
from storage.database import SqlDatabase, open_database, utc_now
from storage.engine.lock import single_process
from storage.engine.sqlite import SqliteEngine
from storage.signals import LocalSignals
from storage.sqlite import file_of, sqlite_url

log = logging.getLogger(__name__)

_BODY_LIMIT = 1024 * 1024
_MODEL, _CUSTOMERS, _MAIL_OUT = "language model", "customer directory", "mail out"


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[None]:
    """Run the app while the context is open.

    Raises:
        Misconfigured: it cannot start like this; the message says what to change.
    """
    stamina.instrumentation.set_on_retry_hooks(())  # That a far side is down is said once, by its breaker.
    for name in settings.unused:
        log.warning("not_supported_yet", extra={"variable": name})
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(single_process(settings.database_url))
        await schema.upgrade(settings.database_url)
        signals = LocalSignals()
        database = await stack.enter_async_context(open_database(settings.database_url, signals))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        await _start(settings, database, signals, session, stack)
        log.info("ready", extra={"http": settings.http})
        yield
        log.info("stopping")


async def _start(
    settings: Settings,
    database: SqlDatabase,
    signals: LocalSignals,
    session: aiohttp.ClientSession,
    stack: AsyncExitStack,
) -> None:
    defaults, secret = default_rules(settings.default_mode), _secret(settings)
    slack = SlackClient(settings.slack.bot_token, settings.slack.api_url, session)
    library = await _library(settings)
    tally, breakers = PrometheusTally(version("threadpilot")), _breakers()
    writer = await _writer(settings.model, breakers[_MODEL], stack)
    answerer = await _answerer(settings, library, writer)
    intake = Intake(database, utc_now, tally)
    channels = _channels(settings, database, secret, breakers[_MAIL_OUT])
    deliveries = Deliveries(database, channels, utc_now, defaults, tally)
    bolt = build_app(slack, settings.slack.signing_secret or None)
    connection = _connection(settings.slack, bolt, session)
    parts = Parts(_checks(settings, database, connection, library, breakers, tally), utc_now)
    services = Services(
        review=Review(database, deliveries, utc_now, defaults),
        escalation=Escalation(database, utc_now),
        controls=Controls(database, utc_now, defaults, parts.states),
        notes=Notes(database, utc_now),
        roster=Roster(slack, settings.slack.managers),
        client=slack,
    )
    register(bolt, services)

    desk = SlackDesk(slack, settings.slack.channels, settings.slack.escalation_channel)
    directory = GuardedDirectory(_directory(settings), breakers[_CUSTOMERS])
    identify = Identify(database, directory, utc_now)
    drafting = Drafting(database, answerer, utc_now, defaults, tally)
    lanes: dict[Lane, Handler] = {
        Lane.ADVANCE: Advance(database, identify, drafting, deliveries, utc_now, tally),
        Lane.SHOW: Show(database, desk, utc_now, defaults),
    }
    chat = ChatService(database, intake, signals, utc_now)
    sweep, engine = Sweep(database, utc_now), SqliteEngine(database, signals, tally=tally)
    await sweep.sweep()
    await stack.enter_async_context(background("engine", lambda: engine.run(lanes)))
    await stack.enter_async_context(scheduled(sweep.sweep))
    await _watched(parts, tally, breakers, stack)
    await stack.enter_async_context(serving(_pages(settings, parts, chat, bolt, tally), settings.http))
    if settings.mail is not None and settings.mail.listen:
        host, port = host_and_port("SMTP_LISTEN", settings.mail.listen)
        listener = SmtpListener(host, port, intake, settings.mail.support_address, secret, tally=tally)
        await stack.enter_async_context(listening(listener, f"SMTP_LISTEN={settings.mail.listen}"))
    await stack.enter_async_context(connection.open())


def _breakers() -> dict[str, CircuitBreaker]:
    asked = {name: CircuitBreaker(name, ANSWERS) for name in (_MODEL, _CUSTOMERS)}
    return {**asked, _MAIL_OUT: CircuitBreaker(_MAIL_OUT, SENDS)}


def _channels(
    settings: Settings, database: SqlDatabase, secret: str, breaker: Breaker
) -> dict[Channel, OutboundChannel]:
    channels: dict[Channel, OutboundChannel] = {Channel.CHAT: ChatChannel(database, utc_now)}
    if settings.mail is not None:
        mailbox = Mailbox(settings.brand, settings.mail.support_address)
        relay = EmailChannel(settings.mail.smtp_url, mailbox, secret)
        channels[Channel.EMAIL] = GuardedChannel(relay, breaker)
    return channels


def _connection(slack: SlackSettings, bolt: AsyncApp, session: aiohttp.ClientSession) -> SlackConnection:
    if not slack.app_token:
        return SlackConnection(None)
    return SlackConnection(SocketMode(bolt, slack.app_token, slack.api_url, session))


def _pages(
    settings: Settings, parts: Parts, chat: ChatService, bolt: AsyncApp, tally: PrometheusTally
) -> web.Application:
    async def figures() -> bytes:
        tally.parts(await parts.states())
        return tally.text()

    pages = web.Application(client_max_size=_BODY_LIMIT, middlewares=[counting(tally)])
    pages.add_routes([*Health(parts.states).routes(), metrics_route(figures)])
    add_chat(pages, chat, allowed_origins=settings.chat_origins)
    if not settings.slack.app_token:
        pages.add_routes([http_route(bolt, settings.slack.signing_secret)])
    return pages


def _checks(
    settings: Settings,
    database: SqlDatabase,
    connection: SlackConnection,
    library: Library,
    breakers: Mapping[str, Breaker],
    tally: PrometheusTally,
) -> dict[str, Check]:
    async def kept() -> str:
        await database.check()
        async with database.snapshot() as tx:
            backlog = {lane: (count, first) for lane, count, first in await tx.jobs.backlog()}
            pending, oldest = await tx.deliveries.on_their_way()
        for lane in Lane:
            count, first = backlog.get(lane, (0, None))
            tally.queue(lane, count, _age(first))
        tally.pending(pending, _age(oldest))
        return "ok"

    mail = settings.mail
    return {
        "database": kept,
        "slack": connection.state,
        _MAIL_OUT: behind(breakers[_MAIL_OUT]) if mail else fixed("off"),
        "mail in": fixed("ok" if mail and mail.listen else "off"),
        "chat": fixed("ok"),
        "articles": fixed("ok" if library.articles else "off"),
        _CUSTOMERS: behind(breakers[_CUSTOMERS]) if settings.customers_file else fixed("off"),
        _MODEL: behind(breakers[_MODEL]) if settings.model else fixed("off"),
        **{channel: fixed("off") for channel in ("sms", "phone", "salesforce", "zendesk")},
    }


def _age(since: datetime | None) -> float:
    return max(0.0, (utc_now() - since).total_seconds()) if since is not None else 0.0


async def _watched(
    parts: Parts, tally: PrometheusTally, breakers: Mapping[str, Breaker], stack: AsyncExitStack
) -> None:
    lag = LoopLag()
    tally.breakers(breakers)
    tally.loop_lag(lag.worst)
    await stack.enter_async_context(background("loop lag", lag.watch))
    await stack.enter_async_context(background("health", parts.watch))


async def _library(settings: Settings) -> Library:
    if settings.knowledge_dir is None:
        log.warning("no_articles", extra={"set": "KNOWLEDGE_DIR"})
        return Library((), ())
    library = await asyncio.to_thread(load_articles, settings.knowledge_dir)
    for problem in library.problems:
        log.warning("article_skipped", extra={"file": problem.path, "why": problem.text})
    return library


def _directory(settings: Settings) -> CsvDirectory:
    return CsvDirectory.load(settings.customers_file) if settings.customers_file else CsvDirectory.empty()


async def _answerer(settings: Settings, library: Library, writer: Writer | None) -> EmbeddedAnswerer:
    budget = settings.model.budget if settings.model is not None else BUDGET
    return await EmbeddedAnswerer.build(library, brand=settings.brand, writer=writer, budget=budget)


async def _writer(model: ModelSettings | None, breaker: Breaker, stack: AsyncExitStack) -> Writer | None:
    if model is None:
        return None
    writer = OpenAIWriter(
        api_key=model.api_key, model=model.name, base_url=model.base_url, timeout=model.budget
    )
    stack.push_async_callback(writer.aclose)
    await writer.open()
    return GuardedWriter(writer, breaker)


def _secret(settings: Settings) -> str:
    """Return the key that signs reply addresses: from the settings, else one kept beside the database."""
    path = file_of(sqlite_url(settings.database_url))
    if settings.secret_key or path is None:
        return settings.secret_key or secrets.token_hex(32)
    kept = Path(f"{path}.key")
    try:
        if not kept.exists():
            _keep_secret(kept)
        key = kept.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured(f"The secret key in {kept} cannot be used ({error}).") from error
    if not key:
        raise Misconfigured(f"The secret key file {kept} is empty. Restore it, or remove it for a new key.")
    return key


def _keep_secret(kept: Path) -> None:
    """Make a key; the file appears whole or not at all, also when the power fails."""
    draft = Path(f"{kept}.new")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    with draft.open("w") as file:
        file.write(secrets.token_hex(32))
        file.flush()
        os.fsync(file.fileno())
    draft.rename(kept)
    log.info("secret_key_made", extra={"file": str(kept)})
