"""What `threadpilot doctor` looks at in Slack: tokens, scopes, Slack channels, the clock."""

from datetime import datetime

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.errors import Misconfigured, Refused
from bot.settings.slack import SlackSettings
from integrations.slack.client import SCOPES, SlackClient
from integrations.slack.gate import Gate
from integrations.slack.place import ask_for_a_place
from storage.database import utc_now

_CLOCK_TOLERANCE = 60.0


async def examine_slack(slack: SlackSettings, public_url: str) -> str:
    """Return what was found. Raises an error of ours whose message says what to do."""
    if not slack.bot_token:
        where = f"{public_url}/slack/install"
        return f"installed by OAuth into {_workspace(slack)}: {where}; a running app tries its token"
    async with aiohttp.ClientSession() as session:
        client = SlackClient(slack.bot_token, slack.api_url, session, Gate(rested=True))
        we = await client.introduce()
        if slack.app_token:
            await ask_for_a_place(AsyncWebClient(slack.app_token, base_url=slack.api_url, session=session))
        _check_scopes(we.scopes)
        _check_clock(we.at)
        await _check_channels(slack, client)
    way = "Socket Mode" if slack.app_token else "signed HTTP"
    managers = "" if slack.managers else "; nobody may change settings: set SLACK_MANAGERS"
    return f"{we.user} in {we.team}, {way}{managers}"


def _workspace(slack: SlackSettings) -> str:
    return slack.oauth.workspace if slack.oauth else "no workspace"


async def _check_channels(slack: SlackSettings, client: SlackClient) -> None:
    """Read in each Slack channel that is named: where we are not let in, nothing could be posted."""
    others = (slack.escalation_channel, slack.audit_channel, slack.announce_channel)
    named = dict.fromkeys(filter(None, (*slack.channels.values(), *others)))
    for channel in named:
        try:
            async for _ in client.history(channel, oldest=str(utc_now().timestamp())):
                break
        except Refused as error:
            raise Refused(f"{channel}: {error}") from error


def _check_scopes(granted: frozenset[str] | None) -> None:
    missing = sorted(SCOPES - granted) if granted is not None else []
    if missing:
        raise Refused(
            f"the app was not granted {', '.join(missing)}. Install it again with the current manifest.yml."
        )


def _check_clock(theirs: datetime | None) -> None:
    """Slack's requests are dated and its tokens expire: a clock that is minutes off refuses what is right."""
    off = (utc_now() - theirs).total_seconds() if theirs is not None else 0.0
    if abs(off) > _CLOCK_TOLERANCE:
        ahead = "ahead of" if off > 0 else "behind"
        raise Misconfigured(
            f"this machine's clock is {abs(off):.0f} s {ahead} Slack's. Let it follow a time server."
        )
