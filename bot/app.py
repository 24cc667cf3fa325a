"""The composition root: names every concrete class, wires it, starts it and stops it in order."""

import asyncio
import logging
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version

import aiohttp
import stamina
from aiohttp import web

from bot.answering.shelf import Shelf, load_macros
from bot.answering.taught import TaughtAnswerer
from bot.answering.vectors import Vectors
from bot.core.leases import USUAL, Leases
from bot.core.model import Channel
from bot.core.policy import RulesByChannel
from bot.core.ports.channels import CustomerChannel
from bot.core.ports.engine import Lane
from bot.core.ports.tracing import Tracer
from bot.core.routing import MAIN
from bot.process.connection import SlackConnection
from bot.process.faults import CrashingChannel, CrashingDesk, CrashPoint
from bot.process.parts import States
from bot.process.roles import Role, check_role
from bot.process.runtime import background, together
from bot.process.schedule import Tick, keep_time, scheduled
from bot.services.advancing import Advance
from bot.services.alarms import Alarms
from bot.services.arrivals import Arrivals
from bot.services.asking import Asking
from bot.services.chat import ChatChannel, ChatRules, ChatService
from bot.services.closing import Closing
from bot.services.controls import Controls
from bot.services.delivery import Deliveries
from bot.services.dispatching import Dispatcher
from bot.services.drafting import Drafting
from bot.services.escalation import Escalation
from bot.services.exchange import Exchange
from bot.services.experiments import Experiments
from bot.services.identify import Identify
from bot.services.identities import Identities
from bot.services.insights import REFRESH_SECONDS, FactKeeper, Insights
from bot.services.intake import Intake
from bot.services.lessons import LOOK_SECONDS as LESSON_SECONDS
from bot.services.lessons import Lessons
from bot.services.live import LiveWindows
from bot.services.merging import Merging
from bot.services.notes import Notes
from bot.services.outreach import Outreach
from bot.services.placing import Placing
from bot.services.practising import Practising
from bot.services.presence import LOOK_SECONDS
from bot.services.quality import Quality
from bot.services.queueing import Queueing
from bot.services.recordlinks import LOOK_SECONDS as LINK_SECONDS
from bot.services.recordlinks import RecordLinks
from bot.services.redrafting import Redrafting
from bot.services.review import Review
from bot.services.scoring import Scoring
from bot.services.settingnews import SettingNews
from bot.services.showing import Show
from bot.services.snoozing import Snoozing
from bot.services.suggesting import Suggesting
from bot.services.sweeping import Sweep
from bot.services.syncing import by_system
from bot.services.team_controls import TeamControls
from bot.services.teamdesk import TeamDesk
from bot.services.trail import Trail
from bot.services.unmasking import Unmasking
from bot.services.unsent import Unsent
from bot.settings import Settings
from bot.wiring.answers import answerer_of, article_writer, rules_of, source_of, writer_of
from bot.wiring.backend import Backend, open_backend
from bot.wiring.checks import MAIL_OUT, MODEL, TWILIO, ZENDESK, checks, far_sides, parts_of, watch_loop
from bot.wiring.customers import Customers, customers_of
from bot.wiring.dashboard import Steering, steering_of
from bot.wiring.doors import Inside, open_doors, open_hatch
from bot.wiring.helpdesk import HelpDesk, help_desk
from bot.wiring.keys import reply_key
from bot.wiring.mail import mail_desk_of, mail_in, mail_lines, mailboxes_of, tokens_of
from bot.wiring.reporting import Reporting, reporting_of
from bot.wiring.rereading import REREAD_SECONDS, Articles, tell_problems
from bot.wiring.retaining import retention_of
from bot.wiring.sealing import sealing_of
from bot.wiring.signing import Signer
from bot.wiring.slackinstall import LOOK_SECONDS as INSTALLATION_SECONDS
from bot.wiring.slackinstall import Installation, routes_of
from bot.wiring.slackside import alarm, announce, checkpoints_of, connection_of, hand, roster_of
from bot.wiring.surveying import Surveying, surveying
from bot.wiring.teamworking import team_ticks
from bot.wiring.telephony import late_media, phone_channels, phone_routes, twilio_of
from bot.wiring.textvectors import IN_WORDS, vectors_of
from bot.wiring.tracing import traced, tracer_of
from bot.wiring.workspaces import Workspace, checks_of, front_of, installations_of, knows, workspaces_of
from handlers.mail.imap import ImapIntake
from handlers.mail.keeping import MailDesk
from handlers.slack import Services, register
from handlers.slack.access import AccessGate
from handlers.slack.front import Takes
from handlers.web.originals import OriginalMails
from integrations.breaker import CircuitBreaker
from integrations.email.oauth import Tokens
from integrations.prometheus import PrometheusTally
from integrations.slack.accounts import Accounts
from integrations.slack.client import SlackClient
from integrations.slack.desk import SlackDesk
from integrations.slack.people import SlackPeople
from integrations.slack.windows import SlackWindows
from integrations.slack.workspaces import AllWindows, Desks, Workspaces
from integrations.twilio.client import TwilioApi
from storage.database import SqlDatabase, utc_now
from storage.installation import check_key
from storage.urls import on_postgres

log = logging.getLogger(__name__)


@asynccontextmanager
async def running(
    settings: Settings, role: Role = Role.ALL, leases: Leases = USUAL
) -> AsyncIterator[web.Application | None]:
    """Run the app, or the part of it that `role` names, while the context is open; gives its pages, if it listens.

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
                settings.database_url,
                partial(crash.around, "commit"),
                leases,
                settings.record_systems,
                settings.sealing,
            )
        )
        session = await stack.enter_async_context(aiohttp.ClientSession())
        pages = await _start(settings, role, backend, crash, session, stack)
        log.info("ready", extra={"role": role.value, **_doors(settings, role)})
        yield pages
        log.info("stopping")


def _doors(settings: Settings, role: Role) -> dict[str, str]:
    """Return where this process listens, for the log."""
    health = {"health": settings.health} if settings.health else {}
    return {"http": settings.http if role.listens else "off", **health}


@dataclass(frozen=True)
class _Ground:
    """What everything stands on."""

    settings: Settings
    role: Role
    backend: Backend
    crash: CrashPoint
    session: aiohttp.ClientSession
    stack: AsyncExitStack
    tally: PrometheusTally
    spaces: Workspaces[Workspace]
    breakers: Mapping[str, CircuitBreaker]
    alarms: Alarms
    intake: Intake
    installations: Mapping[str, Installation]
    secret: str
    defaults: RulesByChannel
    trace: Tracer
    news: SettingNews

    @property
    def database(self) -> SqlDatabase:
        return self.backend.database

    @property
    def slack(self) -> SlackClient:
        """Return the client of the main workspace."""
        return self.spaces.main.slack

    @property
    def accounts(self) -> Accounts:
        """Return the accounts of the main workspace."""
        return self.spaces.main.accounts

    async def departed(self, team: str) -> None:
        """Forget the token of a workspace that has removed the app."""
        if team in self.installations:
            await self.installations[team].departed(team)

    async def content(self, sha256: str) -> bytes | None:
        """Return a file that came with a message."""
        async with self.database.snapshot() as tx:
            return await tx.attachments.get(sha256)

    async def raw_mail(self, sha256: str) -> bytes | None:
        """Return a mail as it came."""
        async with self.database.snapshot() as tx:
            return await tx.raw_mails.get(sha256)


@dataclass(frozen=True)
class _Ways:
    """The ways to customers, and what belongs to them."""

    channels: Mapping[Channel, CustomerChannel]
    survey: Surveying
    zendesk: HelpDesk
    twilio: TwilioApi | None
    tokens: Tokens | None


@dataclass(frozen=True)
class _Cockpit:
    """The Slack side."""

    front: Takes
    connection: SlackConnection
    desks: Sequence[SlackDesk]
    dispatcher: Dispatcher

    async def cards(self) -> str:
        trouble = " ".join(filter(None, (desk.trouble() for desk in self.desks)))
        return trouble or await self.dispatcher.state()


@dataclass(frozen=True)
class _Works:
    """What is done with conversations, by machine and by people."""

    advance: Advance
    deliveries: Deliveries
    answerer: TaughtAnswerer
    quality: Quality
    experiments: Experiments
    steering: Steering
    reporting: Reporting
    originals: OriginalMails
    customers: Customers


async def _start(
    settings: Settings,
    role: Role,
    backend: Backend,
    crash: CrashPoint,
    session: aiohttp.ClientSession,
    stack: AsyncExitStack,
) -> web.Application | None:
    ground = await _lay_ground(settings, role, backend, crash, session, stack)
    await _tell_slack(ground)
    ways, cockpit = _ways(ground), _cockpit(ground)
    mail_desk = mail_desk_of(settings.mail, ground.intake, ground.secret, ground.trace)
    mailboxes = mailboxes_of(settings.mail, mail_desk, backend, ways.tokens)
    vectors = await asyncio.to_thread(vectors_of, settings.minilm_dir)
    articles = await _articles(settings, vectors)
    customers = await customers_of(
        settings, backend, ground.intake, ground.breakers, stack, ground.secret, ways.zendesk.sources
    )
    parts = await _parts(ground, cockpit, articles, customers, mailboxes)
    works = await _works(ground, ways, articles, vectors, customers, parts)
    await _keep_going(ground, ways, cockpit, articles, works)
    if role.listens:
        return await _listen(ground, ways, cockpit, works, parts, mail_desk, mailboxes)
    if settings.health:
        await open_hatch(settings, parts, ground.tally, stack)
    return None


async def _lay_ground(
    settings: Settings,
    role: Role,
    backend: Backend,
    crash: CrashPoint,
    session: aiohttp.ClientSession,
    stack: AsyncExitStack,
) -> _Ground:
    """Check the key, find out who we are in Slack, and make what everything stands on."""
    tally = PrometheusTally(version("threadpilot"))
    secret = reply_key(settings.database_url, settings.secret_key)
    await check_key(backend.database, secret)
    trace = tally.timed(tracer_of(settings.watch, stack))
    spaces = await workspaces_of(
        settings.slack, backend.database, secret, session, backend.lines(), tally, trace
    )
    alarms = Alarms(partial(alarm, spaces.main.slack, settings.slack))
    return _Ground(
        settings=settings,
        role=role,
        backend=backend,
        crash=crash,
        session=session,
        stack=stack,
        tally=tally,
        spaces=spaces,
        breakers=far_sides(),
        alarms=alarms,
        intake=Intake(backend.database, utc_now, tally, trace, settings.slack.routes),
        installations=installations_of(settings.slack, spaces, backend.database, secret, alarms),
        secret=secret,
        defaults=rules_of(settings),
        trace=trace,
        news=SettingNews(partial(announce, spaces.main.slack, settings.slack)),
    )


async def _tell_slack(ground: _Ground) -> None:
    """Begin to look after the installations, and to announce what managers change."""
    for place in ground.installations.values():
        await ground.stack.enter_async_context(scheduled(place.look, INSTALLATION_SECONDS))
    await ground.stack.enter_async_context(background("announcements", ground.news.run))


async def _parts(
    ground: _Ground,
    cockpit: _Cockpit,
    articles: Articles,
    customers: Customers,
    mailboxes: Sequence[ImapIntake],
) -> States:
    """Begin to check what this process rests on, and return how all of it stands."""
    settings, role = ground.settings, ground.role
    looked_at = checks(
        settings,
        ground.database,
        cockpit.connection,
        cockpit.cards,
        articles.state,
        ground.breakers,
        ground.tally,
        mail_in(settings.mail, mailboxes if role.listens else ()),
        customers.salesforce,
        checks_of(ground.installations),
    )
    return await parts_of(looked_at, ground.database, role, ground.stack, alone=ground.backend.alone)


async def _keep_going(
    ground: _Ground, ways: _Ways, cockpit: _Cockpit, articles: Articles, works: _Works
) -> None:
    """Begin what this process does by itself."""
    role, stack = ground.role, ground.stack
    if role.works or role.listens:
        await stack.enter_async_context(scheduled(partial(articles.look, works.answerer), REREAD_SECONDS))
    await watch_loop(ground.tally, ground.breakers, stack)
    if role.schedules:
        await _keep_time(ground, ways, works)
    if role.works:
        await _work(ground, ways, cockpit, works)


async def _articles(settings: Settings, vectors: Vectors) -> Articles:
    """Read the articles, and say what answers from them."""
    log.info("text_vectors", extra={"kind": vectors.kind})
    source = source_of(settings)
    library = await source()
    tell_problems(library)
    shelf = Shelf(library.articles, await asyncio.to_thread(load_macros, settings.macros_dir))
    return Articles(source, library, shelf, IN_WORDS[vectors.kind], utc_now)


def _ways(ground: _Ground) -> _Ways:
    settings, breakers, stack = ground.settings, ground.breakers, ground.stack
    tokens = tokens_of(settings.mail.oauth if settings.mail else None, ground.session)
    twilio = twilio_of(settings.twilio, stack)
    zendesk = help_desk(
        settings.zendesk, ground.backend, ground.intake, ground.content, breakers[ZENDESK], stack
    )
    lines = mail_lines(settings, ground.secret, breakers[MAIL_OUT], tokens)
    lines |= phone_channels(settings.twilio, twilio, breakers[TWILIO])
    lines |= zendesk.lines
    channels: dict[Channel, CustomerChannel] = {Channel.CHAT: ChatChannel(utc_now)}
    channels |= {channel: CrashingChannel(line, ground.crash) for channel, line in lines.items()}
    survey = surveying(settings, ground.database, ground.secret, lines)
    return _Ways(channels, survey, zendesk, twilio, tokens)


def _cockpit(ground: _Ground) -> _Cockpit:
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
        specialists=bool(ground.settings.slack.escalation_channel),
    )
    dispatcher = Dispatcher(
        database, show, backend.signals, utc_now, alone=backend.alone, leases=backend.leases
    )
    return _Cockpit(front, connection, desks.all(), dispatcher)


def _desk(ground: _Ground, space: Workspace) -> SlackDesk:
    settings = space.settings
    return SlackDesk(
        space.slack, settings.channels, ground.content, settings.escalation_channel, workspace=space.name
    )


async def _works(
    ground: _Ground,
    ways: _Ways,
    articles: Articles,
    vectors: Vectors,
    customers: Customers,
    parts: States,
) -> _Works:
    """Wire what is done with conversations, and let people in Slack do it."""
    settings, database, defaults = ground.settings, ground.database, ground.defaults
    backend, tally = ground.backend, ground.tally
    writer = await writer_of(settings.model, ground.breakers[MODEL], ground.stack, ground.trace)
    answerer = await answerer_of(settings, articles.library, vectors, writer)
    identify = Identify(database, customers.context, utc_now)
    drafting = Drafting(database, identify, answerer, utc_now, defaults, tally, ground.trace)
    deliveries = Deliveries(
        database, ways.channels, utc_now, defaults, tally, alone=backend.alone, leases=backend.leases
    )
    controls = Controls(database, utc_now, defaults, parts, articles.standing, ground.news)
    steering = steering_of(
        settings, ground.spaces.main.database, ground.slack, ground.accounts, ground.secret
    )
    base_url = settings.public_url or f"http://{settings.http}"
    works = _Works(
        Advance(database, drafting, deliveries, utc_now, tally, ground.trace),
        deliveries,
        answerer,
        Quality(database, controls),
        Experiments(database, controls, utc_now, has_model=writer is not None),
        steering,
        reporting_of(settings.slack, database, ground.slack, steering.insights, ground.news),
        OriginalMails(ground.raw_mail, base_url, ground.secret, utc_now),
        customers,
    )
    for space in ground.spaces.all():
        register(space.bolt, _services(ground, space, works, controls, articles.shelf, ways.channels))
    return works


def _services(
    ground: _Ground,
    space: Workspace,
    works: _Works,
    controls: Controls,
    shelf: Shelf,
    ways: Collection[Channel],
) -> Services:
    """Return what the people of one workspace work with: the conversations of others are not to be found there."""
    database, people = space.database, SlackPeople(space.accounts)
    roster = roster_of(space.settings, space.accounts)
    is_main, among = space.name == MAIN, knows(database) if ground.settings.slack.others else None
    return Services(
        review=Review(database, works.deliveries, utc_now, ground.defaults, ground.trace),
        escalation=Escalation(database, utc_now),
        controls=controls,
        notes=Notes(database, utc_now),
        identify=Identify(database, works.customers.context, utc_now),
        identities=Identities(database, utc_now),
        quality=works.quality,
        experiments=works.experiments,
        scoring=Scoring(database, controls, utc_now),
        exchange=Exchange(database, controls, utc_now, partial(hand, space.slack)),
        insights=Insights(database, utc_now),
        way_in=works.steering.dashboard.way_in,
        end_visits=works.steering.dashboard.end_all,
        roster=roster,
        trail=Trail(database, ground.defaults),
        gate=AccessGate(roster, ground.tally, ground.alarms, main=is_main, knows=among),
        client=space.slack,
        is_main=is_main,
        merging=Merging(database, utc_now),
        original_link=works.originals.link,
        unsent=Unsent(database, utc_now),
        shelf=shelf,
        redrafting=Redrafting(database, works.answerer, utc_now, ground.defaults),
        snoozing=Snoozing(database, utc_now),
        asking=Asking(database, utc_now),
        closing=Closing(database, utc_now),
        queueing=Queueing(database),
        practising=Practising(database, utc_now),
        outreach=Outreach(database, utc_now, frozenset(ways), space.name),
        suggesting=Suggesting(database, article_writer(ground.settings), utc_now),
        placing=Placing(database, utc_now, space.name, space.settings.channels, ground.news),
        team=TeamControls(database, people, utc_now, ground.news),
        teamdesk=TeamDesk(database, people, utc_now),
        digests=works.reporting.digests,
        unmasking=Unmasking(database, utc_now),
        departed=ground.departed,
    )


async def _keep_time(ground: _Ground, ways: _Ways, works: _Works) -> None:
    """Do what is periodic; what became due while nobody looked is found at once."""
    database = ground.database
    sweep = Sweep(database, utc_now).sweep
    people = ground.spaces.each(lambda one: SlackPeople(one.accounts))
    await sweep()
    surveys = ways.survey.surveys
    ticks = [
        Tick("sweep", sweep),
        *([Tick("surveys", surveys.look)] if surveys is not None else []),
        *checkpoints_of(ground.settings.slack, ground.slack, database, Signer(lambda: ground.secret)),
        *ways.zendesk.periodic,
        *works.customers.periodic,
        *late_media(ways.twilio, database),
        *retention_of(ground.settings.retention, database),
        sealing_of(database),
        *team_ticks(database, people.main, ways.channels, people.others),
        *works.reporting.ticks(),
        Tick("quality", works.quality.look, ground.settings.quality_every),
        Tick("experiments", works.experiments.look, ground.settings.quality_every),
        Tick("facts", FactKeeper(database, utc_now).refresh, REFRESH_SECONDS),
    ]
    await keep_time(ticks, database, utc_now, ground.stack)


async def _work(ground: _Ground, ways: _Ways, cockpit: _Cockpit, works: _Works) -> None:
    """Work jobs off, and bring Slack in line."""
    stack, engine = ground.stack, ground.backend.engine(ground.tally)
    lessons = Lessons(ground.database, works.answerer)
    await stack.enter_async_context(scheduled(lessons.look, LESSON_SECONDS, at_once=True))
    told = {**ways.zendesk.sync, **works.customers.sync}
    systems = ground.settings.record_systems
    sync = {n: traced("record", job, ground.trace) if n in systems else job for n, job in told.items()}
    lanes = {Lane.ADVANCE: works.advance, **({Lane.SYNC: by_system(sync)} if sync else {})}
    working = background("engine", lambda: engine.run(lanes))
    await stack.enter_async_context(together(working, background("desk", cockpit.dispatcher.run)))
    if systems:
        links = RecordLinks(ground.database, utc_now)
        await stack.enter_async_context(scheduled(links.look, LINK_SECONDS))
    if ways.twilio is not None:
        arrivals = Arrivals(ground.database, utc_now)
        await stack.enter_async_context(scheduled(arrivals.look, LOOK_SECONDS))


async def _listen(
    ground: _Ground,
    ways: _Ways,
    cockpit: _Cockpit,
    works: _Works,
    parts: States,
    mail_desk: MailDesk,
    mailboxes: Sequence[ImapIntake],
) -> web.Application:
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
