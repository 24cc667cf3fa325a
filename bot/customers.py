"""Who knows our customers, as the settings say: Salesforce, a file."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass

from bot.core.errors import ThreadpilotError
from bot.core.model import Status
from bot.core.ports.breakers import Breaker
from bot.core.ports.customers import CustomerSource
from bot.parts import Check, behind, fixed
from bot.runtime import background
from bot.services.context import Context
from bot.services.syncing import Syncing
from bot.settings import Settings
from bot.settings.crm import SalesforceSettings
from integrations.directory import CsvDirectory
from integrations.guarded import GuardedRecords, GuardedSource
from integrations.salesforce.budget import Budget
from integrations.salesforce.client import Login, SalesforceApi
from integrations.salesforce.fields import Field, Fields
from integrations.salesforce.records import WORDS, SalesforceRecords
from integrations.salesforce.source import SalesforceSource
from storage.database import SqlDatabase, utc_now

SALESFORCE, CUSTOMERS = "salesforce", "customer directory"
SALESFORCE_RECORDS = "salesforce records"


@dataclass(frozen=True)
class Salesforce:
    """The parts of an org's client."""

    api: SalesforceApi
    fields: Fields
    budget: Budget


def salesforce_of(settings: SalesforceSettings) -> Salesforce:
    """Make a client; nothing is asked yet."""
    login = Login(
        settings.url,
        settings.client_id,
        settings.client_secret,
        settings.username,
        settings.private_key_file,
    )
    budget = Budget(settings.daily_requests)
    api = SalesforceApi(login, budget)
    return Salesforce(api, Fields(api, wanted_fields(settings), our_id=settings.case_field), budget)


def wanted_fields(settings: SalesforceSettings) -> list[Field]:
    """Return the fields that the settings name, once each; those for answers are on cards, too."""
    told = set(settings.answer_fields)
    names = dict.fromkeys((*settings.fields, *settings.answer_fields))
    pairs = {name: name.split(".", 1) for name in names}
    return [Field(kind, field, told=name in told) for name, (kind, field) in pairs.items()]


@dataclass(frozen=True)
class Customers:
    """The context engine over all sources, the check of Salesforce, and what writes back (the `sync` lane)."""

    context: Context
    salesforce: Check
    sync: Mapping[str, Callable[..., Awaitable[None]]]


async def customers_of(
    settings: Settings,
    database: SqlDatabase,
    breakers: Mapping[str, Breaker],
    stack: AsyncExitStack,
    more: Sequence[CustomerSource] = (),
) -> Customers:
    """Return what the settings say and `more` sources, closed with `stack`."""
    sources: list[CustomerSource] = []
    state, sync = fixed("off"), {}
    if settings.salesforce is not None:
        crm = salesforce_of(settings.salesforce)
        stack.push_async_callback(crm.api.aclose)
        await stack.enter_async_context(background("salesforce", lambda: _warm(crm.fields)))
        source = SalesforceSource(crm.api, crm.fields, crm.budget, utc_now)
        sources.append(GuardedSource(source, breakers[SALESFORCE]))
        state = _within(crm.budget, behind(breakers[SALESFORCE]))
        if settings.salesforce.write_back:
            sync[SALESFORCE] = _records(settings.salesforce, crm, database, breakers[SALESFORCE_RECORDS])
    sources += more
    if settings.customers_file is not None:
        file = CsvDirectory.load(settings.customers_file)
        sources.append(GuardedSource(file, breakers[CUSTOMERS]))
    context = Context(sources, utc_now)
    stack.push_async_callback(context.aclose)
    return Customers(context, state, sync)


def _records(
    settings: SalesforceSettings, crm: Salesforce, database: SqlDatabase, breaker: Breaker
) -> Syncing:
    words = {**WORDS, **{Status(ours): theirs for ours, theirs in settings.case_statuses.items()}}
    records = SalesforceRecords(crm.api, external_id=settings.case_field, words=words)
    return Syncing(database, GuardedRecords(records, breaker), utc_now)


async def _warm(fields: Fields) -> None:
    """Log in and learn what can be read before the first customer writes; then there is nothing left to do."""
    with suppress(ThreadpilotError):  # The first look-up tries again, and its breaker tells.
        await fields.readable()
    await asyncio.Event().wait()


def _within(budget: Budget, reachable: Check) -> Check:
    async def check() -> str:
        state = await reachable()
        return (budget.trouble() or "ok") if state == "ok" else state  # type: ignore[return-value]

    return check
