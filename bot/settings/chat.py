"""The web chat, and whom is asked for a rating."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from bot.core.errors import Misconfigured
from bot.core.model import AskEmail, Channel
from bot.settings.phone import TWILIO_NEEDS
from bot.settings.reading import is_url, like, listed, whole, yes_or_no

_SHORTEST_IDENTITY_SECRET = 32
_ORIGIN = re.compile(r"https?://[^\s/?#@;'\"]+/?")


@dataclass(frozen=True)
class ChatSettings:
    """Which sites carry the widget, what it asks its visitors for, and the secret with which sites vouch for them."""

    origins: tuple[str, ...] = ()
    identity_secret: str = field(default="", repr=False)
    require_identity: bool = False
    ask_email: AskEmail = AskEmail.OFF


@dataclass(frozen=True)
class SurveySettings:
    """On which channels customers are asked for a rating, and so many minutes after a conversation was closed."""

    channels: tuple[Channel, ...] = ()
    after: int = 60


def chat_settings(env: Mapping[str, str]) -> ChatSettings:
    """Return who may chat, and how; raises Misconfigured for what cannot be read."""
    return whole(
        ChatSettings,
        origins=lambda: tuple(_origins(env.get("CHAT_ORIGINS", ""))),
        identity_secret=lambda: _identity_secret(env),
        require_identity=lambda: _require_identity(env),
        ask_email=lambda: _ask_email(env),
    )


def _identity_secret(env: Mapping[str, str]) -> str:
    secret = env.get("CHAT_IDENTITY_SECRET", "")
    if secret and len(secret) < _SHORTEST_IDENTITY_SECRET:
        raise Misconfigured(
            f"CHAT_IDENTITY_SECRET has fewer than {_SHORTEST_IDENTITY_SECRET} characters. "
            "Make it with: openssl rand -hex 32"
        )
    return secret


def _require_identity(env: Mapping[str, str]) -> bool:
    require = yes_or_no(env, "CHAT_REQUIRE_IDENTITY")
    if require and not env.get("CHAT_IDENTITY_SECRET"):
        raise Misconfigured("CHAT_REQUIRE_IDENTITY is on, so CHAT_IDENTITY_SECRET must be set.")
    return require


def _ask_email(env: Mapping[str, str]) -> AskEmail:
    ask = env.get("CHAT_EMAIL") or AskEmail.OFF
    if ask not in set(AskEmail):
        raise Misconfigured(f"CHAT_EMAIL={ask!r} is none of {', '.join(AskEmail)}.")
    return AskEmail(ask)


def survey_settings(env: Mapping[str, str]) -> SurveySettings:
    """Return who is asked for a rating; raises Misconfigured where there is no way to ask."""
    needs = {
        Channel.EMAIL: ("SMTP_URL", "THREADPILOT_PUBLIC_URL"),
        Channel.SMS: TWILIO_NEEDS,
        Channel.PHONE: TWILIO_NEEDS,
    }
    channels = []
    for name in dict.fromkeys(listed(env.get("RATING_CHANNELS", ""))):
        if name not in needs:
            raise Misconfigured(
                f"RATING_CHANNELS has {name!r}; write some of email, sms, phone (the chat always asks)."
            )
        missing = [one for one in needs[Channel(name)] if not env.get(one)]
        if missing:
            raise Misconfigured(f"RATING_CHANNELS names {name}, so {' and '.join(missing)} must be set.")
        channels.append(Channel(name))
    after = like(env, "RATING_AFTER", r"[0-9]{1,5}", "60, in minutes")
    return SurveySettings(tuple(channels), int(after) if after else SurveySettings.after)


def _origins(value: str) -> Iterator[str]:
    for origin in listed(value):
        if not _ORIGIN.fullmatch(origin) or not is_url(origin, {"http", "https"}):
            raise Misconfigured(f"CHAT_ORIGINS has {origin!r}; write origins such as https://shop.example.")
        yield origin.rstrip("/")
