"""The desk in Slack: renders a case into sheets, and posts, changes and finds them again."""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from blocks.card import root_card
from blocks.escalation import escalation_post, with_way_back
from blocks.ids import SHEET_EVENT
from blocks.text import link
from blocks.thread import leaves
from bot.core.model import Case
from bot.core.ports.desk import Sheet
from integrations.slack.client import SlackClient

ROOT = "root"
ESCALATION = "escalation"

# Slack's clock and ours may differ: look for a sheet a little before its conversation began.
_CLOCK_SKEW = timedelta(minutes=2)


class SlackDesk:
    """Implements `bot.core.ports.Desk`.

    `channels` maps the names of customer channels to Slack channel ids; `*` stands for all others.
    """

    def __init__(
        self, client: SlackClient, channels: Mapping[str, str], escalation_channel: str = ""
    ) -> None:
        self._client = client
        self._channels = channels
        self._escalation_channel = escalation_channel

    def sheets(
        self, case: Case, *, threshold: float, now: datetime, standing: Collection[str]
    ) -> Sequence[Sheet]:
        """Render the card, then what an escalation shows elsewhere, then the thread beneath the card."""
        escalated_to = self._escalation_channel or None
        home = self._channel_of(case)
        text, blocks = root_card(case, threshold=threshold, now=now, escalated_to=escalated_to)
        sheets = [_sheet(ROOT, home, text, blocks)]
        if escalated_to and (case.conversation.escalated or ESCALATION in standing):
            text, blocks = escalation_post(case, now=now, thread=f"<#{home}>")
            sheets.append(_sheet(ESCALATION, escalated_to, text, blocks))
        sheets += [_sheet(leaf.name, home, leaf.text, leaf.blocks, in_thread=True) for leaf in leaves(case)]
        return sheets

    async def post(self, sheet: Sheet, case: Case, *, root_ts: str | None) -> str:
        """Post a sheet, signed with metadata by which `find` recognises it."""
        return await self._client.post(
            sheet.slack_channel,
            sheet.text,
            await self._blocks(sheet, case, root_ts),
            thread_ts=root_ts if sheet.in_thread else None,
            metadata=_metadata(sheet, case),
        )

    async def update(self, sheet: Sheet, case: Case, ts: str, *, root_ts: str | None) -> None:
        """Change a posted sheet; raises Gone when it has to be posted anew."""
        await self._client.update(
            sheet.slack_channel,
            ts,
            sheet.text,
            await self._blocks(sheet, case, root_ts),
            metadata=_metadata(sheet, case),
        )

    async def find(self, sheet: Sheet, case: Case, *, root_ts: str | None) -> str | None:
        """Look for a sheet that was posted before; return its ts."""
        oldest = f"{(case.conversation.created_at - _CLOCK_SKEW).timestamp():.6f}"
        wanted = {"conversation": case.conversation.id, "sheet": sheet.name}
        thread_ts = root_ts if sheet.in_thread else None
        async for message in self._client.history(sheet.slack_channel, oldest=oldest, thread_ts=thread_ts):
            metadata = message.get("metadata") or {}
            if metadata.get("event_type") == SHEET_EVENT and metadata.get("event_payload") == wanted:
                return str(message["ts"])
        return None

    def _channel_of(self, case: Case) -> str:
        channel = case.conversation.channel
        return self._channels.get(channel) or self._channels["*"]

    async def _blocks(self, sheet: Sheet, case: Case, root_ts: str | None) -> Sequence[Mapping[str, Any]]:
        """Add to an escalation the link to its thread: only Slack knows it, and only once the card stands."""
        if sheet.name != ESCALATION or root_ts is None:
            return sheet.blocks
        thread = await self._client.permalink(self._channel_of(case), root_ts)
        return with_way_back(sheet.blocks, link(thread, "open the thread"))


def _sheet(
    name: str, channel: str, text: str, blocks: Sequence[Mapping[str, Any]], *, in_thread: bool = False
) -> Sheet:
    shown = json.dumps([text, blocks], sort_keys=True, ensure_ascii=False)
    digest = hashlib.sha256(shown.encode()).hexdigest()
    return Sheet(name, channel, text, blocks, digest, in_thread)


def _metadata(sheet: Sheet, case: Case) -> Mapping[str, Any]:
    payload = {"conversation": case.conversation.id, "sheet": sheet.name}
    return {"event_type": SHEET_EVENT, "event_payload": payload}
