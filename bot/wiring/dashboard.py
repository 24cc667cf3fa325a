"""Figures and the dashboard, as the settings say."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from blocks.figures import USED_AGAIN
from bot.answering.shelf import Shelf
from bot.core.errors import ThreadpilotError
from bot.services.doorkeeping import Doorkeeper
from bot.services.insights import Insights
from bot.settings import Settings
from bot.wiring.slackside import roster_of
from handlers.web.dashboard.routes import Dashboard
from integrations.slack.accounts import Accounts
from integrations.slack.client import SlackClient
from storage.database import SqlDatabase, utc_now

log = logging.getLogger(__name__)

_PATIENCE = 1.0


@dataclass(frozen=True)
class Steering:
    """What tells managers how it goes."""

    insights: Insights
    dashboard: Dashboard


def steering_of(
    settings: Settings,
    database: SqlDatabase,
    slack: SlackClient,
    accounts: Accounts,
    secret: str,
    shelf: Shelf,
) -> Steering:
    """Return the figures and the dashboard; it is found at the public address, else where we listen."""
    insights = Insights(database, utc_now)
    role_of = roster_of(settings.slack, accounts).role_of
    door = Doorkeeper(database, utc_now, secret, role_of, partial(_warn, slack))
    where = settings.public_url or f"http://{settings.http}"
    titles, names = (lambda: shelf.titles), partial(names_of, accounts)
    return Steering(insights, Dashboard(insights, door, Workspace(slack), where, names, titles))


async def names_of(accounts: Accounts, people: Sequence[str]) -> Mapping[str, str]:
    """Return what people are called, as far as Slack says so within a second; what it says is remembered."""
    known: dict[str, str] = {}
    with suppress(TimeoutError):
        async with asyncio.timeout(_PATIENCE):
            for person in people:
                if name := await _name_of(accounts, person):
                    known[person] = name
    return known


async def _name_of(accounts: Accounts, person: str) -> str:
    try:
        account = await accounts.user(person)
    except ThreadpilotError:  # They are gone, or Slack does not answer: their id is shown.
        return ""
    profile = account.get("profile") or {}
    return str(profile.get("display_name") or profile.get("real_name") or account.get("real_name") or "")


async def _warn(slack: SlackClient, user: str) -> None:
    try:
        await slack.tell(user, USED_AGAIN)
    except ThreadpilotError as error:
        log.warning("dashboard_owner_not_told", extra={"user": user, "reason": str(error)})


class Workspace:
    """Knows where the Slack workspace is on the web, once Slack has said so."""

    def __init__(self, slack: SlackClient) -> None:
        self._slack = slack
        self._url = ""

    async def __call__(self) -> str:
        """Return the address, or "" while it is not known."""
        if not self._url:
            try:
                self._url = str((await self._slack.auth_test()).get("url") or "")
            except ThreadpilotError:
                return ""
        return self._url
