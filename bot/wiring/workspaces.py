"""The Slack workspaces that the app works in: the main one, and those that the settings name beside it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import aiohttp

from bot.core.ports.pacing import Lines
from bot.core.ports.tally import Tally
from bot.core.ports.tracing import Tracer
from bot.core.routing import MAIN
from bot.process.parts import Check
from bot.services.receipts import Receipts
from bot.settings.slack import SlackSettings
from bot.wiring.slackinstall import Installation, token_of
from bot.wiring.slackside import slack_of
from handlers.slack.bolt import BoltApp
from handlers.slack.front import Front, Place, Takes
from handlers.slack.transport import build_app
from integrations.slack.accounts import Accounts
from integrations.slack.client import SlackClient
from integrations.slack.workspaces import Workspaces
from storage.database import SqlDatabase, utc_now
from storage.within import Within


@dataclass(frozen=True)
class Workspace:
    """One of them: `name` is "" for the main one, and `database` finds no conversations of the others."""

    name: str
    settings: SlackSettings
    slack: SlackClient
    accounts: Accounts
    database: SqlDatabase
    bolt: BoltApp

    def installation(
        self, all_of_it: SqlDatabase, secret: str, alarm: Callable[[str, str], None]
    ) -> Installation:
        """Return what keeps its token."""
        return Installation(self.settings, all_of_it, secret, self.slack, self.name, alarm)


async def workspaces_of(
    settings: SlackSettings,
    database: SqlDatabase,
    secret: str,
    session: aiohttp.ClientSession,
    lines: Lines | None,
    tally: Tally,
    trace: Tracer,
) -> Workspaces[Workspace]:
    """Return all workspaces, each with the token that there is now. Raises as `slack_of`."""

    async def one(name: str, theirs: SlackSettings) -> Workspace:
        token = await token_of(theirs, database, secret, name)
        slack = await slack_of(theirs, token, session, lines, tally, name)
        receipts = Receipts(database, utc_now)
        bolt = build_app(slack, theirs.signing_secret or None, receipts=receipts, trace=trace)
        return Workspace(name, theirs, slack, Accounts(slack), database.within(_within(name, settings)), bolt)

    others = {name: await one(name, theirs) for name, theirs in settings.others.items()}
    return Workspaces(await one(MAIN, settings), others)


def _within(name: str, settings: SlackSettings) -> Within:
    return Within(frozenset({name})) if name else Within(frozenset(settings.others), others=True)


def front_of(
    spaces: Workspaces[Workspace],
    installations: Mapping[str, Installation],
    tally: Tally,
    alarm: Callable[[str, str], None],
) -> Takes:
    """Return what takes Slack's requests: the listeners themselves, where no app says which workspaces there are."""
    if not installations:
        return spaces.main.bolt
    bolts = (one.bolt for one in spaces.all())
    places = zip(installations.items(), bolts, strict=True)
    return Front({team: Place(bolt, place.is_installed) for (team, place), bolt in places}, tally, alarm)


def installations_of(
    settings: SlackSettings,
    spaces: Workspaces[Workspace],
    database: SqlDatabase,
    secret: str,
    alarm: Callable[[str, str], None],
) -> Mapping[str, Installation]:
    """Return what keeps the token of each workspace, by Slack's ids, the main one first; none without an app."""
    if settings.oauth is None:
        return {}
    known = settings.oauth.workspaces
    return {
        team: one.installation(database, secret, alarm) for team, one in zip(known, spaces.all(), strict=True)
    }


def checks_of(
    installations: Mapping[str, Installation], cards: Callable[[str], Awaitable[str]]
) -> Mapping[str, Check]:
    """Return the check of each workspace but the main one, whose connection and cards are looked at anyway."""

    def of(team: str, place: Installation) -> Check:
        async def state() -> str:
            said = [one for one in (await place.state(), await cards(team)) if one != "ok"]
            return "; ".join(said) or "ok"

        return state

    return {f"slack {team}": of(team, place) for team, place in list(installations.items())[1:]}


def knows(database: SqlDatabase) -> Callable[[str], Awaitable[bool]]:
    """Return whether a conversation is to be found in this database, of which that may be a part."""

    async def known(conversation_id: str) -> bool:
        async with database.snapshot() as tx:
            return await tx.conversations.get(conversation_id) is not None

    return known
