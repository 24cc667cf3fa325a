"""A running demo and a browser on its page, one of each for the tests of a file."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.browser.cockpit import Cockpit, Opened
from tests.browser_support import browser, browser_page
from tests.e2e.harness import Outside, running_demo


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def demo() -> AsyncIterator[Outside]:
    async with running_demo() as outside:
        yield outside


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with browser() as started:
        yield started


@pytest.fixture
def cockpit(chromium: Browser, demo: Outside) -> Opened:
    @asynccontextmanager
    async def opened(place: str = "", **options: object) -> AsyncIterator[Cockpit]:
        async with browser_page(chromium, **options) as page:
            cockpit = Cockpit(page, demo)
            await cockpit.visit(place)
            yield cockpit

    return opened


@pytest_asyncio.fixture(loop_scope="module")
async def assisted(demo: Outside) -> AsyncIterator[None]:
    """Let every e-mail wait for a person."""
    await demo.command("mode email assist", demo.contract["manager"])
    yield
    await demo.command("mode email auto yes", demo.contract["manager"])
