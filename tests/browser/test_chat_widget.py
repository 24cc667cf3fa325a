"""The chat widget in a real browser, against a real server: what a customer sees, above all when things go wrong."""

import asyncio
import re
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import expect

from bot.core.model import Sender, Source, Status
from tests.browser.widget import LOST, Widget
from tests.browser_support import browser, browser_page, serious_violations
from tests.handlers.web.chat_world import address, running, serving
from tests.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

ASKED = re.compile(
    r"A specialist takes care of this and will answer you here\. Our team was asked at \d\d:\d\d\."
)
HOSTILE = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script> & </li>"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium():
    async with browser() as chromium:
        yield chromium


@pytest.fixture
def demo(chromium):
    """Open the demo shop in a browser."""

    @asynccontextmanager
    async def opened(path="/chat/demo", **options):
        async with running() as world, browser_page(chromium, **options) as page:
            await page.goto(world.url(path))
            yield Widget(world, page)

    return opened


async def test_a_question_is_shown_once_and_its_answer_with_label_and_sources(demo):
    async with demo() as chat:
        doubts = []  # What the browser finds doubtful of the frame.
        chat.page.on("console", lambda said: doubts.append(said.text))
        await chat.open()
        await chat.write("How long does delivery take?")
        await chat.shows("How long does delivery take?")
        await expect(chat.messages.locator(".fate")).to_have_text("Sent")
        await expect(chat.typing).to_be_visible()

        url = "https://help.northwind.example/delivery"
        source = Source(1, "delivery", "Delivery times", url)
        script = Source(2, "bad", "Bad link", "javascript:alert(1)")
        await chat.answer("Two to three working days. [1]", sources=(source, script))

        await chat.shows("How long does delivery take?", "Two to three working days. [1]")
        answer = chat.messages.last
        await expect(answer.locator(".who")).to_contain_text("AI")
        await expect(answer.get_by_role("link")).to_have_count(1)
        await expect(answer.get_by_role("link", name="Delivery times")).to_have_attribute("href", url)
        await expect(chat.typing).to_be_hidden()
        assert doubts == []


async def test_a_socket_lost_right_after_the_commit_loses_and_doubles_nothing(demo):
    async with demo(expected_errors=LOST) as chat:
        await chat.open()
        await chat.say("first")

        chat.world.service.drop_next = True
        await chat.write("Am I heard?")
        await until(lambda: not chat.world.service.drop_next)
        await chat.answer("Yes, you are.")

        await chat.shows("first", "Am I heard?", "Yes, you are.")
        assert await chat.world.stored(chat.session) == ["first", "Am I heard?"]
        await expect(chat.messages.locator(".fate")).to_have_text(["Sent", "Sent"])


async def test_what_was_written_without_a_line_is_sent_when_it_is_back(demo):
    async with demo(expected_errors=LOST) as chat:
        await chat.open()
        await chat.say("first")

        chat.world.intake.down = True
        await chat.write("Into the dark")
        await expect(chat.messages.last.locator(".fate")).to_have_text("Sending …")
        chat.world.intake.down = False
        chat.world.service.drop_sockets()

        await expect(chat.messages.last.locator(".fate")).to_have_text("Sent")
        await chat.shows("first", "Into the dark")
        assert await chat.world.stored(chat.session) == ["first", "Into the dark"]


async def test_a_refused_message_says_so_and_can_be_tried_again(demo):
    async with demo() as chat:
        await chat.open()
        chat.world.service.refuse_next = True
        await chat.write("Hello")
        await expect(chat.messages.locator(".fate")).to_contain_text("Not sent: This cannot be used.")

        await chat.messages.get_by_role("button", name="Try again").click()

        await expect(chat.messages.locator(".fate")).to_have_text("Sent")
        await chat.shows("Hello")


@pytest.mark.parametrize("sender", [Sender.AI, Sender.AGENT])
async def test_hostile_text_is_only_text(demo, sender):
    async with demo() as chat:
        await chat.open()
        await chat.say(HOSTILE)
        source = Source(1, "x", HOSTILE, "https://help.northwind.example/x")
        await chat.answer(HOSTILE + "[1]", sender=sender, sources=(source,))

        await chat.shows(HOSTILE, HOSTILE + "[1]")
        await expect(chat.messages.get_by_role("link")).to_have_text(f"[1] {HOSTILE}")
        await expect(chat.frame.locator("#messages img, #messages script")).to_have_count(0)
        assert await chat.page.title() == "Northwind"


async def test_a_human_can_be_asked_for_at_any_time(demo):
    async with demo() as chat:
        await chat.open()
        await expect(chat.human).to_have_text("Talk to a human")
        await chat.human.click()
        await chat.shows("I would like to talk to a human, please.")
        await expect(chat.messages.locator(".fate")).to_have_text("Sent")

        await chat.world.hand_over(chat.session, Status.WAITING)
        await expect(chat.state).to_have_text("A colleague looks at this and will answer you here.")
        await expect(chat.human).to_be_enabled()  # Somebody looks, but nobody was asked for.

        await chat.world.hand_over(chat.session, Status.ESCALATED)
        await expect(chat.state).to_have_text(ASKED)  # Who, and when, where the button was.
        await expect(chat.human).to_be_hidden()
        await expect(chat.typing).to_be_hidden()

        await chat.answer("Ben here, how can I help?", sender=Sender.AGENT)
        await expect(chat.messages.last.locator(".who")).to_contain_text("Support team")
        await expect(chat.state).to_have_text(re.compile(r"You are talking with our team since \d\d:\d\d\."))
        await expect(chat.human).to_be_hidden()

        await chat.world.close(chat.session)
        await expect(chat.human).to_be_visible()


async def test_answers_that_come_while_closed_are_counted_on_the_launcher(demo):
    async with demo() as chat:
        await chat.open()
        await chat.say("Hello")
        await chat.frame.get_by_role("button", name="Close chat").click()
        await expect(chat.launcher).to_be_focused()

        await chat.answer("one")
        await expect(chat.launcher).to_have_accessible_name("Open chat, 1 unread message")
        await chat.answer("two")
        await expect(chat.launcher).to_have_accessible_name("Open chat, 2 unread messages")

        await chat.page.reload()
        await expect(chat.launcher).to_have_accessible_name("Open chat, 2 unread messages")
        await chat.open()
        await expect(chat.launcher).to_have_accessible_name("Close chat")
        await chat.shows("Hello", "one", "two")


async def test_escape_closes_and_the_keyboard_is_enough(demo):
    async with demo() as chat:
        await chat.launcher.focus()
        await chat.page.keyboard.press("Enter")
        await expect(chat.box).to_be_focused()
        await chat.page.keyboard.press("Escape")
        await expect(chat.page.locator("#threadpilot-chat iframe")).to_be_hidden()
        await expect(chat.launcher).to_be_focused()


async def test_a_second_page_of_the_shop_continues_and_both_stay_in_step(demo):
    async with demo() as chat:
        await chat.open()
        await chat.say("from the first page")
        page = await chat.page.context.new_page()
        await page.goto(chat.world.url("/chat/demo"))
        other = Widget(chat.world, page)
        await other.open()
        await other.shows("from the first page")

        await other.write("from the second page")

        for one in (chat, other):
            await one.shows("from the first page", "from the second page")


async def test_a_session_that_is_over_is_replaced_without_a_word(demo):
    async with demo() as chat:
        await chat.open()
        await chat.say("Hello")
        service = chat.world.service
        service.forgotten.add(chat.session)

        await chat.page.reload()
        await chat.open()

        await chat.shows("Hello")
        await chat.write("Still me")
        await chat.shows("Hello", "Still me")
        assert len({visit.visitor for visit in service.visits}) == 1


NO_STORAGE = """
for (const name of ["localStorage", "sessionStorage"])
  Object.defineProperty(window, name, {get() { throw new DOMException("denied", "SecurityError"); }});
"""


async def test_without_storage_the_chat_works_as_long_as_the_page(chromium):
    async with running() as world, browser_page(chromium, expected_errors=LOST) as page:
        await page.add_init_script(NO_STORAGE)
        await page.goto(world.url("/chat/demo"))
        chat = Widget(world, page)
        await chat.open()
        await chat.say("Hello")
        world.service.drop_sockets()
        await chat.write("Again")
        await chat.shows("Hello", "Again")


async def test_where_no_socket_gets_through_plain_http_does(chromium):
    async with running() as world, browser_page(chromium, expected_errors=LOST) as page:
        world.service.no_sockets = True
        await page.goto(world.url("/chat/demo"))
        chat = Widget(world, page)
        await chat.open()
        await chat.say("Hello")
        await expect(chat.typing).to_be_visible()
        await chat.answer("Hello to you")
        await chat.shows("Hello", "Hello to you")
        await expect(chat.typing).to_be_hidden()

        world.service.refuse_next = True
        await chat.write("Again")
        await expect(chat.messages.last.locator(".fate")).to_contain_text("Not sent")
        world.service.forgotten.add(chat.session)
        await chat.messages.get_by_role("button", name="Try again").click()
        await chat.shows("Hello", "Hello to you", "Again")
        await expect(chat.messages.last.locator(".fate")).to_have_text("Sent")


HOST_PAGE = """<!doctype html><html lang="en"><head><title>A shop</title>
<script src="{ours}/chat/widget.js"></script><script async src="{ours}/chat/widget.js"></script>
</head><body><h1>A shop</h1></body></html>"""

FRAMING_PAGE = """<!doctype html><html lang="en"><head><title>A page around a shop</title></head>
<body><iframe title="shop" src="{ours}/chat/demo" width="1000" height="700"></iframe></body></html>"""

SILENT_PAGE = """<!doctype html><html lang="en"><head><title>A site whose loader has not come yet</title></head>
<body><iframe title="chat" src="{ours}/chat/frame?origin={site}" width="400" height="600"></iframe></body></html>"""


@asynccontextmanager
async def another_site():
    """Serve a page of a customer's site, whose policy allows our script and our frame and nothing else."""
    pages = {}

    async def page(request):
        ours = pages["ours"]
        policy = f"default-src 'none'; script-src {ours}; frame-src {ours}"
        body = {"/frame": FRAMING_PAGE, "/silent": SILENT_PAGE}.get(request.path, HOST_PAGE)
        return web.Response(
            text=body.format(ours=ours, site=str(request.url.origin())),
            content_type="text/html",
            headers={"Content-Security-Policy": policy},
        )

    app = web.Application()
    app.router.add_get("/", page)
    app.router.add_get("/frame", page)
    app.router.add_get("/silent", page)
    app.router.add_get("/favicon.ico", page)
    async with serving(app) as runner:
        yield address(runner).replace("127.0.0.1", "localhost"), pages


@asynccontextmanager
async def inside_another_site(chromium, path):
    """Open a page of a site that may show our pages in a frame."""
    async with (
        another_site() as (site, pages),
        running(frame_ancestors=[site]) as world,
        browser_page(chromium) as page,
    ):
        pages["ours"] = world.url("")
        await page.goto(f"{site}{path}")
        yield page


async def test_the_widget_works_on_another_site_with_a_strict_policy(chromium):
    async with (
        another_site() as (site, pages),
        running(origins=[site]) as world,
        browser_page(chromium) as page,
    ):
        pages["ours"] = world.url("")
        await page.goto(site)
        chat = Widget(world, page)
        await expect(chat.launcher).to_have_count(1)  # Although the script is there twice, and in the head.
        await chat.open()
        await chat.say("Hello from elsewhere")
        await chat.answer("Welcome")

        await page.reload()
        await chat.open()

        await chat.shows("Hello from elsewhere", "Welcome")
        assert len({visit.visitor for visit in world.service.visits}) == 1


async def test_the_demo_shop_works_inside_a_page_that_is_named(chromium):
    async with inside_another_site(chromium, "/frame") as page:
        shop = page.frame_locator("iframe[title=shop]")
        await shop.locator("#threadpilot-chat button").click()
        chat = shop.frame_locator("#threadpilot-chat iframe")
        await chat.get_by_label("Your message").fill("Hello from deep inside")
        await chat.get_by_role("button", name="Send").click()
        await expect(chat.locator("#messages .fate")).to_have_text("Sent")


async def test_what_is_written_before_the_script_has_come_is_kept_and_can_be_sent(demo):
    async with demo() as chat:
        arrived = asyncio.Event()

        async def slow_network(route):
            await arrived.wait()
            await route.continue_()

        await chat.page.route("**/chat/static/frame.js", slow_network)
        await chat.launcher.click()
        await chat.write("An early question")
        send = chat.frame.get_by_role("button", name="Send")
        await expect(send).to_be_disabled()
        await expect(chat.human).to_be_disabled()

        arrived.set()
        await expect(send).to_be_enabled()
        await send.click()
        await chat.shows("An early question")
        await expect(chat.messages.locator(".fate")).to_have_text("Sent")


async def test_what_is_written_before_the_site_has_said_who_is_there_is_kept(chromium):
    async with inside_another_site(chromium, "/silent") as page:
        frame = page.frame_locator("iframe[title=chat]")
        box = frame.get_by_label("Your message")
        await expect(frame.locator("#log")).to_be_visible()
        await box.fill("Too early")
        await box.press("Enter")
        await expect(box).to_have_value(re.compile("Too early"))
        await expect(frame.locator("#messages > li")).to_have_count(0)


async def test_a_site_that_is_not_named_cannot_frame_the_chat(chromium):
    async with another_site() as (site, pages), running() as world:
        expected = ("frame-ancestors", "Framing", "Failed to load")
        async with browser_page(chromium, expected_errors=expected) as page:
            pages["ours"] = world.url("")
            await page.goto(site)
            await page.locator("#threadpilot-chat button").click()
            refused = page.locator("#threadpilot-chat iframe")
            await expect(refused).to_be_visible()
            await expect(page.frame_locator("#threadpilot-chat iframe").locator("#composer")).to_have_count(0)
            assert world.service.visits == []


async def test_on_a_phone_the_chat_fills_the_screen(demo):
    async with demo(width=390, height=760) as chat:
        await chat.open()
        frame = chat.page.locator("#threadpilot-chat iframe")
        assert await frame.bounding_box() == {"x": 0, "y": 0, "width": 390, "height": 760}
        await expect(chat.launcher).to_be_hidden()
        await chat.frame.get_by_role("button", name="Close chat").click()
        await expect(chat.launcher).to_be_visible()


async def test_the_frame_works_as_a_page_of_its_own(demo):
    async with demo("/chat/frame") as chat:
        box = chat.page.get_by_label("Your message")
        await box.fill("Hello")
        await chat.page.get_by_role("button", name="Send").click()
        await expect(chat.page.locator("#messages .text")).to_have_text(["Hello"])
        await chat.page.reload()
        await expect(chat.page.locator("#messages .text")).to_have_text(["Hello"])
        await expect(chat.page.get_by_role("button", name="Close chat")).to_be_hidden()


@pytest.mark.parametrize("dark", [False, True])
async def test_axe_finds_nothing_serious(demo, dark, tmp_path):
    async with demo(dark=dark) as chat:
        await chat.open()
        await chat.say("How long does delivery take?")
        source = Source(1, "delivery", "Delivery times", "https://help.northwind.example/delivery")
        await chat.answer(
            "Two to three working days, and we send you the number of the parcel.", sources=(source,)
        )
        chat.world.service.refuse_next = True
        await chat.write("And on Saturdays?")
        await expect(chat.messages.last).to_have_class(re.compile("failed"))
        await chat.world.hand_over(chat.session, Status.ESCALATED)
        await expect(chat.state).not_to_be_empty()

        picture = tmp_path / "chat.png"
        await chat.page.screenshot(path=picture)
        assert picture.stat().st_size > 10_000
        assert await serious_violations(chat.page) == []
