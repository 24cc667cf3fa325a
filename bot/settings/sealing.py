"""Whether messages are encrypted in the database, and with which secrets."""

from collections.abc import Mapping

from bot.core.errors import Misconfigured
from bot.core.sealing import Sealing
from bot.settings.reading import listed

_MESSAGES = "messages"
_SHORTEST = 32


def sealing_settings(env: Mapping[str, str]) -> Sealing:
    """Return how messages are kept; raises Misconfigured for half of it."""
    wanted = env.get("THREADPILOT_ENCRYPT", "")
    if wanted not in {"", _MESSAGES}:
        raise Misconfigured(
            f"THREADPILOT_ENCRYPT={wanted!r} is not {_MESSAGES}: write that, or leave it out."
        )
    keys = _keys(env)
    if wanted and not keys:
        raise Misconfigured(
            "THREADPILOT_ENCRYPT=messages takes a key that is not kept beside the database: set "
            "THREADPILOT_ENCRYPTION_KEY or THREADPILOT_SECRET_KEY. Make one with: openssl rand -hex 32"
        )
    return Sealing(keys, bool(wanted))


def _keys(env: Mapping[str, str]) -> tuple[str, ...]:
    named = tuple(listed(env.get("THREADPILOT_ENCRYPTION_KEY", "")))
    if short := next((key for key in named if len(key) < _SHORTEST), ""):
        raise Misconfigured(
            f"THREADPILOT_ENCRYPTION_KEY has a key of {len(short)} characters; each takes at least {_SHORTEST}. "
            "Make one with: openssl rand -hex 32"
        )
    secret = env.get("THREADPILOT_SECRET_KEY", "").strip()
    return named or ((secret,) if secret else ())
