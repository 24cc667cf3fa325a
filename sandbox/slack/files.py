"""The three steps of a file upload: a URL to send it to, the sending, and sharing it in a Slack channel."""

import mimetypes
import secrets
from collections.abc import Callable
from typing import Any

from aiohttp import web

from sandbox.slack.chat import Chat, said_by_app
from sandbox.slack.directory import BOT_USER
from sandbox.slack.errors import SlackError
from sandbox.slack.method import Call
from sandbox.slack.validate import decoded
from sandbox.slack.workspace import Workspace
from sandbox.wire import Record, is_number

BYTES_MAX = 10_000_000
ALT_MAX = 1_000


class Files:
    def __init__(
        self, workspace: Workspace, chat: Chat, base: Callable[[], str], clock: Callable[[], float]
    ) -> None:
        self._workspace, self._chat, self._base, self._clock = workspace, chat, base, clock
        self._files: dict[str, Record] = {}
        self._contents: dict[str, bytes] = {}

    def upload_url(self, call: Call) -> Record:
        name, length = call.text("filename"), call.maybe("length")
        if not is_number(length) or int(length) == 0:
            raise SlackError("invalid_arguments")
        if int(length) > BYTES_MAX:
            raise SlackError("file_upload_size_exceeded")
        identity = f"F{secrets.token_hex(5).upper()}"
        self._files[identity] = self._described(identity, name, int(length)) | _alt(call.maybe("alt_txt"))
        return {"ok": True, "upload_url": f"{self._base()}/slack/files/{identity}", "file_id": identity}

    def keep(self, name: str, content: bytes, user: str) -> Record:
        """Take in what somebody picked for a file input; return it as Slack describes it."""
        identity = f"F{secrets.token_hex(5).upper()}"
        self._files[identity] = {**self._described(identity, name, len(content)), "user": user}
        self._contents[identity] = content
        return self._files[identity]

    def _described(self, identity: str, name: str, size: int) -> Record:
        """Return a file as Slack describes it; its kind is what its name says."""
        kind, at = mimetypes.guess_type(name)[0] or "application/octet-stream", int(self._clock())
        ending = name.rpartition(".")[2].lower() if "." in name else ""
        place = f"{self._base()}/slack/files/{identity}"
        return {
            "id": identity,
            "created": at,
            "timestamp": at,
            "name": name,
            "title": name,
            "mimetype": kind,
            "filetype": ending or "binary",
            "pretty_type": ending.upper() or "Binary",
            "size": size,
            "user": BOT_USER,
            "user_team": self._workspace.team.id,
            "mode": "hosted",
            "is_external": False,
            "is_public": True,
            "url_private": place,
            "url_private_download": place,
            "permalink": place,
        }

    async def receive(self, request: web.Request) -> web.Response:
        file = self._files.get(request.match_info["file"])
        if file is None:
            return web.Response(status=404, text="file_not_found")
        content = await _content(request)
        if len(content) != file["size"]:
            return web.Response(status=400, text="The length is not the one announced.")
        self._contents[file["id"]] = content
        return web.Response(text=f"OK - {len(content)}")

    async def show(self, request: web.Request) -> web.Response:
        """Give back what was uploaded, to the page alone: never as a page of its own."""
        file = self._files.get(request.match_info["file"])
        if file is None or file["id"] not in self._contents:
            return web.Response(status=404, text="file_not_found")
        headers = {"Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"}
        content = self._contents[file["id"]]
        return web.Response(body=content, content_type=_kind(content), headers=headers)

    def delete(self, call: Call) -> Record:
        if self._files.pop(call.text("file"), None) is None:
            raise SlackError("file_not_found")
        self._contents.pop(call.text("file"), None)
        return {"ok": True}

    def complete(self, call: Call) -> Record:
        wanted = decoded(call.args.get("files"), "invalid_arguments")
        if not isinstance(wanted, list) or not wanted or not all(isinstance(one, dict) for one in wanted):
            raise SlackError("invalid_arguments")
        files = [self._finished(one) for one in wanted]
        if channel_id := call.maybe("channel_id"):
            self._share(call, channel_id, files)
        return {"ok": True, "files": files}

    def _finished(self, wanted: Record) -> Record:
        file = self._files.get(str(wanted.get("id")))
        if file is None or file["id"] not in self._contents:
            raise SlackError("file_not_found")
        file["title"] = wanted.get("title") or file["name"]
        return file

    def _share(self, call: Call, channel_id: str, files: list[Record]) -> None:
        channel = self._workspace.channel(channel_id)
        if channel.is_archived or BOT_USER not in channel.members:
            raise SlackError("is_archived" if channel.is_archived else "not_in_channel")
        content = {"text": call.maybe("initial_comment"), "blocks": [], "attachments": []}
        message = {**said_by_app(content), "subtype": "file_share", "files": files}
        if call.maybe("thread_ts"):
            message["thread_ts"] = self._workspace.find(channel.id, call.maybe("thread_ts"))["ts"]
        self._chat.publish(channel, message)


def _alt(told: Any) -> Record:
    """Return the words for those who cannot see a picture, as Slack names them: at most 1,000 characters."""
    if told is not None and len(str(told)) > ALT_MAX:
        raise SlackError("invalid_arguments")
    return {"alt_txt": str(told)} if told else {}


_PICTURES = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF8": "image/gif",
    b"RIFF": "image/webp",
}


def _kind(content: bytes) -> str:
    """Return the type of a picture by its first bytes; everything else is just bytes, whatever it says it is."""
    found = (kind for mark, kind in _PICTURES.items() if content.startswith(mark))
    return next(found, "application/octet-stream")


async def _content(request: web.Request) -> bytes:
    """Return the uploaded bytes, sent as the body itself or as a form with one file."""
    if not request.content_type.startswith("multipart/"):
        return await request.read()
    for field in (await request.post()).values():
        if isinstance(field, web.FileField):
            return field.file.read()
    return b""
