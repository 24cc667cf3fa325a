"""Submitted windows are answered in time: Slack waits three seconds for that, and the work may take longer."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from slack_bolt.context.ack.async_ack import AsyncAck

from blocks import modals
from bot.core.ending import end
from bot.core.errors import Gone
from handlers.slack.payloads import Body
from handlers.slack.windows import OPENED
from integrations.slack.client import OpenView, SlackClient

log = logging.getLogger(__name__)

# An acknowledgement is on its way for as long: Bolt looks for it every 10 ms, and Slack has to get it. What shows
# the result before would be replaced by “still at work”.
UNDER_WAY = 0.3
PATIENCE = 2.0  # Seconds; what is left of Slack's three is for the way there and back.


class Acknowledge(Protocol):
    """Tell the window how it went: nothing closes it, `update` puts `view` in its place, `errors` mark inputs."""

    async def __call__(
        self,
        response_action: str | None = None,
        *,
        view: Mapping[str, Any] | None = None,
        errors: Mapping[str, str] | None = None,
    ) -> None: ...


Submission = Callable[[Acknowledge, Body, Mapping[str, Any]], Awaitable[None]]
Listener = Callable[[AsyncAck, Body, Mapping[str, Any], dict[str, Any]], Awaitable[None]]


class InTime:
    """Wraps what takes a submitted window in: after `patience` seconds the window says that it is still at work.

    It then stays open and says how it went in the end, with what was typed where it did not go well.
    """

    def __init__(self, client: SlackClient, patience: float) -> None:
        self._client = client
        self._patience = patience

    def __call__(self, submission: Submission) -> Listener:
        async def submitted(
            ack: AsyncAck, body: Body, view: Mapping[str, Any], context: dict[str, Any]
        ) -> None:
            answer = _Answer(ack, view, self._client)
            reminder = asyncio.create_task(answer.postpone(self._patience, context))
            try:
                await submission(answer, body, view)
            finally:
                await end([reminder])
                await answer.arrival()  # What went wrong is said in the window, too.

        return submitted


def quoted(said: str) -> str:
    """Return a sentence as Slack shows it beneath a field: without markup, so that quotes stand for backticks."""
    parts = said.split("`")
    return "".join(f"“{part}”" if n % 2 else part for n, part in enumerate(parts)) if len(parts) % 2 else said


class _Answer:
    """Slack's acknowledgement while there is time, and a change of the window that stands open afterwards."""

    def __init__(self, ack: AsyncAck, view: Mapping[str, Any], client: SlackClient) -> None:
        self._ack = ack
        self._view = view
        self._client = client
        self._given = False
        self._late: float | None = None  # When the acknowledgement was given that says that it takes longer.

    async def __call__(
        self,
        response_action: str | None = None,
        *,
        view: Mapping[str, Any] | None = None,
        errors: Mapping[str, str] | None = None,
    ) -> None:
        if self._late is not None:
            await self._show(self._outcome(view, errors))
            return
        self._given = True
        await self._ack(
            response_action=response_action,
            view=dict(view) if view else None,
            errors={field: quoted(said) for field, said in errors.items()} if errors else None,
        )

    async def postpone(self, patience: float, context: dict[str, Any]) -> None:
        """Say after `patience` seconds that it takes longer; from then on errors are said in the window, too."""
        await asyncio.sleep(patience)
        if self._given:
            return
        self._late, context[OPENED] = asyncio.get_running_loop().time(), _window(self._view)
        await self._ack(response_action="update", view=modals.at_work())

    async def arrival(self) -> None:
        """Wait until Slack has the acknowledgement that it takes longer, where one was given."""
        if self._late is not None:
            await asyncio.sleep(self._late + UNDER_WAY - asyncio.get_running_loop().time())

    async def _show(self, view: Mapping[str, Any]) -> None:
        await self.arrival()
        try:
            await self._client.update_view(_window(self._view), view)
        except Gone:
            log.info("window_closed_early")  # By the person who submitted it: there is nobody to tell.

    def _outcome(self, view: Mapping[str, Any] | None, errors: Mapping[str, str] | None) -> Mapping[str, Any]:
        """Return the window that says late what an acknowledgement says in time."""
        if errors is not None:
            return modals.not_done(" ".join(errors.values()), self._view)
        return view or modals.notice("Done", "It is done. You can close this window.")


def _window(view: Mapping[str, Any]) -> OpenView:
    return OpenView(str(view["id"]), "")
