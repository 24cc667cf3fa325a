"""HTTP delivery: signed posts to the app's request URL, whose answer is the acknowledgement."""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from urllib.parse import urlencode

import aiohttp
from yarl import URL

from sandbox.slack.directory import SIGNING_SECRET
from sandbox.slack.envelope import COMMAND, EVENT, Envelope, NotDeliveredError
from sandbox.slack.traffic import Traffic
from sandbox.wire import Json, parsed

PROBE_SECONDS = 0.25
NOT_OURS = (404, 405)  # Something answers there, but it takes no events: as good as nobody.


def signed(body: str, timestamp: str, secret: str = SIGNING_SECRET) -> dict[str, str]:
    digest = hmac.new(secret.encode(), f"v0:{timestamp}:{body}".encode(), hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": f"v0={digest}"}


class RequestUrl:
    def __init__(
        self, url: str, traffic: Traffic, ack_seconds: float, clock: Callable[[], float] = time.time
    ) -> None:
        self.url = url
        self._traffic, self._ack_seconds, self._clock = traffic, ack_seconds, clock
        self._session: aiohttp.ClientSession | None = None
        self._probed_at, self._answers = float("-inf"), False

    def move(self, url: str) -> None:
        self.url, self._probed_at = url, float("-inf")

    async def answers(self) -> bool:
        """Say whether anybody listens at the request URL, looking at most a few times a second."""
        now = time.monotonic()
        if now - self._probed_at > PROBE_SECONDS:
            self._probed_at, self._answers = now, await self._listens()
        return self._answers

    async def _listens(self) -> bool:
        url = URL(self.url)
        try:
            async with asyncio.timeout(1):
                _, writer = await asyncio.open_connection(url.host, url.port)
        except (OSError, TimeoutError):
            return False
        writer.close()
        return True

    async def send(self, envelope: Envelope) -> Json:
        body, kind = _encoded(envelope)
        headers = {
            "Content-Type": kind,
            "User-Agent": "Slackbot 1.0 (stand-in)",
            **signed(body, str(int(self._clock()))),
        }
        if envelope.attempt:
            headers |= {"X-Slack-Retry-Num": str(envelope.attempt), "X-Slack-Retry-Reason": envelope.reason}
        frame = {"envelope_id": envelope.id, "payload": envelope.payload, "retry_attempt": envelope.attempt}
        self._traffic.note("envelope", via="http", type=envelope.kind, frame=frame)
        try:
            status, answer, no_retry = await self._post(body, headers)
        except TimeoutError:
            raise NotDeliveredError("http_timeout") from None
        except aiohttp.ClientConnectorError:
            self._look_away()
            raise NotDeliveredError("connection_failed", absent=True) from None
        except aiohttp.ClientError:
            raise NotDeliveredError("http_error") from None
        self._traffic.note(
            "ack", via="http", envelope_id=envelope.id, status=status, late=False, payload=answer
        )
        absent = status in NOT_OURS and not _from_an_app(answer)
        if absent:
            self._look_away()
        if status != 200:
            raise NotDeliveredError("http_error", absent=absent, final=no_retry)
        return answer

    def _look_away(self) -> None:
        """Take it that nobody is there until it is time to look again."""
        self._probed_at, self._answers = time.monotonic(), False

    async def _post(self, body: str, headers: dict[str, str]) -> tuple[int, Json, bool]:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=self._ack_seconds))
        async with self._session.post(
            self.url, data=body, headers=headers, allow_redirects=False
        ) as response:
            text = await response.text(errors="replace")
            return response.status, _decoded(text), response.headers.get("X-Slack-No-Retry") == "1"

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()


def _from_an_app(answer: Json) -> bool:
    """Tell whether an app is there and has no use for this: Bolt answers so to what nobody listens for."""
    return isinstance(answer, dict) and answer.get("error") == "unhandled request"


def _encoded(envelope: Envelope) -> tuple[str, str]:
    if envelope.kind == EVENT:
        return json.dumps(envelope.payload), "application/json"
    form = envelope.payload if envelope.kind == COMMAND else {"payload": json.dumps(envelope.payload)}
    return urlencode(form), "application/x-www-form-urlencoded"


def _decoded(text: str) -> Json:
    """Return what the app answered: JSON, or a bare text as the text of a message."""
    if not text.strip():
        return None
    try:
        return parsed(text)
    except ValueError:
        return {"text": text}
