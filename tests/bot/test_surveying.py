"""Who is asked for a rating, as the settings say."""

from bot.core.model import Channel
from bot.settings import from_env
from bot.surveying import surveying
from storage.database import open_database
from storage.signals import LocalSignals
from tests.fakes import FakeChannel

ENV = {
    "SLACK_BOT_TOKEN": "xoxb-1",
    "SLACK_APP_TOKEN": "xapp-1",
    "SLACK_CHANNELS": "*=C1",
    "SUPPORT_ADDRESS": "help@shop.example",
    "SMTP_URL": "smtp://relay",
    "THREADPILOT_PUBLIC_URL": "https://desk.shop.example",
}


async def test_nobody_is_asked_unless_the_settings_say_so():
    async with open_database("sqlite+aiosqlite://", LocalSignals()) as database:
        off = surveying(from_env(ENV), database, "a secret", {Channel.EMAIL: FakeChannel()})
        on = surveying(
            from_env(ENV | {"RATING_CHANNELS": "email"}), database, "a secret", {Channel.EMAIL: FakeChannel()}
        )
    assert (off.surveys, list(off.routes)) == (None, [])
    assert on.surveys is not None
    assert [route.path for route in on.routes] == ["/rate/{conversation}"] * 2
