"""Servers that several tests of web routes share."""

from collections.abc import AsyncIterator
from datetime import timedelta

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.core.model import Channel
from bot.core.policy import default_rules
from bot.core.ports.channels import OutboundChannel
from bot.core.sealing import OPEN
from bot.services.admission import Rate
from bot.services.calls import Calls
from bot.services.delivery import Deliveries
from bot.services.intake import Intake
from bot.services.review import Review
from bot.services.texting import Texting
from handlers.web.twilio import TwilioHooks
from handlers.web.twilio_calls import PhoneCalls
from handlers.web.twilio_recordings import RecordingLinks
from integrations.twilio.channel import Senders, TextChannel
from integrations.twilio.client import TwilioApi
from integrations.twilio.media import Media
from integrations.twilio.sentences import Tongues
from storage.database import open_database
from storage.signals import LocalSignals
from tests.fakes import FakeClock
from tests.handlers.web.twilio_edge import ACCOUNT, LANGUAGES, TOKEN, US, Edge


@pytest.fixture
async def edge() -> AsyncIterator[Edge]:
    clock = FakeClock()
    async with open_database("sqlite+aiosqlite://", LocalSignals(), clock, sealing=OPEN) as database:
        api = TwilioApi(ACCOUNT, TOKEN, "http://127.0.0.1:9")
        intake, links = Intake(database, clock), RecordingLinks(api, US, "secret", clock)
        channel: OutboundChannel = TextChannel(api, Senders("+442079460100", "+442079460100"), US, clock)
        deliveries = Deliveries(database, {Channel.SMS: channel}, clock, default_rules())
        review = Review(database, deliveries, clock, default_rules())
        rate = Rate(3, timedelta(minutes=1))
        calls = Calls(database, intake, rate=rate, ticks=clock.seconds)
        phone = PhoneCalls(
            calls, links, US, "Northwind", Tongues("en-GB", LANGUAGES, {"de": "Wir schreiben mit."})
        )
        texting = Texting(database, intake, clock, rate=rate)
        app = web.Application()
        app.add_routes(TwilioHooks(TOKEN, US, texting, Media(api, within=2.0), phone, deliveries).routes())
        app.add_routes(links.routes())
        async with TestServer(app) as server, aiohttp.ClientSession() as session:
            yield Edge(str(server.make_url("")).rstrip("/"), session, database, clock, links, review)
        await api.aclose()
