"""News of settings: who changed which one, said in a Slack channel, without anybody waiting for Slack."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from bot.services.settingbook import Change

log = logging.getLogger(__name__)

Post = Callable[[str, Sequence[Change]], Awaitable[None]]


class SettingNews:
    """Takes changes as they are committed, and posts them one after the other.

    What waits when the process ends is not posted; the audit log has it.
    """

    def __init__(self, post: Post) -> None:
        """`post` says who changed what."""
        self._post = post
        self._waiting: asyncio.Queue[tuple[str, Sequence[Change]]] = asyncio.Queue()

    def __call__(self, actor: str, changes: Sequence[Change]) -> None:
        """Announce what somebody changed."""
        self._waiting.put_nowait((actor, changes))

    async def run(self) -> None:
        """Post, for ever; what cannot be posted is not worth the process: the log says why."""
        while True:
            actor, changes = await self._waiting.get()
            try:
                await self._post(actor, changes)
            except Exception:
                log.exception("setting_not_announced", extra={"actor": actor})
