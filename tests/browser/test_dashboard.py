"""The dashboard in a real browser: accessible in every look, and whole without a script."""

import os
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import expect

from handlers.web.dashboard.places import PAGES
from tests.browser_support import browser, browser_page, scrolls_sideways, violations
from tests.handlers.web.dashboard.world import BOSS, running

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

PATHS = [*(f"/dashboard/{name}?period=30d" for name in PAGES), "/dashboard/cases?period=30d&of=all:"]
LOOKS = {"light": {}, "dark": {"dark": True}, "phone": {"width": 390, "height": 800}}
PICTURES = os.environ.get("PICTURES")  # A folder, to look at them.


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium():
    async with browser() as chromium:
        yield chromium


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world():
    async with running(120) as world:
        yield world


async def enter(world, page):
    root = str(world.client.make_url("/")).rstrip("/")
    await page.goto(root + world.link(BOSS))
    await page.get_by_role("button", name="Open the dashboard").click()
    await expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    return root


@pytest.mark.parametrize("look", LOOKS)
async def test_pages_are_accessible_and_fit(world, chromium, look):
    async with browser_page(chromium, **LOOKS[look]) as page:
        root = await enter(world, page)
        for path in PATHS:
            await page.goto(root + path.replace("/?", "?"))
            if PICTURES:
                name = path.split("?")[0].strip("/").replace("/", "-")
                await page.screenshot(path=Path(PICTURES) / f"{name}-{look}.png", full_page=True)
            for fold in await page.locator("summary").all():
                await fold.click()
            assert await violations(page) == [], path
            assert not await scrolls_sideways(page), path


async def test_without_a_script_filters_links_and_keyboard_work(world, chromium):
    context = await chromium.new_context(java_script_enabled=False)
    try:
        page = await context.new_page()
        await enter(world, page)
        await page.get_by_label("Period").select_option("30d")
        await page.get_by_label("Channel").select_option("email")
        await page.get_by_role("button", name="Show").focus()
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/dashboard?period=30d&channel=email")
        await page.get_by_role("link", name="Volume").click()
        await page.wait_for_url("**/dashboard/volume?period=30d&channel=email")
        await expect(page.get_by_label("Channel")).to_have_value("email")
        await page.get_by_text("The same as a table").first.click()
        await expect(page.get_by_role("table").first).to_be_visible()
        await page.get_by_role("link", name="Overview").click()
        await page.get_by_role("link", name="New conversations").first.click()
        await expect(page.get_by_role("heading", name="Conversations", exact=True)).to_be_visible()
    finally:
        await context.close()
