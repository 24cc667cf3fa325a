"""The control API of the Slack stand-in: act as a person, look at the state, steer the delivery."""

import base64
from collections.abc import Awaitable, Callable

from aiohttp import web
from yarl import URL

from sandbox.slack.delivery import MODES
from sandbox.slack.directory import BOT_USER, MANAGER, Installation
from sandbox.slack.errors import SlackError
from sandbox.slack.files import Files
from sandbox.slack.people import Asked, People, Slack
from sandbox.slack.request_url import RequestUrl
from sandbox.wire import BadRequestError, Record, is_number, optional, read_object, wanted

# What Slack's client would tell the person, for a page to show.
SENTENCES = {
    "dispatch_failed": "No app is connected to this Slack stand-in.",
    "operation_timeout": "The app did not answer within 3 seconds.",
    "no_such_action": "This control is not there, or no longer.",
    "not_found": "This dialog is no longer open.",
    "message_not_found": "This message is gone.",
    "invalid_response_action": "The app answered something Slack does not understand.",
    "invalid_arguments": "The app answered with a view that Slack refuses.",
    "unknown_command": "This is no command of an app in this workspace. Try /cockpit help.",
    "unknown_shortcut": "This is no shortcut of an app in this workspace.",
    "query_too_short": "Type some more letters.",
    "invalid_suggestions": "The app offers what Slack refuses.",
    "is_archived": "This Slack channel is archived.",
    "account_inactive": "This person was deactivated and is logged out.",
    "invalid_name": "This is no name of an emoji.",
    "already_reacted": "You have reacted so already.",
}

Deed = Callable[[Record], Awaitable[Record]]


class SlackControl:
    def __init__(
        self, slack: Slack, people: People, files: Files, request_url: RequestUrl, app: Installation
    ) -> None:
        self._slack, self._people, self._files, self._request_url = slack, people, files, request_url
        self._commands = app.commands

    def routes(self) -> list[web.RouteDef]:
        deeds = {
            "message": self._message,
            "edit": self._edit,
            "delete": self._delete,
            "reaction": self._reaction,
            "home": self._home,
            "click": self._click,
            "command": self._command,
            "submit": self._submit,
            "close": self._close,
            "suggest": self._suggest,
            "upload": self._upload,
            "shortcut": self._shortcut,
            "channel": self._change_channel,
            "person": self._change_person,
            "delivery": self._deliver_by,
        }
        posts = [web.post(f"/control/slack/{name}", _served(deed)) for name, deed in deeds.items()]
        return [
            *posts,
            web.get("/control/slack/state", self._state),
            web.get("/control/slack/log", self._log),
        ]

    async def _message(self, body: Record) -> Record:
        channel, user, text = wanted(body, "channel", "user", "text")
        message = self._people.write(channel, user, text, optional(body, "thread_ts"))
        return {"ts": message["ts"], "channel": channel}

    async def _edit(self, body: Record) -> Record:
        self._people.edit(*wanted(body, "channel", "ts", "user", "text"))
        return {}

    async def _delete(self, body: Record) -> Record:
        self._people.delete(*wanted(body, "channel", "ts", "user"))
        return {}

    async def _reaction(self, body: Record) -> Record:
        names = ("channel", "ts", "user", "reaction" if "reaction" in body else "name")
        self._people.react(*wanted(body, *names))
        return {}

    async def _home(self, body: Record) -> Record:
        return {"view": await self._people.open_home(*wanted(body, "user"))}

    async def _click(self, body: Record) -> Record:
        action_id, user = wanted(body, "action_id", "user")
        value, block_id = body.get("value"), optional(body, "block_id")
        if optional(body, "view_id"):
            values = _values(body) if body.get("values") is not None else {}
            return await self._people.press_on_view(body["view_id"], action_id, user, value, values, block_id)
        channel, ts = wanted(body, "channel", "ts")
        return await self._people.press_on_message(channel, ts, action_id, user, value, block_id)

    async def _command(self, body: Record) -> Record:
        channel, user, command = wanted(body, "channel", "user", "command")
        if not command.startswith("/"):
            raise BadRequestError("The field 'command' must begin with a slash.")
        if command not in self._commands:
            raise SlackError("unknown_command")
        return await self._people.command(channel, user, command, optional(body, "text") or "")

    async def _submit(self, body: Record) -> Record:
        view_id, user = wanted(body, "view_id", "user")
        return await self._people.submit(view_id, user, _values(body))

    async def _close(self, body: Record) -> Record:
        await self._people.close(*wanted(body, "view_id", "user"))
        return {}

    async def _suggest(self, body: Record) -> Record:
        """Type into a select: `{user, action_id, text, view_id | channel and ts}`; answers with what is offered."""
        user, action_id = wanted(body, "user", "action_id")
        view_id, typed = optional(body, "view_id") or "", optional(body, "text") or ""
        channel, ts = ("", "") if view_id else wanted(body, "channel", "ts")
        return await self._people.suggest(Asked(action_id, view_id, channel, ts), user, typed)

    async def _upload(self, body: Record) -> Record:
        """Pick a file for a file input: `{user, name, content}`, the content in Base64; answers with the file."""
        user, name, content = wanted(body, "user", "name", "content")
        try:
            octets = base64.b64decode(content, validate=True)
        except ValueError:
            raise BadRequestError("The field 'content' must be Base64.") from None
        return {"file": self._files.keep(name, octets, self._slack.workspace.user(user)["id"])}

    async def _shortcut(self, body: Record) -> Record:
        """Choose a shortcut: `{user, callback_id}`, on a message with `{channel, ts}`."""
        user, callback_id = wanted(body, "user", "callback_id")
        where = wanted(body, "channel", "ts") if body.get("ts") else ["", ""]
        return await self._people.shortcut(user, callback_id, *where)

    async def _change_channel(self, body: Record) -> Record:
        """Archive a Slack channel, put the app out of it, or undo that: `{channel, archived?, bot?}`."""
        workspace = self._slack.workspace
        channel = workspace.channel(*wanted(body, "channel"))
        archived, bot = _maybe(body, "archived"), _maybe(body, "bot")
        if bot is not None:
            (channel.members.add if bot else channel.members.discard)(BOT_USER)
        if archived is not None and archived != channel.is_archived:
            channel.is_archived = archived
            self._slack.happenings.archived(channel, MANAGER)
        workspace.keep_channel(channel)
        return {"channel": channel.public()}

    async def _change_person(self, body: Record) -> Record:
        """Deactivate somebody, or let them in again: `{user, deleted}`."""
        (user,) = wanted(body, "user")
        self._slack.workspace.deactivate(user, gone=bool(_maybe(body, "deleted")))
        return {"user": self._slack.workspace.user(user)}

    async def _deliver_by(self, body: Record) -> Record:
        mode, url = optional(body, "mode") or self._slack.delivery.mode, optional(body, "request_url")
        if mode not in MODES:
            raise BadRequestError(f"The field 'mode' must be one of {', '.join(MODES)}.")
        if url is not None:
            self._request_url.move(_http_url(url))
        self._slack.delivery.mode = mode
        return {"mode": mode, "request_url": self._request_url.url}

    async def _state(self, _request: web.Request) -> web.Response:
        workspace = self._slack.workspace
        messages = [
            {"channel": channel, **workspace.seen(channel, message, with_metadata=True)}
            for channel, posted in workspace.messages.items()
            for message in posted.values()
        ]
        state = {
            "channels": [
                {
                    "id": one.id,
                    "name": one.name or f"@{workspace.users[one.public()['user']]['name']}",
                    "is_im": one.is_im,
                    "is_archived": one.is_archived,
                    "has_app": BOT_USER in one.members,
                    "members": sorted(one.members),
                }
                for one in workspace.channels.values()
            ],
            "messages": [{"metadata": None, **message} for message in messages],
            "views": self._slack.views.all(),
            "ephemeral": workspace.ephemerals,
            "users": list(workspace.users.values()),
            "groups": list(workspace.groups.values()),
            "statuses": [
                {"channel": channel, "thread_ts": ts, "status": status}
                for (channel, ts), status in workspace.statuses.items()
            ],
        }
        return web.json_response(state)

    async def _log(self, request: web.Request) -> web.Response:
        after = request.query.get("after", "0")
        return web.json_response(self._slack.traffic.entries(int(after) if is_number(after) else 0))


def _served(deed: Deed) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        try:
            return web.json_response({"ok": True, **await deed(await read_object(request))})
        except SlackError as refusal:
            told = SENTENCES.get(refusal.error, refusal.error)
            return web.json_response({"message": told, **refusal.body()})

    return handle


def _values(body: Record) -> Record:
    values = body.get("values", {})
    if not isinstance(values, dict):
        raise BadRequestError("The field 'values' must be an object: block id, then action id, then value.")
    return values


def _maybe(body: Record, name: str) -> bool | None:
    value = body.get(name)
    if value is not None and not isinstance(value, bool):
        raise BadRequestError(f"The field {name!r} must be true or false.")
    return value


def _http_url(text: str) -> str:
    try:
        url = URL(text)
    except ValueError:
        url = URL()
    if url.scheme not in ("http", "https") or not url.host:
        raise BadRequestError("The field 'request_url' must be an http or https address.")
    return text
