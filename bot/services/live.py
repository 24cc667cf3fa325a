"""Live windows: whoever writes to a customer hears at once that they wrote again, or that somebody has answered."""

import logging
from collections.abc import Sequence
from dataclasses import replace

from bot.core.errors import Gone, ThreadpilotError
from bot.core.model import Case
from bot.core.ports.desk_work import Windows, Writing
from bot.core.ports.storage import Database
from bot.services.editing import news_for

log = logging.getLogger(__name__)


class LiveWindows:
    """Keeps the windows of writing agents true."""

    def __init__(self, database: Database, windows: Windows) -> None:
        self._database = database
        self._windows = windows

    async def tell(self, case: Case, writings: Sequence[Writing]) -> None:
        """Tell everybody who writes in a window what they do not know; a window that fails is left alone."""
        for writing in writings:
            news = news_for(writing, case) if writing.view_id else None
            if news is None:
                continue
            try:
                await self._windows.tell(writing, case, news)
            except Gone:
                async with self._database.transaction() as tx:
                    await tx.writings.close(writing.conversation_id, writing.actor, writing.view_id)
            except ThreadpilotError as error:
                log.info("window_not_told", extra={"error": type(error).__name__})
            else:
                told = replace(writing, told=news.key, turn=case.conversation.turn, draft_id=None)
                async with self._database.transaction() as tx:
                    await tx.writings.tell(told)
