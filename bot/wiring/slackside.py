"""What the app has in Slack: its client and connection, and what it says there beside the cards."""

import asyncio
import logging
from collections.abc import Sequence
from functools import partial

import aiohttp

from blocks import kit
from blocks.checkpoint import checkpoint
from blocks.replies import announced
from blocks.text import SECTION_MAX, cut_marked
from bot.core.audit import Head
from bot.core.errors import Misconfigured, ThreadpilotError
from bot.core.model import Actor
from bot.core.ports.pacing import Lines
from bot.core.ports.tally import Tally
from bot.process.connection import SlackConnection
from bot.process.schedule import Tick
from bot.services.checkpoints import Checkpoints
from bot.services.settingbook import Change
from bot.settings.slack import SlackSettings
from bot.wiring.signing import Signer
from handlers.slack.front import Takes
from handlers.slack.socket_mode import SocketMode
from integrations.slack.accounts import Accounts
from integrations.slack.client import SlackClient, Upload
from integrations.slack.errors import BadToken
from integrations.slack.gate import Gate
from integrations.slack.roster import Lists, Roster
from storage.database import SqlDatabase

log = logging.getLogger(__name__)

_GREETING = 3.0  # An unreachable Slack may not keep the app from starting.
_CHECKPOINT = 3600.0


async def slack_of(
    settings: SlackSettings,
    token: str,
    session: aiohttp.ClientSession,
    lines: Lines | None,
    tally: Tally,
    workspace: str = "",
) -> SlackClient:
    """Return the client, and ask Slack who we are: it may as well not answer. `token` is "" before an installation.

    Raises:
        Misconfigured: Slack does not know the token.
    """
    by_oauth = not settings.bot_token
    slack = SlackClient(token, settings.api_url, session, Gate(lines), tally, workspace, installed=by_oauth)
    if not token:
        which = f"?team={workspace}" if workspace else ""
        log.warning(
            "slack_not_installed", extra={"why": f"open /slack/install{which} of THREADPILOT_PUBLIC_URL"}
        )
        return slack
    try:
        async with asyncio.timeout(_GREETING):
            await slack.auth_test()
    except BadToken as error:
        if settings.oauth is None:
            raise Misconfigured(str(error)) from error
        log.warning("slack_not_installed", extra={"why": str(error)})
    except (ThreadpilotError, TimeoutError) as error:
        log.warning("slack_unreachable", extra={"error": str(error) or "Slack did not answer in time"})
    return slack


def connection_of(settings: SlackSettings, bolt: Takes, session: aiohttp.ClientSession) -> SlackConnection:
    """Return the connection over which Slack comes to us, or one that is none where it comes over HTTP."""
    if not settings.app_token:
        return SlackConnection(None)
    return SlackConnection(SocketMode(bolt, settings.app_token, settings.api_url, session))


def roster_of(settings: SlackSettings, accounts: Accounts) -> Roster:
    """Return who is what, as the settings name them."""
    return Roster(accounts, Lists(settings.managers, settings.agents, settings.owners))


async def alarm(slack: SlackClient, settings: SlackSettings, said: str) -> None:
    """Say something to everybody; what cannot be posted stands in the log."""
    channel = settings.escalation_channel or next(iter(settings.channels.values()))
    try:
        await slack.post(channel, said, kit.message([kit.section("alarm", said)]))
    except ThreadpilotError as error:
        log.error("slack_alarm_not_posted", extra={"slack_channel": channel, "reason": str(error)})


async def announce(
    slack: SlackClient, settings: SlackSettings, actor: str, changes: Sequence[Change]
) -> None:
    """Say who changed which setting, where a Slack channel is set for it; what cannot be posted stands in the log."""
    channel = settings.announce_channel
    if not channel:
        return
    said = announced(actor, changes)
    try:
        await slack.post(
            channel, said, kit.message([kit.section("announced", cut_marked(said, SECTION_MAX))])
        )
    except ThreadpilotError as error:
        log.error("slack_change_not_posted", extra={"slack_channel": channel, "reason": str(error)})


async def hand(slack: SlackClient, actor: Actor, name: str, content: str) -> None:
    """Give somebody a file, in their messages with us."""
    await slack.give(actor.id, "Here are all settings of threadpilot.", Upload(name, content.encode()))


def checkpoints_of(
    settings: SlackSettings, slack: SlackClient, database: SqlDatabase, signer: Signer
) -> list[Tick]:
    """Return the hourly post of where the audit log ends, where a Slack channel is set for it."""
    if not settings.audit_channel:
        return []
    note = Checkpoints(database, partial(_post_checkpoint, slack, settings.audit_channel, signer)).note
    return [Tick("checkpoint", note, _CHECKPOINT, at_once=True)]


async def _post_checkpoint(slack: SlackClient, channel: str, signer: Signer, head: Head) -> None:
    said, shown = checkpoint(head, signer.sign(head))
    await slack.post(channel, said, shown)
