"""The desk in Slack: renders a case into sheets, and posts, changes and finds them again."""

import hashlib
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from blocks import kit
from blocks.card import root_card, with_next, with_way_on
from blocks.escalation import escalation_post, with_way_back
from blocks.ids import SHEET_EVENT
from blocks.text import link
from blocks.thread import leaves
from bot.core.errors import ChannelClosed, Refused, ThreadpilotError
from bot.core.model import Case
from bot.core.places import place_of
from bot.core.ports.desk import NOWHERE, Sheet
from bot.core.ports.desk_work import Queued
from bot.core.ports.storage import DeskPost
from integrations.slack.client import SlackClient, Upload

log = logging.getLogger(__name__)

ROOT = "root"
ESCALATION = "escalation"

Contents = Callable[[str], Awaitable[bytes | None]]

# Slack's clock and ours may differ: look for a sheet a little before its conversation began.
_CLOCK_SKEW = timedelta(minutes=2)


class SlackDesk:
    """Implements `bot.core.ports.Desk`.

    `channels` maps the names of customer channels to Slack channel ids; `*` stands for all others. When a Slack
    channel takes nothing any more (archived, or we were removed), the one of `*` and then the one for escalations
    take its place, and are told so; after `patience` seconds it is tried again. `contents` are what files are
    uploaded from, by their SHA-256.
    """

    def __init__(
        self,
        client: SlackClient,
        channels: Mapping[str, str],
        contents: Contents,
        escalation_channel: str = "",
        *,
        clock: Callable[[], float] = monotonic,
        patience: float = 300.0,
        workspace: str = "",
    ) -> None:
        self._workspace = workspace
        self._client = client
        self._channels = channels
        self._escalation_channel = escalation_channel
        self._contents = contents
        self._clock = clock
        self._patience = patience
        self._closed: dict[str, tuple[float, str]] = {}  # Until when a Slack channel is not tried, and why.

    def trouble(self) -> str:
        """Return which Slack channels take nothing at present, or nothing."""
        now = self._clock()
        return " ".join(
            f"<#{channel}>: {why}" for channel, (until, why) in self._closed.items() if until > now
        )

    def sheets(
        self,
        case: Case,
        *,
        threshold: float,
        now: datetime,
        standing: Mapping[str, DeskPost],
        goes_on: DeskPost | None = None,
        next_up: Queued | None = None,
        placed: Mapping[str, Any] = NOWHERE,
    ) -> Sequence[Sheet]:
        """Render the card, then what an escalation shows elsewhere, then the thread beneath the card."""
        home = self._home(case, standing, placed)
        escalated_to = self._open(self._escalation_channel, home) if self._escalation_channel else None
        text, blocks = root_card(case, threshold=threshold, now=now, escalated_to=escalated_to)
        leads_to = (goes_on.slack_channel, goes_on.ts) if goes_on else None
        sheets = [replace(_sheet(ROOT, home, home, text, blocks), leads_to=leads_to, next_up=next_up)]
        if escalated_to and (case.conversation.escalated or ESCALATION in standing):
            text, blocks = escalation_post(case, now=now, thread=f"<#{home}>")
            sheets.append(_sheet(ESCALATION, home, escalated_to, text, blocks))
        beneath = (
            replace(_sheet(leaf.name, home, home, leaf.text, leaf.blocks), in_thread=True, files=leaf.files)
            for leaf in leaves(case)
        )
        return [*sheets, *beneath]

    async def post(self, sheet: Sheet, case: Case, *, root_ts: str | None) -> str:
        """Post a sheet, signed with metadata by which `find` recognises it."""
        async with self._noticing(sheet.slack_channel):
            if sheet.files:
                return await self._client.upload(
                    sheet.slack_channel, sheet.text, await self._uploads(sheet), thread_ts=root_ts
                )
            return await self._client.post(
                sheet.slack_channel,
                sheet.text,
                await self._blocks(sheet, root_ts),
                thread_ts=root_ts if sheet.in_thread else None,
                metadata=_metadata(sheet, case),
            )

    async def update(self, sheet: Sheet, case: Case, ts: str, *, root_ts: str | None) -> None:
        """Change a posted sheet; raises Gone when it has to be posted anew."""
        if sheet.files:
            return
        async with self._noticing(sheet.slack_channel):
            await self._client.update(
                sheet.slack_channel,
                ts,
                sheet.text,
                await self._blocks(sheet, root_ts),
                metadata=_metadata(sheet, case),
            )

    async def find(self, sheet: Sheet, case: Case, *, root_ts: str | None) -> str | None:
        """Look for a sheet that was posted before; return its ts."""
        oldest = f"{(case.conversation.created_at - _CLOCK_SKEW).timestamp():.6f}"
        wanted = {"conversation": case.conversation.id, "sheet": sheet.name}
        thread_ts = root_ts if sheet.in_thread else None
        async for message in self._client.history(sheet.slack_channel, oldest=oldest, thread_ts=thread_ts):
            if sheet.files and message.get("files") and message.get("text") == sheet.text:
                return str(message["ts"])  # Slack takes no metadata with files, but these words occur once.
            metadata = message.get("metadata") or {}
            if metadata.get("event_type") == SHEET_EVENT and metadata.get("event_payload") == wanted:
                return str(message["ts"])
        return None

    def _home(self, case: Case, standing: Mapping[str, DeskPost], placed: Mapping[str, Any]) -> str:
        """Return where the card belongs: where it stands already, or where cards of its channel go."""
        channel = case.conversation.channel
        given = self._channels.get(channel) or self._channels["*"]
        assigned = place_of(placed, self._workspace, channel) or given
        root = standing.get(ROOT)
        return self._open(root.slack_channel if root else assigned, assigned, given)

    def _open(self, *wanted: str) -> str:
        """Return the first Slack channel that takes something, in the end one of those for all."""
        for channel in (*wanted, self._channels.get("*", ""), self._escalation_channel):
            if channel and self._closed.get(channel, (0.0, ""))[0] <= self._clock():
                return channel
        return wanted[0]

    @asynccontextmanager
    async def _noticing(self, channel: str) -> AsyncIterator[None]:
        """Remember that a Slack channel takes nothing, and say so where somebody reads it; or that it does again."""
        try:
            yield
        except ChannelClosed as error:
            known = channel in self._closed
            self._closed[channel] = (self._clock() + self._patience, str(error))
            if not known:
                await self._raise_alarm(channel, str(error))
            raise
        if self._closed.pop(channel, None) is not None:
            log.warning("slack_channel_works_again", extra={"slack_channel": channel})

    async def _raise_alarm(self, channel: str, why: str) -> None:
        log.error("slack_channel_closed", extra={"slack_channel": channel, "reason": why})
        instead = self._open(channel)
        if instead == channel:
            return
        said = f":rotating_light: <#{channel}> takes no cards: {why} Until that is mended they come here."
        try:
            await self._client.post(instead, said, kit.message([kit.section("alarm", said)]))
        except ThreadpilotError as error:
            log.error("slack_alarm_not_posted", extra={"slack_channel": instead, "reason": str(error)})

    async def _uploads(self, sheet: Sheet) -> Sequence[Upload]:
        found = [(file.name or "unnamed", await self._contents(file.sha256)) for file in sheet.files]
        files = [Upload(name, content) for name, content in found if content]
        if not files:
            raise Refused("The content of these files is not kept any more.")
        return files

    async def _blocks(self, sheet: Sheet, root_ts: str | None) -> Sequence[Mapping[str, Any]]:
        """Add what only Slack knows, and only once a card stands: the link to it from elsewhere."""
        if sheet.leads_to is not None:
            card = await self._client.link_to(*sheet.leads_to)
            return with_way_on(sheet.blocks, link(card, "open the card"))
        if sheet.next_up is not None and sheet.next_up.ts:
            waiting = sheet.next_up
            url = await self._client.link_to(waiting.slack_channel, waiting.ts)
            return with_next(sheet.blocks, waiting.conversation.subject or waiting.name, url)
        if sheet.name != ESCALATION or root_ts is None:
            return sheet.blocks
        thread = await self._client.link_to(sheet.home, root_ts)
        return with_way_back(sheet.blocks, link(thread, "open the thread"))


def _sheet(name: str, home: str, channel: str, text: str, blocks: Sequence[Mapping[str, Any]]) -> Sheet:
    shown = json.dumps([text, blocks], sort_keys=True, ensure_ascii=False)
    digest = hashlib.sha256(shown.encode()).hexdigest()
    return Sheet(name, channel, text, blocks, digest, home)


def _metadata(sheet: Sheet, case: Case) -> Mapping[str, Any]:
    payload = {"conversation": case.conversation.id, "sheet": sheet.name}
    return {"event_type": SHEET_EVENT, "event_payload": payload}
