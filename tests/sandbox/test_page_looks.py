"""Readable by everybody: axe finds nothing at all, in light and dark, wide and narrow."""

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.browser_support import browser, browser_page, scrolls_sideways, violations
from tests.sandbox.page_samples import card, edit_view, every_block, played_day
from tests.sandbox.page_stub import AGENT, EMAIL, Stub, serving

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
TS = "1763890000.000100"
PLACES = {
    "#support-email": f"/#channel/{EMAIL}",
    "Thread": f"/#channel/{EMAIL}/{TS}",
    "App Home": "/#home",
    "Mail": "/#mail",
    "Chat widget": "/#chat",
    "Day": "/#day",
    "Weather": "/#weather",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium():
    async with browser() as started:
        yield started


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stub():
    stub = Stub()
    stub.show(*card(), ts=TS)
    stub.show(ts="1763890000.000200", thread_ts=TS, text="a reply with `code` and <@U0KIM>", blocks=None)
    stub.show(*every_block(), ts="1763890001.000100")
    stub.state["ephemeral"].append(
        {"channel": EMAIL, "user": AGENT, "ts": "1763890002.1", "text": "Only for *you*"}
    )
    stub.company["customers"] = [{"name": "Ines Baum", "email": "ines@baum.example"}]
    stub.mail.append(
        {
            "to": "ines@baum.example",
            "from": "s@shop.example",
            "subject": "Re: Lid",
            "text": "Soon.",
            "html": "<p>Soon.</p>",
        }
    )
    stub.day = {**stub.day, **played_day()}
    async with serving(stub):
        yield stub


@pytest.mark.parametrize(
    ("dark", "width"), [(False, 1360), (True, 1360), (False, 360)], ids=["light", "dark", "phone"]
)
async def test_everyone_can_use_it(chromium: Browser, stub: Stub, dark: bool, width: int):
    async with browser_page(chromium, dark=dark, width=width) as page:
        for name, place in PLACES.items():
            await page.goto(stub.url + place)
            await expect(page.locator(f".pane[aria-label='{name}']")).to_be_visible()
            await expect(page.get_by_label("Act as")).to_have_value(AGENT)
            assert (name, await violations(page)) == (name, [])
            assert (name, await scrolls_sideways(page)) == (name, False)


async def test_a_telephone_is_left_for_what_one_looks_at(chromium: Browser, stub: Stub):
    async with browser_page(chromium, width=390, height=844) as page:
        await page.goto(f"{stub.url}/#channel/{EMAIL}")
        pane = page.locator(".pane[aria-label='#support-email']")
        await expect(pane).to_be_visible()
        assert (await pane.bounding_box() or {})["y"] < 100
        places = page.get_by_role("navigation", name="Places")
        await expect(places.get_by_role("link", name="Mail", exact=True)).to_be_hidden()
        await places.get_by_role("button", name="#support-email").click()
        assert await violations(page) == []
        assert not await scrolls_sideways(page)
        await page.keyboard.press("Escape")
        await expect(places.get_by_role("link", name="Mail", exact=True)).to_be_hidden()
        await places.get_by_role("button", name="#support-email").click()
        await places.get_by_role("link", name="Mail", exact=True).click()
        await expect(places.get_by_role("link", name="Mail", exact=True)).to_be_hidden()
        await expect(places.get_by_role("button", name="Mail")).to_be_visible()


@pytest.mark.parametrize(("dark", "width"), [(False, 1360), (True, 360)])
async def test_everyone_can_use_a_dialog(chromium: Browser, dark: bool, width: int):
    stub = Stub()
    stub.state["views"] = [edit_view()]
    stub.answers["slack/submit"] = {
        "ok": True,
        "response_action": "errors",
        "errors": {"answer": "Say more."},
    }
    async with serving(stub), browser_page(chromium, dark=dark, width=width) as page:
        await page.goto(stub.url)
        await page.get_by_role("button", name="Send it").click()
        await expect(page.get_by_role("alert")).to_be_visible()
        assert await violations(page) == []
        assert not await scrolls_sideways(page)
