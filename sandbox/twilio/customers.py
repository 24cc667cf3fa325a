"""The customers' phones: they receive what the app sends, text and call, and hear what the app says."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict

from sandbox.twilio import NUMBER, PLACE
from sandbox.twilio.callbacks import Callbacks, Said
from sandbox.twilio.media import MediaStore
from sandbox.twilio.state import CALL, MESSAGE, RECORDING, State, new_sid, now
from sandbox.twilio.twiml import Turn, read
from sandbox.weather import Sky
from sandbox.wire import BadRequestError, Record

_STOP = frozenset("STOP STOPALL UNSUBSCRIBE CANCEL END QUIT REVOKE OPTOUT".split())
_START = frozenset("START UNSTOP YES".split())
_MOST_REDIRECTS = 5
_WORDS_PER_SECOND = 2.5
_TROUBLE = "An application error has occurred. Goodbye."  # What Twilio says when the app fails.


class Customers:
    """Everybody with a phone."""

    def __init__(self, state: State, sky: Sky, callbacks: Callbacks, media: MediaStore, app: str) -> None:
        self._state, self._sky, self._callbacks, self._app = state, sky, callbacks, app
        self._media = media

    # --- text messages ----------------------------------------------------------------------------------

    async def receive(self, message: Record, callback: str) -> None:
        """Let a text message arrive, or not, and tell the app step by step."""
        failure = self._state.unreachable.get(message["to"])
        for status in ("sent", "undelivered" if failure else "delivered"):
            await self._callbacks.pause()
            code = failure if status == "undelivered" else None
            changed = {"status": status, "error_code": code, "date_sent": now()}
            self._state.change(MESSAGE, message["sid"], **changed)
            if not callback or self._sky.over(PLACE).silent:
                continue
            told = {
                "MessageSid": message["sid"],
                "SmsSid": message["sid"],
                "MessageStatus": status,
                "SmsStatus": status,
                "To": message["to"],
                "From": message["from"],
            }
            await self._callbacks.post(callback, told | ({"ErrorCode": str(code)} if code else {}))

    async def text(self, sender: str, body: str, name: str, media: Sequence[Record]) -> tuple[Record, Said]:
        """Text the app as a customer; return the message and what the app answered."""
        to = f"whatsapp:{NUMBER}" if sender.startswith("whatsapp:") else NUMBER
        sid = new_sid("MM" if media else "SM")
        record = self._state.message(
            **{"to": to, "from": sender, "body": body, "direction": "inbound", "status": "received"},
            sid=sid,
            num_media=str(len(media)),
            media=[self._media.keep(sid, one) for one in media],
            name=name,
        )
        self._state.keep(MESSAGE, record)
        return record, await self._callbacks.post(f"{self._app}/twilio/sms", self._form(record, body))

    def _form(self, record: Record, body: str) -> dict[str, str]:
        sid, sender = record["sid"], record["from"]
        form = {"MessageSid": sid, "SmsSid": sid, "SmsMessageSid": sid, "SmsStatus": "received"}
        form |= {
            "From": sender,
            "To": record["to"],
            "Body": body,
            "NumMedia": record["num_media"],
            "NumSegments": "1",
        }
        if sender.startswith("whatsapp:"):
            form |= {"ProfileName": record["name"], "WaId": sender.partition("+")[2], "MessageType": "text"}
        for number, one in enumerate(record["media"]):
            form |= {f"MediaUrl{number}": one["url"], f"MediaContentType{number}": one["type"]}
        return form | self._keyword(sender, body)

    def _keyword(self, sender: str, body: str) -> dict[str, str]:
        """Do what Twilio does by itself with STOP and START, and say so."""
        word = body.strip().upper()
        if word in _STOP:
            self._state.opted_out.add(sender)
            return {"OptOutType": "STOP"}
        if word in _START and (word != "YES" or sender in self._state.opted_out):
            self._state.opted_out.discard(sender)
            return {"OptOutType": "START"}
        return {"OptOutType": "HELP"} if word == "HELP" else {}

    # --- calls of customers -----------------------------------------------------------------------------

    async def call(self, caller: str) -> Record:
        """Call the app; return the call with what is heard first."""
        record = self._state.call(
            **{"to": NUMBER, "from": caller, "status": "in-progress", "direction": "inbound"}
        )
        self._state.keep(CALL, record)
        return await self._ask(record["sid"], f"{self._app}/twilio/voice", {})

    async def say(self, sid: str, text: str, confidence: float, transcript: str) -> Record:
        """Say something in a call: it is recognised, or recorded, whatever the app waits for."""
        record, turn = self._open(sid)
        self._note(sid, "customer", text)
        if turn.awaits == "recording":
            return await self._record(record, turn, text, transcript)
        return await self._ask(sid, turn.action, {"SpeechResult": text, "Confidence": str(confidence)})

    async def press(self, sid: str, keys: str) -> Record:
        _, turn = self._open(sid)
        self._note(sid, "customer", f"[presses {keys}]")
        return await self._ask(sid, turn.action, {"Digits": keys} if turn.keys else {})

    async def be_silent(self, sid: str) -> Record:
        _, turn = self._open(sid)
        self._note(sid, "customer", "[says nothing]")
        return await self._ask(sid, turn.silent, {}) if turn.silent else self._over(sid)

    def hang_up(self, sid: str) -> Record:
        self._open(sid)
        return self._over(sid)

    def _open(self, sid: str) -> tuple[Record, Turn]:
        record = self._state.find(CALL, sid)
        if record is None or not record["awaits"]:
            raise BadRequestError("There is no such call, or it is over.")
        return record, Turn(**{**record["awaits"], "said": ()})

    def _note(self, sid: str, who: str, text: str) -> None:
        record = self._state.find(CALL, sid)
        assert record is not None  # noqa: S101 - whoever notes has just found it
        self._state.change(CALL, sid, talk=[*record["talk"], {"who": who, "text": text}])

    def _over(self, sid: str, status: str = "completed") -> Record:
        return self._state.change(CALL, sid, status=status, awaits=None, end_time=now())

    async def _ask(self, sid: str, url: str, fields: dict[str, str]) -> Record:
        """Post a step of a call to the app and do what it answers."""
        record = self._state.find(CALL, sid)
        assert record is not None  # noqa: S101
        form = {"CallSid": sid, "From": record["from"], "To": record["to"], "Direction": "inbound"}
        form |= {"CallStatus": "in-progress"}
        for _ in range(_MOST_REDIRECTS):
            turn = _turn(await self._callbacks.post(url, form | fields))
            for said in turn.said:
                self._note(sid, "app", said)
            if turn.awaits != "redirect":
                break
            url, fields = turn.action, {}
        if not turn.awaits:
            return self._over(sid)
        return self._state.change(CALL, sid, awaits={**asdict(turn), "said": []})

    async def _record(self, call: Record, turn: Turn, text: str, transcript: str) -> Record:
        seconds = max(1, round(len(text.split()) / _WORDS_PER_SECOND))
        sid = new_sid("RE")
        uri = call["uri"].partition("/Calls")[0] + f"/Recordings/{sid}"
        recording = {
            "sid": sid,
            "call_sid": call["sid"],
            "account_sid": call["account_sid"],
            "uri": f"{uri}.json",
        }
        recording |= {"duration": str(seconds), "status": "completed", "source": "RecordVerb", "channels": 1}
        recording |= {"api_version": "2010-04-01", "date_created": now(), "date_updated": now(), "order": 0}
        self._state.keep(RECORDING, recording)
        told = {"RecordingSid": sid, "RecordingUrl": f"https://api.twilio.com{uri}"}
        if turn.transcribed and transcript != "never":
            self._callbacks.later(self._transcribe(call, turn.transcribed, told, text, transcript))
        return await self._ask(call["sid"], turn.action, {**told, "RecordingDuration": str(seconds)})

    async def _transcribe(
        self, call: Record, url: str, told: dict[str, str], text: str, transcript: str
    ) -> None:
        await self._callbacks.pause()
        done = transcript == "completed"
        form = {"CallSid": call["sid"], "From": call["from"], "To": call["to"], **told}
        form |= {"TranscriptionSid": new_sid("TR"), "TranscriptionStatus": "completed" if done else "failed"}
        await self._callbacks.post(url, form | ({"TranscriptionText": text} if done else {}))

    # --- calls to customers -----------------------------------------------------------------------------

    async def pick_up(self, call: Record, twiml: str, callback: str, events: Sequence[str]) -> None:
        """Let a customer's phone ring, and listen to what the app has to say."""
        heard = call["to"] not in self._state.unreachable
        for status, event in (
            (("in-progress", "answered"), ("completed", "completed"))
            if heard
            else (("no-answer", "completed"),)
        ):
            await self._callbacks.pause()
            self._state.change(CALL, call["sid"], status=status)
            if status == "in-progress":
                with suppress(ValueError):
                    for said in read(twiml).said:
                        self._note(call["sid"], "app", said)
            if callback and event in events and not self._sky.over(PLACE).silent:
                form = {"CallSid": call["sid"], "CallStatus": status, "To": call["to"], "From": call["from"]}
                await self._callbacks.post(callback, form)


def _turn(said: Said) -> Turn:
    try:
        return read(said.body) if said.status == 200 else Turn((_TROUBLE,))
    except ValueError:
        return Turn((_TROUBLE,))
