"""What everything stands on: the database, Slack, the far sides, and who we are."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version

import aiohttp

from bot.core.policy import RulesByChannel
from bot.core.ports.tracing import Tracer
from bot.process.faults import CrashPoint
from bot.process.roles import Role
from bot.process.runtime import background
from bot.process.schedule import scheduled
from bot.services.alarms import Alarms
from bot.services.intake import Intake
from bot.services.settingnews import SettingNews
from bot.settings import Settings
from bot.wiring.answers import rules_of
from bot.wiring.backend import Backend
from bot.wiring.checks import far_sides
from bot.wiring.keys import reply_key
from bot.wiring.slackinstall import LOOK_SECONDS as INSTALLATION_SECONDS
from bot.wiring.slackinstall import Installation
from bot.wiring.slackside import alarm, announce
from bot.wiring.tracing import tracer_of
from bot.wiring.workspaces import Workspace, installations_of, workspaces_of
from integrations.breaker import CircuitBreaker
from integrations.prometheus import PrometheusTally
from integrations.slack.accounts import Accounts
from integrations.slack.client import SlackClient
from integrations.slack.workspaces import Workspaces
from storage.database import SqlDatabase, utc_now
from storage.installation import check_key


@dataclass(frozen=True)
class Ground:
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


async def lay_ground(
    settings: Settings,
    role: Role,
    backend: Backend,
    crash: CrashPoint,
    session: aiohttp.ClientSession,
    stack: AsyncExitStack,
) -> Ground:
    """Check the key, find out who we are in Slack, and make what everything stands on."""
    tally = PrometheusTally(version("threadpilot"))
    secret = reply_key(settings.database_url, settings.secret_key)
    await check_key(backend.database, secret)
    trace = tally.timed(tracer_of(settings.watch, stack))
    spaces = await workspaces_of(
        settings.slack, backend.database, secret, session, backend.lines(), tally, trace
    )
    alarms = Alarms(partial(alarm, spaces.main.slack, settings.slack))
    return Ground(
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


async def tell_slack(ground: Ground) -> None:
    """Begin to look after the installations, and to announce what managers change."""
    for place in ground.installations.values():
        await ground.stack.enter_async_context(scheduled(place.look, INSTALLATION_SECONDS, at_once=True))
    await ground.stack.enter_async_context(background("announcements", ground.news.run))
