"""Reads whom a site vouches for: a signed JWT (HS256, RFC 7519), or the older HMAC over the user's id or e-mail.

A JWT carries its claims and an end; the HMAC vouches for exactly the value it was made over, so nothing else that
comes with it is believed.
"""

import hmac
from collections.abc import Mapping
from typing import Any

import jwt

from bot.core.errors import Rejected
from bot.services.visitors import NAME_LIMIT, Identity, usable_email
from handlers.web import chat_wire as wire

_LEEWAY = 30  # Clocks differ.
_LONGEST = 8_192
_SUBJECT_LIMIT = 200


class IdentityReader:
    """Believes what is signed with the secret that the site's server and we share."""

    def __init__(self, secret: str = "") -> None:
        self._secret = secret

    def read(self, asked: Mapping[str, Any]) -> Identity | None:
        """Return whom the request vouches for, None when it names nobody or we share no secret with any site.

        Raises:
            wire.Refusal: it vouches for somebody, and not in a way that can be believed.
        """
        token, user = wire.text_field(asked, "jwt", ""), asked.get("user")
        if not self._secret or (not token and user is None):
            return None
        if token:
            return self._from_jwt(token)
        if not isinstance(user, dict):
            raise _refused("'user' has to be an object.")
        return self._from_hmac(user)

    def _from_jwt(self, token: str) -> Identity:
        if len(token) > _LONGEST:
            raise _refused("The identity is too long.")
        options: Any = {"require": ["exp"], "verify_aud": False}
        try:
            claims = jwt.decode(token, self._secret, algorithms=["HS256"], leeway=_LEEWAY, options=options)
        except jwt.ExpiredSignatureError:
            raise _refused("The identity has expired.") from None
        except (jwt.InvalidTokenError, ValueError, OverflowError, RecursionError):
            raise _refused("The identity is not signed as it should be.") from None
        return _identity(_text(claims, "sub"), _text(claims, "email"), _text(claims, "name"))

    def _from_hmac(self, user: Mapping[str, Any]) -> Identity:
        said = _text(user, "hash").lower()
        for value, believed in ((_text(user, "email"), "email"), (_text(user, "id"), "id")):
            if value and hmac.compare_digest(self._digest(value), said.encode()):
                subject, email = ("", value) if believed == "email" else (value, "")
                return _identity(subject, email, _text(user, "name"))
        raise _refused("The identity is not signed as it should be.")

    def _digest(self, value: str) -> bytes:
        return hmac.new(self._secret.encode(), value.encode(), "sha256").hexdigest().encode()


def _identity(subject: str, email: str, name: str) -> Identity:
    try:
        email = usable_email(email) if email else ""
    except Rejected:
        raise _refused("The identity has an e-mail address that is none.") from None
    if not subject and not email:
        raise _refused("The identity names nobody: give 'sub' or 'email'.")
    own = f"id:{subject[:_SUBJECT_LIMIT]}" if subject else f"email:{email.lower()}"
    return Identity(own, email, " ".join(name.split())[:NAME_LIMIT])


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name, "")
    if not isinstance(value, str):
        return ""
    return value.encode("utf-8", "replace").decode().replace("\0", "").strip()


def _refused(message: str) -> wire.Refusal:
    return wire.Refusal("bad_identity", message, status=401)
