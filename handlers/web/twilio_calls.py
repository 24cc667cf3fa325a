"""A phone call, step by step: greeting, question, a check of what was understood, or else a recording.

voice ──> said ──> (sure) ── goodbye
             ├──> (unsure) ──> confirmed ──> (yes) ── goodbye
             │                     └──> (no) ──┐
             └──> (silence) ───────────────────┴──> record ──> recording ── goodbye
                                                      └──> (nothing recorded) silent
"""

import re
from collections.abc import Mapping
from urllib.parse import urlencode

from aiohttp import web

from bot.core.text import is_blank
from bot.services.admission import SlowDown
from bot.services.calls import Call, Calls, Recording
from handlers.web.twilio_recordings import RecordingLinks
from integrations.twilio import twiml
from integrations.twilio.sentences import Tongue, Tongues

Fields = Mapping[str, str]

_SID = re.compile(r"[A-Z]{2}[0-9a-fA-F]{32}", re.ASCII)
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
# What Twilio puts in place of a number that the caller withholds: these spell ANONYMOUS, RESTRICTED and the like.
_WITHHELD = frozenset({"+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253"})
_YES = frozenset(
    "1 yes yeah yep yup correct right exactly ja genau richtig stimmt oui sí si correcto sim".split()
)
_NO = frozenset("2 no nope nah wrong nein falsch non não incorrecto".split())
_WORD = re.compile(r"[^\W_]+")
_LONGEST_SPEECH = 4_000
_READ_BACK = 500  # Nobody listens to more of their own words.


class PhoneCalls:
    """What is said to a caller next, as TwiML."""

    def __init__(
        self,
        calls: Calls,
        links: RecordingLinks,
        public_url: str,
        brand: str,
        tongues: Tongues,
        *,
        answers_by_call: bool = False,
    ) -> None:
        self._calls = calls
        self._links = links
        self._public_url = public_url
        self._brand = brand
        self._tongues = tongues
        self._by_call = answers_by_call

    async def voice(self, request: web.Request, fields: Fields) -> str:
        """Take the next step of a call."""
        call, step, tongue = call_of(fields), request.query.get("step", ""), self._tongue(fields)
        if step == "said":
            return await self._said(call, fields)
        if step == "confirmed":
            return await self._confirmed(call, fields)
        if step == "silent":
            await self._calls.silent(call)
            return twiml.goodbye(tongue.says.silent, tongue)
        try:
            self._calls.admit(call)
        except SlowDown:
            return twiml.goodbye(tongue.says.busy, tongue)
        greeting = tongue.says.greeting.format(brand=self._brand, consent=tongue.says.consent)
        return twiml.ask(greeting, self._url("voice", step="said"), tongue)

    async def recording(self, _request: web.Request, fields: Fields) -> str:
        """Keep a recording; its transcript comes by itself."""
        call = call_of(fields)
        await self._calls.recorded(call, self._recording(fields))
        return self._goodbye(call, self._tongue(fields))

    async def transcription(self, request: web.Request, fields: Fields) -> str:
        """Keep the transcript of a recording, or that there is none."""
        call = call_of({**fields, "From": request.query.get("caller") or fields.get("From", "")})
        done = fields.get("TranscriptionStatus") == "completed"
        text = fields.get("TranscriptionText", "") if done else ""
        await self._calls.transcribed(call, self._recording(fields), text[:_LONGEST_SPEECH])
        return twiml.nothing()

    async def _said(self, call: Call, fields: Fields) -> str:
        text, tongue = fields.get("SpeechResult", "")[:_LONGEST_SPEECH], self._tongue(fields)
        if is_blank(text):
            return self._record(call, tongue)
        if await self._calls.said(call, text, _share(fields.get("Confidence", ""))):
            return self._goodbye(call, tongue)
        question = tongue.says.confirm.format(words=text[:_READ_BACK].rstrip(" .?!"))
        return twiml.confirm(question, self._url("voice", step="confirmed"), tongue)

    async def _confirmed(self, call: Call, fields: Fields) -> str:
        said = fields.get("Digits") or fields.get("SpeechResult", "")[:_LONGEST_SPEECH]
        found = _WORD.search(said.lower())
        word = found.group() if found else ""
        if word in _YES | _NO:
            words = f"Pressed {said}" if fields.get("Digits") else said
            await self._calls.confirmed(call, words, yes=word in _YES)
        then = self._goodbye if word in _YES or not word else self._record
        return then(call, self._tongue(fields))

    def _tongue(self, fields: Fields) -> Tongue:
        return self._tongues.of(fields.get("To", ""))

    def _record(self, call: Call, tongue: Tongue) -> str:
        transcribed = self._url("transcription", caller=call.caller)
        silent = self._url("voice", step="silent")
        return twiml.record(tongue.says.record, self._url("recording"), transcribed, silent, tongue)

    def _recording(self, fields: Fields) -> Recording:
        sid, seconds = fields.get("RecordingSid", ""), fields.get("RecordingDuration", "")
        if not _SID.fullmatch(sid):
            raise ValueError("RecordingSid is missing or wrong")
        length = int(seconds) if seconds.isascii() and seconds.isdigit() and len(seconds) < 7 else 0
        return Recording(sid, self._links.link(sid), length)

    def _goodbye(self, call: Call, tongue: Tongue) -> str:
        if not _NUMBER.fullmatch(call.caller):
            return twiml.goodbye(tongue.says.thanks_hidden, tongue)
        return twiml.goodbye(tongue.says.thanks_call if self._by_call else tongue.says.thanks_text, tongue)

    def _url(self, name: str, **query: str) -> str:
        return f"{self._public_url}/twilio/{name}{'?' if query else ''}{urlencode(query)}"


def call_of(fields: Fields) -> Call:
    """Return the call a request belongs to.

    Callers who withhold their number are strangers to each other, so each call is its own.

    Raises:
        ValueError: it says of no call.
    """
    sid, caller = fields.get("CallSid", ""), fields.get("From", "").strip()
    if not _SID.fullmatch(sid):
        raise ValueError("CallSid is missing or wrong")
    known = (_NUMBER.fullmatch(caller) and caller not in _WITHHELD) or caller.startswith(
        ("sip:", "anonymous:")
    )
    return Call(sid, caller[:120] if known else f"anonymous:{sid}")


def _share(text: str) -> float:
    try:
        return min(1.0, max(0.0, float(text[:20])))
    except ValueError:
        return 0.0
