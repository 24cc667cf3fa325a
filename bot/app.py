"""The composition root: names every concrete class, wires it, starts it and stops it in order."""

import asyncio
import logging
import os
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path

import aiohttp
from aiohttp import web
from slack_bolt.async_app import AsyncApp

from bot.answering.answerer import BUDGET, EmbeddedAnswerer
from bot.answering.knowledge import Library, load_articles
from bot.connection import SlackConnection
from bot.core.errors import Misconfigured, ThreadpilotError
from bot.core.model import Channel
from bot.core.policy import default_rules
from bot.core.ports.answering import Writer
from bot.core.ports.channels import CustomerChannel
from bot.core.ports.engine import Engine, Handler, Lane, Signals
from bot.roles import Role, check_role
from bot.runtime import background, listening, serving, together
from bot.schedule import leased, scheduled
from bot.services.advancing import Advance
from bot.services.chat import ChatChannel, ChatService
from bot.services.controls import Controls
from bot.services.delivery import WHEN_OTHERS_MAY_BE_SENDING, Deliveries
from bot.services.dispatching import Dispatcher
from bot.services.drafting import Drafting
from bot.services.escalation import Escalation
from bot.services.identify import Identify
from bot.services.intake import Intake
from bot.services.notes import Notes
from bot.services.presence import LOOK_SECONDS
from bot.services.receipts import Receipts
from bot.services.review import Review
from bot.services.showing import Show
from bot.services.sweeping import Sweep
from bot.settings import ModelSettings, Settings, SlackSettings, host_and_port
from handlers.mail.smtp_listener import SmtpListener
from handlers.slack import Services, register
from handlers.slack.socket_mode import SocketMode
from handlers.slack.transport import build_app, http_route
from handlers.web.chat import add_chat
from handlers.web.health import Health
from integrations.directory import CsvDirectory
from integrations.email.channel import EmailChannel
from integrations.email.compose import Mailbox
from integrations.llm.client import OpenAIWriter
from integrations.slack.client import SlackClient
from integrations.slack.desk import SlackDesk
from integrations.slack.errors import BadToken
from integrations.slack.gate import Gate
from integrations.slack.roster import Roster
from storage import migrate as schema
from storage.database import SqlDatabase, open_database, utc_now
from storage.engine.lock import single_process
from storage.engine.sqlite import SqliteEngine
from storage.rate_gates import SqlLines
from storage.signals import LocalSignals
from storage.sqlite import file_of
from storage.urls import on_postgres, parse

log = logging.getLogger(__name__)

_BODY_LIMIT = 1024 * 1024
_GREETING = 3.0  # An unreachable Slack may not keep the app from starting.
_LISTENERS_END = 3.0


@asynccontextmanager
async def running(settings: Settings, role: Role = Role.ALL) -> AsyncIterator[None]:
    """Run the app, or the part of it that `role` names, while the context is open.

    Raises:
        Misconfigured: it cannot start like this; the message says what to change.
        Unavailable: the database server cannot be reached.
    """
    check_role(role, on_postgres=on_postgres(settings.database_url))
    for name in settings.unused:
        log.warning("not_supported_yet", extra={"variable": name})
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(single_process(settings.database_url))
        await schema.upgrade(settings.database_url)
        signals = await stack.enter_async_context(_signals(settings.database_url))
        database = await stack.enter_async_context(open_database(settings.database_url, signals))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        await _start(settings, role, database, signals, session, stack)
        log.info("ready", extra={"role": role.value, "http": settings.http if role.listens else "off"})
        yield
        log.info("stopping")


async def _start(
    settings: Settings,
    role: Role,
    database: SqlDatabase,
    signals: Signals,
    session: aiohttp.ClientSession,
    stack: AsyncExitStack,
) -> None:
    defaults, secret = default_rules(settings.default_mode), _secret(settings)
    alone = not on_postgres(settings.database_url)
    gate = Gate(None if alone else SqlLines(database.transaction))
    slack = SlackClient(settings.slack.bot_token, settings.slack.api_url, session, gate)
    await _introduce(slack)
    library = await _library(settings)
    writer = await _writer(settings.model, stack)
    answerer = await _answerer(settings, library, writer)
    intake = Intake(database, utc_now)
    patience = timedelta() if alone else WHEN_OTHERS_MAY_BE_SENDING
    deliveries = Deliveries(database, _channels(settings, secret), utc_now, defaults, patience=patience)
    receipts = Receipts(database, utc_now)
    bolt = build_app(slack, settings.slack.signing_secret or None, receipts=receipts)
    connection = _connection(settings.slack, bolt, session)
    desk = SlackDesk(slack, settings.slack.channels, settings.slack.escalation_channel)
    show = Show(database, desk, utc_now, defaults)
    dispatcher = Dispatcher(database, show, signals, utc_now, alone=alone)
    parts = _Parts(settings, database, connection, desk, dispatcher, deliveries, library, writer)
    services = Services(
        review=Review(database, deliveries, utc_now, defaults),
        escalation=Escalation(database, utc_now),
        controls=Controls(database, utc_now, defaults, parts.states),
        notes=Notes(database, utc_now),
        roster=Roster(slack, settings.slack.managers),
        client=slack,
    )
    register(bolt, services)

    identify = Identify(database, _directory(settings), utc_now)
    drafting = Drafting(database, answerer, utc_now, defaults)
    lanes: dict[Lane, Handler] = {
        Lane.ADVANCE: Advance(database, identify, drafting, deliveries, utc_now),
    }
    chat = ChatService(database, intake, signals, utc_now)
    sweep = Sweep(database, utc_now)
    if role.schedules:
        await sweep.sweep()
        await stack.enter_async_context(scheduled(leased("sweep", sweep.sweep, database, utc_now)))
    if role.works:
        engine = _engine(settings.database_url, database, signals)
        await stack.enter_async_context(background("engine", lambda: engine.run(lanes)))
        await stack.enter_async_context(background("desk", dispatcher.run))
    if not role.listens:
        return
    await stack.enter_async_context(scheduled(chat.presence.look, LOOK_SECONDS))
    stack.push_async_callback(bolt.drain, _LISTENERS_END)
    doors = [serving(_pages(settings, parts, chat, bolt), settings.http)]
    if settings.mail is not None and settings.mail.listen:
        host, port = host_and_port("SMTP_LISTEN", settings.mail.listen)
        listener = SmtpListener(host, port, intake, settings.mail.support_address, secret)
        doors.append(listening(listener, f"SMTP_LISTEN={settings.mail.listen}"))
    await stack.enter_async_context(together(*doors, connection.open()))


async def _introduce(slack: SlackClient) -> None:
    """Ask Slack who we are. Raises Misconfigured when it does not know the token; it may as well not answer."""
    try:
        async with asyncio.timeout(_GREETING):
            await slack.auth_test()
    except BadToken as error:
        raise Misconfigured(str(error)) from error
    except (ThreadpilotError, TimeoutError) as error:
        log.warning("slack_unreachable", extra={"error": str(error) or "Slack did not answer in time"})


@asynccontextmanager
async def _signals(url: str) -> AsyncIterator[Signals]:
    if not on_postgres(url):
        yield LocalSignals()
        return
    from storage.postgres_signals import postgres_signals  # With the packages for PostgreSQL only.

    async with postgres_signals(url) as signals:
        yield signals


def _engine(url: str, database: SqlDatabase, signals: Signals) -> Engine:
    if not on_postgres(url):
        return SqliteEngine(database, signals)
    from storage.engine.procrastinate import ProcrastinateEngine

    return ProcrastinateEngine(database, url)


def _channels(settings: Settings, secret: str) -> dict[Channel, CustomerChannel]:
    channels: dict[Channel, CustomerChannel] = {Channel.CHAT: ChatChannel(utc_now)}
    if settings.mail is not None:
        mailbox = Mailbox(settings.brand, settings.mail.support_address)
        channels[Channel.EMAIL] = EmailChannel(settings.mail.smtp_url, mailbox, secret)
    return channels


def _connection(slack: SlackSettings, bolt: AsyncApp, session: aiohttp.ClientSession) -> SlackConnection:
    if not slack.app_token:
        return SlackConnection(None)
    return SlackConnection(SocketMode(bolt, slack.app_token, slack.api_url, session))


def _pages(settings: Settings, parts: "_Parts", chat: ChatService, bolt: AsyncApp) -> web.Application:
    pages = web.Application(client_max_size=_BODY_LIMIT)
    pages.add_routes(Health(parts.states).routes())
    add_chat(pages, chat, allowed_origins=settings.chat_origins)
    if not settings.slack.app_token:
        pages.add_routes([http_route(bolt, settings.slack.signing_secret)])
    return pages


class _Parts:
    """Says how each integration is doing: `ok`, `off`, or what is wrong."""

    def __init__(
        self,
        settings: Settings,
        database: SqlDatabase,
        connection: SlackConnection,
        desk: SlackDesk,
        dispatcher: Dispatcher,
        deliveries: Deliveries,
        library: Library,
        writer: Writer | None,
    ) -> None:
        self._settings = settings
        self._database = database
        self._connection = connection
        self._desk = desk
        self._dispatcher = dispatcher
        self._deliveries = deliveries
        self._library = library
        self._writer = writer

    async def states(self) -> Sequence[tuple[str, str]]:
        mail = self._settings.mail
        return (
            ("database", await self._database_state()),
            ("slack", await self._connection.state()),
            ("slack cards", self._desk.trouble() or await self._dispatcher.state()),
            ("mail out", (self._deliveries.trouble(Channel.EMAIL) or "ok") if mail else "off"),
            ("mail in", "ok" if mail and mail.listen else "off"),
            ("chat", "ok"),
            ("articles", "ok" if self._library.articles else "off"),
            ("language model", "ok" if self._writer else "off"),
            *((channel, "off") for channel in ("sms", "phone", "salesforce", "zendesk")),
        )

    async def _database_state(self) -> str:
        try:
            async with self._database.snapshot() as tx:
                await tx.settings.current()
        except ThreadpilotError as error:
            return str(error)
        return "ok"


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


async def _writer(model: ModelSettings | None, stack: AsyncExitStack) -> Writer | None:
    if model is None:
        return None
    writer = OpenAIWriter(
        api_key=model.api_key, model=model.name, base_url=model.base_url, timeout=model.budget
    )
    stack.push_async_callback(writer.aclose)
    await writer.open()
    return writer


def _secret(settings: Settings) -> str:
    """Return the key that signs reply addresses: from the settings, else one kept beside the database."""
    path = file_of(parse(settings.database_url))
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
