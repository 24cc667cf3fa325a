"""Text messages and phone calls through Twilio."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from bot.core.errors import Misconfigured
from bot.settings.reading import HTTP, Faults, like, listed, web_address

TWILIO_API = "https://api.twilio.com"
TWILIO_NEEDS = ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_NUMBER")
_LANGUAGE = re.compile(r"[a-z]{2,3}-[A-Z]{2}")
_VOICE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
_SPOKEN = ("EN", "DE", "ES", "FR")


@dataclass(frozen=True)
class TwilioSettings:
    """An account and number of Twilio's, for text messages and calls. `phone_answer` is "sms" or "call".

    `languages` are those of single numbers; `consent` is by language what callers are told in place of our own words,
    and `voices` are by language the names of Twilio's voices.
    """

    account_sid: str
    auth_token: str = field(repr=False)
    number: str
    public_url: str
    api_url: str = TWILIO_API
    whatsapp_number: str = ""
    whatsapp_template: str = ""
    phone_answer: str = "sms"
    language: str = "en-US"
    languages: Mapping[str, str] = field(default_factory=dict)
    consent: Mapping[str, str] = field(default_factory=dict)
    voices: Mapping[str, str] = field(default_factory=dict)


def twilio_settings(env: Mapping[str, str]) -> TwilioSettings | None:
    """Return how Twilio is reached, None when nothing of it is set; raises Misconfigured for half of it."""
    given = {name: env.get(name, "") for name in TWILIO_NEEDS}
    missing = [name for name, value in given.items() if not value]
    if missing == list(TWILIO_NEEDS):
        return None
    faults = Faults()
    if missing:
        faults.note(
            f"Text messages and phone need all of {', '.join(TWILIO_NEEDS)}: set {' and '.join(missing)}."
        )
    account, token, number = given.values()
    if account and not re.fullmatch(r"AC[0-9a-fA-F]{32}", account):
        faults.note("TWILIO_ACCOUNT_SID is not like AC and 32 hexadecimal digits.")
    api_url = faults.read(lambda: web_address(env, "TWILIO_API_URL"), "")
    public_url = faults.read(lambda: web_address(env, "THREADPILOT_PUBLIC_URL"), "")
    if not (api_url or public_url or faults.found):
        faults.note(
            "THREADPILOT_PUBLIC_URL is not set: Twilio signs the address it calls, such as https://support.example.com."
        )
    nothing: tuple[str, dict[str, str]] = ("", {})
    language, languages = faults.read(lambda: _languages(env.get("TWILIO_LANGUAGE", "")), nothing)
    whatsapp = env.get("TWILIO_WHATSAPP_NUMBER") or number
    settings = TwilioSettings(
        account_sid=account,
        auth_token=token,
        number=faults.read(lambda: _number("TWILIO_NUMBER", number), "") if number else "",
        # A stand-in on this machine reaches us as we are.
        public_url=(public_url or f"http://{env.get('THREADPILOT_HTTP') or HTTP}").rstrip("/"),
        api_url=(api_url or TWILIO_API).rstrip("/"),
        whatsapp_number=faults.read(lambda: _number("TWILIO_WHATSAPP_NUMBER", whatsapp), "")
        if whatsapp != number
        else number,
        whatsapp_template=faults.read(lambda: _template(env), ""),
        phone_answer=faults.read(lambda: like(env, "TWILIO_PHONE_ANSWER", "sms|call", "sms or call"), "")
        or "sms",
        language=language,
        languages=languages,
        voices=faults.read(lambda: dict(_voices(env.get("TWILIO_VOICE", ""))), {}),
        consent={
            name.lower(): env[f"TWILIO_CONSENT_{name}"]
            for name in _SPOKEN
            if env.get(f"TWILIO_CONSENT_{name}")
        },
    )
    faults.check()
    return settings


def _template(env: Mapping[str, str]) -> str:
    return like(env, "TWILIO_WHATSAPP_TEMPLATE", r"HX[0-9a-fA-F]{32}", "HX and 32 hexadecimal digits")


def _languages(value: str) -> tuple[str, dict[str, str]]:
    """Read one language for all numbers and, with `number=language`, others for single ones."""
    usual, by_number = TwilioSettings.language, {}
    for one in listed(value):
        number, _, language = one.rpartition("=")
        if not _LANGUAGE.fullmatch(language):
            raise Misconfigured(f"TWILIO_LANGUAGE has {one!r}; write en-GB, or en-GB,+4930123456=de-DE.")
        if number:
            by_number[_number("TWILIO_LANGUAGE", number)] = language
        else:
            usual = language
    return usual, by_number


def _voices(value: str) -> Iterator[tuple[str, str]]:
    """Read the voices by language."""
    for one in listed(value):
        language, _, voice = one.partition("=")
        if not _LANGUAGE.fullmatch(language) or not _VOICE.fullmatch(voice):
            raise Misconfigured(f"TWILIO_VOICE has {one!r}; write de-DE=Polly.Vicki-Neural.")
        yield language, voice


def _number(name: str, value: str) -> str:
    if not re.fullmatch(r"\+[1-9][0-9]{6,14}", value):
        raise Misconfigured(f"{name}={value!r} is not a number like +4930123456, with + and country code.")
    return value
