"""Pictures by vl-convert, in a process of their own: its JavaScript engine takes 200 MB, and may hang or crash.

It lives for one order, which comes once a week. What it does to itself is its own affair: we wait for so long, then
it is ended.
"""

import asyncio
import importlib.util
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Mapping, Sequence
from typing import Any

from bot.core.errors import Unavailable

PATIENCE = 30.0
_MARK = b"\x89PNG\r\n\x1a\n"
_LENGTH = 4


class VegaPainter:
    """`bot.core.ports.reporting.Painter`."""

    def __init__(
        self, patience: float = PATIENCE, command: Sequence[str] = ("-m", "integrations.painter")
    ) -> None:
        """Wait for so many seconds; `command` is what Python runs."""
        self._patience = patience
        self._command = command

    async def paint(self, specs: Sequence[Mapping[str, Any]]) -> Sequence[bytes]:
        """Return each specification as a PNG. Raises Unavailable, whatever goes wrong."""
        if importlib.util.find_spec("vl_convert") is None:
            raise Unavailable("Pictures need pip install 'threadpilot[pictures]'")
        order = json.dumps(list(specs)).encode()
        process = await asyncio.create_subprocess_exec(
            sys.executable, *self._command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL
        )
        try:
            async with asyncio.timeout(self._patience):
                told, _ = await process.communicate(order)
        except TimeoutError:
            raise Unavailable(f"No picture within {self._patience:g} s") from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode:
            raise Unavailable(f"The painter ended with {process.returncode}")
        return _pictures(told, len(specs))


def _pictures(told: bytes, wanted: int) -> Sequence[bytes]:
    """Take apart what the painter has written: the length of each picture in four bytes, then the picture."""
    found = []
    while told:
        size = int.from_bytes(told[:_LENGTH], "big")
        found.append(told[_LENGTH : _LENGTH + size])
        told = told[_LENGTH + size :]
    if len(found) != wanted or not all(one.startswith(_MARK) for one in found):
        raise Unavailable("The painter made something else than pictures")
    return found
