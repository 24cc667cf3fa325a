"""How tests wait for what happens elsewhere: a deadline decides, not a sleep."""

import asyncio
import inspect
import time
from collections.abc import Callable
from typing import Any

# Where nothing hangs, nobody waits so long: it only says when a test gives up, and a busy machine is slow.
PATIENCE = 60.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.005, 0.05


async def until(claim: Callable[[], Any], seconds: float = PATIENCE) -> Any:
    """Wait until a claim, which may be awaitable, holds; return what it says."""
    end, pause = time.monotonic() + seconds, _FIRST_PAUSE
    while not (said := await _said(claim)):
        assert time.monotonic() < end, f"did not happen within {seconds:.0f} s: {claim}"
        await asyncio.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)
    return said


async def _said(claim: Callable[[], Any]) -> Any:
    said = claim()
    return await said if inspect.isawaitable(said) else said
