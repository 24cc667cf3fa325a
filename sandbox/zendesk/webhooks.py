"""Zendesk's webhooks: signed, late, twice, or again when the app fails, as the weather has it.

The signature is base64(HMAC-SHA256(secret, timestamp + body)), as Zendesk describes it under "Verifying webhooks".
"""

import asyncio
import base64
import hashlib
import hmac
import json
import logging
import uuid
from datetime import UTC, datetime
from typing import Any

import aiohttp

from sandbox.weather import Sky
from sandbox.wire import Record
from sandbox.zendesk import ACCOUNT, PLACE, WEBHOOK_SECRET
from sandbox.zendesk.state import USER, State

log = logging.getLogger(__name__)

_PATIENCE = aiohttp.ClientTimeout(total=12, sock_connect=5)
_TRIES = 3
WEBHOOK = "01GJQGPH0YV7FZ7Y1JKVCWQZ8D"
_SOON, _AGAIN = 0.02, 0.5


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """Return the signature of a body sent at a time."""
    return base64.b64encode(
        hmac.new(secret.encode(), timestamp.encode() + body, hashlib.sha256).digest()
    ).decode()


class Webhooks:
    """Tells the app what happened. `spared` are users whose own doing a trigger's condition leaves out."""

    def __init__(self, state: State, sky: Sky, url: str) -> None:
        self._state, self._sky, self._url = state, sky, url
        self._session: aiohttp.ClientSession | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self.spared: set[int] = set()
        self.active = True
        self.sent: list[Record] = []

    def registered(self) -> list[Record]:
        """Return the webhooks that are set up, in the words of the API."""
        status = "active" if self.active else "inactive"
        return [
            {
                "id": WEBHOOK,
                "name": "threadpilot",
                "endpoint": self._url,
                "status": status,
                "http_method": "POST",
            }
        ]

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    def tell(self, kind: str, ticket: Record, actor: int, comment: Record | None) -> None:
        """Have the app told of an event, in the background."""
        if not self.active or actor in self.spared or self._sky.over(PLACE).silent:
            return
        event = self._event(kind, ticket, actor, comment)
        task = asyncio.get_running_loop().create_task(self._deliver(event))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _event(self, kind: str, ticket: Record, actor: int, comment: Record | None) -> Record:
        said: Record = {}
        if comment is not None:
            author = self._state.find(USER, comment["author_id"]) or {}
            said["comment"] = {
                "id": str(comment["id"]),
                "body": comment["body"],
                "is_public": comment["public"],
                "author": {
                    "id": str(comment["author_id"]),
                    "is_staff": author.get("role") != "end-user",
                    "name": author.get("name"),
                },
            }
        return {
            "account_id": int(ACCOUNT),
            "detail": {
                "actor_id": str(actor),
                "id": str(ticket["id"]),
                "external_id": ticket["external_id"],
                "status": ticket["status"].upper(),
                "subject": ticket["subject"],
                "requester_id": str(ticket["requester_id"]),
                "tags": ticket["tags"],
                "is_public": ticket["is_public"],
                "via": {"channel": ticket["via"]["channel"]},
                "created_at": ticket["created_at"],
                "updated_at": ticket["updated_at"],
            },
            "event": {
                **said,
                "meta": {"version": 2, "sequence": {"id": str(uuid.uuid4()), "position": 1, "total": 1}},
            },
            "event_version": "2022-11-06",
            "id": str(uuid.uuid4()),
            "subject": f"zen:ticket:{ticket['id']}",
            "time": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
            "type": f"zen:event-type:ticket.{kind}",
            "zendesk_event_version": "2022-06-20",
        }

    async def _deliver(self, event: Record) -> None:
        body, invocation = json.dumps(event).encode(), uuid.uuid4().hex
        await asyncio.sleep(_SOON + self._sky.over(PLACE).latency_ms / 1000)
        for _ in range(2 if self._sky.doubles(PLACE) else 1):
            for _ in range(_TRIES):
                status = await self._once(body, invocation)
                self.sent.append({"type": event["type"], "ticket": event["detail"]["id"], "status": status})
                if status and status != 429 and status < 500:
                    break
                await asyncio.sleep(_AGAIN)

    async def _once(self, body: bytes, invocation: str) -> int:
        timestamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        headers = {
            "Content-Type": "application/json",
            "X-Zendesk-Account-Id": ACCOUNT,
            "X-Zendesk-Webhook-Id": WEBHOOK,
            "X-Zendesk-Webhook-Invocation-Id": invocation,
            "X-Zendesk-Webhook-Signature": sign(WEBHOOK_SECRET, timestamp, body),
            "X-Zendesk-Webhook-Signature-Timestamp": timestamp,
        }
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=_PATIENCE)
        try:
            async with self._session.post(self._url, data=body, headers=headers) as response:
                return response.status
        except (aiohttp.ClientError, TimeoutError) as error:
            log.warning("app_does_not_answer_zendesk", extra={"error": type(error).__name__})
            return 0
