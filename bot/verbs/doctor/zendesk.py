"""What `threadpilot doctor` looks at in Zendesk: login, rights, scopes, the webhook and its secret, the clock."""

from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING

from bot.core.errors import Misconfigured, Refused
from bot.settings import Settings
from bot.settings.crm import ZendeskSettings
from bot.wiring.helpdesk import check_installed

if TYPE_CHECKING:
    from integrations.zendesk.client import ZendeskApi
    from integrations.zendesk.things import User

_TOLERANCE = 60.0
_STAFF = frozenset({"agent", "admin"})
_HOOK = "/zendesk/webhook"
_OFF = "off: set ZENDESK_URL, ZENDESK_CLIENT_ID and ZENDESK_CLIENT_SECRET, and tickets are conversations"
_NEITHER = (
    "set ZENDESK_WEBHOOK_SECRET or ZENDESK_WRITE_BACK, else nothing is taken in and nothing put on record"
)


async def examine_zendesk(settings: Settings) -> str:
    """Return what was found. Raises an error of ours whose message says what to do, all that is wrong at once."""
    zendesk = settings.zendesk
    if zendesk is None:
        return _OFF
    check_installed()
    from bot.wiring.zendesk import zendesk_of  # With the package for Zendesk only.

    api = zendesk_of(zendesk)
    try:
        we = await api.we()
        problems = [*_rights(we), *_clock(api), *[one async for one in _grants(api, zendesk)]]
    finally:
        await api.aclose()
    if problems:
        raise Misconfigured(f"logged in as {we.name}, but {'; '.join(problems)}")
    return f"{we.name} at {zendesk.url}; {_ways(zendesk)}"


def _ways(zendesk: ZendeskSettings) -> str:
    ways = [
        *(["tickets become conversations"] if zendesk.webhook_secret else []),
        *(["conversations become tickets"] if zendesk.write_back else []),
    ]
    return " and ".join(ways) or _NEITHER


def _rights(we: "User") -> Sequence[str]:
    if we.role in _STAFF:
        return ()
    return ["is no agent there: make the OAuth client with a user of its own who is one"]


async def _grants(api: "ZendeskApi", zendesk: ZendeskSettings) -> AsyncIterator[str]:
    """Tell what the token may not do, and what is wrong with the webhook as far as we may look at it."""
    scopes = await api.scopes()
    if scopes is not None and not any(one == "write" or one.endswith(":write") for one in scopes):
        yield "its token may not write: give the OAuth client the scopes read and write"
    if not zendesk.webhook_secret:
        return
    try:
        secret = await api.webhook_secret(_HOOK)
    except Refused:
        return  # Only administrators see webhooks; that is no fault.
    if secret is None:
        yield f"no webhook calls {_HOOK} here: make one in the Admin Center for ticket events"
    elif secret != zendesk.webhook_secret:
        yield "ZENDESK_WEBHOOK_SECRET is not the signing secret of the webhook: copy it from the Admin Center"


def _clock(api: "ZendeskApi") -> Sequence[str]:
    if abs(api.clock_ahead) <= _TOLERANCE:
        return ()
    ahead = "ahead of" if api.clock_ahead > 0 else "behind"
    off = abs(api.clock_ahead)
    return [f"this machine's clock is {off:.0f} s {ahead} Zendesk's: let it follow a time server"]
