"""Who knows our customers, as the settings say: Salesforce, a file."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from functools import partial

from bot.core.errors import ThreadpilotError
from bot.core.model import Status
from bot.core.ports.breakers import Breaker
from bot.core.ports.customers import CustomerSource
from bot.core.ports.tokens import TokenShelf
from bot.process.parts import Check, behind, fixed
from bot.process.runtime import background
from bot.process.schedule import Tick
from bot.services.context import Context
from bot.services.intake import Intake
from bot.services.tickets import Tickets
from bot.settings import Settings
from bot.settings.crm import SalesforceSettings
from bot.wiring.backend import Backend
from integrations.directory import CsvDirectory
from integrations.guarded import GuardedHelpDesk, GuardedSource
from integrations.salesforce.budget import Budget
from integrations.salesforce.client import Login, SalesforceApi
from integrations.salesforce.fields import Field, Fields
from integrations.salesforce.records import WORDS, SalesforceRecords
from integrations.salesforce.source import SalesforceSource
from storage.access_tokens import SharedShelf
from storage.database import SqlDatabase, utc_now
from storage.seal import Seal

SALESFORCE, CUSTOMERS = "salesforce", "customer directory"
SALESFORCE_RECORDS = "salesforce records"


@dataclass(frozen=True)
class Salesforce:
    """The parts of an org's client."""

    api: SalesforceApi
    fields: Fields
    budget: Budget


def salesforce_of(
    settings: SalesforceSettings, shelf: Callable[[str], TokenShelf] | None = None
) -> Salesforce:
    """Make a client; nothing is asked yet. `shelf` keeps the token of a login for all processes."""
    login = Login(
        settings.url,
        settings.client_id,
        settings.client_secret,
        settings.username,
        settings.private_key_file,
    )
    budget = Budget(settings.daily_requests)
    api = SalesforceApi(login, budget, shelf=shelf(login.identity) if shelf is not None else None)
    return Salesforce(api, Fields(api, wanted_fields(settings), our_id=settings.case_field), budget)


def _shelf(database: SqlDatabase, secret: str, identity: str) -> TokenShelf:
    return SharedShelf(database, utc_now, SALESFORCE, Seal(secret, f"{SALESFORCE}|{identity}"))


def wanted_fields(settings: SalesforceSettings) -> list[Field]:
    """Return the fields that the settings name, once each; those for answers are on cards, too."""
    told = set(settings.answer_fields)
    names = dict.fromkeys((*settings.fields, *settings.answer_fields))
    pairs = {name: name.split(".", 1) for name in names}
    return [Field(kind, field, told=name in told) for name, (kind, field) in pairs.items()]


@dataclass(frozen=True)
class Customers:
    """The context engine over all sources, the check of Salesforce, and what keeps cases in step."""

    context: Context
    salesforce: Check
    sync: Mapping[str, Callable[..., Awaitable[None]]]
    periodic: Sequence[Tick] = ()


async def customers_of(
    settings: Settings,
    backend: Backend,
    intake: Intake,
    breakers: Mapping[str, Breaker],
    stack: AsyncExitStack,
    secret: str,
    more: Sequence[CustomerSource] = (),
) -> Customers:
    """Return what the settings say and `more` sources, closed with `stack`; `secret` seals what is kept of logins."""
    sources: list[CustomerSource] = []
    state = fixed("off")
    cases: Tickets | None = None
    if settings.salesforce is not None:
        crm = salesforce_of(settings.salesforce, partial(_shelf, backend.database, secret))
        stack.push_async_callback(crm.api.aclose)
        await stack.enter_async_context(background("salesforce", lambda: _warm(crm.fields)))
        source = SalesforceSource(crm.api, crm.fields, crm.budget, utc_now)
        sources.append(GuardedSource(source, breakers[SALESFORCE]))
        state = _within(crm.budget, behind(breakers[SALESFORCE]))
        if settings.salesforce.write_back:
            breaker = breakers[SALESFORCE_RECORDS]
            cases = _cases(settings.salesforce, crm, backend, intake, breaker)
    sources += more
    if settings.customers_file is not None:
        file = CsvDirectory.load(settings.customers_file)
        sources.append(GuardedSource(file, breakers[CUSTOMERS]))
    context = Context(sources, utc_now)
    stack.push_async_callback(context.aclose)
    if cases is None or settings.salesforce is None:
        return Customers(context, state, {})
    polled = Tick(f"{SALESFORCE} poll", cases.poll, settings.salesforce.poll_seconds)
    return Customers(context, state, {SALESFORCE: cases}, [polled])


def _cases(
    settings: SalesforceSettings, crm: Salesforce, backend: Backend, intake: Intake, breaker: Breaker
) -> Tickets:
    words = {**WORDS, **{Status(ours): theirs for ours, theirs in settings.case_statuses.items()}}
    cases = SalesforceRecords(crm.api, crm.budget, utc_now, external_id=settings.case_field, words=words)
    records = GuardedHelpDesk(cases, breaker)
    return Tickets(
        backend.database,
        records,
        records,
        intake,
        utc_now,
        takes_in=False,
        alone=backend.alone,
        leases=backend.leases,
    )


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
