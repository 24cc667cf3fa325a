"""Opening a window that has to be read for: filled at once, or first empty where reading takes too long."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from blocks import kit, modals
from handlers.slack.payloads import Body, opened_of
from handlers.slack.windows import OPENED
from integrations.slack.client import SlackClient

# A trigger id lives three seconds; what cannot be read in this time is filled in afterwards.
_AT_ONCE = 1.0

T = TypeVar("T")


async def open_filled(
    client: SlackClient,
    body: Body,
    context: dict[str, Any],
    preparing: Coroutine[Any, Any, T],
    view_of: Callable[[T], kit.Json],
) -> T:
    """Open a window with what `preparing` returns, in one call where that can be; return that."""
    reading = asyncio.create_task(preparing)
    if body.get("view"):  # Pressed in a window: that one changes.
        context[OPENED] = opened_of(body)
    else:
        await asyncio.wait([reading], timeout=_AT_ONCE)
        if not reading.done() or reading.exception() is not None:
            context[OPENED] = await client.open_view(body["trigger_id"], modals.loading())
    prepared = await reading
    if OPENED in context:
        await client.update_view(context[OPENED], view_of(prepared))
    else:
        context[OPENED] = await client.open_view(body["trigger_id"], view_of(prepared))
    return prepared
