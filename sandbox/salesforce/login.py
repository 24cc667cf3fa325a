"""How clients log in: the OAuth flows of client credentials and of JWT bearer."""

import base64
import binascii
import time

import jwt
from aiohttp import web

from sandbox.salesforce import CLIENT_ID, CLIENT_SECRET, USERNAME
from sandbox.salesforce.state import State
from sandbox.wire import Record

_JWT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_LONGEST_LIFE = 300


class _NoLoginError(Exception):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Login:
    def __init__(self, state: State, public_key: str = "") -> None:
        """Take JWTs signed for `public_key` (PEM), if there is one."""
        self._state, self.public_key = state, public_key

    async def token(self, request: web.Request) -> web.Response:
        form = await request.post()
        fields = {name: str(value) for name, value in form.items()}
        try:
            self._check(request, fields)
        except _NoLoginError as error:
            told = {"error": error.code, "error_description": str(error)}
            return web.json_response(told, status=400)
        return web.json_response(self._granted(str(request.url.origin())))

    def _check(self, request: web.Request, fields: dict[str, str]) -> None:
        grant = fields.get("grant_type", "")
        if grant == "client_credentials":
            _check_client(request, fields)
        elif grant == _JWT:
            self._check_assertion(fields.get("assertion", ""))
        else:
            raise _NoLoginError("unsupported_grant_type", "grant type not supported")

    def _check_assertion(self, assertion: str) -> None:
        try:
            claims = jwt.decode(
                assertion,
                self.public_key,
                algorithms=["RS256"],
                options={"verify_aud": False, "require": ["iss", "sub", "aud", "exp"]},
            )
            life = int(claims["exp"]) - time.time()
        except (jwt.PyJWTError, ValueError, TypeError):
            raise _NoLoginError("invalid_grant", "invalid assertion") from None
        if claims["iss"] != CLIENT_ID:
            raise _NoLoginError("invalid_client_id", "client identifier invalid")
        if claims["sub"] != USERNAME:
            raise _NoLoginError("invalid_grant", "user hasn't approved this consumer")
        if not str(claims["aud"]).startswith("https://") or life > _LONGEST_LIFE:
            raise _NoLoginError("invalid_grant", "audience is invalid")

    def _granted(self, origin: str) -> Record:
        return {
            "access_token": self._state.log_in(),
            "signature": "c2lnbmF0dXJl",
            "scope": "api",
            "instance_url": origin,
            "id": f"{origin}/id/00D5g000000000AEAQ/{self._state.user}",
            "token_type": "Bearer",
            "issued_at": str(int(time.time() * 1000)),
        }


def _check_client(request: web.Request, fields: dict[str, str]) -> None:
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    given = f"{fields.get('client_id', '')}:{fields.get('client_secret', '')}"
    if scheme == "Basic":
        try:
            given = base64.b64decode(encoded, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            given = ""
    if given != f"{CLIENT_ID}:{CLIENT_SECRET}":
        raise _NoLoginError("invalid_client", "invalid client credentials")
