"""What agents do all day, each from the customer's message to what the customer gets, on the sandbox's page."""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Locator, expect

from tests.browser.cockpit import Cockpit, Opened
from tests.browser_support import violations
from tests.e2e.harness import Outside

pytestmark = [
    pytest.mark.browser,
    pytest.mark.e2e,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.xdist_group("browser"),
]

HOW_TO_WASH = "How do I wash my down jacket?"


async def asked(desk: Cockpit, name: str, subject: str, text: str = HOW_TO_WASH) -> Locator:
    """Write as a customer; return the card that waits for an agent."""
    await desk.write_mail(name, subject, text)
    await desk.go("support-email")
    return await desk.waiting(subject)


async def shows(card: Locator, text: str) -> None:
    await expect(card).to_contain_text(text)


async def test_approving_takes_one_click_and_leads_to_the_next_card(cockpit: Opened, assisted: None) -> None:
    async with cockpit() as desk:
        await asked(desk, "Ada Pine", "The next one")
        card = await asked(desk, "Abe Pine", "The first one")
        await card.get_by_role("button", name="Approve & send").click()
        await shows(card, "Sent by @Kim Larsen")
        way_on = card.get_by_role("link", name=re.compile("^Next: "))
        subject = (await way_on.inner_text()).removeprefix("Next: ")
        await way_on.click()
        await expect(desk.thread.get_by_role("heading", name=subject)).to_be_visible()


async def test_an_answer_of_over_3000_characters_is_written_in_parts_and_arrives_whole(
    cockpit: Opened, assisted: None
) -> None:
    first, second = f"Part one. {'wash ' * 560}", f"Part two. {'dry ' * 250}The end."
    async with cockpit() as desk:
        card = await asked(desk, "Lou Long", "In full")
        await card.get_by_role("button", name="Edit").click()
        window = desk.window("Edit the answer")
        await window.get_by_label("Answer", exact=True).fill(first)
        await window.get_by_role("button", name="More room").click()
        more = window.get_by_label("Answer, part 2")
        await more.fill(second)
        await expect(window.get_by_label("Answer", exact=True)).to_have_value(first)
        assert await violations(desk.page) == []
        await window.get_by_role("button", name="Send", exact=True).click()
        await expect(window).to_be_hidden()
        await desk.go("Mail")
        await desk.be("Lou Long")
        mail = desk.received("In full")
        await shows(mail, "The end.")
        said = re.sub(r"\s+", " ", await mail.inner_text())
        assert re.sub(r"\s+", " ", f"{first} {second}") in said


async def test_who_writes_is_seen_on_the_card_by_others_until_they_stop(
    cockpit: Opened, assisted: None
) -> None:
    async with cockpit() as desk, cockpit() as other:
        card = await asked(desk, "Wyn Vale", "Two at once")
        await card.get_by_role("button", name="Edit").click()
        window = desk.window("Edit the answer")
        await expect(window).to_be_visible()
        await other.act_as("manager")
        await other.go("support-email")
        seen = other.card("Two at once")
        await shows(seen, "Being written: @Kim Larsen is at an answer")
        await seen.get_by_role("button", name="Edit").click()
        await shows(other.window("Edit the answer"), "@Kim Larsen is writing an answer too")
        await other.window("Edit the answer").get_by_role("button", name="Cancel").click()
        await window.get_by_role("button", name="Cancel").click()
        await expect(seen).not_to_contain_text("Being written")


@pytest.mark.parametrize("how", ["Escape", "Cancel"])
async def test_what_is_typed_is_there_again_after_the_window_was_closed(
    cockpit: Opened, assisted: None, how: str
) -> None:
    subject = f"Half a letter, {how}"
    async with cockpit() as desk:
        card = await asked(desk, "Una Pell", subject)
        await card.get_by_role("button", name="Edit").click()
        window = desk.window("Edit the answer")
        await window.get_by_label("Answer", exact=True).click()
        await desk.page.keyboard.press("Control+A")
        await desk.page.keyboard.type("Dear Una, we")
        await window.get_by_role("button", name="More room").click()
        await window.get_by_label("Answer, part 2").click()
        await desk.page.keyboard.type("And the rest.")
        if how == "Escape":
            await desk.page.keyboard.press("Escape")
        else:
            await window.get_by_role("button", name="Cancel").click()
        await expect(window).to_be_hidden()
        await card.get_by_role("button", name="Edit").click()
        await shows(window, "Your unsent text")
        again = window.get_by_label("Answer", exact=True)
        await expect(again).to_have_value(re.compile(r"^Dear Una, we\s+And the rest\.$"))
        await desk.page.keyboard.press("Escape")
        await expect(window).to_be_hidden()


async def test_an_escalation_is_taken_and_answered_where_it_was_escalated_to(
    cockpit: Opened, assisted: None
) -> None:
    async with cockpit() as desk:
        card = await asked(desk, "Eva Moor", "Torn seam", "The seam of my tent tore. How do I return it?")
        await card.get_by_role("button", name="Escalate").click()
        window = desk.window("Escalate")
        await window.get_by_label("Why, and what should happen next?").fill("Ask the workshop.")
        await window.get_by_role("button", name="Escalate").click()
        await expect(window).to_be_hidden()

        await desk.go("escalations")
        post = desk.card("Torn seam")
        await shows(post, "Ask the workshop.")
        await post.get_by_role("button", name="Take", exact=True).click()
        await expect(post.get_by_role("button", name="Take over")).to_be_visible()
        await post.get_by_role("button", name="Reply").click()
        window = desk.window("Write an answer")
        await window.get_by_label("Answer", exact=True).fill("Send it to us, dear Eva: we mend it.")
        await window.get_by_role("button", name="Send", exact=True).click()
        await expect(window).to_be_hidden()
        await shows(post, "Sent by @Kim Larsen")
        await desk.go("Mail")
        await desk.be("Eva Moor")
        await shows(desk.received("Torn seam"), "we mend it")


async def test_what_a_colleague_has_is_taken_over_after_a_question(cockpit: Opened, assisted: None) -> None:
    async with cockpit() as desk:
        card = await asked(desk, "Tia Moss", "Mine or yours")
        await card.get_by_role("button", name="Take", exact=True).click()
        await shows(card, "Waiting for @Kim Larsen")
        await desk.act_as("manager")
        question = desk.window("Are you sure?")
        await card.get_by_role("button", name="Take over").click()
        await expect(question).to_contain_text("is told in its thread")
        await question.get_by_role("button", name="Cancel").click()
        await shows(card, "Waiting for @Kim Larsen")
        await card.get_by_role("button", name="Take over").click()
        await question.get_by_role("button", name="Take over").click()
        await shows(card, "Waiting for @Morgan Hale")
        await desk.open_thread(card)
        await shows(desk.thread, "@Kim Larsen had it before")


async def test_what_a_colleague_has_is_sent_after_a_question_and_its_owner_is_asked_nothing(
    cockpit: Opened, assisted: None
) -> None:
    async with cockpit() as desk:
        card = await asked(desk, "Lia Park", "Whose answer")
        await card.get_by_role("button", name="Take", exact=True).click()
        await shows(card, "Waiting for @Kim Larsen")
        await desk.act_as("manager")
        await card.get_by_role("button", name="Edit").click()
        edit = desk.window("Edit the answer")
        await shows(edit, "@Kim Larsen has this conversation.")
        await edit.get_by_role("button", name="Cancel").click()
        await card.get_by_role("button", name="Approve & send").click()
        question = desk.window("A colleague has this")
        await shows(question, "@Kim Larsen has this conversation. Send the draft all the same?")
        assert await violations(desk.page) == []
        await question.get_by_role("button", name="Cancel").click()
        await shows(card, "Waiting for @Kim Larsen")
        await card.get_by_role("button", name="Approve & send").click()
        await question.get_by_role("button", name="Approve & send").click()
        await shows(card, "Sent by @Morgan Hale")
        await desk.act_as("agent")
        await card.get_by_role("button", name="Resolve").click()
        await shows(card, "Resolved by @Kim Larsen")


@pytest_asyncio.fixture(loop_scope="module")
async def undoable(demo: Outside) -> AsyncIterator[None]:
    """Give automatic answers by e-mail half a minute before they leave."""
    await demo.command("undo email 30", demo.contract["manager"])
    yield
    await demo.command("undo email 0", demo.contract["manager"])


async def test_an_automatic_answer_is_stopped_before_it_leaves(cockpit: Opened, undoable: None) -> None:
    async with cockpit() as desk:
        await desk.write_mail("Una Dale", "Not so fast", "How do I reset my password?")
        await desk.go("support-email")
        card = desk.card("Not so fast")
        await shows(card, "Goes out by itself")
        await card.get_by_role("button", name="Stop").click()
        await shows(card, "Waiting for you")
        await shows(card, "Stopped")
        await card.get_by_role("button", name="Approve & send").click()
        await shows(card, "Sent by @Kim Larsen")
        await desk.go("Mail")
        await desk.be("Una Dale")
        await expect(desk.received("Not so fast")).to_have_count(1)


async def test_what_is_snoozed_sleeps_until_it_is_woken(cockpit: Opened, assisted: None) -> None:
    async with cockpit() as desk:
        card = await asked(desk, "Sky Rowe", "Not today")
        await desk.choose(card, "Snooze")
        window = desk.window("Snooze")
        await window.get_by_label("Bring it back").select_option("In 3 hours")
        assert await violations(desk.page) == []
        await window.get_by_role("button", name="Snooze", exact=True).click()
        await expect(window).to_be_hidden()
        await shows(card, "Snoozed until")
        await shows(card, "by @Kim Larsen")
        await card.get_by_role("button", name="Wake now").click()
        await desk.waiting("Not today")
        await expect(card.get_by_role("button", name="Approve & send")).to_be_visible()


async def test_what_is_resolved_is_opened_again_by_an_agent_and_by_the_customer(
    cockpit: Opened, assisted: None
) -> None:
    async with cockpit() as desk:
        card = await asked(desk, "Rea Holt", "Open again")
        await card.get_by_role("button", name="Approve & send").click()
        await card.get_by_role("button", name="Resolve").click()
        await shows(card, "Resolved by @Kim Larsen")
        await card.get_by_role("button", name="Reopen").click()
        await shows(card, "reopened by @Kim Larsen")
        await desk.choose(card, "Resolve")
        await shows(card, "Resolved by @Kim Larsen")

        await desk.go("Mail")
        await desk.be("Rea Holt")
        await desk.received("Open again").get_by_role("button", name="Reply").click()
        await desk.page.get_by_label("Message", exact=True).fill("And how do I dry it?")
        await desk.page.get_by_role("button", name="Send", exact=True).click()
        await desk.go("support-email")
        await shows(await desk.waiting("Open again"), "And how do I dry it?")


async def test_a_customer_is_asked_how_it_was_and_the_card_shows_what_they_say(
    cockpit: Opened, assisted: None
) -> None:
    async with cockpit() as desk:
        card = await asked(desk, "Cat Bell", "Good to know")
        await card.get_by_role("button", name="Approve & send").click()
        await card.get_by_role("button", name="Resolve").click()
        await desk.go("Mail")
        await desk.be("Cat Bell")
        request = desk.received("Good to know").filter(has_text="/rate/")
        await expect(request).to_be_visible()  # The app looks for whom to ask every quarter of a minute.
        link = re.search(r"http://\S+/rate/\S+", await request.inner_text())
        assert link is not None
        place = desk.page.url
        await desk.page.goto(link[0])
        assert await violations(desk.page) == []
        await desk.page.get_by_role("textbox").fill("Quick & kind")
        await desk.page.get_by_role("button", name="5 / 5").click()
        await expect(desk.page.get_by_role("heading")).to_contain_text(re.compile("thank", re.IGNORECASE))
        await desk.page.goto(place)
        await desk.go("support-email")
        await shows(card, "Rated 5 of 5 by the customer “Quick & kind”")


async def test_a_new_agent_is_guided_through_three_cards(cockpit: Opened) -> None:
    async with cockpit("#home") as desk:
        home = desk.page.get_by_role("region", name="Content of App Home")
        await expect(home).to_contain_text("New here?")
        await home.get_by_role("button", name="Practise").click()
        window = desk.window("Practice")
        await shows(window, "This customer is made up; nothing is sent.")
        assert await violations(desk.page) == []
        await window.get_by_role("button", name="Take", exact=True).click()
        await shows(window, "For this exercise press Approve & send")
        for button in ("Approve & send", "Edit", "Escalate"):
            await window.get_by_role("button", name=button, exact=True).click()
            await shows(window, "Done.")
            await window.get_by_role("button", name=re.compile("^(Next|Finish)$")).click()
        await shows(window, "That is all.")
        await window.get_by_role("button", name="Close").last.click()
        await expect(home).not_to_contain_text("New here?")
