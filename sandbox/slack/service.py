"""The whole Slack stand-in put together: the state of a workspace, its methods as one table, its routes."""

from collections.abc import Callable, Sequence

from aiohttp import web

from sandbox.journal import Journal, Part
from sandbox.slack.chat import Chat
from sandbox.slack.control import SlackControl
from sandbox.slack.delivery import Delivery, Timing
from sandbox.slack.directory import Grant, Installation, Team, World
from sandbox.slack.errors import SlackError
from sandbox.slack.files import Files
from sandbox.slack.happenings import Happenings
from sandbox.slack.lookups import Lookups
from sandbox.slack.method import Call, Method
from sandbox.slack.oauth import OAuth
from sandbox.slack.people import People, Slack
from sandbox.slack.rates import RateLimits
from sandbox.slack.request_url import RequestUrl
from sandbox.slack.responses import Responses
from sandbox.slack.schedule import Schedule
from sandbox.slack.sockets import Sockets
from sandbox.slack.streams import Streams
from sandbox.slack.traffic import Traffic
from sandbox.slack.triggers import Triggers
from sandbox.slack.validate import block_problems, decoded
from sandbox.slack.view_methods import ViewMethods
from sandbox.slack.views import Views
from sandbox.slack.web_api import WebApi
from sandbox.slack.workspace import Workspace
from sandbox.weather import Sky
from sandbox.wire import Record

WRITE, REACT, UPLOAD = ("chat:write",), ("reactions:write",), ("files:write",)
SEE = ("channels:read", "groups:read", "im:read", "mpim:read")
READ = ("channels:history", "groups:history", "im:history", "mpim:history")
PEOPLE, EMAILS, GROUPS = ("users:read",), ("users:read.email",), ("usergroups:read",)


class Line:
    """What the app has with Slack, whichever workspaces it is installed in."""

    def __init__(self, journal: Journal, sky: Sky, timing: Timing, request_url: str) -> None:
        self.traffic = Traffic(timing.now)
        self.sockets = Sockets(self.traffic, sky, timing.ack, timing.ping)
        self.request_url = RequestUrl(request_url, self.traffic, timing.ack, timing.now)
        self.delivery = Delivery(journal, sky, self.traffic, self.sockets, self.request_url, timing)


class SlackService:
    def __init__(
        self,
        journal: Journal | Part,
        sky: Sky,
        timing: Timing,
        changed: Callable[[], None],
        url: Callable[[], str],
        line: Line,
        app: Installation,
        world: World,
        granted: dict[str, Grant],
        others: "Sequence[SlackService]" = (),
    ) -> None:
        """Play one workspace; the first of them has the `others` behind the same Web API."""
        self._grants, self._app, self._others = granted, app, others
        self._sky, self._url = sky, url
        self.traffic, self.sockets = line.traffic, line.sockets
        self.request_url, self.delivery = line.request_url, line.delivery
        self.workspace = Workspace(journal, timing.now, changed, world)
        self._rates = RateLimits(timing.now)
        happenings = Happenings(self.workspace, self.delivery, app.events)
        self._chat = Chat(self.workspace, happenings, self._rates)
        views = Views(journal, timing.now, changed, world.team.id)
        self.triggers = triggers = Triggers(timing.now, timing.trigger)
        self._view_methods = ViewMethods(views, triggers, self.workspace)
        self._responses = Responses(self.workspace, self._chat, self.traffic, timing.now, url)
        self._files = Files(self.workspace, self._chat, url, timing.now)
        parts = Slack(
            self.workspace,
            views,
            triggers,
            self.delivery,
            happenings,
            self._chat,
            self._responses,
            self.traffic,
            timing,
            app.shortcuts,
        )
        self.oauth = OAuth(app, {one.workspace.team.id: one.install for one in (self, *others)})
        self._streams = Streams(self.workspace, self._chat, self._rates)
        self._schedule = Schedule(self._chat, timing.now)
        self.people = People(parts)
        self._control = SlackControl(parts, self.people, self._files, self.request_url, app)

    def install(self) -> Team:
        """Let the app in, as when somebody installs it; return the workspace."""
        team = self.workspace.team
        self._grants[team.token] = Grant("bot", self._app.scopes)
        return team

    def remove_app(self) -> None:
        """Let the app's token be worth nothing any more, as when somebody removes the app."""
        self._grants.pop(self.workspace.team.token, None)

    def api(self) -> WebApi:
        others = [one.api() for one in self._others]
        return WebApi(self.methods(), self._grants, self._rates, self.traffic, self._sky, others)

    def routes(self) -> list[web.RouteDef]:
        return [
            *self.oauth.routes(),
            web.route("*", "/slack/api/{method}", self.api().handle),
            web.get("/slack/socket", self._socket),
            *self.own_routes(),
        ]

    def own_routes(self) -> list[web.RouteDef]:
        """Return the routes that each workspace has: what people do there, and where its files are."""
        return [
            web.post("/slack/respond/{key}", self._responses.handle),
            web.post("/slack/files/{file}", self._files.receive),
            web.get("/slack/files/{file}", self._files.show),
            *self._control.routes(),
        ]

    def methods(self) -> dict[str, Method]:
        chat, see, views, files = self._chat, Lookups(self.workspace), self._view_methods, self._files
        streams, schedule = self._streams, self._schedule
        return {
            "apps.connections.open": Method(self._open_connection, ("connections:write",), 4, by="app"),
            "assistant.threads.setStatus": Method(chat.set_status, WRITE, 3),
            "auth.test": Method(see.auth_test, (), 0, reads=True),
            "blocks.validate": Method(_validate_blocks, (), 4, reads=True),
            "bots.info": Method(see.bots_info, PEOPLE, 3, reads=True),
            "chat.appendStream": Method(streams.append, WRITE, 4),
            "chat.delete": Method(chat.delete, WRITE, 3),
            "chat.deleteScheduledMessage": Method(schedule.cancel, WRITE, 3),
            "chat.getPermalink": Method(chat.get_permalink, (), 0, reads=True),
            "chat.meMessage": Method(chat.me_message, WRITE, 3),
            "chat.postEphemeral": Method(chat.post_ephemeral, WRITE, 4),
            "chat.postMessage": Method(chat.post_message, WRITE, 0),
            "chat.scheduleMessage": Method(schedule.add, WRITE, 3),
            "chat.scheduledMessages.list": Method(schedule.show, (), 3, reads=True),
            "chat.startStream": Method(streams.start, WRITE, 2),
            "chat.stopStream": Method(streams.stop, WRITE, 2),
            "chat.update": Method(chat.update, WRITE, 3),
            "conversations.history": Method(see.history, READ, 3, reads=True),
            "conversations.info": Method(see.channel_info, SEE, 3, reads=True),
            "conversations.join": Method(see.join_channel, ("channels:join", "channels:read"), 3),
            "conversations.list": Method(see.list_channels, SEE, 2, reads=True),
            "conversations.members": Method(see.members, SEE, 4, reads=True),
            "conversations.open": Method(see.open_channel, ("im:write",), 3),
            "conversations.replies": Method(see.replies, READ, 3, reads=True),
            "files.completeUploadExternal": Method(files.complete, UPLOAD, 4),
            "files.delete": Method(files.delete, UPLOAD, 3),
            "files.getUploadURLExternal": Method(files.upload_url, UPLOAD, 4),
            "reactions.add": Method(chat.add_reaction, REACT, 3),
            "reactions.remove": Method(chat.remove_reaction, REACT, 2),
            "team.info": Method(see.team_info, ("team:read",), 3, reads=True),
            "usergroups.list": Method(see.groups, GROUPS, 2, reads=True),
            "usergroups.users.list": Method(see.group_users, GROUPS, 2, reads=True),
            "users.conversations": Method(see.channels_of, SEE, 3, reads=True),
            "users.getPresence": Method(see.presence, PEOPLE, 3, reads=True),
            "users.info": Method(see.user_info, PEOPLE, 4, reads=True),
            "users.list": Method(see.list_users, PEOPLE, 2, reads=True),
            "users.lookupByEmail": Method(see.by_email, EMAILS, 3, reads=True),
            "views.open": Method(views.open, (), 4),
            "views.publish": Method(views.publish, (), 4),
            "views.push": Method(views.push, (), 4),
            "views.update": Method(views.update, (), 4),
        }

    async def heed_weather(self) -> None:
        """Part with the open sockets when the new weather says so."""
        weather = self._sky.over("slack")
        if weather.down:
            await self.sockets.part_all("link_disabled")
        elif weather.disconnect:
            reason = weather.disconnect if isinstance(weather.disconnect, str) else "refresh_requested"
            await self.sockets.part_all(reason)

    async def close(self) -> None:
        await self._schedule.close()
        await self.delivery.close()
        await self.sockets.part_all("refresh_requested")

    def _open_connection(self, _call: Call) -> Record:
        return {
            "ok": True,
            "url": f"{self._url().replace('http', 'ws', 1)}/slack/socket?ticket={self.sockets.ticket()}",
        }

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        if self._sky.over("slack").down:
            return web.json_response({"ok": False, "error": "service_unavailable"}, status=503)
        return await self.sockets.serve(request)


def _validate_blocks(call: Call) -> Record:
    """Judge blocks without posting them; the surface is that of a message."""
    blocks = decoded(call.args.get("blocks"), "invalid_blocks_format")
    if not isinstance(blocks, list):
        raise SlackError("invalid_arguments")
    problems = block_problems(blocks, "message")
    return {"ok": True, "errors": [{"code": "invalid_blocks", "message": problem} for problem in problems]}
