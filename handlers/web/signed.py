"""Links that we have signed and that end: whoever has one may use it, for as long as it lasts."""

import hashlib
import hmac
import re
from base64 import b64encode
from collections.abc import Mapping
from datetime import timedelta

from aiohttp import web

from bot.core.ports.engine import Clock

_SECONDS = re.compile(r"[0-9]{1,12}", re.ASCII)


class SignedLinks:
    """Signs and checks the links of one purpose; those of another are none of these."""

    def __init__(self, purpose: str, secret: str, clock: Clock, lasts: timedelta) -> None:
        self._key = hashlib.sha256(f"{purpose}:{secret}".encode()).digest()
        self._clock = clock
        self._lasts = lasts

    def query(self, subject: str) -> str:
        """Return the query of a link to this subject."""
        until = int((self._clock() + self._lasts).timestamp())
        return f"until={until}&proof={self._proof(subject, until)}"

    def is_over(self, subject: str, query: Mapping[str, str]) -> bool:
        """Tell whether a link has ended.

        Raises:
            HTTPForbidden: it is none of ours.
        """
        until, proof = query.get("until", ""), query.get("proof", "")
        if not _SECONDS.fullmatch(until) or not hmac.compare_digest(
            self._proof(subject, int(until)).encode(), proof.encode("utf-8", "replace")
        ):
            raise web.HTTPForbidden(text="This is no link of ours.")
        return self._clock().timestamp() > int(until)

    def _proof(self, subject: str, until: int) -> str:
        return hmac.new(self._key, f"{subject}:{until}".encode(), hashlib.sha256).hexdigest()


def policy_for(style: str, **more: str) -> dict[str, str]:
    """Return the headers of a page that may do nothing but be read in this style; `more` are further directives."""
    digest = hashlib.sha256(style.encode()).digest()
    hashed = f"'sha256-{b64encode(digest).decode()}'"
    directives = {
        "default-src": "'none'",
        "style-src": hashed,
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
        **{name.replace("_", "-"): value for name, value in more.items()},
    }
    return {
        "Content-Security-Policy": "; ".join(f"{name} {value}".strip() for name, value in directives.items()),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "private, no-store",
        "X-Robots-Tag": "noindex, nofollow",
    }
