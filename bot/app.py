"""The composition root: wires what `bot.wiring` makes, starts it and stops it in order."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

import aiohttp
import stamina
from aiohttp import web

from bot.core.leases import USUAL, Leases
from bot.process.faults import CrashPoint
from bot.process.roles import Role, check_role
from bot.settings import Settings
from bot.wiring.answers import articles_of
from bot.wiring.backend import Backend, open_backend
from bot.wiring.clockwork import keep_going
from bot.wiring.cockpit import cockpit_of
from bot.wiring.customers import customers_of
from bot.wiring.doors import listen, open_hatch
from bot.wiring.ground import lay_ground, tell_slack
from bot.wiring.health import look_at_parts
from bot.wiring.mail import mail_desk_of, mailboxes_of
from bot.wiring.textvectors import vectors_of
from bot.wiring.ways import ways_of
from bot.wiring.works import works_of
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


async def _start(
    settings: Settings,
    role: Role,
    backend: Backend,
    crash: CrashPoint,
    session: aiohttp.ClientSession,
    stack: AsyncExitStack,
) -> web.Application | None:
    """Wire it from the ground up, and begin: each line may use what stands above it."""
    ground = await lay_ground(settings, role, backend, crash, session, stack)
    await tell_slack(ground)
    ways, cockpit = ways_of(ground), cockpit_of(ground)
    mail_desk = mail_desk_of(settings.mail, ground.intake, ground.secret, ground.trace)
    mailboxes = mailboxes_of(settings.mail, mail_desk, backend, ways.tokens)
    vectors = await asyncio.to_thread(vectors_of, settings.minilm_dir)
    articles = await articles_of(settings, vectors)
    customers = await customers_of(
        settings, backend, ground.intake, ground.breakers, stack, ground.secret, ways.zendesk.sources
    )
    parts = await look_at_parts(ground, cockpit, articles, customers, mailboxes)
    works = await works_of(ground, ways, articles, vectors, customers, parts)
    await keep_going(ground, ways, cockpit, articles, works)
    if role.listens:
        return await listen(ground, ways, cockpit, works, parts, mail_desk, mailboxes)
    if settings.health:
        await open_hatch(settings, parts, ground.tally, stack)
    return None


def _doors(settings: Settings, role: Role) -> dict[str, str]:
    """Return where this process listens, for the log."""
    health = {"health": settings.health} if settings.health else {}
    return {"http": settings.http if role.listens else "off", **health}
