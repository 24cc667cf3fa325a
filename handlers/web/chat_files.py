"""A file a visitor sends: one of few kinds, no larger than it may be, under a name that is safe to show.

The kind is not the browser's word alone: how the content begins has to agree. Nothing is opened or converted here.
"""

from hashlib import sha256

from aiohttp import web

from bot.core.model import Attachment
from handlers.web import chat_wire as wire

LARGEST = 5 * 1024 * 1024
_NAME_LENGTH = 120

# Kinds, and how their content begins.
KINDS = {
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/jpeg": b"\xff\xd8\xff",
    "image/gif": b"GIF8",
    "image/webp": b"RIFF",
    "application/pdf": b"%PDF-",
    "text/plain": b"",
}


async def read_file(request: web.Request) -> tuple[Attachment, bytes]:
    """Return what was sent as the body, described by `Content-Type` and the query's `name`.

    Raises:
        wire.Refusal: it is too large, empty, or none of the kinds that are taken.
    """
    content = await _read(request)
    kind = request.content_type
    if not content:
        raise wire.Refusal("bad_file", "The file is empty.")
    begins = KINDS.get(kind)
    if begins is None or not content.startswith(begins) or (kind == "text/plain" and b"\0" in content):
        raise wire.Refusal("bad_file", "Please send a picture, a PDF or a text file.", status=415)
    name = safe_name(request.query.get("name", ""))
    return Attachment(name, kind, len(content), sha256(content).hexdigest()), content


def safe_name(name: str) -> str:
    """Return the last part of a path, without what cannot be seen or turns the direction of writing."""
    last = name.replace("\\", "/").rpartition("/")[2]
    shown = "".join(character for character in last if character.isprintable()).strip()
    return shown[-_NAME_LENGTH:] or "file"


async def _read(request: web.Request) -> bytes:
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > LARGEST:
            message = f"A file may have up to {LARGEST // 1024 // 1024} MiB."
            raise wire.Refusal("too_large", message, status=413)
    return bytes(body)
