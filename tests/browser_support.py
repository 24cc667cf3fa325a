"""A real Chromium for browser tests, on a page that tolerates no error and no foreign host.

`browser()` starts one (share it: a module-scoped fixture costs one start), `browser_page()` opens a page that fails
the test, once its block ends, for every console error, uncaught exception, or request that left this machine.
"""

import os
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, ConsoleMessage, Page, Request, async_playwright, expect

from tests.waiting import PATIENCE

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")  # The quickest first.
LOOPBACK = ("127.0.0.1", "localhost", "::1")
NETWORK_SCHEMES = ("http", "https", "ws", "wss")
SERIOUS = ("serious", "critical")
WAIT_MS = 1_000 * int(PATIENCE)
expect.set_options(timeout=WAIT_MS)


def chromium_path(environ: Mapping[str, str] = os.environ) -> str | None:
    """Find Chromium: the CHROMIUM variable first, then the usual names on PATH."""
    candidates = (
        shutil.which(name, path=environ.get("PATH")) for name in (environ.get("CHROMIUM"), *NAMES) if name
    )
    return next(filter(None, candidates), None)


def require_chromium(environ: Mapping[str, str] = os.environ) -> str:
    """Return Chromium's path, or skip the test; with REQUIRE_ALL=1 a missing browser is a failure."""
    path = chromium_path(environ)
    if path:
        return path
    missing = "no Chromium on this machine: apt-get install chromium-headless-shell, or set CHROMIUM"
    if environ.get("REQUIRE_ALL") == "1":
        pytest.fail(missing)
    pytest.skip(missing)


@dataclass
class Problems:
    """What went wrong in a page; `expected` are parts of console errors that a test provokes on purpose."""

    expected: tuple[str, ...] = ()
    seen: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.seen.append(f"uncaught: {error}"))
        page.context.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not any(part in message.text for part in self.expected):
            self.seen.append(f"console: {message.text}")

    def _request(self, request: Request) -> None:
        url = urlsplit(request.url)
        if url.scheme in NETWORK_SCHEMES and url.hostname not in LOOPBACK:
            self.seen.append(f"foreign host: {request.url}")


@asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    path = require_chromium()
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        try:
            yield chromium
        finally:
            await chromium.close()


@asynccontextmanager
async def browser_page(
    shared: Browser | None = None,
    *,
    dark: bool = False,
    width: int = 1280,
    height: int = 860,
    locale: str = "en-GB",
    expected_errors: tuple[str, ...] = (),
) -> AsyncIterator[Page]:
    """Open a page in its own context; afterwards it must have been free of errors and of foreign requests."""
    if shared is None:
        async with (
            browser() as own,
            browser_page(
                own, dark=dark, width=width, height=height, locale=locale, expected_errors=expected_errors
            ) as page,
        ):
            yield page
        return
    context = await shared.new_context(
        color_scheme="dark" if dark else "light",
        viewport={"width": width, "height": height},
        reduced_motion="reduce",
        locale=locale,
    )
    context.set_default_timeout(WAIT_MS)
    problems = Problems(expected_errors)
    page = await context.new_page()
    problems.watch(page)
    try:
        yield page
        assert problems.seen == []
    except Exception as error:
        error.add_note(f"the page had: {problems.seen}")
        raise
    finally:
        await context.close()


async def serious_violations(page: Page) -> list[str]:
    """Say what axe finds serious or critical: rule, number of places, and the first of them."""
    return await violations(page, SERIOUS)


async def violations(page: Page, impacts: tuple[str, ...] = ("minor", "moderate", *SERIOUS)) -> list[str]:
    """Say what axe finds, in the page and all frames in it."""
    results = await Axe().run(page)
    return [
        f"{one['id']} x{len(one['nodes'])}: {one['nodes'][0]['html'][:160]}"
        for one in results.response["violations"]
        if one["impact"] in impacts
    ]


async def scrolls_sideways(page: Page) -> bool:
    """Tell whether the page is wider than its window."""
    root = page.locator("html")
    return bool(await root.evaluate("node => node.scrollWidth > node.clientWidth"))
