"""What is said in Slack beside the cards: by name, so that a post that was cut short is found and not made again."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.core.errors import Refused
from integrations.slack.client import SlackClient, Upload

EVENT = "threadpilot_notice"
CHART = "data_visualization"  # New in June 2026: a workspace may not have it.
_CLOCK_SKEW = timedelta(minutes=2)


class SlackBoard:
    """`bot.core.ports.reporting.Board`."""

    def __init__(self, client: SlackClient) -> None:
        self._client = client

    async def post(
        self,
        slack_channel: str,
        name: str,
        text: str,
        blocks: Sequence[Mapping[str, Any]],
        *,
        thread_ts: str | None = None,
    ) -> str:
        """Post, signed with metadata by which `find` recognises it; without charts, where Slack refuses those."""
        signed = {"event_type": EVENT, "event_payload": {"name": name}}
        try:
            return await self._client.post(slack_channel, text, blocks, thread_ts=thread_ts, metadata=signed)
        except Refused:
            plain = [one for one in blocks if one.get("type") != CHART]
            if len(plain) == len(blocks):
                raise
        return await self._client.post(slack_channel, text, plain, thread_ts=thread_ts, metadata=signed)

    async def find(
        self, slack_channel: str, name: str, since: datetime, *, thread_ts: str | None = None
    ) -> str | None:
        """Look for what was posted under a name since then."""
        oldest = f"{(since - _CLOCK_SKEW).timestamp():.6f}"
        async for message in self._client.history(slack_channel, oldest=oldest, thread_ts=thread_ts):
            metadata = message.get("metadata") or {}
            if metadata.get("event_type") == EVENT and metadata.get("event_payload") == {"name": name}:
                return str(message["ts"])
        return None

    async def show(self, slack_channel: str, thread_ts: str, title: str, alt: str, png: bytes) -> None:
        """Show a picture in a thread."""
        file = Upload(f"{title.lower().replace(' ', '-').rstrip('?')}.png", png, alt)
        await self._client.upload(slack_channel, title, [file], thread_ts=thread_ts)
