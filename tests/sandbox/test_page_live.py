"""The page against the real sandbox, with a small Bolt app on the other side."""

import asyncio
from email.message import EmailMessage

import aiosmtplib
import pytest
import pytest_asyncio
from aiosmtpd.smtp import SMTP
from playwright.async_api import Browser, Page, expect
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.server import SUPPORT, Sandbox, SandboxConfig
from sandbox.slack import directory
from tests.browser_support import browser, browser_page, violations
from tests.sandbox.page_samples import card, edit_view, section
from tests.waiting import PATIENCE

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
EMAIL = directory.SUPPORT_CHANNELS["email"]


class Inbox:
    """The app's SMTP side: keeps what customers send."""

    def __init__(self):
        self.received = asyncio.Queue()

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802
        self.received.put_nowait((envelope.mail_from, envelope.rcpt_tos, envelope.content.decode()))
        return "250 OK"


def small_app(client: AsyncWebClient) -> AsyncApp:
    app = AsyncApp(client=client, token=directory.BOT_TOKEN)

    @app.action("approve")
    async def approve(ack, body):
        await ack()
        blocks = [*card()[:4], section(f":white_check_mark: *Sent* by <@{body['user']['id']}>")]
        await client.chat_update(channel=EMAIL, ts=body["message"]["ts"], text="sent", blocks=blocks)
        await client.chat_postEphemeral(channel=EMAIL, user=body["user"]["id"], text="You were first.")

    @app.action("edit")
    async def edit(ack, body):
        await ack()
        view = {
            name: value for name, value in edit_view(callback_id="edit").items() if name not in ("id", "user")
        }
        await client.views_open(trigger_id=body["trigger_id"], view=view)

    @app.view("edit")
    async def edited(ack, view):
        text = view["state"]["values"]["answer"]["text"]["value"]
        if "sorry" in text:
            await ack()
            await client.chat_postMessage(channel=EMAIL, text=f"Edited: {text}")
        else:
            await ack(response_action="errors", errors={"answer": "Say sorry."})

    @app.command("/cockpit")
    async def cockpit(ack, command):
        await ack(f"*{command['text']}*: all well")

    @app.event("app_home_opened")
    async def home(event):
        view = {"type": "home", "blocks": [section("Nobody waits for you.")]}
        await client.views_publish(user_id=event["user"], view=view)

    @app.event("message")
    async def message(event):
        """Notes are only kept."""

    return app


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium():
    async with browser() as started:
        yield started


@pytest_asyncio.fixture(loop_scope="module")
async def inbox():
    inbox = Inbox()
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(inbox, hostname="app.example"), "127.0.0.1", 0
    )
    inbox.port = server.sockets[0].getsockname()[1]
    yield inbox
    server.close()


@pytest_asyncio.fixture(loop_scope="module")
async def sandbox(inbox: Inbox):
    sandbox = Sandbox(SandboxConfig(port=0, smtp_listen=f"127.0.0.1:{inbox.port}"))
    await sandbox.start()
    yield sandbox
    await sandbox.stop()


@pytest_asyncio.fixture(loop_scope="module")
async def client(sandbox: Sandbox):
    """A client of a running app."""
    client = AsyncWebClient(token=directory.BOT_TOKEN, base_url=sandbox.slack_api)
    sockets = AsyncWebClient(token=directory.APP_TOKEN, base_url=sandbox.slack_api)
    handler = AsyncSocketModeHandler(small_app(client), directory.APP_TOKEN, web_client=sockets)
    await handler.connect_async()
    yield client
    await handler.close_async()


@pytest_asyncio.fixture(loop_scope="module")
async def page(chromium: Browser, sandbox: Sandbox, client: AsyncWebClient):
    async with browser_page(chromium) as page:
        await page.goto(f"{sandbox.url}/#channel/{EMAIL}")
        await expect(page.get_by_label("Act as")).to_have_value(directory.AGENT)
        yield page


async def post_card(client: AsyncWebClient) -> None:
    await client.chat_postMessage(channel=EMAIL, text="Kettle", blocks=card())


async def test_a_card_arrives_and_is_approved(client: AsyncWebClient, page: Page):
    await post_card(client)
    last = page.get_by_role("article", name="threadpilot").last
    await last.get_by_role("button", name="Approve & send").click()
    await expect(page.get_by_text("Sent by @")).to_be_visible()
    await expect(page.get_by_text("You were first.")).to_be_visible()
    assert await violations(page) == []


async def test_edit_in_a_dialog(client: AsyncWebClient, page: Page):
    await post_card(client)
    await page.get_by_role("button", name="Edit").last.click()
    dialog = page.get_by_role("dialog", name="Edit the draft")
    await dialog.get_by_role("button", name="Send it").click()
    await expect(dialog.get_by_role("alert")).to_have_text(["Please complete this required field."] * 2)
    await dialog.get_by_role("radio", name="Tone").check()
    await dialog.get_by_label("Copy to").fill("lead@northwind.example")
    await dialog.get_by_role("button", name="Send it").click()
    await expect(dialog.get_by_role("alert")).to_have_text("Say sorry.")
    await dialog.get_by_label("Answer").fill("Hello Ines, sorry.")
    await dialog.get_by_role("button", name="Send it").click()
    await expect(dialog).to_be_hidden()
    await expect(page.locator("article").get_by_text("Edited: Hello Ines, sorry.")).to_be_visible()


async def test_escape_closes_the_view_in_the_sandbox(client: AsyncWebClient, page: Page, sandbox: Sandbox):
    await post_card(client)
    await page.get_by_role("button", name="Edit").last.click()
    await expect(page.get_by_role("dialog")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_be_hidden()
    state = await (await page.request.get(f"{sandbox.url}/control/slack/state")).json()
    assert [view for view in state["views"] if view["type"] == "modal"] == []


async def test_slash_command_and_note(page: Page):
    box = page.get_by_label("Message #", exact=False)
    await box.fill("/cockpit status")
    await box.press("Enter")
    await expect(page.get_by_text("status: all well")).to_be_visible()
    await box.fill("is 1 < 2 & 3 > 2?")
    await box.press("Enter")
    await expect(page.get_by_text("is 1 < 2 & 3 > 2?")).to_be_visible()


async def test_home(page: Page):
    await page.get_by_role("link", name="App Home").click()
    await expect(page.get_by_text("Nobody waits for you.")).to_be_visible()


async def test_mail_out_and_back(page: Page, sandbox: Sandbox, inbox: Inbox):
    await page.get_by_role("navigation").get_by_role("link", name="Mail", exact=True).click()
    await page.get_by_label("Fill in an example").select_option(index=1)
    await page.get_by_role("button", name="Send").click()
    sender, recipients, content = await asyncio.wait_for(inbox.received.get(), PATIENCE)
    assert recipients == [SUPPORT]
    answer = EmailMessage()
    answer["From"], answer["To"], answer["Subject"], answer["Message-ID"] = (
        SUPPORT,
        sender,
        "Re: yours",
        "<a1@northwind.example>",
    )
    answer.set_content("Here is <your> answer.")
    answer.add_alternative("<p>Here is <b>your</b> answer.</p>", subtype="html")
    await aiosmtplib.send(answer, hostname="127.0.0.1", port=sandbox.smtp_port, start_tls=False)
    await expect(page.get_by_text("Here is <your> answer.")).to_be_visible()
    await page.get_by_role("button", name="HTML").click()
    await expect(page.locator(".mail-html b")).to_have_text("your")
    await page.get_by_role("button", name="Reply").click()
    await page.get_by_label("Message", exact=True).fill("Thank you")
    await page.get_by_role("button", name="Send").click()
    _, _, content = await asyncio.wait_for(inbox.received.get(), PATIENCE)
    assert "In-Reply-To: <a1@northwind.example>" in content
    assert await violations(page) == []
