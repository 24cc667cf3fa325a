"""The sandbox's page in a browser, in the words of somebody who uses it."""

import re
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from playwright.async_api import Locator, Page, expect

from tests.e2e.harness import Outside


class Cockpit:
    """The sandbox's page, in the words of somebody who uses it."""

    def __init__(self, page: Page, demo: Outside) -> None:
        self.page = page
        self.demo = demo
        self.thread = page.get_by_role("complementary", name="Thread")

    async def visit(self, place: str = "") -> None:
        await self.page.goto(f"{self.demo.contract['sandbox']}/{place}")
        await expect(self.page.get_by_label("Act as")).to_have_value(self.demo.contract["agent"])

    async def go(self, place: str) -> None:
        """Follow a link in the sidebar."""
        places = self.page.get_by_role("navigation", name="Places")
        listing = places.get_by_role("button")
        if await listing.is_visible():  # In a narrow window.
            await listing.click()
        await places.get_by_role("link", name=re.compile(rf"^\W*{place}")).click()

    async def act_as(self, who: str) -> None:
        await self.page.get_by_label("Act as").select_option(self.demo.contract[who])

    async def command(self, text: str) -> Locator:
        """Type a slash command; return the newest message that only this person sees."""
        shown = self.page.locator("article.ephemeral")
        before = await shown.count()
        box = self.page.get_by_role("textbox", name=re.compile("^Message #"))
        await box.fill(f"/cockpit {text}")
        await box.press("Enter")
        await expect(shown).to_have_count(before + 1)
        return shown.last

    async def write_mail(self, name: str, subject: str, text: str) -> None:
        """Write a mail as a customer nobody knows yet."""
        await self.go("Mail")
        await self.be(name)
        await self.page.get_by_label("Subject").fill(subject)
        await self.page.get_by_label("Message", exact=True).fill(text)
        await self.page.get_by_role("button", name="Send", exact=True).click()
        await expect(self.page.get_by_role("status").get_by_text("Sent.")).to_be_visible()

    async def be(self, name: str) -> None:
        """Sit down at the mailbox of this customer."""
        await self.page.get_by_label("Customer", exact=True).select_option("Someone unknown")
        await self.page.get_by_label("Name").fill(name)
        await self.page.get_by_label("Address").fill(f"{name.split()[0].lower()}@customer.example")

    def received(self, subject: str) -> Locator:
        return self.page.get_by_role("article", name=f"Mail: Re: {subject}")

    def card(self, subject: str) -> Locator:
        """Return the card of a conversation, in the Slack channel rather than in a thread."""
        heading = self.page.get_by_role("heading", name=subject, exact=True)
        return self.page.locator(".channel-pane article").filter(has=heading)

    async def choose(self, card: Locator, entry: str) -> None:
        """Choose an entry of the menu at the end of a card's buttons."""
        await card.get_by_role("button", name=re.compile("^More")).last.click()
        await self.page.get_by_role("menuitem", name=entry).click()

    def window(self, title: str) -> Locator:
        return self.page.get_by_role("dialog", name=title)

    async def open_thread(self, card: Locator) -> None:
        await card.get_by_role("link", name=re.compile("^Open the thread")).click()

    async def waiting(self, subject: str) -> Locator:
        card = self.card(subject)
        await expect(card).to_contain_text("Waiting for you")
        return card


Opened = Callable[..., AbstractAsyncContextManager[Cockpit]]
