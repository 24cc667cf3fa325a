"""The app's dialogs: what is sent, what is refused and where it says so, and that the keyboard stays inside."""

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.browser_support import browser, browser_page
from tests.sandbox.page_samples import button, card, edit_view, field, plain, section
from tests.sandbox.page_stub import AGENT, MANAGER, Stub, serving

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


async def open_edit(stub: Stub, page: Page, **more) -> None:
    stub.state["views"] = [edit_view(**more)]
    stub.changed("slack")
    await expect(page.get_by_role("dialog", name="Edit the draft")).to_be_visible()


async def test_dialog_submits_typed_and_untouched_values(stub: Stub, page: Page):
    await open_edit(stub, page)
    await page.get_by_label("Answer").fill("Hello Ines, sorry.")
    await expect(page.get_by_text("82 of 100 characters left")).to_be_visible()
    await page.get_by_role("radio", name="Facts").check()
    stub.hold.clear()
    send = page.get_by_role("button", name="Send it")
    await send.click()
    await expect(send).to_have_attribute("aria-busy", "true")
    name, form = await stub.next_post()
    assert name == "slack/submit"
    assert (form["view_id"], form["user"]) == ("V1", AGENT)
    values = form["values"]
    assert values == {
        "answer": {"text": "Hello Ines, sorry."},
        "why": {"reason": "facts"},
        "tags": {"set": []},
        "who": {"user": None},
        "mail": {"copy": None},
    }
    stub.state["views"] = []
    stub.hold.set()
    await expect(page.get_by_role("dialog")).to_be_hidden()


async def test_untouched_input_sends_its_initial_value(stub: Stub, page: Page):
    await open_edit(stub, page)
    await page.get_by_role("button", name="Send it").click()
    _, form = await stub.next_post()
    assert form["values"]["answer"]["text"] == "Hello Ines"


async def test_errors_stand_at_their_fields(stub: Stub, page: Page):
    stub.answers["slack/submit"] = {
        "ok": True,
        "response_action": "errors",
        "view": None,
        "errors": {"answer": "Say more than that.", "gone": "And another thing."},
    }
    await open_edit(stub, page)
    await page.get_by_role("button", name="Send it").click()
    await expect(page.get_by_role("alert").filter(has_text="Say more than that.")).to_be_visible()
    await expect(page.get_by_role("alert").filter(has_text="And another thing.")).to_be_visible()
    await expect(page.get_by_label("Answer")).to_have_attribute("aria-invalid", "true")


async def test_what_slack_itself_refuses_stands_at_the_fields_too(stub: Stub, page: Page):
    stub.answers["slack/submit"] = {
        "ok": False,
        "error": "invalid_input",
        "errors": {"why": "Please complete this."},
    }
    await open_edit(stub, page)
    await page.get_by_role("button", name="Send it").click()
    await expect(page.get_by_role("alert")).to_have_text("Please complete this.")


async def test_a_submit_nobody_answers_is_told_in_the_dialog(stub: Stub, page: Page):
    stub.answers["slack/submit"] = {"ok": False, "error": "operation_timeout"}
    await open_edit(stub, page)
    await page.get_by_role("button", name="Send it").click()
    await expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("did not answer")


async def test_escape_closes_the_dialog_in_slack_too(stub: Stub, page: Page):
    await open_edit(stub, page)
    await page.keyboard.press("Escape")
    assert await stub.next_post() == ("slack/close", {"view_id": "V1", "user": AGENT})
    stub.state["views"] = []
    stub.changed("slack")
    await expect(page.get_by_role("dialog")).to_be_hidden()


def live_input(on: str, **more) -> dict:
    """Return an input that tells of itself `on_character_entered` or `on_enter_pressed`."""
    element = {
        "type": "plain_text_input",
        "action_id": "text",
        "initial_value": "Hello",
        "dispatch_action_config": {"trigger_actions_on": [on]},
        **more,
    }
    return {**field("answer", "Answer", element), "dispatch_action": True}


async def typed_into(page: Page, text: str) -> None:
    await page.get_by_label("Answer").click()
    await page.keyboard.press("Control+End")
    await page.keyboard.type(text)


TOLD = {"view_id": "V1", "user": AGENT, "block_id": "answer", "action_id": "text"}


async def test_a_pause_in_typing_is_told_with_all_that_is_typed(stub: Stub, page: Page):
    other = field("note", "Note", {"type": "plain_text_input", "action_id": "text"})
    await open_edit(stub, page, blocks=[live_input("on_character_entered", multiline=True), other])
    await page.get_by_label("Note").click()
    await page.keyboard.type("aside")
    await typed_into(page, " Ines")
    name, click = await stub.next_post()
    values = {"answer": {"text": "Hello Ines"}, "note": {"text": "aside"}}
    assert (name, click) == ("slack/click", {**TOLD, "value": "Hello Ines", "values": values})


@pytest.mark.parametrize("how", ["Escape", "Cancel"])
async def test_what_is_not_told_yet_is_told_before_the_window_closes(stub: Stub, page: Page, how: str):
    await open_edit(stub, page, blocks=[live_input("on_character_entered")])
    await page.clock.install()  # No pause is long enough now.
    await typed_into(page, "!")
    if how == "Escape":
        await page.keyboard.press("Escape")
    else:
        await page.get_by_role("button", name="Cancel").click()
    name, click = await stub.next_post()
    assert (name, click["value"], click["values"]) == (
        "slack/click",
        "Hello!",
        {"answer": {"text": "Hello!"}},
    )
    assert (await stub.next_post())[0] == "slack/close"


async def test_what_is_sent_is_not_told_as_typed_afterwards(stub: Stub, page: Page):
    await open_edit(stub, page, blocks=[live_input("on_character_entered")])
    await page.clock.install()
    await typed_into(page, "!")
    await page.get_by_role("button", name="Send it").click()
    assert (await stub.next_post())[0] == "slack/submit"
    await page.clock.run_for(60_000)
    await page.get_by_role("button", name="Cancel").click()
    assert (await stub.next_post())[0] == "slack/close"


async def test_enter_tells_of_an_input_that_waits_for_it_and_sends_no_form(stub: Stub, page: Page):
    await open_edit(stub, page, blocks=[live_input("on_enter_pressed")])
    await page.clock.install()
    await typed_into(page, "!")
    await page.clock.run_for(60_000)
    await page.keyboard.press("Enter")
    name, click = await stub.next_post()
    assert (name, click["value"]) == ("slack/click", "Hello!")
    await page.keyboard.press("Escape")
    assert (await stub.next_post())[0] == "slack/close"


async def test_what_was_typed_is_there_again_when_a_window_over_it_closes(stub: Stub, page: Page):
    written = edit_view(
        state={"values": {"answer": {"text": {"type": "plain_text_input", "value": "Typed"}}}}
    )
    stub.state["views"] = [written, edit_view(id="V2", title=plain("Over it"), blocks=[section("All")])]
    stub.changed("slack")
    await expect(page.get_by_role("dialog", name="Over it")).to_be_visible()
    stub.state["views"] = [written]
    stub.changed("slack")
    await expect(page.get_by_label("Answer")).to_have_value("Typed")


async def test_focus_stays_in_the_dialog(stub: Stub, page: Page):
    await open_edit(stub, page)
    for _ in range(25):
        await page.keyboard.press("Tab")
        outside = await page.locator("body").evaluate(
            "body => document.activeElement !== body && !document.activeElement.closest('dialog')"
        )
        assert not outside


async def test_a_field_that_comes_later_gets_the_focus(stub: Stub, page: Page):
    stub.state["views"] = [edit_view(blocks=[section("One moment")])]
    stub.changed("slack")
    await expect(page.get_by_role("dialog").get_by_text("One moment")).to_be_visible()
    field = {"type": "plain_text_input", "action_id": "why", "focus_on_load": True}
    late = {
        "type": "input",
        "block_id": "b",
        "label": {"type": "plain_text", "text": "Why"},
        "element": field,
    }
    stub.state["views"] = [edit_view(blocks=[late])]
    stub.changed("slack")
    await expect(page.get_by_label("Why")).to_be_focused()


async def test_what_was_typed_survives_an_update_of_the_view(stub: Stub, page: Page):
    await open_edit(stub, page)
    await page.get_by_label("Answer").fill("typed")
    changed = edit_view()
    changed["blocks"].insert(0, section("loaded meanwhile"))
    stub.state["views"] = [changed]
    stub.changed("slack")
    await expect(page.get_by_text("loaded meanwhile")).to_be_visible()
    await expect(page.get_by_label("Answer")).to_have_value("typed")


async def test_presses_inside_a_dialog_name_the_view(stub: Stub, page: Page):
    await open_edit(
        stub, page, blocks=[{"type": "actions", "block_id": "a", "elements": [button("Shorter", "shorter")]}]
    )
    await page.get_by_role("button", name="Shorter").click()
    _, click = await stub.next_post()
    assert (click["view_id"], click["action_id"], "channel" in click) == ("V1", "shorter", False)


async def test_dialogs_of_others_stay_theirs(stub: Stub, page: Page):
    stub.state["views"] = [edit_view(user=MANAGER)]
    stub.show(section("afterwards"), ts="1763890300.000100")
    await expect(page.get_by_text("afterwards")).to_be_visible()
    await expect(page.get_by_role("dialog")).to_have_count(0)


async def test_picked_files_are_taken_in_and_sent_with_the_form(stub: Stub, page: Page):
    taken = {"id": "F1", "name": "crack.png"}
    stub.answers["slack/upload"] = {"ok": True, "file": taken}
    element = {"type": "file_input", "action_id": "files", "max_files": 2, "filetypes": ["png"]}
    block = {
        "type": "input",
        "block_id": "proof",
        "label": {"type": "plain_text", "text": "Proof"},
        "element": element,
    }
    await open_edit(stub, page, blocks=[block])
    picked = {"name": "crack.png", "mimeType": "image/png", "buffer": b"PNG"}
    await page.get_by_label("Proof").set_input_files([picked])
    name, sent = await stub.next_post()
    assert (name, sent) == ("slack/upload", {"user": AGENT, "name": "crack.png", "content": "UE5H"})
    await expect(page.get_by_role("status").get_by_text("crack.png")).to_be_visible()
    await page.get_by_label("Proof").set_input_files([picked] * 3)
    await expect(page.get_by_text("Pick at most 2.")).to_be_visible()
    await page.get_by_role("button", name="Send it").click()
    name, form = await stub.next_post()
    assert (name, form["values"]) == ("slack/submit", {"proof": {"files": [taken]}})


async def test_a_question_stays_open_while_the_card_changes(stub: Stub, page: Page):
    sure = {
        "title": plain("Are you sure?"),
        "text": plain("Really?"),
        "confirm": plain("Yes"),
        "deny": plain("No"),
    }
    asks = {**button("Take over", "take_over"), "confirm": sure}
    row = {"type": "actions", "block_id": "do", "elements": [asks]}
    stub.show(*card(), row, ts="1763890000.000200")
    await page.get_by_role("button", name="Take over").click()
    question = page.get_by_role("dialog", name="Are you sure?")
    await expect(question).to_be_visible()
    more = {**section("One line more"), "block_id": "more"}
    stub.state["messages"][-1]["blocks"] = [*card(), more, row]
    stub.changed("slack")
    await expect(page.get_by_text("One line more")).to_be_visible()
    await expect(question).to_be_visible()
    await question.get_by_role("button", name="No").click()
    await expect(question).to_be_hidden()
