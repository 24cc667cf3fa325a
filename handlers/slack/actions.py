"""The buttons of a card. Each listener acknowledges, reads the ids and calls one service."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from blocks import ids, modals
from blocks.ids import Target
from bot.core.errors import InvalidInput, ThreadpilotError
from bot.core.model import Actor
from handlers.slack.asks import Asks
from handlers.slack.deeds import Deeds
from handlers.slack.payloads import Body, actor_of, choice_of, opened_of, place_of, target_of, user_of
from handlers.slack.services import Services
from handlers.slack.windows import Windows
from handlers.slack.writing import WritingWindow

log = logging.getLogger(__name__)

_NO_DRAFT = "There is no answer to judge here any more."
_NOTHING_SENT = "There is no answer to settle here any more."


class CardActions:
    """Decisions that need no window."""

    def __init__(self, services: Services, deeds: Deeds) -> None:
        self._services = services
        self._deeds = deeds

    async def approve(self, ack: AsyncAck, body: Body, context: dict[str, Any]) -> None:
        on, _ = await self._read(ack, body)
        await self._deeds.press(ids.APPROVE, on, body, context)

    async def take(self, ack: AsyncAck, body: Body) -> None:
        on, actor = await self._read(ack, body)
        await self._services.review.take(on.conversation, actor)

    async def take_over(self, ack: AsyncAck, body: Body) -> None:
        on, actor = await self._read(ack, body)
        before = await self._services.review.take(on.conversation, actor, over=True)
        if before:
            await self._whisper(body, f"This was <@{before}>'s. It is yours now, as the card says.")

    async def resolve(self, ack: AsyncAck, body: Body, context: dict[str, Any]) -> None:
        on, _ = await self._read(ack, body)
        if await self._deeds.press(ids.RESOLVE, on, body, context):
            await self._said(body, "It is resolved.")

    async def good(self, ack: AsyncAck, body: Body) -> None:
        await self._judge(ack, body, good=True)

    async def wrong(self, ack: AsyncAck, body: Body) -> None:
        await self._judge(ack, body, good=False)

    async def went_out(self, ack: AsyncAck, body: Body) -> None:
        await self._settle(ack, body, went_out=True)

    async def resend(self, ack: AsyncAck, body: Body) -> None:
        await self._settle(ack, body, went_out=False)

    async def stop(self, ack: AsyncAck, body: Body) -> None:
        on, actor = await self._read(ack, body)
        await self._services.review.stop(_present(on.delivery, _NOTHING_SENT), actor)

    async def unmerge(self, ack: AsyncAck, body: Body) -> None:
        on, actor = await self._read(ack, body)
        await self._services.merging.undo(on.conversation, actor)

    async def wake(self, ack: AsyncAck, body: Body) -> None:
        on, actor = await self._read(ack, body)
        await self._services.snoozing.end(on.conversation, actor)

    async def reopen(self, ack: AsyncAck, body: Body) -> None:
        on, actor = await self._read(ack, body)
        await self._services.closing.reopen(on.conversation, actor)
        await self._said(body, "It is open again and waits for a person.")

    async def not_support(self, ack: AsyncAck, body: Body, context: dict[str, Any]) -> None:
        on, _ = await self._read(ack, body)
        if await self._deeds.press(ids.NOT_SUPPORT, on, body, context):
            await self._said(body, "It is closed as no support matter.")

    async def block(self, ack: AsyncAck, body: Body, context: dict[str, Any]) -> None:
        on, _ = await self._read(ack, body)
        if await self._deeds.press(ids.BLOCK, on, body, context):
            await self._said(
                body, "It is closed as spam, and the sender is blocked. The card has a button to unblock."
            )

    async def unblock(self, ack: AsyncAck, body: Body) -> None:
        on, actor = await self._read(ack, body)
        await self._services.closing.unblock(on.conversation, actor)

    async def follow(self, ack: AsyncAck) -> None:
        """Acknowledge that somebody followed a link."""
        await ack()

    async def _said(self, body: Body, sentence: str) -> None:
        """Say in the window in which somebody pressed that it is done; on a card the card itself does."""
        if body.get("view"):
            await self._services.client.update_view(opened_of(body), modals.notice("Done", sentence))

    async def _whisper(self, body: Body, sentence: str) -> None:
        """Tell whoever pressed, and nobody else, more than the card does; what was done stays done without it."""
        place = place_of(body)
        if place is None:
            return
        channel, thread_ts = place
        try:
            await self._services.client.whisper(channel, user_of(body), sentence, thread_ts)
        except ThreadpilotError as error:
            log.warning("person_not_told", extra={"error": type(error).__name__})

    async def _judge(self, ack: AsyncAck, body: Body, *, good: bool) -> None:
        on, actor = await self._read(ack, body)
        await self._services.review.judge(_present(on.draft, _NO_DRAFT), good, actor)

    async def _settle(self, ack: AsyncAck, body: Body, *, went_out: bool) -> None:
        on, actor = await self._read(ack, body)
        await self._services.review.settle(_present(on.delivery, _NOTHING_SENT), went_out, actor)

    async def _read(self, ack: AsyncAck, body: Body) -> tuple[Target, Actor]:
        await ack()
        return target_of(body), actor_of(body)


class OverflowMenu:
    """The menu behind the three dots: its entries do what the buttons of the same name do."""

    def __init__(
        self, services: Services, windows: Windows, writing: WritingWindow, asks: Asks, deeds: Deeds
    ) -> None:
        self._services = services
        self._deeds = deeds
        self._windows = windows
        self._writing = writing
        self._asks = asks

    async def choose(self, ack: AsyncAck, body: Body, context: dict[str, Any]) -> None:
        await ack()
        choice, on = choice_of(body)
        await self._entries[choice](on, body, context)

    @property
    def _entries(self) -> Mapping[str, Callable[[Target, Body, dict[str, Any]], Awaitable[None]]]:
        return {
            ids.REPLY: self._writing.open_reply,
            ids.REGENERATE: self._asks.open_regenerate,
            ids.REJECT: self._asks.open_reject,
            ids.SNOOZE: self._asks.open_snooze,
            ids.ASK: self._asks.open_ask,
            ids.OTHERS: self._asks.open_others,
            ids.ESCALATE: self._asks.open_escalate,
            ids.RESOLVE: self._resolve,
            ids.ORIGINAL: self._windows.open_original,
            ids.UNMASK: self._windows.open_unmasked,
            ids.MERGE: self._windows.open_merge,
            ids.SPLIT: self._windows.open_split,
            ids.DETAILS: self._windows.open_details,
            ids.REFRESH: self._refresh,
            ids.ASSIGN: self._windows.open_assign,
        }

    async def _refresh(self, on: Target, body: Body, context: dict[str, Any]) -> None:  # noqa: ARG002
        await self._services.identify.refresh(on.conversation)

    async def _resolve(self, on: Target, body: Body, context: dict[str, Any]) -> None:
        await self._deeds.press(ids.RESOLVE, on, body, context)


def _present(found: str | None, otherwise: str) -> str:
    if not found:
        raise InvalidInput(otherwise)
    return found
