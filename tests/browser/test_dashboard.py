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
        await page.wait_for_url("**/dashboard?period=30d&channel=email**")
        await page.get_by_role("link", name="Volume").click()
        await page.wait_for_url("**/dashboard/volume?period=30d&channel=email**")
        await expect(page.get_by_label("Channel")).to_have_value("email")
        await page.get_by_text("The same as a table").first.click()
        await expect(page.get_by_role("table").first).to_be_visible()
        await page.get_by_role("link", name="Overview").click()
        await page.get_by_role("link", name="New conversations").first.click()
        await expect(page.get_by_role("heading", name="Conversations", exact=True)).to_be_visible()
    finally:
        await context.close()


async def test_a_picture_answers_to_pointer_and_keys(world, chromium):
    async with browser_page(chromium) as page:
        root = await enter(world, page)
        await page.goto(f"{root}/dashboard/volume?period=30d&channel=email")
        days = page.locator("section", has=page.get_by_role("heading", name="New conversations by day"))
        chart, said = days.locator("svg.chart"), days.get_by_role("status")
        await chart.focus()
        await page.keyboard.press("End")
        last = await said.text_content()
        await page.keyboard.press("ArrowLeft")
        await expect(said).not_to_have_text(last)
        assert await chart.locator(".current").count() == 1
        assert await violations(page) == []
        await chart.locator("rect.s0").first.hover()
        day = (await said.text_content()).split(":")[0]
        while await said.text_content() != f"{day}: {await shown_on(days, day)}":
            await page.keyboard.press("ArrowLeft")
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"**of=day%3A{day}")


async def shown_on(section, day):
    """Return how many conversations the table behind a picture has for a day."""
    return await section.locator("tr", has_text=day).locator("td").last.text_content()


async def test_series_can_be_put_aside_and_the_period_changed_in_place(world, chromium):
    async with browser_page(chromium) as page:
        root = await enter(world, page)
        await page.goto(f"{root}/dashboard/volume?period=30d")
        days = page.locator("section", has=page.get_by_role("heading", name="New conversations by day"))
        key = days.get_by_role("button", pressed=True).first
        bars = days.locator("rect.s0")
        name = await key.text_content()
        await key.focus()
        await page.keyboard.press("Enter")
        aside = days.get_by_role("button", name=name, pressed=False)
        await expect(aside).to_be_visible()
        assert not await bars.first.is_visible()
        await aside.click()
        assert await bars.first.is_visible()
        await days.get_by_role("button", name="Shorter period").click()
        await page.wait_for_url("**/dashboard/volume?period=7d**")
        await page.goto(f"{root}/dashboard/volume?period=90d")
        await expect(days.get_by_role("button", name="Longer period")).to_be_disabled()
