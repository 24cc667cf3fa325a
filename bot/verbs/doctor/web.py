"""What `threadpilot doctor` looks at from outside: whether our own public address leads to us."""

import aiohttp

from bot.core.errors import Misconfigured
from bot.settings import Settings

_PATIENCE = aiohttp.ClientTimeout(total=5.0)


async def examine_web(settings: Settings) -> str:
    """Return what was found. Raises Misconfigured where somebody else answers at our address.

    That nobody answers is no fault: the app may not be running yet.
    """
    if not settings.public_url:
        needed = _needing(settings)
        if needed:
            raise Misconfigured(
                f"THREADPILOT_PUBLIC_URL is not set, so {needed} cannot reach us: set our https address"
            )
        return f"on {settings.http} only: set THREADPILOT_PUBLIC_URL where others are to call us"
    try:
        async with (
            aiohttp.ClientSession(timeout=_PATIENCE) as session,
            session.get(f"{settings.public_url}/healthz", allow_redirects=False) as response,
        ):
            status = response.status
    except (aiohttp.ClientError, TimeoutError) as error:
        return (
            f"nobody answers at {settings.public_url} ({type(error).__name__}): start the app, or have the proxy "
            f"pass it on to {settings.http}"
        )
    if status != 200:
        raise Misconfigured(
            f"{settings.public_url}/healthz answers {status}, which is not us: have it lead to {settings.http}"
        )
    return f"{settings.public_url} leads to the app"


def _needing(settings: Settings) -> str:
    """Return who calls us over the web by the settings: a stand-in on this machine can without our address."""
    slack = settings.slack
    over_http = slack.signing_secret and not slack.app_token and "slack.com" in slack.api_url
    zendesk = settings.zendesk
    hooked = zendesk is not None and zendesk.webhook_secret and "zendesk.com" in zendesk.url
    return " and ".join(
        name for name, calls in (("Slack", over_http), ("Zendesk's webhook", hooked)) if calls
    )
