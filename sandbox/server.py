"""The sandbox: the far side of the app in one process, and the contract that tells the app where it is."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import aiohttp
from aiohttp import web

from sandbox import demo_company
from sandbox.changes import Changes
from sandbox.control import Control
from sandbox.day.control import DayControl
from sandbox.day.lines import World
from sandbox.day.play import Day, DayOptions, Workplace
from sandbox.guard import errors_as_sentences, loopback, same_machine
from sandbox.journal import Journal
from sandbox.mail import MailSink
from sandbox.model import Model
from sandbox.page_files import page_routes
from sandbox.salesforce.service import SalesforceService
from sandbox.slack import directory
from sandbox.slack.delivery import Timing
from sandbox.slack.service import Line, SlackService
from sandbox.twilio import NUMBER
from sandbox.twilio.service import TwilioService
from sandbox.weather import Sky
from sandbox.wire import Record
from sandbox.zendesk.service import ZendeskService

SUPPORT = "support@northwind.example"
BRAND = "Northwind"
BODY_MAX = 12_000_000
SOUTH = "/southwind"  # Before the paths of the second workspace.


@dataclass(frozen=True)
class SandboxConfig:
    host: str = "127.0.0.1"
    port: int = 8481
    state_dir: Path | None = None
    request_url: str = "http://127.0.0.1:8480/slack/events"
    app_http: str = "127.0.0.1:8480"
    smtp_listen: str = "127.0.0.1:2525"
    sink_port: int = 0
    timing: Timing = field(default_factory=Timing)
    app: directory.Installation = directory.THREADPILOT


class Sandbox:
    def __init__(self, config: SandboxConfig | None = None) -> None:
        self.config = config or SandboxConfig()
        loopback(self.config.host)
        self._changes = Changes()
        self._journal = Journal(self.config.state_dir)
        self._scratch: TemporaryDirectory[str] | None = None
        self._articles = demo_company.ARTICLES
        self.sky = Sky()
        line = Line(self._journal, self.sky, self.config.timing, self.config.request_url)
        self.southwind = self._workspace(line, directory.southwind(), SOUTH)
        self.slack = self._workspace(line, directory.northwind(), "", self.southwind)
        self.sink = MailSink(self._journal, self.sky, partial(self._changes.mark, "mail"))
        app = f"http://{self.config.app_http}"
        self.twilio = TwilioService(self._journal, self.sky, partial(self._changes.mark, "phone"), app)
        self.salesforce = SalesforceService(self._journal, self.sky, partial(self._changes.mark, "crm"))
        self.zendesk = ZendeskService(
            self._journal,
            self.sky,
            partial(self._changes.mark, "crm"),
            lambda: self.url,
            app,
            demo_company.customers(),
        )
        self.day = DayControl(self._new_day, partial(self._changes.mark, "day"))
        self._runner: web.AppRunner | None = None

    def _workspace(
        self, line: Line, world: directory.World, prefix: str, *others: SlackService
    ) -> SlackService:
        """Return a Slack workspace; the first one has the app from the beginning, and its people use the page."""
        app = self.config.app
        return SlackService(
            self._journal.part(prefix) if prefix else self._journal,
            self.sky,
            self.config.timing,
            partial(self._changes.mark, "slack"),
            lambda: f"{self.url}{prefix}",
            line,
            app,
            world,
            {} if prefix else directory.grants(app),
            others,
        )

    @property
    def url(self) -> str:
        if self._runner is None or not self._runner.addresses:
            raise RuntimeError("The sandbox has not been started.")
        host = f"[{self.config.host}]" if ":" in self.config.host else self.config.host
        return f"http://{host}:{self._runner.addresses[0][1]}"

    @property
    def slack_api(self) -> str:
        return f"{self.url}/slack/api/"

    @property
    def smtp_port(self) -> int:
        return self.sink.port

    async def start(self) -> None:
        folder = self.config.state_dir
        if folder is None:
            self._scratch = TemporaryDirectory(prefix="threadpilot-")
            folder = Path(self._scratch.name)
        self._articles = demo_company.articles_in(folder)
        try:
            await self.sink.start(self.config.host, self.config.sink_port)
            self._runner = web.AppRunner(
                self._app(), access_log=None, shutdown_timeout=1, handler_cancellation=True
            )
            await self._runner.setup()
            await web.TCPSite(self._runner, self.config.host, self.config.port).start()
        except OSError:
            await self.stop()
            raise
        self.slack.delivery.resume()

    async def stop(self) -> None:
        self._changes.close()
        await self.day.close()
        await self.slack.close()
        await self.twilio.close()
        await self.zendesk.close()
        await self.sink.stop()
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()
        self._journal.close()
        if self._scratch is not None:
            self._scratch.cleanup()

    def _app(self) -> web.Application:
        weather_changed = partial(self._changes.mark, "weather")
        control = Control(
            self.sky, self.sink, self.slack, self.config.smtp_listen, self._info, weather_changed
        )
        app = web.Application(middlewares=[same_machine, errors_as_sentences], client_max_size=BODY_MAX)
        app.add_routes([*self.slack.routes(), *control.routes(), *Model(self.sky).routes()])
        app.add_routes(_beneath(SOUTH, self.southwind.own_routes()))
        app.add_routes([*self.twilio.routes(), *self.salesforce.routes(), *self.zendesk.routes()])
        app.add_routes(self.day.routes())
        app.add_routes([web.get("/control/stream", self._changes.stream), *page_routes(self.config.app_http)])
        return app

    def _new_day(self, options: DayOptions) -> Day:
        slack = self.slack
        return Day(options, Workplace(slack.people, slack.workspace, slack.traffic), self._world)

    def _world(self, http: aiohttp.ClientSession) -> World:
        host, _, port = self.config.smtp_listen.rpartition(":")
        return World(
            http,
            self.sink,
            self.twilio.state,
            self.twilio.customers,
            self.zendesk,
            f"http://{self.config.app_http}",
            (host, int(port)),
            SUPPORT,
        )

    def contract(self) -> Record:
        """Return what `threadpilot sandbox --json` prints: where everything is, and the app's environment."""
        return {
            "sandbox": self.url,
            "slack_api": self.slack_api,
            "slack_token": directory.READER_TOKEN,
            "support": SUPPORT,
            "env": self._environment(),
            "channels": dict(directory.SUPPORT_CHANNELS),
            "agent": directory.AGENT,
            "manager": directory.MANAGER,
        }

    def _environment(self) -> dict[str, str]:
        channels = {**directory.SUPPORT_CHANNELS, "*": directory.OTHER}
        return {
            "SLACK_API_URL": self.slack_api,
            "SLACK_BOT_TOKEN": directory.BOT_TOKEN,
            "SLACK_APP_TOKEN": directory.APP_TOKEN,
            "SLACK_SIGNING_SECRET": directory.SIGNING_SECRET,
            "SLACK_CHANNELS": ",".join(f"{name}={channel}" for name, channel in channels.items()),
            "SLACK_ESCALATION_CHANNEL": directory.ESCALATIONS,
            "SLACK_ANNOUNCE_CHANNEL": directory.NEWS,
            "SLACK_MANAGERS": f"{directory.MANAGER},{directory.MANAGERS_GROUP}",
            "SMTP_URL": f"smtp://{self.config.host}:{self.smtp_port}",
            "SUPPORT_ADDRESS": SUPPORT,
            "SMTP_LISTEN": self.config.smtp_listen,
            "THREADPILOT_HTTP": self.config.app_http,
            "THREADPILOT_MODE": "auto",
            "KNOWLEDGE_DIR": str(self._articles),
            "MACROS_DIR": str(demo_company.MACROS),
            "BRAND_NAME": BRAND,
            "CHAT_ORIGINS": ",".join(self._origins()),
            **self.twilio.environment(self.url),
            **self.salesforce.environment(self.url),
            **self.zendesk.environment(self.url),
        }

    def _origins(self) -> list[str]:
        """Return the names under which a browser may have opened the page that frames the chat."""
        port = self.url.rpartition(":")[2]
        return [f"http://{name}:{port}" for name in ("127.0.0.1", "localhost")]

    def _info(self) -> Record:
        workspace = self.slack.workspace
        return {
            "support": SUPPORT,
            "number": NUMBER,
            "app_url": f"http://{self.config.app_http}",
            "channels": dict(directory.SUPPORT_CHANNELS),
            "agent": directory.AGENT,
            "manager": directory.MANAGER,
            "guest": directory.GUEST,
            "commands": [
                {"command": command, "hint": self.config.app.hint}
                for command in sorted(self.config.app.commands)
            ],
            "shortcuts": [asdict(shortcut) for shortcut in self.config.app.shortcuts],
            "users": [user for user in workspace.users.values() if not user["is_bot"]],
        }


def _beneath(prefix: str, routes: Iterable[web.RouteDef]) -> list[web.RouteDef]:
    return [web.route(one.method, prefix + one.path, one.handler, **one.kwargs) for one in routes]


async def serve(config: SandboxConfig, ready: Callable[[Sandbox], None] | None = None) -> None:
    """Run a sandbox until this task is cancelled; `ready` is called once it can be used."""
    sandbox = Sandbox(config)
    await sandbox.start()
    try:
        if ready is not None:
            ready(sandbox)
        await asyncio.Event().wait()
    finally:
        await sandbox.stop()
