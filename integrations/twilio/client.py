"""Twilio's REST API by its own library, with what its asynchronous HTTP client lacks.

| twilio 9.13 | here |
|---|---|
| ignores `timeout` (#925) | every request has one |
| `max_retries` repeats POST, which sends a text twice | unset; nothing is repeated here |
| leaks sessions (#866, #966), uses aiohttp's deprecated `auth=` | one session, closed with the app; a plain header |
| always calls api.twilio.com | calls TWILIO_API_URL |
| region and edge from the environment | only what the settings say |
"""

from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import aiohttp
from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout
from aiohttp.abc import AbstractStreamWriter
from aiohttp.payload import BytesPayload
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client
from yarl import URL

from bot.core.errors import OutcomeUnknown, Refused, TooLate, Unavailable, Unreachable
from integrations.outward import public_connector
from integrations.twilio.words import in_words

API = "https://api.twilio.com"
_NEWEST = 50
_AS_IT_IS = {"Accept-Encoding": "identity"}  # What was packed small could unpack to anything.
_FORM = "application/x-www-form-urlencoded"

_before_sending: ContextVar[Callable[[], None]] = ContextVar("before_sending", default=lambda: None)


@dataclass(frozen=True)
class Made:
    """A message or call that Twilio knows of, and since when."""

    at: datetime
    text: str = ""


class TwilioApi:
    """What we ask of Twilio; raises our errors only."""

    def __init__(
        self, account_sid: str, auth_token: str, api_url: str = API, *, timeout: float = 10.0
    ) -> None:
        """Open a session, so there has to be a running event loop."""
        self._http = _Http(account_sid, auth_token, api_url, timeout)
        # The library looks into the environment unless it is given one that is not empty.
        environment = {"TWILIO_ACCOUNT_SID": account_sid}
        self._client = Client(account_sid, auth_token, http_client=self._http, environment=environment)
        self.account, self.url = account_sid, api_url.rstrip("/")
        self._account = f"{self.url}/2010-04-01/Accounts/{account_sid}"

    async def aclose(self) -> None:
        await self._http.close()

    async def check(self) -> None:
        """Ask for one message, and nothing else.

        Raises:
            Unreachable: Twilio cannot be used like this.
        """
        with _known_errors():
            await self._client.messages.page_async(page_size=1)

    async def create_message(self, check: Callable[[], None], **fields: Any) -> None:
        """Send a text message; `check` is called right before the request, and ends it by raising.

        Raises:
            Unavailable, Refused: certainly not sent.
            OutcomeUnknown: it may have been.
        """
        async with _checked(check):
            await self._client.messages.create_async(**fields)

    async def create_call(self, check: Callable[[], None], **fields: Any) -> None:
        """Call somebody; otherwise like `create_message`."""
        async with _checked(check):
            await self._client.calls.create_async(**fields)

    async def messages_to(self, address: str, sender: str) -> Sequence[Made]:
        """Return the newest messages to an address from a number of ours. Raises Unavailable."""
        with _known_errors():
            found = await self._client.messages.list_async(
                to=address, from_=sender, limit=_NEWEST, page_size=_NEWEST
            )
            return [Made(one.date_created, one.body or "") for one in found]

    async def calls_to(self, address: str, sender: str) -> Sequence[Made]:
        """Return the newest calls to a number from a number of ours. Raises Unavailable."""
        with _known_errors():
            found = await self._client.calls.list_async(
                to=address, from_=sender, limit=_NEWEST, page_size=_NEWEST
            )
            return [Made(one.date_created) for one in found]

    @asynccontextmanager
    async def recording(self, sid: str, wanted: str = "") -> AsyncIterator[ClientResponse]:
        """Open the sound of a recording as MP3; `wanted` is a range of bytes.

        Raises:
            Unavailable: Twilio does not answer.
        """
        headers = {"Range": wanted} if wanted else {}
        try:
            async with self._http.open("GET", f"{self._account}/Recordings/{sid}.mp3", headers) as response:
                yield response
        except (ClientError, TimeoutError) as error:
            raise Unreachable(f"Twilio does not hand over the recording: {type(error).__name__}") from error

    def media(self, message: str, sid: str) -> AbstractAsyncContextManager[ClientResponse]:
        """Open what came with a message; Twilio leads on to where it lies. Raises aiohttp's errors."""
        opened: AbstractAsyncContextManager[ClientResponse] = self._http.open(
            "GET", f"{self._account}/Messages/{message}/Media/{sid}", _AS_IT_IS
        )
        return opened

    def elsewhere(self, url: URL) -> AbstractAsyncContextManager[ClientResponse]:
        """Open a public address without our login, and follow it nowhere. Raises aiohttp's errors."""
        ours = url.origin() == URL(self.url).origin()
        session = self._http.session if ours else self._http.outside
        return session.get(url, headers=_AS_IT_IS, allow_redirects=False)


class _Http(AsyncTwilioHttpClient):  # type: ignore[misc]
    """The library's HTTP client with our address, time limit and errors."""

    def __init__(self, user: str, password: str, api_url: str, timeout: float) -> None:
        super().__init__(pool_connections=False)
        self._api_url = api_url.rstrip("/")
        login = b64encode(f"{user}:{password}".encode()).decode()
        self._auth = {"Authorization": f"Basic {login}"}
        limits = ClientTimeout(total=timeout, sock_connect=timeout / 2)
        self.session: ClientSession = ClientSession(timeout=limits)
        self.outside = ClientSession(timeout=limits, connector=public_connector())

    async def close(self) -> None:
        await self.outside.close()
        await super().close()

    async def request(
        self,
        method: str,
        url: str,
        params: Mapping[str, object] | None = None,
        data: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,  # noqa: ARG002
        timeout: float | None = None,  # noqa: ARG002
        allow_redirects: bool = False,  # noqa: ARG002
    ) -> Response:
        target, sends = self._api_url + url.removeprefix(API), method.upper() == "POST"
        body = _CheckedForm(data, _before_sending.get()) if data else None
        try:
            async with self.open(method, target, headers or {}, params=_given(params), data=body) as response:
                text = await response.text(errors="replace")
        except aiohttp.ClientConnectorError as error:
            raise Unreachable(f"Twilio cannot be reached: {error.strerror or error}") from error
        except aiohttp.ConnectionTimeoutError as error:
            raise Unreachable("Twilio cannot be reached in time") from error
        except (ClientError, TimeoutError) as error:
            if isinstance(error.__cause__, TooLate):
                raise error.__cause__ from None
            raise _no_answer(sends, type(error).__name__) from error
        _check_status(response, sends)
        return Response(response.status, text, response.headers)

    def open(self, method: str, url: str, headers: Mapping[str, str], **options: Any) -> Any:
        """Begin a request as our account."""
        return self.session.request(
            method, url, headers={**headers, **self._auth}, allow_redirects=False, **options
        )


def _given(params: Mapping[str, object] | None) -> dict[str, str]:
    return {name: str(value) for name, value in (params or {}).items() if value is not None}


class _CheckedForm(BytesPayload):
    """A form that is looked at once more right before its first byte; without it a request has no effect."""

    def __init__(self, fields: Mapping[str, object], check: Callable[[], None]) -> None:
        super().__init__(urlencode(dict(fields), doseq=True).encode(), content_type=_FORM)
        self._check = check

    async def write(self, writer: AbstractStreamWriter) -> None:
        self._check()
        await super().write(writer)

    async def write_with_length(self, writer: AbstractStreamWriter, content_length: int | None) -> None:
        self._check()
        await super().write_with_length(writer, content_length)


@asynccontextmanager
async def _checked(check: Callable[[], None]) -> AsyncIterator[None]:
    token = _before_sending.set(check)
    try:
        with _known_errors(sends=True):
            yield
    finally:
        _before_sending.reset(token)


@contextmanager
def _known_errors(*, sends: bool = False) -> Iterator[None]:
    """Turn the library's errors into ours."""
    try:
        yield
    except TwilioRestException as error:
        raise Refused(_in_words(error)) from error
    except (TwilioException, ValueError, KeyError, TypeError, AttributeError) as error:
        # The request went through; only its answer is nothing that we know.
        raise _no_answer(sends, type(error).__name__) from error


def _check_status(response: ClientResponse, sends: bool) -> None:
    status = response.status
    if status == 429:
        wait = response.headers.get("Retry-After", "")
        raise Unavailable("Twilio asks for patience", retry_after=float(wait) if wait.isdecimal() else None)
    if status in {401, 403}:
        raise Unreachable(f"Twilio does not accept TWILIO_ACCOUNT_SID with TWILIO_AUTH_TOKEN ({status})")
    if status == 503:  # Nothing was processed, Twilio says.
        raise Unreachable("Twilio is not available (503)")
    if status >= 500 or status < 200 or 300 <= status < 400:
        raise _no_answer(sends, f"status {status}")


def _no_answer(sends: bool, why: str) -> Exception:
    said = f"Twilio did not answer ({why})"
    return OutcomeUnknown(said) if sends else Unreachable(said)


def _in_words(error: TwilioRestException) -> str:
    return in_words(error.code, f"Twilio refused it: {error.msg}")
