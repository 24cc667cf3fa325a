"""Take the pictures of README and docs from a running demo, and of every state of a card; nothing is retouched.

    python -m benchmarks.pictures [--folder docs/pictures] [--states-only]

Needs a Chromium: the CHROMIUM variable or one of the usual names on PATH. Exit code 1 when a picture is too large.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from playwright.async_api import Browser, Locator, Page, async_playwright, expect
from slack_sdk.web.async_client import AsyncWebClient

from blocks.card import root_card
from sandbox.slack import directory
from tests.blocks.cases import NOW
from tests.blocks.states import STATES
from tests.browser_support import chromium_path
from tests.e2e.harness import Outside, contract_of, demo_arguments, end, start

PICTURES = Path(__file__).resolve().parents[1] / "docs" / "pictures"
MOST_BYTES = 300_000
_QUALITY = 60
_PEOPLE = {"U0KIM": directory.KIM, "U0BEN": directory.RIVERA}
WAIT_MS = 20_000
ANSWERED, WAITING, ESCALATED = "Student discount", "A lantern", "Charged twice"
QUESTION = "How do I reset my password?"


@dataclass(frozen=True)
class Studio:
    """A browser in front of a running demo, and the folder for what it sees."""

    browser: Browser
    demo: Outside
    folder: Path

    @asynccontextmanager
    async def page(
        self, url: str, width: int, height: int, *, scale: float = 1, dark: bool = False
    ) -> AsyncIterator[Page]:
        context = await self.browser.new_context(
            viewport={"width": width, "height": height},
            device_scale_factor=scale,
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            locale="en-GB",
        )
        context.set_default_timeout(WAIT_MS)
        page = await context.new_page()
        await page.goto(url)
        yield page
        await context.close()

    @asynccontextmanager
    async def desk(
        self, width: int, height: int, *, scale: float = 1, dark: bool = False
    ) -> AsyncIterator[Page]:
        """Open the e-mail channel, once all three welcome conversations stand in it."""
        async with self.page(self.demo.contract["sandbox"], width, height, scale=scale, dark=dark) as page:
            await page.get_by_role("button", name="Hide these steps").click()
            await shows(card(page, ANSWERED), "Answered by itself")
            await shows(card(page, WAITING), "Waiting for you")
            await shows(card(page, ESCALATED), "Escalated")
            yield page

    def path(self, name: str) -> Path:
        return self.folder / f"{name}.png"


async def shows(place: Locator, text: str) -> None:
    await expect(place).to_contain_text(text, timeout=WAIT_MS)


def card(page: Page, subject: str) -> Locator:
    return page.locator("article").filter(has=page.get_by_role("heading", name=subject, exact=True))


async def cockpit(studio: Studio, name: str, *, dark: bool) -> None:
    """Show the page as an agent has it in front of them: a card that waits for a decision."""
    async with studio.desk(1280, 800, dark=dark) as page:
        await card(page, WAITING).evaluate("node => node.scrollIntoView({block: 'start'})")
        await page.screenshot(path=studio.path(name))


async def cards(studio: Studio) -> None:
    """Show one card for each main state, the last one after a person has pressed Approve & send."""
    async with studio.desk(1040, 2600, scale=1.5) as page:
        for subject, state in ((ANSWERED, "answered"), (WAITING, "waiting"), (ESCALATED, "escalated")):
            await card(page, subject).screenshot(path=studio.path(f"cards-{state}"))
        waiting = card(page, WAITING)
        await waiting.get_by_role("button", name="Approve & send").click()
        await shows(waiting, "Sent by")
        await page.mouse.move(0, 0)
        await waiting.screenshot(path=studio.path("cards-approved"))


async def chat(studio: Studio) -> None:
    """Show the widget on the demo shop, with a question and its answer."""
    async with studio.page(f"{studio.demo.contract['app']}/chat/demo", 1280, 760) as page:
        await page.get_by_role("button", name="Open chat").click()
        widget = page.frame_locator("#threadpilot-chat iframe")
        box = widget.get_by_label("Your message")
        await box.fill(QUESTION)
        await box.press("Enter")
        await shows(widget.locator("#messages > .theirs"), "password")
        await expect(widget.locator("#typing")).to_be_hidden()
        await page.screenshot(path=studio.path("chat"))


# The states of a card, as people call them, and the case of each among those that the tests hold cards against.
STATES_SHOWN = {
    "drafting": "drafting",
    "waiting": "waiting",
    "sent-by-itself": "sent_by_itself",
    "superseded": "superseded",
    "escalated": "escalated_by_hand",
    "with-an-agent": "waiting_taken",
    "being-written": "being_written",
    "waiting-for-the-customer": "sent_as_drafted",
    "snoozed": "snoozed",
    "undelivered": "not_delivered",
    "resolved": "resolved",
    "reopened": "reopened",
    "spam": "spam",
    "rejected": "rejected",
    "long-words": "long_words",
    "we-wrote-first": "we_wrote_first",
}


async def states(browser: Browser, folder: Path) -> None:
    """Post a card for each state into the stand-in, without the app, and show it wide and on a phone."""
    process = await start("sandbox", "--port", "0", "--json")
    try:
        contract = await contract_of(process)
        async with aiohttp.ClientSession() as session:
            outside = Outside(contract, session)
            await _post_states(contract, session)
            studio = Studio(browser, outside, folder)
            for dark, mode in ((False, ""), (True, "-dark")):
                async with studio.page(contract["sandbox"], 1000, 2400, dark=dark) as page:
                    await _shoot(page, studio, f"state{mode}")
                async with studio.page(contract["sandbox"], 390, 2400, dark=dark) as page:
                    await _shoot(page, studio, f"state-phone{mode}", small=True)
    finally:
        await end(process)


async def _post_states(contract: Mapping[str, Any], session: aiohttp.ClientSession) -> None:
    env = contract["env"]
    slack = AsyncWebClient(env["SLACK_BOT_TOKEN"], base_url=env["SLACK_API_URL"], session=session)
    for state, case in STATES_SHOWN.items():
        text, blocks = root_card(STATES[case], threshold=0.9, now=NOW, escalated_to="C0ESCALATE1")
        titled = [
            {**blocks[0], "text": {**blocks[0]["text"], "text": _title(state)}},
            *_with_names(blocks[1:]),
        ]
        await slack.chat_postMessage(channel=contract["channels"]["email"], text=text, blocks=titled)
        await asyncio.sleep(1.1)  # Slack takes about one post a second.


def _with_names(blocks: Sequence[Any]) -> Any:
    """Return blocks in which people are some whom the stand-in knows by name."""
    shown = json.dumps(blocks)
    for ours, theirs in _PEOPLE.items():
        shown = shown.replace(f"<@{ours}>", f"<@{theirs}>")
    return json.loads(shown)


def _title(state: str) -> str:
    return state.replace("-", " ").capitalize()


async def _shoot(page: Page, studio: Studio, name: str, *, small: bool = False) -> None:
    """Take every state; `small` ones as JPEG, of a third of the size, in which narrow text stays readable."""
    steps = page.get_by_role("button", name="Hide these steps")
    if await steps.is_visible():
        await steps.click()
    for state in STATES_SHOWN:
        one = card(page, _title(state))
        await one.scroll_into_view_if_needed()
        if small:
            path = studio.folder / f"{name}-{state}.jpg"
            await one.screenshot(path=path, type="jpeg", quality=_QUALITY)
        else:
            await one.screenshot(path=studio.path(f"{name}-{state}"))


async def take_all(folder: Path, chromium: str, *, states_only: bool) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        await states(browser, folder)
        await browser.close()
    if not states_only:
        await take_demo(folder, chromium)


async def take_demo(folder: Path, chromium: str) -> None:
    process = await start(*demo_arguments())
    try:
        contract = await contract_of(process)
        async with aiohttp.ClientSession() as session, async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            studio = Studio(browser, Outside(contract, session), folder)
            await cockpit(studio, "cockpit", dark=False)
            await cockpit(studio, "cockpit-dark", dark=True)
            await chat(studio)
            await cards(studio)
            await browser.close()
    finally:
        await end(process)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=Path, default=PICTURES)
    parser.add_argument("--states-only", action="store_true", help="only the states of a card")
    given = parser.parse_args()
    folder: Path = given.folder
    chromium = chromium_path()
    if chromium is None:
        print("No Chromium on this machine: set CHROMIUM or install one.", file=sys.stderr)
        return 2
    folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(take_all(folder, chromium, states_only=given.states_only))
    sizes = {path.name: path.stat().st_size for path in sorted(folder.glob("*.[jp]*g"))}
    for name, size in sizes.items():
        print(f"{size / 1000:6.0f} kB  {name}")
    return int(any(size > MOST_BYTES for size in sizes.values()))


if __name__ == "__main__":
    sys.exit(main())
