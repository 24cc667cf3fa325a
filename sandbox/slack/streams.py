"""chat.startStream, appendStream and stopStream: a message that grows while the app is still writing it."""

from dataclasses import dataclass

from sandbox.slack.chat import Chat, said_by_app
from sandbox.slack.errors import SlackError
from sandbox.slack.limits import MARKDOWN_TOTAL
from sandbox.slack.method import Call
from sandbox.slack.rates import RateLimits
from sandbox.slack.validate import block_problems, decoded
from sandbox.slack.workspace import Workspace, completed
from sandbox.wire import Json, Record

LIFETIME = 300.0  # About so many seconds; then the message is no longer in its streaming state.
_IN_ALL = 40_000  # Characters that one stream may gather.


@dataclass
class Stream:
    """One message that is being written; what it is fed with must stay of one kind: text or chunks."""

    channel: str
    ts: str
    fed_by: str
    text: str
    began: float


class Streams:
    def __init__(self, workspace: Workspace, chat: Chat, rates: RateLimits) -> None:
        self._workspace, self._chat, self._clock = workspace, chat, rates.clock
        self._open: dict[tuple[str, str], Stream] = {}

    def start(self, call: Call) -> Record:
        channel = self._workspace.channel(call.text("channel"))
        call.text("thread_ts")
        if not channel.is_im:
            call.text("recipient_team_id")
            call.text("recipient_user_id")
        fed_by, text = _fed(call)
        root = self._workspace.find(channel.id, call.text("thread_ts"))
        checked, _ = self._chat.check(Call(call.method, {"channel": channel.id, "text": "…"}, call.grant))
        self._chat.spend(checked)
        message = said_by_app({"text": text, "blocks": _drawn(text), "attachments": []})
        posted = self._chat.publish(
            channel, message | {"thread_ts": root["ts"], "parent_user_id": root["user"]}
        )
        place = (channel.id, posted["ts"])
        self._open[place] = Stream(*place, fed_by, text, self._clock())
        return {"ok": True, "channel": channel.id, "ts": posted["ts"]}

    def append(self, call: Call) -> Record:
        stream = self._stream(call)
        fed_by, text = _fed(call)
        if not text:
            raise SlackError("no_text")
        if stream.fed_by and fed_by != stream.fed_by:
            raise SlackError("streaming_mode_mismatch")
        self._grow(stream, fed_by, text)
        return {"ok": True, "channel": stream.channel, "ts": stream.ts}

    def stop(self, call: Call) -> Record:
        stream = self._stream(call)
        fed_by, text = _fed(call)
        blocks = decoded(call.args.get("blocks") or [], "invalid_blocks_format")
        if not isinstance(blocks, list) or block_problems(blocks, "message"):
            raise SlackError("invalid_blocks")
        if text:
            self._grow(stream, fed_by, text)
        del self._open[stream.channel, stream.ts]
        message = self._workspace.find(stream.channel, stream.ts)
        message["blocks"] = [*message["blocks"], *completed(blocks)]
        self._workspace.change(stream.channel, message)
        return {"ok": True, "channel": stream.channel, "ts": stream.ts, "message": message}

    def _stream(self, call: Call) -> Stream:
        channel = self._workspace.channel(call.text("channel"))
        message = self._workspace.find(channel.id, call.text("ts"))
        stream = self._open.get((channel.id, message["ts"]))
        if stream is not None and self._clock() - stream.began > LIFETIME:
            stream = self._open.pop((channel.id, message["ts"])) and None
        if stream is None:
            raise SlackError("message_not_in_streaming_state")
        return stream

    def _grow(self, stream: Stream, fed_by: str, text: str) -> None:
        if len(stream.text) + len(text) > _IN_ALL:
            raise SlackError("msg_too_long")
        stream.fed_by, stream.text = fed_by or stream.fed_by, stream.text + text
        message = self._workspace.find(stream.channel, stream.ts)
        message |= {"text": stream.text, "blocks": completed(_drawn(stream.text))}
        self._workspace.change(stream.channel, message)


def _fed(call: Call) -> tuple[str, str]:
    """Return by which argument text comes, and the text."""
    text, chunks = call.maybe("markdown_text"), decoded(call.args.get("chunks"), "invalid_chunks")
    if text and chunks:
        raise SlackError("streaming_mode_mismatch")
    if chunks:
        return "chunks", "".join(_said(chunk) for chunk in chunks)
    if len(text) > MARKDOWN_TOTAL:
        raise SlackError("msg_too_long")
    return ("markdown_text" if text else ""), text


def _said(chunk: Json) -> str:
    if not isinstance(chunk, dict) or not isinstance(chunk.get("type"), str):
        raise SlackError("invalid_chunks")
    return str(chunk.get("text") or chunk.get("title") or "")


def _drawn(text: str) -> list[Record]:
    return [{"type": "markdown", "text": text[:MARKDOWN_TOTAL]}] if text else []
