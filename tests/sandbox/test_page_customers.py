"""The customers' side of the page: writing and reading mail, and the chat page in its frame."""

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.browser_support import browser, browser_page
from tests.sandbox.page_stub import Stub, serving

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

COMPANY = {
    "customers": [
        {"name": "Ines Baum", "email": "ines@baum.example", "company": "Baum & Sons", "plan": "Gold"},
        {"name": "Otto Lind", "email": "otto@lind.example", "company": "", "plan": "Basic"},
    ],
    "tickets": [
        {
            "channel": "email",
            "from": "Otto Lind <otto@lind.example>",
            "subject": "Lid missing",
            "text": "No lid in the box.",
        },
    ],
    "suggestions": [{"text": "are you open on sunday?", "action": "send", "outcome": "answered at once"}],
}
ANSWER = {
    "to": ["Otto Lind <otto@lind.example>"],
    "from": "support@shop.example",
    "subject": "Re: Lid missing",
    "text": "Hello Otto,\n\nthe lid is on its way <soon>.",
    "html": "<style>p{color:red}</style><p style=\"color:red\" onclick='x()'>the <b>lid</b> is on its way</p>"
    "<script>document.title='taken'</script><img src='https://track.example/p.gif' alt='dot'>"
    "<a href='javascript:x()'>bad</a> <a href='https://kb.example/lid'>good</a>",
    "headers": {
        "Message-ID": "<a1@shop.example>",
        "References": "<c1@lind.example>",
        "Reply-To": "support+k7@shop.example",
    },
    "raw": "",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium():
    async with browser() as started:
        yield started


@pytest_asyncio.fixture(loop_scope="module")
async def stub():
    async with serving(Stub(company=COMPANY)) as stub:
        yield stub


@pytest_asyncio.fixture(loop_scope="module")
async def page(chromium: Browser, stub: Stub):
    async with browser_page(chromium) as page:
        await page.goto(f"{stub.url}/#mail")
        await expect(page.get_by_role("heading", name="Mailbox of Ines Baum")).to_be_visible()
        yield page


async def test_write_with_an_example_and_read_the_answer(stub, page):
    await expect(page.get_by_text("Nothing here yet.")).to_be_visible()
    await page.get_by_label("Fill in an example").select_option("Lid missing")
    await expect(page.get_by_label("Customer", exact=True)).to_have_value("otto@lind.example")
    await page.get_by_role("button", name="Send").click()
    assert await stub.next_post() == (
        "mail/send",
        {
            "from": "otto@lind.example",
            "name": "Otto Lind",
            "subject": "Lid missing",
            "text": "No lid in the box.",
        },
    )
    await expect(page.get_by_text("No answer yet.")).to_be_visible()
    await expect(page.get_by_label("Message", exact=True)).to_have_value("")
    stub.mail.append(ANSWER)
    stub.changed("mail")
    await expect(page.get_by_text("the lid is on its way <soon>.")).to_be_visible()
    await expect(page.get_by_text("No answer yet.")).to_be_hidden()


async def test_html_is_drawn_without_its_tricks(stub, page):
    stub.mail.append({**ANSWER, "to": "ines@baum.example"})
    stub.changed("mail")
    await page.get_by_role("button", name="HTML").click()
    shown = page.locator(".mail-html")
    await expect(shown.locator("b")).to_have_text("lid")
    await expect(shown.get_by_role("link")).to_have_count(1)
    await expect(shown.get_by_role("link")).to_have_attribute("href", "https://kb.example/lid")
    assert await shown.locator("script, style, img, [style], [onclick]").count() == 0
    assert await page.title() == "threadpilot sandbox"


async def test_reply_carries_the_thread(stub, page):
    stub.mail.append({**ANSWER, "to": "ines@baum.example"})
    stub.changed("mail")
    await page.get_by_role("button", name="Reply").click()
    await expect(page.get_by_label("Message", exact=True)).to_be_focused()
    await page.get_by_label("Message", exact=True).fill("Thanks!")
    await page.get_by_role("button", name="Send").click()
    _, mail = await stub.next_post()
    assert mail == {
        "from": "ines@baum.example",
        "name": "Ines Baum",
        "subject": "Re: Lid missing",
        "text": "Thanks!",
        "in_reply_to": "<a1@shop.example>",
        "references": "<c1@lind.example> <a1@shop.example>",
        "to": "support+k7@shop.example",
    }


async def test_a_stranger_writes(stub, page):
    await page.get_by_label("Customer", exact=True).select_option("Someone unknown")
    await page.get_by_label("Name").fill("Nobody")
    await page.get_by_label("Address").fill("nobody@new.example")
    await page.get_by_label("Subject").fill("A question")
    await page.get_by_label("Message", exact=True).fill("Hello?")
    await page.get_by_role("button", name="Send").click()
    _, mail = await stub.next_post()
    assert (mail["from"], mail["name"], mail["subject"]) == ("nobody@new.example", "Nobody", "A question")


async def test_a_refused_mail_keeps_the_draft(stub, page):
    stub.answers["mail/send"] = {"ok": False, "error": "The mail server does not answer."}
    await page.get_by_label("Subject").fill("A question")
    await page.get_by_label("Message", exact=True).fill("Hello?")
    await page.get_by_role("button", name="Send").click()
    await expect(page.get_by_role("status")).to_contain_text("The mail server does not answer.")
    await expect(page.get_by_label("Message", exact=True)).to_have_value("Hello?")


async def test_chat_stands_in_a_frame(stub, page):
    stub.info["app_url"] = f"{stub.url}/icon.svg?"
    await page.reload()
    await page.get_by_role("link", name="Chat widget").click()
    await expect(page.get_by_title("Shop page with the chat widget")).to_be_visible()
    await expect(page.get_by_role("link", name="open in a new tab")).to_have_attribute(
        "href", f"{stub.url}/icon.svg?/chat/demo"
    )
    await expect(page.get_by_text("are you open on sunday?")).to_be_visible()
    await expect(page.get_by_text("(answered at once)")).to_be_visible()


async def test_chat_without_an_app_says_how_to_start_one(page):
    await page.get_by_role("link", name="Chat widget").click()
    await expect(page.get_by_role("heading", name="The app is not known here")).to_be_visible()
