"""Ending tasks, also those that miss it."""

import asyncio
from collections.abc import Collection
from typing import Any

_PATIENCE = 2.0


async def end(tasks: Collection[asyncio.Future[Any]], patience: float = _PATIENCE) -> list[Any]:
    """Cancel tasks and wait for all of them; return what each came to, a result or an error.

    One that has not ended after `patience` seconds is cancelled again. Before Python 3.12 `asyncio.wait_for`, and so
    the connection pools that use it, lose a cancellation that comes together with what they wait for
    (python/cpython#86296); whoever waited for such a task would wait for ever.
    """
    waiting = set(tasks)
    while waiting:
        for task in waiting:
            task.cancel()
        _, waiting = await asyncio.wait(waiting, timeout=patience)
    return await asyncio.gather(*tasks, return_exceptions=True)
