"""What the page has for trying things out: day, weather, tour, shortcuts, hints, and selects that search."""

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.browser_support import browser, browser_page
from tests.sandbox.page_samples import actions, card, option, plain, played_day
from tests.sandbox.page_stub import AGENT, CHAT, EMAIL, Stub, serving

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
TS = "1763890000.000100"
INFO = {
    "commands": [{"command": "/cockpit", "hint": "help | status | mode email assist"}],
    "shortcuts": [
        {"name": "Add a note", "type": "message", "callback_id": "note", "description": ""},
        {"name": "New conversation", "type": "global", "callback_id": "begin", "description": ""},
    ],
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium():
    async with browser() as started:
        yield started


@pytest_asyncio.fixture(loop_scope="module")
async def stub():
    stub = Stub(info=INFO)
    find = {
        "type": "external_select",
        "action_id": "article",
        "placeholder": plain("Article"),
        "min_query_length": 2,
    }
    stub.show(*card(), actions(find, block_id="find"), ts=TS)
    async with serving(stub):
        yield stub


@pytest_asyncio.fixture(loop_scope="module")
async def page(chromium: Browser, stub: Stub):
    async with browser_page(chromium) as page:
        await page.goto(stub.url)
        await expect(page.get_by_role("heading", name="Kettle arrived without its lid")).to_be_visible(
            timeout=30_000
        )
        yield page


async def test_a_select_searches_while_one_types_and_takes_the_keyboard(stub: Stub, page: Page):
    stub.answers["slack/suggest"] = {
        "ok": True,
        "options": [option("Lost lids", "l"), option("Late parcels", "p")],
    }
    await page.get_by_role("combobox", name="Article").fill("lo")
    asked, question = await stub.next_post()
    assert asked == "slack/suggest"
    assert (
        question | {"channel": EMAIL, "ts": TS, "action_id": "article", "text": "lo", "user": AGENT}
        == question
    )
    await expect(page.get_by_role("option", name="Lost lids")).to_have_attribute("aria-selected", "true")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    sent, click = await stub.next_post()
    assert (sent, click["value"]["value"]) == ("slack/click", "p")
    await expect(page.get_by_role("combobox", name="Article")).to_have_value("Late parcels")


async def test_shortcuts_and_hints(stub: Stub, page: Page):
    await page.get_by_role("button", name="Shortcuts for this message").click()
    await page.get_by_role("menuitem", name="Add a note").click()
    assert await stub.next_post() == (
        "slack/shortcut",
        {"callback_id": "note", "user": AGENT, "channel": EMAIL, "ts": TS},
    )
    await page.get_by_role("button", name="Shortcuts", exact=True).click()
    await page.get_by_role("menuitem", name="New conversation").click()
    assert await stub.next_post() == ("slack/shortcut", {"callback_id": "begin", "user": AGENT})
    box = page.get_by_role("textbox", name="Message #support-email")
    await box.fill("/cockpit m")
    await page.get_by_role("button", name="/cockpit mode email assist").click()
    await expect(box).to_have_value("/cockpit mode email assist")


async def test_a_slash_command_is_typed_past_the_last_hint(stub: Stub, page: Page):
    box = page.get_by_role("textbox", name="Message #support-email")
    await box.click()
    await page.keyboard.type("/cockpit mode c")
    await expect(page.get_by_role("list", name="Commands")).to_be_hidden()
    await expect(box).to_be_focused()
    await page.keyboard.type("hat assist @mor")
    await expect(page.get_by_role("listbox", name="Names").get_by_role("option")).to_have_text(
        "@morgan Morgan Diaz"
    )
    await page.keyboard.press("Enter")
    await page.keyboard.type("now")
    await expect(box).to_have_value("/cockpit mode chat assist @morgan now")


async def test_a_day_is_begun_watched_and_reported(stub: Stub, page: Page):
    await page.goto(f"{stub.url}/#day")
    await page.get_by_label("Customers who write").select_option("60")
    await page.get_by_role("button", name="Play the day").click()
    assert await stub.next_post() == ("day", {"speed": 60, "tickets": 60, "drift": 0})
    stub.day |= {"playing": True, "progress": played_day()["progress"]}
    stub.changed("day")
    await expect(page.get_by_role("heading", name="17:12")).to_be_visible()
    stub.day |= played_day() | {"playing": False, "log_errors": ["ERROR it broke"]}
    stub.changed("day")
    await expect(page.get_by_role("region", name="The report")).to_contain_text("Log: ERROR it broke")


async def test_the_weather_is_made_and_ended(stub: Stub, page: Page):
    await page.goto(f"{stub.url}/#weather")
    await page.get_by_label("Salesforce").select_option("is down")
    assert await stub.next_post() == ("weather", {"salesforce": {"down": True}})
    await page.get_by_role("listitem").filter(has_text="#support-chat").get_by_label("archived").check()
    assert await stub.next_post() == ("slack/channel", {"channel": CHAT, "archived": True})
    await page.get_by_role("button", name="Let everything work").click()
    assert (await stub.next_post())[1]["salesforce"] == {}


async def test_the_tour_explains_the_product_and_can_be_left(page: Page):
    await page.get_by_role("button", name="Take the tour").click()
    tour = page.get_by_role("dialog", name="Tour")
    await expect(tour).to_contain_text("1 of 7")
    for _ in range(3):
        await tour.get_by_role("button", name="Next").click()
    await expect(tour).to_contain_text("One click answers")
    await expect(page.locator("[data-tour]").get_by_role("button", name="Approve & send")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(tour).to_be_hidden()
    await expect(page.locator("[data-tour]")).to_have_count(0)


HOLD_FRAMES = """() => {
  const held = new Map();
  let last = 0;
  window.requestAnimationFrame = (draw) => held.set(++last, draw) && last;
  window.cancelAnimationFrame = (frame) => held.delete(frame);
  window.drawHeld = () => held.forEach((draw) => draw(0));
}"""


async def test_a_tour_that_is_left_before_the_page_is_drawn_leaves_no_mark(page: Page):
    await page.evaluate(HOLD_FRAMES)
    await page.get_by_role("button", name="Take the tour").click()
    tour = page.get_by_role("dialog", name="Tour")
    await expect(tour).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(tour).to_be_hidden()
    await page.evaluate("drawHeld()")
    await expect(page.locator("[data-tour]")).to_have_count(0)
