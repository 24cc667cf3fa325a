"""News of settings: one that cannot be posted ends nothing."""

import asyncio

from bot.process.runtime import background
from bot.services.settingbook import Change
from bot.services.settingnews import SettingNews
from tests.waiting import PATIENCE


async def test_news_that_cannot_be_posted_do_not_end_the_process() -> None:
    posted = asyncio.Event()

    async def post(actor: str, _changes: object) -> None:
        if actor == "U1":
            raise TypeError("a value that nobody can write")
        posted.set()

    news = SettingNews(post)
    async with background("announcements", news.run):
        news("U1", [Change("undo", None, 1, 2)])
        news("U2", [Change("undo", None, 2, 3)])
        await asyncio.wait_for(posted.wait(), PATIENCE)
