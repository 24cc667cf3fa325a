"""The customers' phones on the page: texting, calling by typing, and what comes back."""

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.browser_support import browser, browser_page
from tests.sandbox.page_stub import Stub, serving

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

OTTO = {"name": "Otto Lind", "email": "otto@lind.example", "phone": "+44 7700 900101"}
NUMBER, SHOP = "+447700900101", "+442079460100"
ANSWER = {
    "sid": "SM1",
    "from": SHOP,
    "to": NUMBER,
    "body": "The lid is on its <b>way</b>.",
    "status": "undelivered",
    "direction": "outbound-api",
    "error_code": 30003,
    "date_created": "",
    "media": [],
}
CALL = {
    "sid": "CA1",
    "from": NUMBER,
    "to": SHOP,
    "status": "in-progress",
    "direction": "inbound",
    "date_created": "",
    "talk": [{"who": "app", "text": "What is it?"}],
    "awaits": "speech",
    "keys": True,
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium():
    async with browser() as started:
        yield started


@pytest_asyncio.fixture(loop_scope="module")
async def stub():
    company = {"customers": [{"name": "No Phone", "email": "no@x.example"}, OTTO], "tickets": []}
    async with serving(Stub(company=company)) as stub:
        yield stub


async def test_a_text_is_sent_by_the_chosen_customer_and_the_answers_fate_is_shown(
    chromium: Browser, stub: Stub
) -> None:
    stub.sms.append(ANSWER)
    async with browser_page(chromium) as page:
        await page.goto(f"{stub.url}/#sms")
        await expect(page.get_by_text("The lid is on its <b>way</b>.")).to_be_visible()
        await expect(page.get_by_text("not delivered (30003)")).to_be_visible()
        await expect(page.get_by_text("No Phone")).to_have_count(0)
        await page.get_by_role("radio", name="WhatsApp").check()
        await page.get_by_role("textbox", name="Message").fill("Where is the lid?")
        await page.get_by_role("button", name="Send").click()
        sent = {"from": f"whatsapp:{NUMBER}", "text": "Where is the lid?", "name": "Otto Lind"}
        assert await stub.next_post() == ("sms", sent)
        await page.get_by_role("checkbox", name="With a photo").check()
        await page.get_by_role("button", name="Send").click()
        assert await stub.next_post() == ("sms", sent | {"text": "", "media": [{"type": "image/png"}]})
        await expect(page.get_by_role("checkbox", name="With a photo")).not_to_be_checked()


async def test_a_call_is_made_by_typing(chromium: Browser, stub: Stub) -> None:
    async with browser_page(chromium) as page:
        await page.goto(f"{stub.url}/#phone")
        await page.get_by_role("button", name="Call the shop").click()
        assert await stub.next_post() == ("call", {"from": NUMBER})
        stub.calls.append(CALL)
        stub.changed("phone")
        await expect(page.get_by_text("What is it?")).to_be_visible()
        await page.get_by_label("It is heard").select_option("0.6")
        await page.get_by_label("Say", exact=True).fill("The lid")
        await page.get_by_role("button", name="Say it").click()
        said = {"sid": "CA1", "say": "The lid", "confidence": 0.6, "transcript": "completed"}
        assert await stub.next_post() == ("call", said)
        for name, step in (
            ("Press 1", {"keys": "1"}),
            ("Say nothing", {"silence": True}),
            ("Hang up", {"hangup": True}),
        ):
            await page.get_by_role("button", name=name).click()
            assert await stub.next_post() == ("call", {"sid": "CA1", **step})
        stub.calls[0] = CALL | {"awaits": None, "status": "completed"}
        stub.changed("phone")
        await expect(page.get_by_text("The call is over.")).to_be_visible()
        await expect(page.get_by_role("button", name="Call the shop")).to_be_visible()
