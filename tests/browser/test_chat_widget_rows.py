"""What goes wrong in other chat widgets, row by row: on a large light screen, and on a dark phone in Arabic.

Each test is a complaint customers of other widgets have filed, played out against the real app.
"""

import re
import time
from contextlib import asynccontextmanager

import jwt
import pytest
import pytest_asyncio
from playwright.async_api import expect

from bot.core.model import AskEmail, Sender, Source, Status
from bot.services.chat import ChatRules
from tests.browser.widget import LOST, Widget
from tests.browser_support import browser, browser_page, violations
from tests.handlers.web.chat_world import running
from tests.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

PHONE, DARK, ARABIC = {"width": 390, "height": 844}, {"dark": True}, {"locale": "ar"}
LOOKS = {"desktop": {}, "arabic phone, dark": PHONE | DARK | ARABIC}
MORE_LOOKS = LOOKS | {"phone": PHONE, "desktop, dark": DARK, "arabic desktop": ARABIC}
SECRET = "a secret of thirty-two characters"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium():
    async with browser() as chromium:
        yield chromium


@pytest.fixture(params=LOOKS)
def demo(chromium, request):
    """Open the demo shop in one of the looks."""
    look = MORE_LOOKS[request.param]

    @asynccontextmanager
    async def opened(prepare=None, **app):
        async with running(**app) as world, browser_page(chromium, expected_errors=LOST, **look) as page:
            if prepare is not None:
                await prepare(page)
            await page.goto(world.url("/chat/demo"))
            yield Widget(world, page, look.get("locale", "en"))

    return opened


async def test_what_was_said_while_the_line_was_down_is_there_without_a_refresh(demo):
    async with demo() as chat:
        await chat.open()
        await chat.say("Hello")
        chat.world.service.no_sockets = True
        chat.world.service.drop_sockets()
        for number in range(60):
            await chat.answer(f"answer {number}")
        chat.world.service.no_sockets = False
        await chat.shows("Hello", *(f"answer {number}" for number in range(60)))


async def test_a_line_that_only_looks_open_is_noticed_when_the_phone_wakes(demo):
    deaf = []

    def through(line):
        server = line.connect_to_server()
        is_deaf = len(deaf) == 0
        deaf.append(line)
        state = {"open": True}
        line.state = state
        line.on_message(lambda said: server.send(said) if state["open"] else None)
        server.on_message(lambda said: line.send(said) if state["open"] else None)
        return is_deaf

    async def prepare(page):
        await page.clock.install()
        await page.route_web_socket("**/chat/v1/ws", through)

    async with demo(prepare) as chat:
        await chat.open()
        await chat.say("Hello")
        deaf[0].state["open"] = False
        await chat.answer("You cannot hear this yet")
        await chat.messages.first.evaluate("() => window.dispatchEvent(new Event('online'))")
        await chat.page.clock.fast_forward(8_500)  # No answer to the ping in time.
        await chat.page.clock.fast_forward(1_000)
        await chat.shows("Hello", "You cannot hear this yet")


async def test_after_a_reconnect_nothing_is_doubled_and_one_socket_is_open(demo):
    async with demo() as chat:
        sockets = []
        chat.page.on("websocket", lambda socket: sockets.append(socket))
        await chat.open()
        await chat.say("first")
        for number in range(3):
            chat.world.service.drop_next = True
            await chat.write(f"again {number}")
            await until(lambda: not chat.world.service.drop_next)
            await expect(chat.messages.last.locator(".fate")).to_have_text(chat.words["sent"])
        await chat.answer("once")
        await chat.shows("first", "again 0", "again 1", "again 2", "once")
        assert await chat.world.stored(chat.session) == ["first", "again 0", "again 1", "again 2"]
        assert len(sockets) >= 4
        assert [socket.is_closed() for socket in sockets].count(False) == 1


async def test_a_case_that_was_closed_meanwhile_is_closed_here_and_the_next_message_begins_anew(demo):
    async with demo() as chat:
        await chat.open()
        await chat.say("Hello")
        first = await chat.world.conversation(chat.session)
        await chat.page.goto("about:blank")
        await chat.world.close(chat.session)
        await chat.page.goto(chat.world.url("/chat/demo"))
        await chat.open()
        await expect(chat.state).to_have_text(chat.words["resolved"])
        await expect(chat.survey).to_be_visible()

        await chat.say("And another thing")
        await expect(chat.survey).to_be_hidden()
        assert (await chat.world.conversation(chat.session)).id != first.id


async def test_reloading_begins_no_second_conversation(demo):
    async with demo() as chat:
        for number in range(3):
            await chat.open()
            await chat.say(f"message {number}")
            await chat.page.reload()
        assert await chat.world.stored(chat.session) == ["message 0", "message 1", "message 2"]
        assert len({visit.visitor for visit in chat.world.service.visits}) == 1


NO_STORAGE = """
for (const name of ["localStorage", "sessionStorage"])
  Object.defineProperty(window, name, {get() { throw new DOMException("denied", "SecurityError"); }});
"""


async def test_storage_that_throws_does_not_matter(demo):
    async with demo(lambda page: page.add_init_script(NO_STORAGE)) as chat:
        await chat.open()
        await chat.say("Hello")
        chat.world.service.drop_sockets()
        await chat.answer("Hello to you")
        await chat.shows("Hello", "Hello to you")


async def test_a_script_in_the_head_twice_and_a_swapped_body_keep_one_chat(demo):
    async with demo() as chat:
        await chat.open()
        await chat.say("Hello")
        await chat.page.evaluate(SWAP)
        await expect(chat.launcher).to_have_count(1)
        await chat.shows("Hello")
        await chat.answer("Still here")
        await chat.shows("Hello", "Still here")


SWAP = """() => {
  const body = document.createElement("body");
  body.innerHTML = "<main><h1>Another page</h1></main>";
  document.documentElement.replaceChild(body, document.body);
  const again = document.createElement("script");
  again.src = "/chat/widget.js";
  document.head.append(again);
}"""


async def test_where_identity_is_required_nobody_unknown_can_write(demo):
    async with demo(identity_secret=SECRET, rules=ChatRules(require_identity=True)) as chat:
        await chat.launcher.click()
        await expect(chat.state).to_have_text(chat.words["signIn"])
        await expect(chat.box).to_be_hidden()
        assert chat.world.service.visits == []

        claims = {"sub": "42", "name": "Ada Quill", "exp": time.time() + 60}
        await chat.page.evaluate("who => threadpilotChat.identify(who)", jwt.encode(claims, SECRET))
        await expect(chat.box).to_be_visible()
        await expect(chat.state).not_to_have_text(chat.words["signIn"])
        await chat.say("It is me")
        conversation = await chat.world.conversation(chat.session)
        async with chat.world.database.snapshot() as tx:
            customer = (await tx.conversations.case(conversation.id)).customer
        assert (customer.name, customer.verified) == ("Ada Quill", True)


async def test_what_is_being_typed_while_the_site_says_who_is_there_stays(demo):
    async with demo(identity_secret=SECRET) as chat:
        await chat.open()
        await chat.say("Hello")
        await chat.box.press_sequentially("Where is ")
        claims = {"sub": "42", "name": "Ada Quill", "exp": time.time() + 60}
        await chat.page.evaluate("who => threadpilotChat.identify(who)", jwt.encode(claims, SECRET))
        await chat.box.press_sequentially("my parcel?")
        await until(lambda: len(chat.world.service.visits) == 2)
        await expect(chat.box).to_have_value("Where is my parcel?")
        await expect(chat.box).to_be_focused()
        await chat.box.press("Enter")
        await chat.shows("Hello", "Where is my parcel?")
        await expect(chat.messages.last.locator(".fate")).to_have_text(chat.words["sent"])
        assert len({visit.visitor for visit in chat.world.service.visits}) == 1


async def test_what_one_person_wrote_is_not_sent_as_the_next(demo):
    ada, bo = (jwt.encode({"sub": who, "exp": time.time() + 60}, SECRET) for who in ("ada", "bo"))
    async with demo(identity_secret=SECRET) as chat:
        await chat.page.evaluate("who => threadpilotChat.identify(who)", ada)
        await chat.open()
        await chat.say("I am Ada")
        chat.world.service.no_sockets = True
        chat.world.service.drop_sockets()
        await chat.write("This never leaves")
        await chat.page.evaluate("who => threadpilotChat.identify(who)", bo)
        await chat.shows()
        chat.world.service.no_sockets = False
        await chat.say("I am Bo")
        await chat.shows("I am Bo")
        assert await chat.world.stored(chat.session) == ["I am Bo"]


async def test_there_is_a_sign_of_life_at_once_and_it_changes_while_it_takes_long(demo):
    async with demo(lambda page: page.clock.install()) as chat:
        await chat.open()
        await chat.say("A hard question")
        stage = chat.frame.locator("#stage")
        await expect(stage).to_have_text(chat.words["writing"])
        await chat.page.clock.fast_forward(9_000)
        await expect(stage).to_have_text(chat.words["stillWriting"])
        await chat.page.clock.fast_forward(17_000)
        await expect(stage).to_have_text(chat.words["takesLong"])
        await chat.answer("An answer")
        await expect(chat.typing).to_be_hidden()


async def test_a_person_can_be_asked_for_at_once_and_who_has_it_is_said(demo):
    async with demo() as chat:
        await chat.open()
        await chat.human.click()
        await chat.shows(chat.words["humanRequest"])
        await expect(chat.messages.last.locator(".fate")).to_have_text(chat.words["sent"])
        await chat.world.hand_over(chat.session, Status.ESCALATED)
        await expect(chat.state).to_contain_text(chat.words["escalated"])
        await expect(chat.state).to_contain_text(re.compile(r"\d{1,2}:\d\d"))
        await expect(chat.human).to_be_hidden()
        await chat.page.reload()
        await chat.open()
        await expect(chat.state).to_contain_text(chat.words["escalated"])
        await expect(chat.human).to_be_hidden()


async def test_the_keyboard_stays_in_the_chat_and_escape_leads_out(demo):
    async with demo() as chat:
        await chat.open()
        await expect(chat.frame.locator("#send")).to_be_enabled()
        stops = []
        for _ in range(8):
            await chat.page.keyboard.press("Tab")
            stops.append(await chat.frame.locator(":focus").get_attribute("id"))
        assert stops == ["attach", "send", "human", "sound", "close", "log", "text", "attach"]
        await chat.page.keyboard.press("Shift+Tab")
        await expect(chat.box).to_be_focused()
        await chat.page.keyboard.press("Escape")
        await expect(chat.page.locator("#threadpilot-chat iframe")).to_be_hidden()
        await expect(chat.launcher).to_be_focused()


async def test_history_is_not_read_out_and_news_are(demo):
    async with demo() as chat:
        await chat.open()
        await chat.say("Hello")
        await chat.page.add_init_script(REMEMBER_LIVE)
        await chat.page.reload()
        await chat.open()
        await chat.shows("Hello")
        await chat.answer("Hello to you")
        await chat.shows("Hello", "Hello to you")

        log = chat.frame.get_by_role("log")
        assert await log.evaluate("log => log.dataset.added") == "off polite"


REMEMBER_LIVE = """
document.addEventListener("DOMContentLoaded", () => {
  const log = document.getElementById("log");
  if (!log) return;
  const list = document.getElementById("messages"), added = [];
  for (const name of ["append", "insertBefore"]) {
    const original = list[name].bind(list);
    list[name] = (...nodes) => {
      added.push(log.getAttribute("aria-live"));
      log.dataset.added = added.join(" ");
      return original(...nodes);
    };
  }
});
"""


async def test_nothing_moves_for_who_asked_for_that(demo):
    async with demo() as chat:
        await chat.open()
        await chat.say("Hello")
        dot = chat.frame.locator("#typing i").first
        await expect(dot).to_be_visible()
        assert await dot.evaluate("it => getComputedStyle(it).animationName") == "none"
        await chat.page.emulate_media(reduced_motion="no-preference")
        assert await dot.evaluate("it => getComputedStyle(it).animationName") != "none"


@pytest.mark.parametrize("demo", MORE_LOOKS, indirect=True)
async def test_axe_finds_nothing_at_all(demo):
    rules = ChatRules(ask_email=AskEmail.OPTIONAL, mails=True)
    async with demo(rules=rules, brand="Northwind") as chat:
        await chat.open()
        await expect(chat.contact).to_be_visible()
        await chat.say("How long does delivery take?")
        source = Source(1, "delivery", "Delivery times", "https://help.northwind.example/delivery")
        await chat.answer("Two to three working days. [1]", sources=(source,))
        chat.world.service.refuse_next = True
        await chat.write("And on Saturdays?")
        await expect(chat.messages.last).to_have_class(re.compile("failed"))
        await chat.world.hand_over(chat.session, Status.ESCALATED)
        await expect(chat.state).not_to_be_empty()
        assert await violations(chat.page) == []

        await chat.answer("Yes.", sender=Sender.AGENT)
        await chat.world.close(chat.session)
        await expect(chat.survey).to_be_visible()
        await chat.frame.locator("#scores input").nth(3).check()
        assert await violations(chat.page) == []
