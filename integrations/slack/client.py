"""The Slack Web API as far as we use it: one method of ours per method of Slack, one place for its errors."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.core.errors import OutcomeUnknown, Refused, ThreadpilotError, Unavailable, Unreachable
from bot.core.ports.tally import Counted, Tally, uncounted
from integrations.slack.errors import DEFAULT_RETRY, BadToken, RateLimited, from_response
from integrations.slack.gate import FREE, PATIENCE_IN_LINE, Gate, Pace

Json = Mapping[str, Any]
PATIENCE = 10.0
UPLOAD_PATIENCE = 30.0
_PAGE = 200
_MOST_PAGES = 50

_FILES = frozenset({"files:write"})
_HISTORY = frozenset({"channels:history", "groups:history"})
_MEMBERS = frozenset({"channels:read", "groups:read"})
# No more than Slack grants in any minute (one post a second, 50 calls a minute): a refused call costs all a pause.
_POSTS = Pace(interval=1.0, burst=4, per_channel=True)
_CALLS = Pace(interval=1.25, burst=3)
_UPLOADS = Pace(interval=0.6, burst=10)
_READS = Pace(interval=1.25, burst=20)
_LONG = 600.0  # What an operator waits for.
_DESK = 20.0  # Seconds in line for what the desk shows: nobody holds a button pressed for it.


@dataclass(frozen=True)
class Method:
    """A method of the Web API: the bot scopes it needs, whether it only reads, and how often it is called.

    `patience` is how many seconds a call may wait for its turn, `is_form` that it takes no JSON.
    """

    scopes: frozenset[str] = frozenset()
    reads: bool = False
    pace: Pace = FREE
    patience: float = PATIENCE_IN_LINE
    is_form: bool = False


# Every method we call: `_call` knows no other, and the manifest is held against the scopes.
METHODS: Mapping[str, Method] = {
    "auth.test": Method(reads=True),
    "chat.delete": Method(frozenset({"chat:write"}), pace=_CALLS, patience=_LONG),
    "chat.postEphemeral": Method(frozenset({"chat:write"})),
    "chat.postMessage": Method(frozenset({"chat:write"}), pace=_POSTS, patience=_DESK),
    "chat.update": Method(frozenset({"chat:write"}), pace=_CALLS, patience=_DESK),
    "conversations.members": Method(_MEMBERS, reads=True),
    "conversations.history": Method(_HISTORY, reads=True, pace=_READS, patience=_DESK),
    "conversations.replies": Method(_HISTORY, reads=True, pace=_READS, patience=_DESK),
    "files.delete": Method(_FILES, pace=_CALLS, patience=_LONG),
    "files.completeUploadExternal": Method(_FILES, pace=_CALLS, patience=_DESK, is_form=True),
    "files.getUploadURLExternal": Method(_FILES, pace=_UPLOADS, patience=_DESK, is_form=True),
    "usergroups.users.list": Method(frozenset({"usergroups:read"}), reads=True),
    "users.info": Method(frozenset({"users:read"}), reads=True),
    "views.open": Method(),
    "views.publish": Method(),
    "views.push": Method(),
    "views.update": Method(),
}


# What the installed app has to have been granted, beside the scopes of the events it listens to.
SCOPES = frozenset({"commands"}).union(*(method.scopes for method in METHODS.values()))


@dataclass(frozen=True)
class Introduction:
    """Who Slack takes us for; `scopes` and `at` (Slack's clock) are None when it does not say."""

    user: str
    team: str
    scopes: frozenset[str] | None
    at: datetime | None


@dataclass(frozen=True)
class Upload:
    """A file to be shown; `alt` are words for those who cannot see it."""

    name: str
    content: bytes = field(repr=False)
    alt: str = ""


_NOT_INSTALLED = (
    "threadpilot is not installed in {where} (any more): open /slack/install{which} of its public address"
)

# These are seen by people, so that a repetition would be seen too.
_SEEN = frozenset({"chat.postMessage", "files.completeUploadExternal"})


@dataclass(frozen=True)
class OpenView:
    """A window that stands open: what is needed to change it, unless it changed by itself."""

    id: str
    hash: str


class SlackClient:
    """Speaks to one Slack workspace with the bot token, through a session that the app owns.

    `workspace` is the id of one beside the main one: Slack grants each as many calls as if there were no other.
    `installed` tells that the token came of an installation by OAuth, as every such workspace's does.
    """

    def __init__(
        self,
        token: str,
        base_url: str,
        session: aiohttp.ClientSession,
        gate: Gate | None = None,
        tally: Tally = uncounted,
        workspace: str = "",
        *,
        installed: bool = False,
    ) -> None:
        # No retries inside: a repeated post would stand twice, and the show lane repeats by itself.
        self.web = AsyncWebClient(token, base_url=base_url, session=session, retry_handlers=[])
        self._session = session
        self._gate = gate or Gate()
        self._tally = tally
        self._workspace_url = ""
        self._line = f"slack {workspace}".rstrip()
        self._refused = ""
        where, which = (f"Slack's {workspace}", f"?team={workspace}") if workspace else ("Slack", "")
        self._not_installed = _NOT_INSTALLED.format(where=where, which=which)
        by_oauth = f"the installation in {workspace or 'Slack'} (open /slack/install{which})"
        self._token_is = by_oauth if workspace or installed else "SLACK_BOT_TOKEN"

    @property
    def is_installed(self) -> bool:
        """Tell whether there is a token to speak with."""
        return bool(self.web.token)

    @property
    def is_refused(self) -> bool:
        """Tell whether Slack did not take our token when we last called."""
        return bool(self._refused) and self._refused == self.web.token

    def use(self, token: str) -> None:
        """Speak with this token from now on; with "" not at all."""
        if token != (self.web.token or ""):
            self.web.token, self._workspace_url, self._refused = token, "", ""

    async def auth_test(self) -> Json:
        answer = await self._call("auth.test")
        self._workspace_url = str(answer.get("url", ""))
        return answer

    async def introduce(self) -> Introduction:
        """Ask who we are and what we may do."""
        answer = await self._answer("auth.test", {})
        granted, date = answer.headers.get("x-oauth-scopes"), answer.headers.get("Date")
        scopes = None if granted is None else frozenset(filter(None, map(str.strip, granted.split(","))))
        told = _body(answer)
        return Introduction(
            str(told.get("user")),
            str(told.get("team")),
            scopes,
            parsedate_to_datetime(date) if date else None,
        )

    async def post(
        self,
        channel: str,
        text: str,
        blocks: Sequence[Json],
        *,
        thread_ts: str | None = None,
        metadata: Json | None = None,
    ) -> str:
        """Post a message and return its ts.

        Raises:
            Unavailable: it does not stand there; try again after `retry_after`.
            Refused: Slack will not have it.
            OutcomeUnknown: it may stand there.
        """
        answer = await self._call(
            "chat.postMessage",
            channel=channel,
            text=text,
            blocks=list(blocks),
            thread_ts=thread_ts,
            metadata=metadata,
            unfurl_links=False,
            unfurl_media=False,
        )
        return str(answer["ts"])

    async def update(
        self, channel: str, ts: str, text: str, blocks: Sequence[Json], *, metadata: Json | None = None
    ) -> None:
        """Change a message. Raises Gone when it cannot be changed, so that it may be posted anew."""
        await self._call(
            "chat.update", channel=channel, ts=ts, text=text, blocks=list(blocks), metadata=metadata
        )

    async def delete(self, channel: str, ts: str) -> None:
        """Delete a message of ours. Raises Gone when it is not there any more."""
        await self._call("chat.delete", channel=channel, ts=ts)

    async def delete_file(self, channel: str, thread_ts: str, file: str) -> None:
        """Delete a file of ours, and the message in a thread that shows it. Raises Gone when it is not there."""
        async for message in self.history(channel, oldest="0", thread_ts=thread_ts):
            if any(one.get("id") == file for one in message.get("files") or ()):
                await self.delete(channel, str(message["ts"]))
        await self._call("files.delete", file=file)

    async def upload(
        self, channel: str, text: str, files: Sequence[Upload], *, thread_ts: str | None = None
    ) -> str:
        """Show files in one message and return the id of the first; Slack does not say the message's ts.

        https://docs.slack.dev/messaging/working-with-files: a place for each, the content to it, then all at once.
        Raises as `post`.
        """
        shown = []
        for file in files:
            place = await self._call(
                "files.getUploadURLExternal",
                filename=file.name,
                length=str(len(file.content)),
                alt_txt=file.alt or None,
            )
            await self._hand_over(str(place["upload_url"]), file.content)
            shown.append({"id": str(place["file_id"]), "title": file.name})
        await self._call(
            "files.completeUploadExternal",
            files=json.dumps(shown),
            channel_id=channel,
            thread_ts=thread_ts,
            initial_comment=text,
        )
        return shown[0]["id"]

    async def tell(self, user: str, text: str) -> None:
        """Say something to one user, in their messages with the app. Raises as `post`."""
        await self._call("chat.postMessage", channel=user, text=text)

    async def give(self, user: str, text: str, file: Upload) -> None:
        """Give one user a file, in their messages with the app. Raises as `post`."""
        told = await self._call("chat.postMessage", channel=user, text=text)
        await self.upload(str(told["channel"]), file.name, [file], thread_ts=str(told["ts"]))

    async def _hand_over(self, place: str, content: bytes) -> None:
        try:
            timeout = aiohttp.ClientTimeout(total=UPLOAD_PATIENCE)
            async with self._session.post(place, data=content, timeout=timeout) as response:
                if response.status >= 500:
                    raise Unavailable(f"Slack did not take a file (HTTP {response.status})")
                if response.status != 200:
                    raise Refused(f"Slack did not take a file (HTTP {response.status})")
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unavailable("Slack did not take a file", retry_after=DEFAULT_RETRY) from error

    async def whisper(self, channel: str, user: str, text: str, thread_ts: str | None = None) -> None:
        """Say something that one user alone sees."""
        await self._call("chat.postEphemeral", channel=channel, user=user, text=text, thread_ts=thread_ts)

    async def open_view(self, trigger_id: str, view: Json) -> OpenView:
        opened = (await self._call("views.open", trigger_id=trigger_id, view=view))["view"]
        return OpenView(str(opened["id"]), str(opened.get("hash", "")))

    async def push_view(self, trigger_id: str, view: Json) -> None:
        """Show a window on top of the one that stands open."""
        await self._call("views.push", trigger_id=trigger_id, view=view)

    async def update_view(self, opened: OpenView, view: Json) -> None:
        await self._call("views.update", view_id=opened.id, hash=opened.hash or None, view=view)

    async def publish_home(self, user: str, view: Json) -> None:
        await self._call("views.publish", user_id=user, view=view)

    async def link_to(self, channel: str, ts: str) -> str:
        """Return the link to a message, as Slack makes it: nothing is asked but, once, where the workspace is."""
        if not self._workspace_url:
            await self.auth_test()
        return f"{self._workspace_url}archives/{channel}/p{ts.replace('.', '')}"

    async def group_members(self, group: str) -> frozenset[str]:
        answer = await self._call("usergroups.users.list", usergroup=group)
        return frozenset(str(user) for user in answer.get("users", ()))

    async def channel_members(self, channel: str) -> frozenset[str]:
        """Return the members of a Slack channel that we are in."""
        found: set[str] = set()
        cursor = ""
        for _ in range(_MOST_PAGES):
            page = await self._call(
                "conversations.members", channel=channel, limit=_PAGE, cursor=cursor or None
            )
            found.update(map(str, page.get("members", ())))
            cursor = str((page.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                break
        return frozenset(found)

    async def user(self, user: str) -> Json:
        """Return somebody's account. Raises Gone for one that Slack does not know."""
        return dict((await self._call("users.info", user=user)).get("user") or {})

    async def history(
        self, channel: str, *, oldest: str, thread_ts: str | None = None
    ) -> AsyncIterator[Json]:
        """Walk through the messages of a Slack channel, or of one thread, with their metadata."""
        method = "conversations.replies" if thread_ts else "conversations.history"
        cursor = ""
        for _ in range(_MOST_PAGES):
            page = await self._call(
                method,
                channel=channel,
                ts=thread_ts,
                oldest=oldest,
                inclusive=True,
                include_all_metadata=True,
                limit=_PAGE,
                cursor=cursor or None,
            )
            for message in page.get("messages", ()):
                yield message
            cursor = str((page.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                return
        raise Unavailable("Slack's history is too long to look through", retry_after=60.0)

    async def look_into(self, channel: str) -> None:
        """See that we are let into a Slack channel. Raises ChannelClosed where we are not."""
        await self._call("conversations.history", channel=channel, limit=1)

    async def _call(self, method: str, **given: Any) -> Json:
        return _body(await self._answer(method, {k: v for k, v in given.items() if v is not None}))

    async def _answer(self, method: str, args: Json) -> AsyncSlackResponse:
        pace = METHODS[method].pace
        line = f"{self._line}:{method}" + (f":{args['channel']}" if pace.per_channel else "")
        await self._gate.turn(line, pace, METHODS[method].patience)
        token = self.web.token or ""
        try:
            answer = await self._ask(method, args)
        except ThreadpilotError as error:
            if isinstance(error, RateLimited):
                await self._gate.close(line, pace, error.wait)
            if isinstance(error, BadToken):
                self._refused = token
            self._tally(Counted.SLACK_CALL, method, _outcome(error))
            raise
        self._refused = ""
        self._tally(Counted.SLACK_CALL, method, "ok")
        return answer

    async def _ask(self, method: str, args: Json) -> AsyncSlackResponse:
        if not self.web.token:
            raise Unreachable(self._not_installed, retry_after=DEFAULT_RETRY)
        posting = method in _SEEN
        try:
            async with asyncio.timeout(PATIENCE):
                if METHODS[method].reads:
                    return await self.web.api_call(method, http_verb="GET", params=dict(args))
                if METHODS[method].is_form:
                    return await self.web.api_call(method, data=dict(args))
                return await self.web.api_call(method, json=dict(args))
        except SlackApiError as error:
            raise from_response(error, posting=posting, setting=self._token_is) from error
        except aiohttp.ClientConnectorError as error:
            raise Unreachable("Slack cannot be reached", retry_after=DEFAULT_RETRY) from error
        except (aiohttp.ClientError, SlackClientError, TimeoutError) as error:
            if posting:
                raise OutcomeUnknown("The connection to Slack broke while posting") from error
            raise Unavailable("Slack did not answer", retry_after=DEFAULT_RETRY) from error


def _outcome(error: ThreadpilotError) -> str:
    """Name how a call failed, for whoever counts."""
    if isinstance(error, RateLimited):
        return "limited"
    return "refused" if isinstance(error, Refused) else "failed"


def _body(answer: AsyncSlackResponse) -> Json:
    return answer.data if isinstance(answer.data, dict) else {}
