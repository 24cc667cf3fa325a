"""What the widget offers besides messages: an address, a rating, an identity, a language, a look, calls for sites."""

import time
from contextlib import asynccontextmanager

import jwt
import pytest
import pytest_asyncio
from playwright.async_api import expect

from bot.core.model import Actor, AskEmail, Channel, Inbound, Status
from bot.services.chat import ChatRules
from bot.services.merging import Merging
from storage.database import utc_now
from tests.browser.widget import LOST, Widget, texts
from tests.browser_support import browser, browser_page
from tests.handlers.web.chat_world import LONG_AGO, running, session_hash

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

SECRET = "a secret of thirty-two characters"
RECORD = """
window.heard = [];
(window.threadpilotChat ||= []).push(
  ["on", "open", () => heard.push("open")],
  ["on", "close", () => heard.push("close")],
  ["on", "unread", (count) => heard.push(`unread ${count}`)],
  ["on", "message", ({sender, text}) => heard.push(`${sender}: ${text}`)],
  ["on", "identity", (why) => heard.push(`identity: ${why}`)],
  ["on", "nonsense", () => heard.push("nonsense")],
  ["setLocale", "de-AT"],
  ["setTheme", {scheme: "dark", color: "#ffd400"}],
  ["nonsense", 1],
);
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium():
    async with browser() as chromium:
        yield chromium


@pytest.fixture
def demo(chromium):
    @asynccontextmanager
    async def opened(script="", **app):
        async with running(**app) as world, browser_page(chromium, expected_errors=LOST) as page:
            if script:
                await page.add_init_script(f"if (window.parent === window) {{ {script} }}")
            await page.goto(world.url("/chat/demo"))
            yield Widget(world, page)

    return opened


async def test_where_an_address_is_required_it_comes_before_the_first_message(demo):
    async with demo(rules=ChatRules(ask_email=AskEmail.REQUIRED, mails=True)) as chat:
        await chat.launcher.click()
        await expect(chat.contact).to_be_visible()
        await expect(chat.box).to_be_hidden()
        await expect(chat.human).to_be_hidden()
        await expect(chat.frame.locator("#later")).to_be_hidden()

        email = chat.frame.locator("#email")
        for wrong in ("", "nobody", "ada@nowhere"):
            await email.fill(wrong)
            await email.press("Enter")
            await expect(chat.frame.locator("#wrong")).to_have_text(chat.words["badEmail"])
        await email.fill("ada@customer.example")
        await email.press("Enter")

        await expect(chat.contact).to_be_hidden()
        await expect(chat.box).to_be_focused()
        await chat.say("Hello")
        await chat.world.hand_over(chat.session, Status.WAITING)
        await expect(chat.state).to_have_text(f"{chat.words['waiting']} {chat.words['alsoByMail']}")
        await chat.page.reload()
        await chat.open()
        await expect(chat.contact).to_be_hidden()


async def test_who_waits_for_a_person_can_leave_an_address_or_not(demo):
    async with demo(rules=ChatRules(mails=True)) as chat:
        await chat.open()
        await expect(chat.contact).to_be_hidden()
        await chat.say("Hello")
        await chat.world.hand_over(chat.session, Status.WAITING)
        await expect(chat.contact).to_be_visible()
        await chat.frame.locator("#later").click()
        await expect(chat.contact).to_be_hidden()
        await expect(chat.box).to_be_focused()


async def test_a_closed_conversation_is_rated_once_on_all_pages(demo):
    async with demo() as chat:
        await chat.open()
        await chat.say("Hello")
        await chat.world.close(chat.session)
        await expect(chat.survey).to_be_visible()
        await chat.frame.get_by_role("radio", name="4 of 5").check()
        await chat.frame.locator("#comment").fill("Quick and kind")
        chat.world.service.drop_sockets()
        await chat.frame.get_by_role("button", name="Rate").click()
        await expect(chat.state).to_have_text(chat.words["thanks"])

        async with chat.world.database.snapshot() as tx:
            visitor = (await tx.chat.session(session_hash(chat.session), since=LONG_AGO)).visitor
            closed = await tx.conversations.resolved_for(Channel.CHAT, visitor)
        await chat.page.reload()
        await chat.open()
        await chat.shows("Hello")
        await expect(chat.survey).to_be_hidden()
        async with chat.world.database.snapshot() as tx:
            rating = (await tx.conversations.case(closed.id)).rating
        assert (rating.score, rating.comment) == (4, "Quick and kind")


async def test_a_chat_that_was_merged_into_a_mail_says_so_and_can_be_gone_on_with(demo):
    async with demo() as chat:
        await chat.open()
        await chat.say("Hello")
        merged = await chat.world.conversation(chat.session)
        mail = Inbound(Channel.EMAIL, "<1@customer.example>", "ada@customer.example", "Hello?")
        other = (await chat.world.intake.receive(mail)).conversation_id
        await Merging(chat.world.database, utc_now).merge(merged.id, other, Actor("UKIM"))
        await expect(chat.state).to_have_text(chat.words["moved"])
        await expect(chat.survey).to_be_hidden()
        await expect(chat.human).to_be_visible()
        await chat.say("And another thing")
        assert (await chat.world.conversation(chat.session)).id not in {merged.id, other}


async def test_a_site_drives_the_chat_and_hears_of_it(demo):
    german = texts("de")
    async with demo(RECORD) as chat:
        await expect(chat.launcher).to_have_accessible_name("Chat öffnen")
        assert (
            await chat.launcher.evaluate("it => getComputedStyle(it).backgroundColor") == "rgb(255, 212, 0)"
        )
        await chat.page.evaluate("() => threadpilotChat.toggle()")
        await expect(chat.box).to_be_focused()
        await expect(chat.frame.locator("html")).to_have_attribute("data-scheme", "dark")
        await expect(chat.frame.locator("html")).to_have_attribute("lang", "de")
        await expect(chat.box).to_have_attribute("placeholder", german["write"])
        await chat.write("Hallo")
        await expect(chat.messages.last.locator(".fate")).to_have_text(german["sent"])

        await chat.page.evaluate(
            "() => { threadpilotChat.setLocale('fr'); threadpilotChat.setTheme('light'); }"
        )
        await expect(chat.box).to_have_attribute("placeholder", texts("fr")["write"])
        await expect(chat.frame.locator("html")).to_have_attribute("data-scheme", "light")

        await chat.page.evaluate("() => threadpilotChat.close()")
        await chat.answer("Guten Tag")
        await expect(chat.launcher).to_have_accessible_name("Ouvrir la discussion, 1 non lus")
        await chat.page.evaluate("() => threadpilotChat.open()")
        heard = await chat.page.evaluate("() => heard")
        assert heard == ["open", "close", "ai: Guten Tag", "unread 1", "unread 0", "open"]


async def test_who_signs_out_leaves_nothing_behind(demo):
    async with demo(identity_secret=SECRET) as chat:
        ada = jwt.encode({"sub": "42", "name": "Ada", "exp": time.time() + 60}, SECRET)
        await chat.page.evaluate("who => threadpilotChat.identify(who)", ada)
        await chat.open()
        await chat.say("My secret question")

        await chat.page.evaluate("() => threadpilotChat.reset()")
        await chat.shows()
        await expect(chat.frame.locator("#send")).to_be_enabled()
        await chat.say("Somebody else")
        await chat.shows("Somebody else")

        await chat.page.evaluate("who => threadpilotChat.identify(who)", ada)
        await chat.shows("My secret question")

        page = chat.frame.locator("html")
        await page.evaluate("it => { it.dataset.mark = 'the same page'; }")
        fresh = jwt.encode({"sub": "42", "name": "Ada", "exp": time.time() + 90}, SECRET)
        await chat.page.evaluate("who => threadpilotChat.identify(who)", fresh)
        await chat.say("Still me")
        await expect(page).to_have_attribute("data-mark", "the same page")


async def test_an_identity_that_is_not_believed_is_told_to_the_site_and_the_chat_goes_on(demo):
    async with demo(RECORD, identity_secret=SECRET) as chat:
        forged = jwt.encode({"sub": "1", "exp": time.time() + 60}, "somebody else's secret, long enough")
        await chat.page.evaluate("who => threadpilotChat.identify(who)", forged)
        await chat.open()
        await chat.write("Hello")
        await chat.shows("Hello")
        assert "identity: The identity is not signed as it should be." in await chat.page.evaluate(
            "() => heard"
        )


async def test_a_sound_is_only_made_when_it_was_asked_for(demo):
    async with demo() as chat:
        await chat.open()
        bell = chat.frame.get_by_role("button", name="Sound for new messages")
        await expect(bell).to_have_attribute("aria-pressed", "false")
        await bell.click()
        await chat.page.reload()
        await chat.open()
        await expect(bell).to_have_attribute("aria-pressed", "true")


async def test_a_file_is_sent_as_a_message_and_one_that_is_refused_says_why(demo):
    png = b"\x89PNG\r\n\x1a\n" + bytes(100)
    async with demo() as chat:
        await chat.open()
        await chat.say("This is broken:")
        chooser = chat.frame.locator("#file")
        await chooser.set_input_files({"name": "tent.png", "mimeType": "image/png", "buffer": png})
        await chat.shows("This is broken:", "tent.png")
        await expect(chat.messages.last.locator(".fate")).to_have_text(chat.words["sent"])

        await chooser.set_input_files({"name": "tent.exe", "mimeType": "image/png", "buffer": b"MZ"})
        await expect(chat.messages.last.locator(".fate")).to_contain_text(
            "Please send a picture, a PDF or a text file."
        )
        assert await chat.world.stored(chat.session) == ["This is broken:", "tent.png"]
