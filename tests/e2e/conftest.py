"""One running demo for all tests that do not need a fresh one."""

from collections.abc import AsyncIterator

import aiohttp
import pytest_asyncio

from tests.e2e.harness import Outside, contract_of, demo_arguments, end, start


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def demo() -> AsyncIterator[Outside]:
    process = await start(*demo_arguments())
    try:
        contract = await contract_of(process)
        async with aiohttp.ClientSession() as session:
            yield Outside(contract, session)
    finally:
        assert await end(process) == 0
