"""The edge of Slack: who may do what somebody just did, asked before any listener runs."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from slack_bolt.context.async_context import AsyncBoltContext

from blocks.ids import TARGETS, decode_choice
from bot.core.access import MAIN_ONLY, OnlyInMain, Proof, Role, Unclassified, check, in_words, needed
from bot.core.errors import InvalidInput, NotAllowed, Rejected, Unavailable
from bot.core.ports.tally import Counted, Tally
from bot.services.checking import UNKNOWN
from handlers.slack import grammar
from handlers.slack.events import is_typed_in_thread
from handlers.slack.payloads import Body, user_of
from integrations.slack.roster import Roster

log = logging.getLogger(__name__)

_PATIENCE = 1.5  # Seconds. Slack waits three for an acknowledgement.
_WINDOWS = {"view_submission", "view_closed"}
_SHORTCUTS = {"shortcut", "message_action"}


class AccessGate:
    """Bolt's middleware in front of all listeners."""

    def __init__(
        self,
        roster: Roster,
        tally: Tally,
        alarm: Callable[[str, str], None],
        *,
        main: bool = True,
        knows: Callable[[str], Awaitable[bool]] | None = None,
    ) -> None:
        """Stand before the main workspace, or another one.

        Where there are several, `knows` tells whether a conversation is looked after in this one.
        """
        self._roster = roster
        self._tally = tally
        self._alarm = alarm
        self._main = main
        self._knows = knows

    async def __call__(
        self,
        body: Body,
        context: AsyncBoltContext,
        next: Callable[[], Awaitable[None]],  # noqa: A002 - Bolt names the arguments.
    ) -> None:
        """Let a request through to its listener.

        Raises:
            NotAllowed: whoever did this may not.
            Rejected: it is about a conversation of another workspace, which is not known in this one.
            Unavailable: Slack does not say who they are.
        """
        acts = acts_of(body)
        for act in acts:
            await self._permit(act, user_of(body), context.get("actor_team_id") or "")
        if self._knows is not None and acts and MAIN_ONLY.isdisjoint(acts):
            await self._check_is_ours(body, acts[0], self._knows)
        await next()

    async def _check_is_ours(self, body: Body, act: str, knows: Callable[[str], Awaitable[bool]]) -> None:
        for conversation_id in conversations_of(body):
            if not await knows(conversation_id):
                self._tally(Counted.REFUSED, act, _FOREIGN)
                log.warning("act_across_workspaces", extra={"act": act, "user": user_of(body)})
                raise Rejected(UNKNOWN)

    def _named(self, user: str, team: str) -> str:
        """Name somebody for the main workspace, where alarms are read: it knows no people of others."""
        return f"<@{user}>" if self._main else f"{user} of the workspace {team}"

    async def _role_of(self, user: str, most: Role) -> Role:
        try:
            async with asyncio.timeout(_PATIENCE):
                return await self._roster.role_of(user, most)
        except TimeoutError:
            raise Unavailable("Slack did not say in time who somebody is") from None

    async def _permit(self, act: str, user: str, team: str) -> None:
        role = Role.NOBODY
        try:
            wanted = needed(act)
            if isinstance(wanted, Proof):
                return  # Nobody is behind it but Slack, whose signature was looked at.
            role = await self._role_of(user, wanted)
            check(role, act, main=self._main)
        except NotAllowed as error:
            known = "unclassified" if isinstance(error, Unclassified) else act
            self._tally(Counted.REFUSED, known, role.name.lower())
            log.warning(
                "act_refused", extra={"act": act, "user": user, "team": team, "role": role.name.lower()}
            )
            if role < Role.AGENT and not isinstance(error, OnlyInMain) and not act.startswith("event "):
                self._alarm(
                    f"{known} {user}",
                    _ALARM.format(user=self._named(user, team), act=in_words(known), role=_IS[role]),
                )
            raise


_ALARM = "{user}, {role}, tried to {act}. It was refused, and nothing happened."
_FOREIGN = "unknown here"
_IS = {Role.NOBODY: "who is not of this workspace", Role.GUEST: "a guest"}


def acts_of(body: Body) -> list[str]:
    """Return what a request does, as `bot.core.access` names it; nothing for one that does nothing."""
    kind = body.get("type")
    if kind == "block_actions":
        return [f"button {_button(action)}" for action in body.get("actions") or ()]
    if kind == "block_suggestion":
        return [f"button {body.get('action_id')}"]
    if kind in _WINDOWS:
        return [f"window {(body.get('view') or {}).get('callback_id')}"]
    if kind in _SHORTCUTS:
        return [f"shortcut {body.get('callback_id')}"]
    if kind == "event_callback":
        return _of_event(body.get("event") or {})
    return [f"/cockpit {_typed(body)}"] if body.get("command") else []


def conversations_of(body: Body) -> set[str]:
    """Return the conversations that a request names: by its buttons, and by the window it came from."""
    named = [str((body.get("view") or {}).get("private_metadata") or "")]
    for action in body.get("actions") or ():
        named += [
            str(action.get("value") or ""),
            str((action.get("selected_option") or {}).get("value") or ""),
        ]
    return {found[1] for one in named for found in TARGETS.finditer(one)}


def _button(action: Mapping[str, Any]) -> str:
    """Return the name of a button, of an overflow menu's that of the entry."""
    entry = (action.get("selected_option") or {}).get("value")
    try:
        return decode_choice(entry)[0]
    except InvalidInput:
        return str(action.get("action_id"))


def _typed(body: Body) -> str:
    try:
        return type(grammar.parse(str(body.get("text") or ""))).__name__
    except InvalidInput:
        return grammar.Help.__name__  # Its listener tells what is wrong with it.


def _of_event(event: Mapping[str, Any]) -> list[str]:
    """Return what a person did; what machines say, and what is deleted, is no act of a person's."""
    kind = str(event.get("type"))
    return [f"event {kind}"] if kind != "message" or is_typed_in_thread(event) else []
