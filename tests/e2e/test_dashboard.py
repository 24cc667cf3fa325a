"""From `/cockpit` to the figures and back to a thread, over whole processes."""

import html
import re

import aiohttp
import pytest

from tests.e2e.harness import Outside
from tests.waiting import until

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.asyncio(loop_scope="package"),
    pytest.mark.xdist_group("demo"),
]


async def test_a_conversation_is_counted_and_its_figure_leads_to_its_thread(demo: Outside) -> None:
    manager = demo.contract["manager"]
    await demo.mail("Counted once", "How do I reset my password?", sender="count@customer.example")

    async def counted() -> bool:
        told = await demo.command("stats 24h email", manager)
        return "New conversations: *" in told and "First response: *p50" in told

    await until(counted)
    link = html.unescape(re.findall(r"<(http[^|>]+)\|", await demo.command("dashboard", manager))[0])
    assert link.startswith(demo.contract["app"])
    jar = aiohttp.CookieJar(unsafe=True)  # The demo has an address, and no name.
    async with aiohttp.ClientSession(cookie_jar=jar) as browser:
        ticket = link.partition("ticket=")[2]
        entered = await browser.post(link.partition("?")[0], data={"ticket": ticket})
        assert (entered.status, entered.url.path) == (200, "/dashboard")
        cases = f"{demo.contract['app']}/dashboard/cases?period=24h&channel=email&of=first:"

        async def listed() -> list[str]:
            """Return the links of this conversation; others may have been counted before it."""
            return re.findall(r'href="([^"]+)">Counted once<', await (await browser.get(cases)).text())

        (thread,) = await until(listed)
    channel = demo.contract["channels"]["email"]
    assert re.fullmatch(rf"https://[^/]+/archives/{channel}/p\d{{16}}", thread)
