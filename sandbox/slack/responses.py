"""response_url: the right to answer an interaction up to five times within half an hour."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web

from sandbox.slack.chat import Chat, said_by_app
from sandbox.slack.directory import BOT, BOT_USER, Channel
from sandbox.slack.errors import SlackError
from sandbox.slack.traffic import Traffic
from sandbox.slack.validate import message_content
from sandbox.slack.workspace import Workspace
from sandbox.wire import BadRequestError, Record, read_object

USES, LIFETIME = 5, 30 * 60
KEPT = 5_000


@dataclass
class Place:
    """Where an interaction took place: whose it was, and which message it came from, if any."""

    channel: Channel
    user: str
    ts: str | None = None
    thread_ts: str | None = None
    issued: float = 0.0
    uses: int = 0


class Responses:
    def __init__(
        self,
        workspace: Workspace,
        chat: Chat,
        traffic: Traffic,
        clock: Callable[[], float],
        base: Callable[[], str],
    ) -> None:
        self._workspace, self._chat, self._traffic, self._clock, self._base = (
            workspace,
            chat,
            traffic,
            clock,
            base,
        )
        self._places: dict[str, Place] = {}

    def issue(self, place: Place) -> str:
        place.issued = self._clock()
        key = secrets.token_urlsafe(18)
        self._places[key] = place
        for old in list(self._places)[:-KEPT]:
            del self._places[old]
        return f"{self._base()}/slack/respond/{key}"

    async def handle(self, request: web.Request) -> web.Response:
        answer: Record
        with self._traffic.call():
            try:
                body = await read_object(request)
                self.answer(self._usable(request.match_info["key"]), body)
                answer, status = {"ok": True}, 200
            except BadRequestError:
                answer, status = {"ok": False, "error": "invalid_payload"}, 400
            except SlackError as refusal:
                answer, status = refusal.body(), 404 if refusal.error.endswith("_url") else 400
        self._traffic.note("respond", status=status, answer=answer)
        return web.Response(text="ok") if status == 200 else web.json_response(answer, status=status)

    def answer(self, place: Place, body: Record) -> None:
        """Do what an app's answer asks for: replace, delete, or say something, to one user or to all."""
        original = self._original(place)
        if body.get("delete_original"):
            self._delete(place, original)
            return
        content = message_content(body)
        if body.get("replace_original") and original is not None:
            self._replace(place, original, content)
        elif body.get("response_type") == "in_channel":
            self._chat.publish(place.channel, said_by_app(content) | self._thread(place, body))
        else:
            whisper = said_by_app(content) | {"from": BOT_USER} | self._thread(place, body)
            self._workspace.whisper(place.channel.id, place.user, whisper)

    def _usable(self, key: str) -> Place:
        place = self._places.get(key)
        if place is None:
            raise SlackError("invalid_url")
        if self._clock() - place.issued > LIFETIME:
            raise SlackError("expired_url")
        if place.uses >= USES:
            raise SlackError("used_url")
        place.uses += 1
        return place

    def _original(self, place: Place) -> Record | None:
        if place.ts is None:
            return None
        found = self._workspace.whispered(place.ts)
        return found or self._workspace.messages.get(place.channel.id, {}).get(place.ts)

    def _delete(self, place: Place, original: Record | None) -> None:
        if original is None or original.get("bot_id") != BOT:
            raise SlackError("message_not_found")
        if "from" in original:
            self._workspace.unwhisper(original["ts"])
        else:
            self._chat.take_back(place.channel, original)

    def _replace(self, place: Place, original: Record, content: Record) -> None:
        if "from" in original:
            self._workspace.unwhisper(original["ts"])
            place.ts = self._workspace.whisper(
                place.channel.id,
                place.user,
                said_by_app(content) | {"from": BOT_USER} | self._thread(place, {}),
            )["ts"]
        elif original.get("bot_id") == BOT:
            self._chat.rewrite(place.channel, original, content)
        else:
            raise SlackError("cant_update_message")

    def _thread(self, place: Place, body: Record) -> Record:
        thread_ts = body.get("thread_ts") or place.thread_ts
        return {"thread_ts": thread_ts} if thread_ts else {}
