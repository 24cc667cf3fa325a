"""One running demo for all tests that do not need a fresh one."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.e2e.harness import Outside, running_demo


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def demo() -> AsyncIterator[Outside]:
    async with running_demo() as outside:
        yield outside
