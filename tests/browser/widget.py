"""The chat widget as browser tests see it: the launcher on a page, and what is inside the frame."""

import re
from pathlib import Path

from playwright.async_api import expect

from handlers.web.chat_pages import FOLDER

LOST = ("WebSocket connection to", "Failed to load resource")


def texts(language):
    """Return what is written on the widget in a language, by name."""
    said = (Path(FOLDER) / f"texts-{language}.js").read_text(encoding="utf-8")
    return dict(re.findall(r'^  (\w+): "(.*)",$', said, re.MULTILINE))


class Widget:
    """The widget on a page: the launcher on the site, and what is inside the frame."""

    def __init__(self, world, page, language="en"):
        self.world = world
        self.words = texts("en") | texts(language)
        self.page = page
        self.launcher = page.locator("#threadpilot-chat button")
        self.frame = page.frame_locator("#threadpilot-chat iframe")
        self.box = self.frame.locator("#text")
        self.messages = self.frame.locator("#messages > li")
        self.typing = self.frame.locator("#typing")
        self.state = self.frame.locator("#state")
        self.human = self.frame.locator("#human")
        self.survey = self.frame.locator("#survey")
        self.contact = self.frame.locator("#contact")

    async def open(self):
        await self.launcher.click()
        await expect(self.box).to_be_focused()

    async def write(self, text):
        await self.box.fill(text)
        await self.box.press("Enter")

    async def say(self, text):
        """Write, and wait until the server has it."""
        await self.write(text)
        await expect(self.messages.last.locator(".text")).to_have_text(text)
        await expect(self.messages.last.locator(".fate")).to_have_text(self.words["sent"])

    async def shows(self, *texts):
        """Expect exactly these messages, in this order."""
        await expect(self.messages.locator(".text")).to_have_text(list(texts))

    async def answer(self, text, **options):
        await self.world.answer(self.session, text, **options)

    @property
    def session(self):
        return self.world.service.visits[-1].session
