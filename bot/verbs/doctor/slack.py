"""What `threadpilot doctor` looks at in Slack: tokens, scopes, Slack channels, the clock."""

from datetime import datetime

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.errors import Misconfigured, Refused
from bot.settings import Settings
from bot.settings.slack import SlackSettings
from bot.wiring.keys import reply_key
from bot.wiring.slackinstall import token_of
from integrations.slack.client import SCOPES, SlackClient
from integrations.slack.gate import Gate
from integrations.slack.place import ask_for_a_place
from storage.database import open_database, utc_now
from storage.migrate import check_there
from storage.signals import LocalSignals

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
    return f"{we.user} in {we.team}, {_way(slack)}"


async def examine_workspace(settings: Settings, workspace: str) -> str:
    """Return what was found in a workspace beside the main one. Raises as `examine_slack`."""
    slack = settings.slack.others[workspace]
    token = await _installed(settings, workspace)
    if not token:
        where = f"{settings.public_url}/slack/install?team={workspace}"
        raise Misconfigured(f"threadpilot is not installed there, so its cards wait: open {where}")
    async with aiohttp.ClientSession() as session:
        client = SlackClient(token, slack.api_url, session, Gate(rested=True), workspace=workspace)
        we = await client.introduce()
        _check_scopes(we.scopes)
        await _check_channels(slack, client)
    return f"{we.user} in {we.team}, cards in {', '.join(dict.fromkeys(slack.channels.values()))}"


async def _installed(settings: Settings, workspace: str) -> str:
    """Return the token that an installation gave, "" where there is no database or none in it."""
    url = settings.database_url
    try:
        await check_there(url)
    except Misconfigured:
        return ""
    async with open_database(url, LocalSignals(), sealing=settings.sealing) as database:
        return await token_of(settings.slack, database, reply_key(url, settings.secret_key), workspace)


def _way(slack: SlackSettings) -> str:
    way = "Socket Mode" if slack.app_token else "signed HTTP"
    managers = "" if slack.managers else "; nobody may change settings: set SLACK_MANAGERS"
    return f"{way}{managers}"


def _workspace(slack: SlackSettings) -> str:
    return slack.oauth.workspace if slack.oauth else "no workspace"


async def _check_channels(slack: SlackSettings, client: SlackClient) -> None:
    """Read in each Slack channel that is named: where we are not let in, nothing could be posted."""
    others = (slack.escalation_channel, slack.audit_channel, slack.announce_channel)
    named = dict.fromkeys(filter(None, (*slack.channels.values(), *others)))
    for channel in named:
        try:
            await client.look_into(channel)
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
