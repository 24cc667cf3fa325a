"""The CRM tab of the page: tickets as they change, and working on them as people in Zendesk do."""

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.browser_support import browser, browser_page, violations
from tests.sandbox.page_stub import Stub, serving

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

NOTE = {
    "id": 1,
    "author": "threadpilot",
    "body": "Ada wrote: <b>hello</b>",
    "public": False,
    "files": ["shoe.png"],
}
ANSWER = {"id": 2, "author": "Robin Park", "body": "Send them back.", "public": True, "files": []}
LACES = {"id": 35, "subject": "Laces", "status": "pending", "tags": ["threadpilot"], "requester": "Ada Quill"}
OLDER = {
    "id": 34,
    "subject": "Shoes",
    "status": "solved",
    "tags": [],
    "requester": "Otto Lind",
    "comments": [],
}
OTTO = {"name": "Otto Lind", "email": "otto@lind.example", "phone": ""}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium():
    async with browser() as started:
        yield started


@pytest_asyncio.fixture(loop_scope="module")
async def stub():
    async with serving(Stub(company={"customers": [OTTO], "tickets": []})) as stub:
        yield stub


async def test_tickets_change_live_and_are_worked_on(chromium: Browser, stub: Stub) -> None:
    async with browser_page(chromium) as page:
        await page.goto(f"{stub.url}/#crm")
        await expect(page.get_by_text("No ticket yet.")).to_be_visible()
        stub.tickets.extend([OLDER, {**LACES, "comments": [NOTE, ANSWER]}])
        stub.changed("crm")
        await expect(page.get_by_text("Ada wrote: <b>hello</b>")).to_be_visible()
        await expect(page.get_by_text("internal note", exact=False).first).to_be_visible()
        await expect(page.get_by_text("📎 shoe.png")).to_be_visible()
        await page.get_by_label("Write").select_option("note")
        await page.get_by_role("textbox", name="Comment").fill("Be nice.")
        await page.get_by_role("button", name="Comment").click()
        said = {"ticket": 35, "text": "Be nice.", "public": False, "as": "agent"}
        assert await stub.next_post() == ("zendesk/comment", said)
        await page.get_by_label("Status").select_option("solved")
        assert await stub.next_post() == ("zendesk/status", {"ticket": 35, "status": "solved"})
        await page.get_by_role("button", name="Shoes").click()
        await expect(page.get_by_role("heading", name="#34 Shoes")).to_be_visible()
        assert await violations(page) == []


async def test_a_customer_opens_a_ticket(chromium: Browser, stub: Stub) -> None:
    async with browser_page(chromium) as page:
        await page.goto(f"{stub.url}/#crm")
        await page.get_by_text("Open a ticket as a customer").click()
        await page.get_by_label("Subject").fill("Laces")
        await page.get_by_label("Text").fill("They broke.")
        await page.get_by_role("button", name="Open it").click()
        opened = {"from": "otto@lind.example", "subject": "Laces", "text": "They broke."}
        assert await stub.next_post() == ("zendesk/ticket", opened)


async def test_cases_stand_beside_tickets(chromium: Browser, stub: Stub) -> None:
    async with browser_page(chromium) as page:
        await page.goto(f"{stub.url}/#crm")
        await expect(page.get_by_text("No case yet.")).to_be_visible()
        case = {"id": "500", "number": "00001026", "subject": "Where is it?", "status": "Closed", "from": ""}
        more = {
            "contact": "Ada Quill",
            "comments": ["<b>Found</b>"],
            "tasks": ["Answer: Where is it? (Completed)"],
        }
        stub.cases.append(case | more)
        stub.changed("crm")
        await page.get_by_text("00001026 Where is it?").click()
        await expect(page.get_by_text("<b>Found</b>")).to_be_visible()
        await expect(page.get_by_text("☑ Answer: Where is it? (Completed)")).to_be_visible()
        await page.get_by_label("Note on the case, as a colleague").fill("She called.")
        await page.get_by_role("button", name="Add to the case").click()
        assert await stub.next_post() == ("salesforce/comment", {"case": "500", "text": "She called."})
        # A choice counts, even where the note is still on its way.
        await page.get_by_label("The case is").select_option("Working")
        assert await stub.next_post() == ("salesforce/status", {"case": "500", "status": "Working"})
        assert await violations(page) == []
