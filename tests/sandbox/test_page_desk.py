"""Working in Slack's place: presses, threads, commands, dialogs and what the page says when something fails."""

import re

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.browser_support import browser, browser_page, violations
from tests.sandbox.page_samples import card, field, plain, section
from tests.sandbox.page_stub import AGENT, BOT, CHAT, EMAIL, MANAGER, Stub, serving

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
TS = "1763890000.000100"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium():
    async with browser() as started:
        yield started


@pytest_asyncio.fixture(loop_scope="module")
async def stub():
    stub = Stub()
    stub.show(*card(), ts=TS)
    async with serving(stub):
        yield stub


@pytest_asyncio.fixture(loop_scope="module")
async def page(chromium: Browser, stub: Stub):
    async with browser_page(chromium) as page:
        await page.goto(stub.url)
        await expect(page.get_by_role("heading", name="Kettle arrived without its lid")).to_be_visible()
        yield page


async def test_says_what_it_is(page: Page):
    await expect(page.get_by_text("Stand-in, not Slack.")).to_be_visible()
    await expect(page.get_by_text("Write to the shop as a customer")).to_be_visible()
    await page.get_by_role("button", name="Hide these steps").click()
    await expect(page.get_by_text("Write to the shop as a customer")).to_be_hidden()


async def test_a_press_is_sent_and_shows_that_it_waits(stub: Stub, page: Page):
    stub.hold.clear()
    approve = page.get_by_role("button", name="Approve & send")
    await approve.click()
    await expect(approve).to_have_attribute("aria-busy", "true")
    sent, click = await stub.next_post()
    assert sent == "slack/click"
    assert (
        click
        | {
            "channel": EMAIL,
            "ts": TS,
            "action_id": "approve",
            "block_id": "acts",
            "user": AGENT,
            "value": "draft-1",
        }
        == click
    )
    await approve.click(force=True)
    stub.hold.set()
    await expect(approve).not_to_have_attribute("aria-busy", "true")
    assert stub.posted.empty()


async def test_an_app_that_does_not_answer_is_named_at_the_button(stub: Stub, page: Page):
    stub.answers["slack/click"] = {"ok": False, "error": "operation_timeout"}
    await page.get_by_role("button", name="Approve & send").click()
    await expect(page.get_by_role("alert")).to_contain_text("did not answer within 3 seconds")


async def test_a_press_that_wants_confirming_asks_first(stub: Stub, page: Page):
    await page.get_by_role("button", name="Escalate").click()
    asking = page.get_by_role("dialog", name="Escalate?")
    await expect(asking).to_contain_text("A lead is told at once.")
    await asking.get_by_role("button", name="Not yet").click()
    await expect(asking).to_be_hidden()
    assert stub.posted.empty()
    await page.get_by_role("button", name="Escalate").click()
    await asking.get_by_role("button", name="Escalate now").click()
    assert (await stub.next_post())[1]["action_id"] == "escalate"


async def test_overflow_works_from_the_keyboard(stub: Stub, page: Page):
    more = page.get_by_role("button", name="More actions")
    await more.press("Enter")
    await expect(page.get_by_role("menuitem", name="Snooze")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("menu")).to_be_hidden()
    await expect(more).to_be_focused()
    await more.press("Enter")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    _, click = await stub.next_post()
    assert (click["action_id"], click["value"]) == ("more", "details")


async def test_acting_as_another_person(stub: Stub, page: Page):
    stub.state["ephemeral"].append(
        {"channel": EMAIL, "user": MANAGER, "ts": "1763890001.1", "text": "Already sent by <@U0KIM>."}
    )
    stub.changed("slack")
    await page.get_by_label("Act as").select_option(MANAGER)
    await expect(page.get_by_text("Only visible to you")).to_be_visible()
    await expect(page.get_by_text("Already sent by @Kim Larsen.")).to_be_visible()
    await page.get_by_role("button", name="Approve & send").click()
    assert (await stub.next_post())[1]["user"] == MANAGER
    await page.get_by_role("button", name="Dismiss").click()
    await expect(page.get_by_text("Only visible to you")).to_be_hidden()


async def test_thread_with_replies_and_a_note(stub: Stub, page: Page):
    for n in (1, 2, 3):
        stub.show(ts=f"1763890000.00020{n}", thread_ts=TS, text=f"reply {n}", blocks=None)
    await page.get_by_role("link", name="3 replies").click()
    assert page.url.endswith(f"#channel/{EMAIL}/{TS}")
    thread = page.get_by_role("complementary", name="Thread")
    await expect(thread.get_by_text("reply 3")).to_be_visible()
    note = thread.get_by_label("Note in this thread")
    await note.fill("is <b> & co in stock?")
    await note.press("Enter")
    assert await stub.next_post() == (
        "slack/message",
        {"channel": EMAIL, "user": AGENT, "thread_ts": TS, "text": "is <b> & co in stock?"},
    )
    await expect(note).to_have_value("")
    await thread.get_by_role("link", name="Close the thread").click()
    await expect(thread).to_be_hidden()


async def test_slash_commands_run_in_channels_only(stub: Stub, page: Page):
    stub.state["ephemeral"].append(
        {"channel": EMAIL, "user": AGENT, "ts": "1763890001.1", "text": "All *well*.", "from": BOT}
    )
    box = page.get_by_label("Message #support-email")
    await box.fill("/cockpit threshold chat 0.95")
    await page.get_by_role("button", name="Run").click()
    assert await stub.next_post() == (
        "slack/command",
        {"channel": EMAIL, "user": AGENT, "command": "/cockpit", "text": "threshold chat 0.95"},
    )
    await expect(page.get_by_text("All well.")).to_be_visible()
    await page.goto(f"{stub.url}/#channel/{EMAIL}/{TS}")
    note = page.get_by_label("Note in this thread")
    await note.fill("/cockpit status")
    await note.press("Enter")
    await expect(page.get_by_role("status")).to_contain_text("does not run slash commands in threads")
    await expect(note).to_have_value("/cockpit status")


async def test_names_behind_a_slash_command_are_offered_and_taken_with_the_keyboard(stub: Stub, page: Page):
    box, names = page.get_by_label("Message #support-email"), page.get_by_role("listbox", name="Names")
    await box.press_sequentially("/cockpit oncall add @")
    await expect(names.get_by_role("option")).to_have_text(["@kim Kim Larsen", "@morgan Morgan Diaz"])
    assert await violations(page) == []
    await box.press("ArrowDown")
    chosen = names.get_by_role("option", selected=True)
    await expect(chosen).to_have_text("@morgan Morgan Diaz")
    await expect(box).to_have_attribute("aria-activedescendant", await chosen.get_attribute("id") or "")
    await box.press("Enter")
    await expect(box).to_have_value("/cockpit oncall add @morgan ")
    await box.press_sequentially("in #chat")
    await box.press("Tab")
    await expect(box).to_have_value("/cockpit oncall add @morgan in #support-chat ")
    await box.press_sequentially("@lars")
    await box.press("Escape")
    await expect(names).to_be_hidden()
    await box.fill("/cockpit oncall add @kim")
    await box.press("Enter")  # Nothing is left to offer.
    assert (await stub.next_post())[1]["text"] == "oncall add @kim"


async def test_a_note_offers_no_names(page: Page):
    await page.get_by_label("Message #support-email").press_sequentially("ask @k")
    await expect(page.get_by_role("listbox", name="Names")).to_be_hidden()


async def test_new_messages_are_unread_counted_and_announced(stub: Stub, page: Page):
    stub.show({"type": "header", "text": plain("Can I pay later")}, channel=CHAT, ts="1763890009.000100")
    await expect(page.get_by_role("link", name=re.compile("support-chat ?, 1 unread"))).to_be_visible()
    await expect(page.locator("[aria-live=polite]")).to_have_text(
        "New message in support-chat: Can I pay later"
    )
    await page.get_by_role("link", name="support-chat").click()
    await expect(page.get_by_role("heading", name="Can I pay later")).to_be_visible()
    await expect(page.get_by_role("link", name="unread")).to_have_count(0)


async def test_only_a_reader_at_the_bottom_is_scrolled(stub: Stub, page: Page):
    for n in range(60):
        stub.show(section(f"conversation {n}"), ts=f"17638901{n:02}.000100")
    await expect(page.get_by_text("conversation 59")).to_be_in_viewport()
    await expect(page.get_by_text("Show earlier (21)")).to_be_attached()
    scroll = page.get_by_role("region", name="Messages in #support-email")
    await scroll.evaluate("box => { box.scrollTop = 0; }")
    stub.show(section("the newest"), ts="1763890200.000100")
    below = page.get_by_role("button", name="New messages")
    await expect(below).to_be_visible()
    await expect(page.get_by_text("the newest")).not_to_be_in_viewport()
    await below.click()
    await expect(page.get_by_text("the newest")).to_be_in_viewport()
    await expect(below).to_be_hidden()


async def test_app_home_is_opened_and_shown(stub: Stub, page: Page):
    await page.get_by_role("link", name="App Home").click()
    assert await stub.next_post() == ("slack/home", {"user": AGENT})
    await expect(page.get_by_role("heading", name="No Home yet")).to_be_visible()
    home = {"id": "V9", "type": "home", "user": AGENT, "blocks": [section("3 wait for you", block_id="q")]}
    stub.state["views"] = [{**home, "user": MANAGER, "blocks": [section("not mine")]}, home]
    stub.changed("slack")
    await expect(page.get_by_text("3 wait for you")).to_be_visible()


async def test_reactions_are_shown_and_toggled(stub: Stub, page: Page):
    stub.state["messages"][0]["reactions"] = [{"name": "eyes", "users": [MANAGER], "count": 1}]
    stub.changed("slack")
    await page.get_by_role("button", name="eyes, 1").click()
    name, reaction = await stub.next_post()
    assert (name, reaction["name"], reaction["ts"]) == ("slack/reaction", "eyes", TS)


async def test_an_empty_channel_teaches(stub: Stub, page: Page):
    await page.get_by_role("link", name="support-chat").click()
    await expect(page.get_by_role("heading", name="Nothing in #support-chat yet")).to_be_visible()
    await page.get_by_role("link", name="a mail in the Mail tab").click()
    assert page.url.endswith("#mail")


async def test_a_lost_conversation_says_so(stub: Stub, page: Page):
    await page.goto(f"{stub.url}/#channel/{EMAIL}/1.1")
    await expect(page.get_by_text("This conversation is not here (any more).")).to_be_visible()


async def test_failures_are_told_in_words(chromium: Browser, stub: Stub):
    stub.answers["slack/message"] = {"ok": False, "status": 500, "error": "channel_not_found"}
    async with browser_page(chromium, expected_errors=("500",)) as page:
        await page.goto(stub.url)
        box = page.get_by_label("Message #support-email")
        await box.fill("hello")
        await box.press("Enter")
        await expect(page.get_by_role("status")).to_contain_text("There is no such channel.")
        await expect(box).to_have_value("hello")


async def test_a_vanished_sandbox_is_noticed(chromium: Browser):
    stub = Stub()
    async with browser_page(chromium, expected_errors=("Failed to load resource", "ERR_")) as page:
        async with serving(stub):
            await page.goto(stub.url)
            await expect(page.get_by_role("heading", name="Nothing in #support-email yet")).to_be_visible()
        await expect(page.get_by_text("Connection lost, trying again…")).to_be_visible()
        await page.get_by_label("Message #support-email").fill("anyone?")
        await page.get_by_role("button", name="Send").click()
        await expect(page.get_by_text("The sandbox does not answer. Is it still running?")).to_be_visible()


async def test_bot_names_come_from_the_message(stub: Stub, page: Page):
    stub.show(
        field("i", "Note", {"type": "plain_text_input", "action_id": "t"}), ts="1763890400.000100", user=BOT
    )
    await expect(page.get_by_role("article", name="threadpilot").last.get_by_label("Note")).to_be_visible()
