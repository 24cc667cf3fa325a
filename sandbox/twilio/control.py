"""The phone side of the control API: what customers got, and texting and calling in their place."""

from aiohttp import web

from sandbox.twilio.customers import Customers
from sandbox.twilio.state import ADDRESS, CALL, MESSAGE, State
from sandbox.wire import BadRequestError, Record, optional, read_object, wanted

_TRANSCRIPTS = ("completed", "failed", "never")
_SURE = 0.97


class PhoneControl:
    def __init__(self, state: State, customers: Customers) -> None:
        self._state, self._customers = state, customers

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/control/sms", self._messages),
            web.post("/control/sms", self._text),
            web.get("/control/calls", self._calls),
            web.post("/control/call", self._call),
            web.post("/control/phone", self._phone),
        ]

    async def _messages(self, _request: web.Request) -> web.Response:
        return web.json_response([_message(record) for record in self._state.all(MESSAGE)])

    async def _calls(self, _request: web.Request) -> web.Response:
        return web.json_response([_call(record) for record in self._state.all(CALL)])

    async def _text(self, request: web.Request) -> web.Response:
        """Text as a customer: `{from, text, name?, media?: [{type, content? | url?}]}`.

        Without content (in Base64) a medium is a sample; with a `url`, the app is told that, and nothing is kept.
        """
        body = await read_object(request)
        sender = _address(body)
        media = body.get("media") or []
        if not isinstance(media, list) or not all(_is_medium(one) for one in media):
            raise BadRequestError("The field 'media' must be a list of {type, content or url}.")
        text = optional(body, "text") or ""
        if not text and not media:
            raise BadRequestError("Write a text, or send media.")
        record, said = await self._customers.text(sender, text, optional(body, "name") or "", media)
        if said.status != 200:
            return _failed(said.status)
        return web.json_response({"ok": True, "sid": record["sid"]})

    async def _call(self, request: web.Request) -> web.Response:
        """Call: `{from}` begins; then `{sid, say | keys | silence | hangup, confidence?, transcript?}`.

        With `say` a list of sentences beside `from`, the whole call is made at once.
        """
        body = await read_object(request)
        if "sid" in body:
            (sid,) = wanted(body, "sid")
            return _told(await self._go_on(sid, body))
        record = await self._customers.call(_address(body, hidden=True))
        sentences = body.get("say") or []
        for sentence in [sentences] if isinstance(sentences, str) else sentences:
            if record["awaits"]:
                record = await self._go_on(record["sid"], {**body, "say": sentence})
        return _told(record)

    async def _go_on(self, sid: str, body: Record) -> Record:
        if body.get("hangup"):
            return self._customers.hang_up(sid)
        if body.get("silence") or body.get("say") == "":
            return await self._customers.be_silent(sid)
        if "keys" in body:
            return await self._customers.press(sid, *wanted(body, "keys"))
        (text,) = wanted(body, "say")
        confidence, transcript = body.get("confidence", _SURE), body.get("transcript", "completed")
        if not isinstance(confidence, int | float) or not 0 <= confidence <= 1:
            raise BadRequestError("The field 'confidence' must lie between 0 and 1.")
        if transcript not in _TRANSCRIPTS:
            raise BadRequestError(f"The field 'transcript' must be one of {', '.join(_TRANSCRIPTS)}.")
        return await self._customers.say(sid, text, float(confidence), transcript)

    async def _phone(self, request: web.Request) -> web.Response:
        """Switch a phone off and on: `{number, error_code}`; null lets it be reached again."""
        body = await read_object(request)
        (number,) = wanted(body, "number")
        code = body.get("error_code")
        if code is None:
            self._state.unreachable.pop(number, None)
        elif isinstance(code, int) and not isinstance(code, bool):
            self._state.unreachable[number] = code
        else:
            raise BadRequestError("The field 'error_code' must be a number such as 30003, or null.")
        return web.json_response({"ok": True})


def _address(body: Record, *, hidden: bool = False) -> str:
    (sender,) = wanted(body, "from")
    if not ADDRESS.fullmatch(sender) and not (hidden and sender == "anonymous"):
        raise BadRequestError(
            "The field 'from' must be a number like +447700900101, or whatsapp:+447700900101."
        )
    return sender


def _is_medium(one: object) -> bool:
    if not isinstance(one, dict) or not isinstance(one.get("type"), str):
        return False
    return all(isinstance(one.get(key, ""), str) for key in ("url", "content"))


def _message(record: Record) -> Record:
    names = ("sid", "from", "to", "body", "status", "direction", "error_code", "date_created")
    return {name: record[name] for name in names} | {"media": record.get("media", [])}


def _call(record: Record) -> Record:
    names = ("sid", "from", "to", "status", "direction", "talk", "date_created")
    awaits = record["awaits"]
    asks = {"awaits": awaits["awaits"], "keys": awaits["keys"]} if awaits else {"awaits": None, "keys": False}
    return {name: record[name] for name in names} | asks


def _told(record: Record) -> web.Response:
    return web.json_response({"ok": True, "call": _call(record)})


def _failed(status: int) -> web.Response:
    why = f"answered {status}" if status else "did not answer"
    return web.json_response({"ok": False, "error": f"The app {why}. Is it running?"}, status=502)
