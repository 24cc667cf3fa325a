"""The renderer: every block is drawn, and whatever arrives is text, never markup, never an exception."""

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.browser_support import browser, browser_page
from tests.sandbox.page_samples import HOSTILE, actions, every_block, section
from tests.sandbox.page_stub import Stub, serving

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium():
    async with browser() as started:
        yield started


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def everything(chromium: Browser):
    """A page that shows one of every block; read-only, so the tests share it."""
    stub = Stub()
    stub.show(*every_block())
    async with serving(stub), browser_page(chromium) as page:
        await page.goto(stub.url)
        await expect(page.get_by_role("heading", name="📦 Everything")).to_be_visible()
        yield page


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        ("strong", "bold"),
        ("em", "italic"),
        ("s", "gone"),
        ("code", "a*b"),
        ("a", "Lost lids"),
        ("a", "Ines"),
        (".mention", "@Morgan Diaz"),
        (".mention", "#support-chat"),
        (".mention", "@leads"),
        (".mention", "@here"),
        ("time", "2025-11-23"),
        (".fields", "Gold"),
        ("blockquote", "quoted"),
        ("pre", "let x = 1 < 2"),
        ("figcaption", "A near picture"),
        ("strong", "rich bold"),
        ("a", "rich link"),
        (".rich-text ol li", "first step"),
        ("blockquote", "rich quote"),
        ("pre", "rich code"),
        (".md-heading", "Title of it"),
        (".markdown strong", "strong"),
        (".markdown em", "soft"),
        (".markdown li", "one"),
        (".markdown pre", "raw <b>"),
        (".markdown th", "plan"),
        (".markdown td", "Gold"),
        ("th", "Order"),
        ("td.align-right", "12 EUR"),
        (".alert.warning", "Stock is low"),
        (".card-title", "Ines Baum"),
        ("a.button", "Open in CRM"),
        (".picture.missing", "🖼️"),
    ],
)
async def test_draws(everything: Page, tag: str, text: str):
    await expect(everything.locator(f"article {tag}").filter(has_text=text).first).to_be_visible()


async def test_marks_inside_words_and_unknown_shortcodes_stay(everything: Page):
    await expect(everything.get_by_text("2*3*4 snake_case_name :nosuch:")).to_be_visible()


async def test_hostile_text_is_shown_as_text(everything: Page):
    shown = everything.locator(".blocks > *").last
    await expect(shown).to_contain_text("<img src=x onerror=alert(1)><script>alert(2)</script>")
    await expect(shown).to_contain_text("<!channel> &lt;b&gt;")
    assert await shown.locator("img, script, a").count() == 0
    assert "javascript:" not in await everything.locator("main a").evaluate_all(
        "all => all.map(a => a.href).join()"
    )


@pytest.mark.parametrize("sign", ["hologram", "lever", "not even an object", "no rows", "rich_text_sparkle"])
async def test_what_cannot_be_drawn_is_a_box_with_its_json(everything: Page, sign: str):
    await expect(everything.locator(".unknown").filter(has_text=sign).first).to_be_visible()


async def test_foreign_pictures_are_named_not_fetched(everything: Page):
    await expect(everything.get_by_role("img", name="a far picture")).to_be_visible()
    await expect(everything.get_by_role("img", name="our sign")).to_be_visible()


GARBAGE = [
    None,
    7,
    [],
    {},
    {"type": None},
    {"type": "constructor"},
    {"type": "section", "fields": 3},
    {"type": "header", "text": []},
    {"type": "context", "elements": [{}, {"type": "mrkdwn"}]},
    {"type": "rich_text", "elements": [{}]},
    {"type": "markdown"},
    {"type": "table", "rows": [[None]]},
    {"type": "input"},
    {"type": "section", "text": {"type": "mrkdwn", "text": "*_~`<>`~_* ``` <|> <!date^x> &&&"}},
    {
        "type": "actions",
        "elements": [
            {"type": "static_select"},
            {"type": "overflow"},
            {"type": "button"},
            {"type": "checkboxes"},
        ],
    },
    {"type": "alert", "level": "toString"},
    {"type": "image", "image_url": "http://["},
    {"type": "card", "actions": {}},
]


async def test_garbage_never_stops_the_page(chromium: Browser):
    stub = Stub()
    stub.show(*GARBAGE)
    stub.show(section("still here"), ts="1763890001.000100")
    stub.show(ts="1763890002.000100", text=f"plain &amp; {HOSTILE}", blocks=None)
    async with serving(stub), browser_page(chromium) as page:
        await page.goto(stub.url)
        await expect(page.get_by_text("still here")).to_be_visible()
        await expect(page.get_by_text("plain & <img src=x")).to_be_visible()


async def test_a_broken_block_is_drawn_once_it_is_mended(chromium: Browser):
    stub = Stub()
    stub.show({"type": "table"})
    async with serving(stub), browser_page(chromium) as page:
        await page.goto(stub.url)
        await expect(page.locator(".unknown")).to_be_visible()
        stub.state["messages"][0]["blocks"] = [
            {"type": "table", "rows": [[{"type": "raw_text", "text": "mended"}]]}
        ]
        stub.changed("slack")
        await expect(page.get_by_role("columnheader", name="mended")).to_be_visible()


async def test_menus_and_dates_send_what_was_chosen(chromium: Browser):
    choices = [
        {"text": {"type": "plain_text", "text": name}, "value": name[0]} for name in ("Parcel", "Money")
    ]
    stub = Stub()
    stub.show(
        actions(
            {
                "type": "static_select",
                "action_id": "topic",
                "placeholder": {"type": "plain_text", "text": "Topic"},
                "options": choices,
            },
            {"type": "checkboxes", "action_id": "set", "options": choices},
            {
                "type": "users_select",
                "action_id": "who",
                "placeholder": {"type": "plain_text", "text": "Who"},
            },
        )
    )
    async with serving(stub), browser_page(chromium) as page:
        await page.goto(stub.url)
        await page.get_by_label("Topic").select_option("Money")
        assert (await stub.next_post())[1]["value"] == "M"
        await page.get_by_role("checkbox", name="Parcel").check()
        assert (await stub.next_post())[1]["value"] == ["P"]
        await page.get_by_label("Who", exact=True).select_option("U0MORGAN")
        assert (await stub.next_post())[1]["value"] == "U0MORGAN"
