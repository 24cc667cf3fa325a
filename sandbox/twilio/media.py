"""Pictures and other media of customers, kept and handed out as Twilio does: for its login, by another address.

That address is signed, ends after four hours, and refuses the login, as the storage behind Twilio does.
"""

import base64
import binascii
import hashlib
import hmac
import struct
import time
import zlib
from collections.abc import Callable

from aiohttp import web

from sandbox.twilio import ACCOUNT, TOKEN
from sandbox.twilio.sound import silence
from sandbox.twilio.state import MEDIUM, State, new_sid
from sandbox.wire import BadRequestError, Record

_VALID_FOR = 4 * 3_600
_STORE = "/twilio-media"
_SAMPLE = b"A sample of the sandbox.\n"


class MediaStore:
    def __init__(self, state: State, clock: Callable[[], float] = time.time) -> None:
        self._state, self._clock = state, clock

    def routes(self) -> list[web.RouteDef]:
        return [web.get(f"{_STORE}/{{sid}}", self._hand_out)]

    def keep(self, message: str, medium: Record) -> Record:
        """Keep a medium that a customer sends; return it as the message names it. A `url` of its own stays."""
        kind = medium["type"]
        if medium.get("url"):
            return {"url": medium["url"], "type": kind}
        content = _decoded(medium["content"]) if medium.get("content") else _sample(kind)
        sid = new_sid("ME")
        kept = {"sid": sid, "message": message, "type": kind, "order": self._state.order()}
        self._state.keep(MEDIUM, kept | {"content": base64.b64encode(content).decode()})
        place = f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{message}/Media/{sid}"
        return {"url": f"https://api.twilio.com{place}", "type": kind}

    def lead_on(self, request: web.Request) -> web.Response | None:
        """Answer a request for a medium with where it lies; None when there is none such."""
        record = self._state.find(MEDIUM, request.match_info["medium"])
        if record is None or record["message"] != request.match_info["sid"]:
            return None
        until = int(self._clock()) + _VALID_FOR
        proof = f"Expires={until}&Signature={_sign(record['sid'], until)}"
        place = f"{request.url.origin()}{_STORE}/{record['sid']}?{proof}"
        return web.Response(status=307, headers={"Location": place})

    async def _hand_out(self, request: web.Request) -> web.Response:
        sid, until = request.match_info["sid"], request.query.get("Expires", "")
        record = self._state.find(MEDIUM, sid)
        if "Authorization" in request.headers:
            return web.Response(status=400, text="Only one auth mechanism allowed")
        valid = until.isascii() and until.isdigit() and self._clock() < int(until)
        if not valid or not hmac.compare_digest(request.query.get("Signature", ""), _sign(sid, int(until))):
            return web.Response(status=403, text="AccessDenied")
        if record is None:
            return web.Response(status=404, text="NoSuchKey")
        return web.Response(body=base64.b64decode(record["content"]), content_type=record["type"])


def _sign(sid: str, until: int) -> str:
    return hmac.new(TOKEN.encode(), f"{sid}:{until}".encode(), hashlib.sha256).hexdigest()


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise BadRequestError("The field 'content' must be Base64.") from None


def _sample(kind: str) -> bytes:
    if kind == "image/png":
        return picture()
    return silence(2) if kind == "audio/mpeg" else _SAMPLE


def picture(size: int = 96) -> bytes:
    """Return a PNG of a tent, more or less: a green triangle before a blue sky."""

    def pixel(x: int, y: int) -> bytes:
        inside = y > size // 4 and abs(x - size // 2) < (y - size // 4) * 2 // 3
        return b"\x2f\x7d\x4f" if inside else b"\x9c\xc9\xee"

    rows = b"".join(b"\0" + b"".join(pixel(x, y) for x in range(size)) for y in range(size))
    header = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
