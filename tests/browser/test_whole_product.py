"""The whole product as a newcomer meets it: `threadpilot demo` as a process of its own, and a browser on its page."""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.browser.cockpit import Opened
from tests.browser_support import scrolls_sideways, violations
from tests.e2e.harness import Outside

pytestmark = [
    pytest.mark.browser,
    pytest.mark.e2e,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.xdist_group("browser"),
]


@pytest.mark.parametrize(
    ("subject", "state", "why"),
    [
        ("Student discount", "Answered by itself", r"9\d\S* % sure"),
        ("A lantern", "Waiting for you", r"\d % sure, below 90 %"),
        ("Charged twice", "Escalated", "Legal threat"),
    ],
)
async def test_a_newcomer_sees_one_of_each(cockpit: Opened, subject: str, state: str, why: str) -> None:
    async with cockpit() as sees:
        card = sees.card(subject)
        await expect(card).to_contain_text(state)
        await expect(card).to_contain_text(re.compile(why))


async def test_a_mail_waits_is_approved_and_arrives(cockpit: Opened) -> None:
    async with cockpit() as desk:
        await desk.act_as("manager")
        await expect(await desk.command("mode email assist")).to_contain_text("assist")
        await desk.act_as("agent")
        await desk.write_mail("Ada Quill", "Too small", "Hi, how many days do I have to return my shoes?")
        await expect(desk.page.get_by_text("No answer yet")).to_be_visible()

        await desk.go("support-email")
        card = await desk.waiting("Too small")
        await expect(card.get_by_role("link", name=re.compile("return", re.IGNORECASE)).first).to_be_visible()
        await card.get_by_role("link", name=re.compile("^Open the thread")).click()
        await desk.thread.get_by_role("button", name="Approve & send").click()
        await expect(desk.thread).to_contain_text("Sent by @Kim Larsen")

        await desk.go("Mail")
        await desk.be("Ada Quill")
        await expect(desk.received("Too small")).to_contain_text("60 days")
        await expect(desk.received("Too small")).to_have_count(1)
        await expect(desk.page.get_by_text("No answer yet")).to_be_hidden()


async def test_an_edit_is_filled_refuses_nothing_and_sends_the_change(
    cockpit: Opened, assisted: None
) -> None:
    async with cockpit() as desk:
        await desk.write_mail("Cy Brook", "Washing down", "How do I wash my down jacket?")
        await desk.go("support-email")
        await (await desk.waiting("Washing down")).get_by_role("button", name="Edit").click()
        window = desk.page.get_by_role("dialog", name="Edit the answer")
        answer = window.get_by_label("Answer")
        await expect(answer).to_have_value(re.compile("Cy"))
        await expect(answer).to_be_focused()
        assert await violations(desk.page) == []

        await answer.fill("  ")
        await window.get_by_role("button", name="Send").click()
        await expect(window.get_by_role("alert")).to_be_visible()
        await answer.fill("Cold and alone, dear Cy.")
        await window.get_by_role("button", name="Send").click()
        await expect(window).to_be_hidden()

        await desk.go("Mail")
        await desk.be("Cy Brook")
        await expect(desk.received("Washing down")).to_contain_text("Cold and alone")


async def test_an_escalation_reaches_the_specialists_with_its_reason(cockpit: Opened, assisted: None) -> None:
    async with cockpit() as desk:
        await desk.write_mail("Eve Lark", "Broken zip", "The zip of my tent broke. How do I return it?")
        await desk.go("support-email")
        await (await desk.waiting("Broken zip")).get_by_role("button", name="Escalate").click()
        window = desk.page.get_by_role("dialog", name="Escalate")
        reason = window.get_by_label("Why, and what should happen next?")
        await expect(reason).to_be_focused()
        assert await violations(desk.page) == []
        await reason.fill("Ask the workshop for a repair.")
        await window.get_by_role("button", name="Escalate").click()
        await expect(window).to_be_hidden()
        await expect(desk.card("Broken zip")).to_contain_text("Escalated")

        await desk.go("escalations")
        post = desk.card("Broken zip")
        await expect(post).to_contain_text("Ask the workshop for a repair.")
        await expect(post).to_contain_text("The zip of my tent broke.")


@pytest_asyncio.fixture(loop_scope="module")
async def on_call(demo: Outside) -> AsyncIterator[None]:
    """Have Rivera Santos on call, and customers told at once."""
    manager = demo.contract["manager"]
    for order in ("oncall add U0RIVERA001 daily 0-24", "tell email escalated on"):
        await demo.command(order, manager)
    yield
    for order in ("oncall remove U0RIVERA001", "tell email escalated off"):
        await demo.command(order, manager)


async def test_who_is_on_call_is_called_and_hands_back_what_is_not_theirs(
    cockpit: Opened, on_call: None
) -> None:
    async with cockpit() as desk:
        await desk.write_mail(
            "Flo Reed", "Twice", "I will call my lawyer: how many days do I have to return it?"
        )
        await desk.be("Flo Reed")
        await expect(desk.received("Twice")).to_contain_text("goes to a colleague")

        await desk.go("support-email")
        card = desk.card("Twice")
        await card.get_by_role("link", name=re.compile("^Open the thread")).click()
        await expect(desk.thread).to_contain_text("@Rivera Santos: you are on call, and this is escalated.")
        await desk.go("escalations")
        post = desk.card("Twice")
        await expect(post.get_by_role("button", name="Approve & send")).to_be_visible()
        await post.get_by_role("button", name="Hand back").click()
        window = desk.page.get_by_role("dialog", name="Hand back")
        await window.get_by_label("Why, and what should the agents do?").fill("Only a figure of speech.")
        await window.get_by_role("button", name="Hand back").click()
        await expect(window).to_be_hidden()

        await desk.go("support-email")
        await desk.waiting("Twice")


async def test_a_conversation_is_handed_to_somebody(cockpit: Opened, assisted: None) -> None:
    async with cockpit() as desk:
        await desk.write_mail("Gus Hale", "Lost peg", "How do I return a tent with a peg missing?")
        await desk.go("support-email")
        card = await desk.waiting("Lost peg")
        await card.get_by_role("button", name=re.compile("^More")).first.click()
        await desk.page.get_by_role("menuitem", name="Assign, follow").click()
        window = desk.page.get_by_role("dialog", name="Assign and follow")
        await window.get_by_label("Who has it?").select_option("Rivera Santos")
        await window.get_by_label("How urgent is it?").select_option("High")
        assert await violations(desk.page) == []
        await window.get_by_role("button", name="Save").click()
        await expect(window).to_be_hidden()
        await expect(card).to_contain_text("Waiting for @Rivera Santos")
        await expect(card).to_contain_text("High priority")


@pytest.mark.parametrize(
    ("command", "said"), [("status", "e-mail"), ("help", "/cockpit threshold"), ("fly", "/cockpit help")]
)
async def test_a_command_is_answered_to_its_writer_alone(cockpit: Opened, command: str, said: str) -> None:
    async with cockpit() as desk:
        await expect(desk.card("Charged twice")).to_be_visible()  # With what was answered before.
        answer = await desk.command(command)
        await expect(answer).to_contain_text(said)
        await expect(answer.get_by_role("button", name="Dismiss")).to_be_in_viewport()
        assert await violations(desk.page) == []
        await desk.page.get_by_label("Act as").select_option("Rivera Santos")
        await expect(desk.page.locator("article.ephemeral")).to_have_count(0)


async def test_a_second_command_may_be_typed_before_the_first_is_answered(cockpit: Opened) -> None:
    async with cockpit() as desk:
        answers = desk.page.locator("article.ephemeral")
        await expect(desk.card("Charged twice")).to_be_visible()
        before = await answers.count()
        box = desk.page.get_by_role("textbox", name=re.compile("^Message #"))
        for command in ("/cockpit status", "/cockpit threshold"):
            await box.fill(command)
            await box.press("Enter")
        await expect(answers).to_have_count(before + 2)
        await expect(box).to_have_value("")


async def test_a_thread_without_replies_begins_with_its_card(cockpit: Opened) -> None:
    async with cockpit() as desk:
        await desk.card("Student discount").get_by_role("link", name=re.compile("^Open the thread")).click()
        await expect(desk.thread.get_by_role("heading", name="Student discount")).to_be_in_viewport()
        await expect(desk.thread).to_contain_text("No replies")
        assert await violations(desk.page) == []


async def test_the_chat_widget_answers_with_its_sources(cockpit: Opened) -> None:
    async with cockpit("#chat") as desk:
        shop = desk.page.frame_locator(".chat-frame")
        await shop.get_by_role("button", name="Open chat").click()
        chat = shop.frame_locator("#threadpilot-chat iframe")
        await chat.get_by_label("Your message").fill("How do I reset my password?")
        await chat.get_by_label("Your message").press("Enter")
        answer = chat.locator("#messages > .theirs")
        await expect(answer).to_contain_text("password")
        await expect(answer).to_contain_text("AI")
        await expect(answer.get_by_role("list", name="Sources").get_by_role("link")).not_to_have_count(0)
        await expect(answer.locator(".text")).not_to_contain_text("https://")
        await expect(chat.locator("#typing")).to_be_hidden()

        await desk.go("support-chat")
        await expect(desk.page.locator(".channel-pane")).to_contain_text("How do I reset my password?")
        await expect(desk.page.locator(".channel-pane")).to_contain_text("Answered by itself")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
async def test_real_cards_are_accessible_and_fit(cockpit: Opened, dark: bool, width: int) -> None:
    async with cockpit(dark=dark, width=width) as desk:
        await expect(desk.card("Charged twice")).to_contain_text("Escalated")
        assert await violations(desk.page) == []
        assert not await scrolls_sideways(desk.page)


async def test_the_main_job_on_a_telephone(cockpit: Opened, assisted: None) -> None:
    async with cockpit(width=390, height=800) as desk:
        await desk.write_mail("Gil Moss", "Forgotten", "How do I reset my password?")
        await desk.go("support-email")
        await (await desk.waiting("Forgotten")).get_by_role("button", name="Approve & send").click()
        assert not await scrolls_sideways(desk.page)
        await desk.go("Mail")
        await desk.be("Gil Moss")
        await expect(desk.received("Forgotten")).to_contain_text("password")
        assert not await scrolls_sideways(desk.page)
