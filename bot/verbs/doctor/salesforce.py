"""What `threadpilot doctor` looks at in Salesforce: login, objects and fields, the day's requests, the clock."""

from collections.abc import Sequence

from bot.core.errors import Misconfigured
from bot.settings.crm import SalesforceSettings
from bot.wiring.customers import Salesforce, salesforce_of
from integrations.salesforce.fields import STANDARD, Readable

_TOLERANCE = 60.0
_OFF = (
    "off: set SALESFORCE_URL, SALESFORCE_CLIENT_ID and SALESFORCE_CLIENT_SECRET, and cards say who is asking"
)


async def examine_salesforce(settings: SalesforceSettings | None) -> str:
    """Return what was found. Raises an error of ours whose message says what to do, all that is wrong at once."""
    if settings is None:
        return _OFF
    crm = salesforce_of(settings)
    try:
        return await _examine(crm, settings.url)
    finally:
        await crm.api.aclose()


async def _examine(crm: Salesforce, url: str) -> str:
    user = await crm.api.who()
    readable = await crm.fields.readable()
    problems = [*_missing(readable), *_requests(crm), *_clock(crm)]
    name = user.get("preferred_username") or user.get("name") or "an unknown user"
    if problems:
        raise Misconfigured(f"logged in as {name}, but {'; '.join(problems)}")
    usage = crm.budget.usage
    used = f", {usage.used:,} of {usage.allowed:,} API requests of 24 h used" if usage else ""
    absent = [kind for kind in STANDARD if not readable.has(kind)]
    without = f"; not on cards, for this user sees none: {', '.join(absent)}" if absent else ""
    return f"{name} at {url}{used}{without}"


def _missing(readable: Readable) -> Sequence[str]:
    if not readable.missing:
        return ()
    named = ", ".join(readable.missing)
    return [
        f"cannot read {named}: give the user's permission set access, or take them out of SALESFORCE_FIELDS"
    ]


def _requests(crm: Salesforce) -> Sequence[str]:
    trouble = crm.budget.trouble()
    return [f"{trouble}; find out in Setup, API Usage, who uses them"] if trouble else ()


def _clock(crm: Salesforce) -> Sequence[str]:
    off = crm.api.clock_ahead.total_seconds()
    if abs(off) <= _TOLERANCE:
        return ()
    ahead = "ahead of" if off > 0 else "behind"
    return [f"this machine's clock is {abs(off):.0f} s {ahead} Salesforce's: let it follow a time server"]
