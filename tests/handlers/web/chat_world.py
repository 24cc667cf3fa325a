"""A running chat for tests: a real server on this machine, the real database, and faults on demand."""

import asyncio
import itertools
import json
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from hashlib import sha256

import aiohttp
from aiohttp import WSMsgType, web

from bot.core.errors import InvalidInput, Unavailable
from bot.core.model import Channel, Sender, Status
from bot.core.ports.channels import Outgoing
from bot.core.sealing import OPEN
from bot.services.admission import ChatLimits
from bot.services.announcing import topic_of
from bot.services.chat import ChatChannel, ChatRules, ChatService, NoSession
from bot.services.intake import Intake
from bot.services.transitions import move
from handlers.web.chat import add_chat
from storage.database import open_database, utc_now
from storage.signals import LocalSignals
from tests import builders
from tests.waiting import PATIENCE

SHOP = "https://shop.example"
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class ShakyIntake(Intake):
    """Stores everything, or nothing while it is `down`."""

    down = False

    async def receive(self, inbound, also=None):
        if self.down:
            raise Unavailable("The database failed")
        return await super().receive(inbound, also)


class ShakyService(ChatService):
    """Does what chats suffer from, when told to."""

    def __init__(self, *ports, **options):
        super().__init__(*ports, **options)
        self.visits = []
        self.sockets = []
        self.over = self.down = self.drop_next = self.refuse_next = self.no_sockets = False
        self.forgotten = set()

    async def open_session(self, visitor_token="", *, client="", identity=None):
        visit = await super().open_session(visitor_token, client=client, identity=identity)
        self.visits.append(visit)
        return visit

    async def cursor(self, session):
        if session in self.forgotten:
            raise NoSession("This chat session is over.")
        return await super().cursor(session)

    async def receive(self, session, cid, text, *, wants_human=False, client="", file=None):
        if self.refuse_next:
            self.refuse_next = False
            raise InvalidInput("This cannot be used.")
        if session in self.forgotten:
            raise NoSession("This chat session is over.")
        seq = await super().receive(session, cid, text, wants_human=wants_human, client=client, file=file)
        if self.drop_next:
            self.drop_next = False
            self.drop_sockets()
        return seq

    async def events_after(self, session, seq, limit=200):
        if self.over:
            raise NoSession("This chat session is over.")
        if self.down:
            raise Unavailable("The database failed")
        return await super().events_after(session, seq, limit)

    def drop_sockets(self):
        """Cut every connection, as a bad network does."""
        for request in self.sockets:
            if request.transport is not None:
                request.transport.abort()

    @web.middleware
    async def watch(self, request, handler):
        if request.path == "/chat/v1/ws":
            if self.no_sockets:  # As behind some proxies.
                raise web.HTTPBadGateway
            self.sockets.append(request)
        return await handler(request)


class World:
    """A running server, the database behind it, and our side of the conversation."""

    def __init__(self, database, runner, intake, service):
        self.database = database
        self.runner = runner
        self.service = service
        self.intake = intake
        self.numbers = itertools.count(1)

    def url(self, path):
        return address(self.runner) + path

    async def conversation(self, session):
        async with self.database.snapshot() as tx:
            visitor = (await tx.chat.session(session_hash(session), since=LONG_AGO)).visitor
            return await tx.conversations.open_for(Channel.CHAT, visitor)

    async def answer(self, session, text, sender=Sender.AI, sources=()):
        """Answer the visitor as delivery would."""
        conversation = await self.conversation(session)
        number = next(self.numbers)
        draft = builders.draft(
            id=f"draft{number}",
            conversation_id=conversation.id,
            version=number,
            proposal=builders.proposal(text=text, sources=sources),
        )
        async with self.database.transaction() as tx:
            await tx.drafts.add(draft)
        delivery = builders.delivery(
            id=f"delivery{number}",
            conversation_id=conversation.id,
            channel=Channel.CHAT,
            address=conversation.address,
            draft_id=draft.id,
            text=text,
            sender=sender,
        )
        async with self.database.transaction() as tx:
            await ChatChannel(utc_now).send_within(tx, Outgoing(delivery, conversation, "", ""))

    async def unseen(self, session):
        """Return the numbers of the answers this visitor did not fetch."""
        conversation = await self.conversation(session)
        async with self.database.snapshot() as tx:
            return [one.seq for one in await tx.chat.unseen([conversation.address])]

    async def hand_over(self, session, status):
        conversation = await self.conversation(session)
        async with self.database.transaction() as tx:
            await move(tx, conversation, status, utc_now())

    async def close(self, session):
        """Resolve the conversation, as an agent does."""
        await self.hand_over(session, Status.RESOLVED)

    async def fill(self, session, answers, *, tell=True):
        """Append many answers at once."""
        async with self.database.transaction() as tx:
            visitor = (await tx.chat.session(session_hash(session), since=LONG_AGO)).visitor
            for number, text in enumerate(answers):
                said = {"sender": "ai", "text": text}
                await tx.chat.append(visitor, "message", said, key=f"fill:{number}", at=utc_now())
            if tell:
                tx.publish(topic_of(visitor))

    async def stored(self, session):
        """Return what the customer said, as the conversation has it."""
        conversation = await self.conversation(session)
        async with self.database.snapshot() as tx:
            case = await tx.conversations.case(conversation.id)
        return [message.content for message in case.messages]

    async def post(self, path, json=None, **options):
        async with (
            aiohttp.ClientSession() as http,
            http.post(self.url(path), json=json, **options) as response,
        ):
            return response.status, await response.json()

    async def get(self, path, **options):
        async with aiohttp.ClientSession() as http, http.get(self.url(path), **options) as response:
            return response.status, await response.json()

    async def visit(self, **body):
        status, opened = await self.post("/chat/v1/session", body)
        assert status == 200
        return opened

    @asynccontextmanager
    async def tab(self, session, after=0, **options):
        """Open a socket and say hello."""
        async with self.socket(**options) as tab:
            await tab.say(type="hello", session=session, after=after)
            tab.cursor = (await tab.next("welcome"))["cursor"]
            yield tab

    @asynccontextmanager
    async def socket(self, **options):
        url = self.url("/chat/v1/ws")
        async with aiohttp.ClientSession() as http, http.ws_connect(url, **options) as ws:
            yield Tab(ws, http)


class Tab:
    """One page's socket."""

    def __init__(self, ws, http):
        self.ws = ws
        self._http = http
        self.got = []

    async def say(self, **frame):
        await self.ws.send_json(frame)

    async def next(self, kind):
        """Return the next frame of a type; those before it are in `got`."""
        async with asyncio.timeout(PATIENCE):
            while True:
                frame = json.loads((await self.ws.receive()).data)
                self.got.append(frame)
                if frame["type"] == kind:
                    return frame

    async def events(self, count):
        return [await self.next("event") for _ in range(count)]

    async def quiet(self):
        """Return the frames that come before the answer to a ping: all there were."""
        seen = len(self.got)
        await self.say(type="ping")
        await self.next("pong")
        return self.got[seen:-1]

    async def closed(self):
        """Return the close code, once the server closes."""
        async with asyncio.timeout(PATIENCE):
            while (message := await self.ws.receive()).type is WSMsgType.TEXT:
                self.got.append(json.loads(message.data))
        return self.ws.close_code

    async def vanish(self):
        """Drop the connection without a word."""
        await self._http.close()


def session_hash(token):
    return sha256(token.encode()).hexdigest()


def texts(events):
    return [event["text"] for event in events if event["kind"] == "message"]


@asynccontextmanager
async def serving(app):
    """Serve as the app does. (aiohttp's TestServer cancels handlers whose client is gone; a real one does not.)"""
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield runner
    finally:
        await runner.cleanup()


def address(runner):
    host, port = runner.addresses[0]
    return f"http://{host}:{port}"


@asynccontextmanager
async def running(origins=(), limits=ChatLimits(), rules=ChatRules(), **options):  # noqa: B008
    signals = LocalSignals()
    async with open_database("sqlite+aiosqlite://", signals, sealing=OPEN) as database:
        intake = ShakyIntake(database, utc_now)
        service = ShakyService(database, intake, signals, utc_now, limits=limits, rules=rules)
        app = web.Application(middlewares=[service.watch])
        add_chat(app, service, allowed_origins=[SHOP, *origins], **options)
        async with serving(app) as runner:
            yield World(database, runner, intake, service)


def bearer(visit):
    return {"Authorization": f"Bearer {visit['session']}"}
