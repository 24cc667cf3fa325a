"""Twilio's requests to the app: signed, late, twice, or again when the app fails, as the weather has it.

The signature is that of https://www.twilio.com/docs/usage/security#validating-requests, written from its description.
"""

import asyncio
import base64
import hashlib
import hmac
import logging
import uuid
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

from sandbox.twilio import ACCOUNT, PLACE, TOKEN
from sandbox.weather import Sky

log = logging.getLogger(__name__)

_PATIENCE = aiohttp.ClientTimeout(total=15, sock_connect=5)
_TRIES = 2  # Twilio's default: one more after a connection that failed.
_SOON = 0.02


def sign(url: str, fields: Mapping[str, str], token: str = TOKEN) -> str:
    """Return the signature of a form posted to `url`."""
    signed = url + "".join(f"{name}{fields[name]}" for name in sorted(fields))
    return base64.b64encode(hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()).decode()


@dataclass(frozen=True)
class Said:
    """What the app answered; status 0 when it did not."""

    status: int
    body: str = ""


class Callbacks:
    """Calls the app as Twilio does."""

    def __init__(self, sky: Sky) -> None:
        self._sky = sky
        self._session: aiohttp.ClientSession | None = None
        self._tasks: set[asyncio.Task[Any]] = set()

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    def later(self, work: Coroutine[Any, Any, object]) -> None:
        """Do something in the background, until the sandbox ends."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def pause(self) -> None:
        """Wait as long as news takes in this weather."""
        await asyncio.sleep(_SOON + self._sky.over(PLACE).latency_ms / 1000)

    async def post(self, url: str, fields: Mapping[str, str]) -> Said:
        """Post a signed form and return the answer; in some weathers it is posted twice."""
        form = {"AccountSid": ACCOUNT, "ApiVersion": "2010-04-01", **fields}
        token = str(uuid.uuid4())
        said = await self._insist(url, form, token)
        if self._sky.doubles(PLACE):
            await self._insist(url, form, token)
        return said

    async def _insist(self, url: str, form: Mapping[str, str], token: str) -> Said:
        said = Said(0)
        for _ in range(_TRIES):
            said = await self._once(url, form, token)
            if said.status and said.status < 500:
                break
        return said

    async def _once(self, url: str, form: Mapping[str, str], token: str) -> Said:
        headers = {"X-Twilio-Signature": sign(url, form), "I-Twilio-Idempotency-Token": token}
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=_PATIENCE)
        try:
            async with self._session.post(url, data=form, headers=headers) as response:
                return Said(response.status, await response.text())
        except (aiohttp.ClientError, TimeoutError) as error:
            log.warning("app_does_not_answer_twilio", extra={"url": url, "error": type(error).__name__})
            return Said(0)
