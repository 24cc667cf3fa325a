"""How each part is looked at, for `/readyz`, `/cockpit status` and `/metrics`."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import datetime
from functools import partial

from bot.core.ports.breakers import Breaker
from bot.core.ports.engine import Lane
from bot.process.connection import SlackConnection
from bot.process.lag import LoopLag
from bot.process.parts import Check, Parts, States, across, behind, fixed
from bot.process.roles import Role
from bot.process.runtime import background
from bot.process.schedule import myself
from bot.services.peers import MEET_SECONDS, Peers
from bot.settings import Settings
from bot.wiring.customers import CUSTOMERS, SALESFORCE, SALESFORCE_RECORDS
from integrations.breaker import ANSWERS, SENDS, CircuitBreaker
from integrations.prometheus import PrometheusTally
from storage.database import SqlDatabase, utc_now

MODEL, MAIL_OUT, TWILIO = "language model", "mail out", "twilio"
ZENDESK = "zendesk"


def far_sides() -> dict[str, CircuitBreaker]:
    """Return a circuit breaker for each far side that has one."""
    asked = {name: CircuitBreaker(name, ANSWERS) for name in (MODEL, CUSTOMERS, SALESFORCE)}
    sends = (MAIL_OUT, TWILIO, ZENDESK, SALESFORCE_RECORDS)
    return {**asked, **{name: CircuitBreaker(name, SENDS) for name in sends}}


def checks(
    settings: Settings,
    database: SqlDatabase,
    connection: SlackConnection,
    cards: Check,
    articles: Check,
    breakers: Mapping[str, Breaker],
    tally: PrometheusTally,
    mail_in: Check,
    salesforce: Check,
    workspaces: Mapping[str, Check],
) -> dict[str, Check]:
    """Return the check of each part, by the name it has on all pages."""
    mail = settings.mail
    return {
        "database": partial(_database, database, tally),
        "slack": connection.state,
        "slack cards": cards,
        **workspaces,
        MAIL_OUT: behind(breakers[MAIL_OUT]) if mail else fixed("off"),
        "mail in": mail_in,
        "chat": fixed("ok"),
        "articles": articles,
        CUSTOMERS: behind(breakers[CUSTOMERS]) if settings.customers_file else fixed("off"),
        MODEL: behind(breakers[MODEL]) if settings.model else fixed("off"),
        **{name: behind(breakers[TWILIO]) if settings.twilio else fixed("off") for name in ("sms", "phone")},
        SALESFORCE: salesforce,
        ZENDESK: behind(breakers[ZENDESK]) if settings.zendesk else fixed("off"),
    }


async def _database(database: SqlDatabase, tally: PrometheusTally) -> str:
    await database.check()
    async with database.snapshot() as tx:
        backlog = {lane: (count, first) for lane, count, first in await tx.queue.backlog()}
        pending, oldest = await tx.deliveries.on_their_way()
    for lane in Lane:
        count, first = backlog.get(lane, (0, None))
        tally.queue(lane, count, _age(first))
    tally.pending(pending, _age(oldest))
    return "ok"


def _age(since: datetime | None) -> float:
    return max(0.0, (utc_now() - since).total_seconds()) if since is not None else 0.0


async def parts_of(
    looked_at: Mapping[str, Check], database: SqlDatabase, role: Role, stack: AsyncExitStack, *, alone: bool
) -> States:
    """Look at all parts now and then, and return how they are; where other processes work too, also there."""
    here = Parts(looked_at, utc_now)
    if alone:
        await stack.enter_async_context(background("health", here.watch))
        return here.states
    peers = Peers(database, f"{myself()}:{role}", role.duties, utc_now)
    stack.push_async_callback(peers.leave)
    await stack.enter_async_context(background("health", lambda: here.watch(MEET_SECONDS, peers.meet)))
    return across(here.states, peers)


async def watch_loop(tally: PrometheusTally, breakers: Mapping[str, Breaker], stack: AsyncExitStack) -> None:
    """Let it be collected how late the event loop is, and which far sides are left alone."""
    lag = LoopLag()
    tally.breakers(breakers)
    tally.loop_lag(lag.worst)
    await stack.enter_async_context(background("loop lag", lag.watch))
