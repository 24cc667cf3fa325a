"""The dashboard over HTTP: who gets in, what each page says, and that nothing of a customer's comes alive."""

import csv
import io
import re
from collections import Counter
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import pytest

from bot.core.model import Channel, Status
from bot.core.priority import Priority
from handlers.web.dashboard.places import PAGES
from tests.handlers.web.dashboard.world import BOSS, HOSTILE, KIM, WORKSPACE, running
from tests.storage.insights.histories import NOW
from tests.storage.insights.reference import Reference
from tests.storage.insights.test_reference import ALL


@pytest.fixture
async def world():
    async with running() as world:
        yield world


class Reader(HTMLParser):
    """Collects what a browser would see: elements by name, and their attributes."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, name, attributes):
        self.found.append((name, dict(attributes)))

    def all(self, name):
        return [attributes for tag, attributes in self.found if tag == name]


def links(text):
    return [a["href"] for a in Reader(text).all("a")]


async def test_nobody_gets_in_without_a_session(world):
    for path in [f"/dashboard/{name}".rstrip("/") for name in (*PAGES, "cases")]:
        assert "/cockpit dashboard" in await world.page(path, 403)
    world.client.session.cookie_jar.update_cookies({"threadpilot_dashboard": "forged"})
    assert "/cockpit dashboard" in await world.page("/dashboard", 403)


async def test_the_link_asks_for_a_press_and_then_lets_in_once(world):
    link = world.link(BOSS)
    for _ in range(2):  # A program that looks at links uses nothing up.
        assert "Open the dashboard" in await world.page(link)
    ticket = link.partition("ticket=")[2]
    answer = await world.client.post("/dashboard/enter", data={"ticket": ticket}, allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, "/dashboard")
    cookie = answer.headers["Set-Cookie"]
    for part in ("HttpOnly", "SameSite=Lax", "Path=/dashboard", "Max-Age=3600"):
        assert part in cookie
    assert "Automated resolution" in await world.page("/dashboard")
    again = await world.client.post("/dashboard/enter", data={"ticket": ticket})
    assert (again.status, "used before" in await again.text()) == (403, True)


async def test_a_link_that_is_old_or_not_ours_says_how_to_get_a_new_one(world):
    link = world.link(BOSS)
    ticket = link.partition("ticket=")[2]
    head, _, tail = ticket.rpartition(".")
    for typed in ("", "x", ticket[:-2], f"{head}.{tail[::-1]}"):
        assert "Open the dashboard" not in await world.page(f"/dashboard/enter?ticket={typed}", 403)
        answer = await world.client.post("/dashboard/enter", data={"ticket": typed})
        assert (answer.status, "/cockpit dashboard" in await answer.text()) == (403, True), typed
    world.clock.move(minutes=6)
    answer = await world.client.post("/dashboard/enter", data={"ticket": ticket})
    assert (answer.status, "/cockpit dashboard" in await answer.text()) == (403, True)


async def test_days_and_hours_are_those_of_the_business_hours(world):
    await world.enter()
    text = await world.page("/dashboard/volume?period=30d")
    assert "Days and hours are those of Europe/Berlin." in text
    there, days = ZoneInfo("Europe/Berlin"), Counter()
    for talk in Reference(world.week, *ALL, None, NOW).talks:
        days[talk.created_at.astimezone(there).date()] += 1
    told = {row[0]: int(row[-1]) for row in (await world.csv("/dashboard/volume?period=30d&csv=days"))[1:]}
    assert {day: n for day, n in told.items() if n} == {str(day): n for day, n in days.items()}
    for day, number in list(days.items())[:3]:
        listed = await world.csv(f"/dashboard/cases?period=24h&of=day:{day}&csv=cases")
        assert len(listed) - 1 == number


async def test_what_is_snoozed_stands_apart(world):
    await world.enter()
    rows = {name: int(n) for name, n in (await world.csv("/dashboard?period=30d&csv=now"))[1:]}
    waiting = [c for c in world.week.conversations if c.status is Status.WAITING]
    assert rows["Waiting for an agent"] == sum(c.snoozed_until is None for c in waiting)
    asleep = await world.csv("/dashboard/cases?of=asleep:&csv=cases")
    assert rows["Snoozed, not counted above"] == len(asleep) - 1 > 0


async def test_service_levels_are_told_by_channel_and_priority_with_their_breaches(world):
    await world.enter()
    kept = await world.csv("/dashboard/levels?period=30d&csv=kept")
    broken = await world.csv("/dashboard/levels?period=30d&csv=broken")
    assert sum(int(row[5]) for row in kept[1:]) == len(broken) - 1 > 0
    assert {(row[0], row[1]) for row in kept[1:]} <= {(c, p) for c in Channel for p in Priority}
    assert broken[0][-1] == "With"
    await world.enter(KIM)
    assert (await world.csv("/dashboard/levels?period=30d&csv=broken"))[0][-1] == "Cause"


async def test_a_session_ends(world):
    await world.enter()
    world.clock.move(hours=1)
    await world.page("/dashboard", 403)


async def test_pages_are_strict_and_need_no_script(world):
    await world.enter()
    for path in ("/dashboard", "/dashboard/cases?of=all:", "/dashboard/enter", "/dashboard/dashboard.css"):
        answer = await world.client.get(path)
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; ")
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        found = Reader(await answer.text())
        assert {one.get("src") for one in found.all("script")} <= {"/dashboard/dashboard.js"}
        assert not any("style" in attributes or "onclick" in attributes for _, attributes in found.found)
    answer = await world.client.get("/dashboard/dashboard.js")
    assert answer.content_type == "text/javascript"
    assert "://" not in await answer.text()  # It asks nobody for anything.


async def test_an_address_with_a_slash_leads_to_its_page_and_others_say_that_there_is_none(world):
    await world.enter()
    for path, page in (
        ("/dashboard/", "/dashboard"),
        ("/dashboard/volume/?period=30d", "/dashboard/volume?period=30d"),
        ("/dashboard//", "/dashboard"),
    ):
        answer = await world.client.get(path, allow_redirects=False)
        assert (answer.status, answer.headers["Location"]) == (302, page)
    for path in ("/dashboard/nothing", "/dashboard/nothing/", "/dashboard//evil.example/"):
        text = await world.page(path, 404)
        assert "There is no such page." in text
        assert "dashboard.css" in text


async def test_what_is_typed_in_slack_stands_as_code(world):
    await world.enter()
    for name in PAGES:
        assert "`" not in await world.page(f"/dashboard/{name}".rstrip("/"))
    assert "<code>/cockpit whatif</code>" in await world.page("/dashboard/quality")


async def test_every_page_shows_every_period_and_all_its_links_lead_somewhere(world):
    await world.enter()
    for query in ("", "?period=24h", "?period=90d&channel=", "?period=30d&channel=email"):
        seen = set()
        for name in PAGES:
            text = await world.page(f"/dashboard/{name}".rstrip("/") + query)
            assert text.count("<h1>") == 1
            seen |= {link for link in links(text) if link.startswith("/dashboard")}
        assert len(seen) > 20
    for link in seen:
        await world.page(link)


FILTERS = (
    "topic=delivery",
    "agent=UKIM",
    "topic=returns&agent=URIVERA",
    "channel=email&topic=delivery",
)


@pytest.mark.parametrize("query", FILTERS)
async def test_filters_stand_in_every_address_and_every_link_leads_somewhere(world, query):
    await world.enter()
    for name in PAGES:
        text = await world.page(f"/dashboard/{name}".rstrip("/") + f"?period=30d&{query}")
        ours = {link for link in links(text) if link.startswith("/dashboard")}
        unsifted = {link for link in ours if not all(given in link for given in query.split("&"))}
        assert len(unsifted) == (name != "cost")  # The one that takes them away.
        for link in sorted(ours)[::3]:
            await world.page(link)
        said = (
            "Filters other than the period change nothing"
            if name == "cost"
            else "conversations with such a turn"
        )
        assert said in text


async def test_a_filtered_number_leads_to_as_many_cases(world):
    await world.enter()
    for query in FILTERS:
        figures = await world.csv(f"/dashboard?period=30d&{query}&csv=figures")
        number = next(int(row[2]) for row in figures if row[0] == "conversations")
        listed = await world.csv(f"/dashboard/cases?period=30d&{query}&of=all:&csv=cases")
        assert len(listed) - 1 == number > 0


async def test_an_agent_filters_by_topic_and_by_nobody(world):
    await world.enter(KIM)
    text = await world.page("/dashboard?period=30d&topic=delivery")
    assert "Answered by" not in text
    assert "UKIM" not in text
    for path in ("", "/people", "/cases?of=all:"):
        await world.page(f"/dashboard{path}{'&' if '?' in path else '?'}agent=UKIM", 400)


async def test_what_would_take_too_long_is_not_compared(world):
    await world.enter()
    whole, month, quarter = [
        [row[4] for row in await world.csv(f"/dashboard?csv=figures&{given}")]
        for given in ("period=90d", "period=30d&topic=delivery", "period=90d&topic=delivery")
    ]
    assert whole[1] == month[1] == "0"
    assert {*quarter[1:]} == {"–"}
    assert "nothing is compared" in await world.page("/dashboard?period=90d&topic=delivery")


async def test_a_topic_that_there_is_not_is_refused_with_the_nearest(world):
    await world.enter()
    text = await world.page("/dashboard?topic=delivry", 400)
    assert "There is no topic “delivry”. The nearest is delivery." in text
    assert "&lt;b&gt;" in await world.page("/dashboard?topic=<b>", 400)


async def test_single_people_are_told_of_only_where_enough_was_seen():
    async with running(300) as world:
        await world.enter()
        rows = await world.csv("/dashboard/people?period=30d&csv=treatment")
        short = await world.csv("/dashboard/people?period=24h&csv=treatment")
    assert rows[0][:4] == ["Who", "First response", "95 % interval", "n"]
    assert rows[-1][0] == "The whole team"
    for _, wait, interval, n, rated, of, m in rows[1:] + short[1:]:
        for value, bounds, number in ((wait, interval, int(n)), (rated, of, int(m))):
            if number < 20:
                assert (value, bounds) == ("too few" if number else "–", "")
            else:
                assert " to " in bounds
    assert {"too few"} < {row[4] for row in [*rows, *short]}


async def test_the_quality_page_tells_the_brier_score(world):
    await world.enter()
    text = await world.page("/dashboard/quality?period=30d")
    assert re.search(r"Brier score: 0\.\d{3} \(n = \d+; the mean square", text)


async def test_a_number_leads_to_its_cases_and_these_to_slack(world):
    await world.enter()
    text = await world.page("/dashboard/cases?period=30d&of=sent:edited")
    threads = [link for link in links(text) if link.startswith(WORKSPACE)]
    assert threads
    assert all(re.fullmatch(rf"{WORKSPACE}archives/C0MAIL/p\d+000100", link) for link in threads)


async def test_lists_come_in_pages():
    async with running(60) as world:
        await world.enter()
        first = await world.page("/dashboard/cases?period=90d&of=all:")
        (more,) = [link for link in links(first) if "page=2" in link]
        second = await world.page(more)
    assert "page=3" not in second
    ids = re.findall(r"<td[^>]*>([0-9a-f]{8})</td>", first) + re.findall(
        r"<td[^>]*>([0-9a-f]{8})</td>", second
    )
    assert len(ids) == len(set(ids)) > 50


async def test_what_customers_write_stays_text(world):
    await world.enter()
    text = await world.page("/dashboard/cases?period=90d&of=all:")
    assert "&lt;script&gt;" in text
    assert [one.get("src") for one in Reader(text).all("script")] == ["/dashboard/dashboard.js"]
    assert not any(link.startswith("javascript") for link in links(text))


async def test_csv_has_every_table_and_no_formula(world):
    await world.enter()
    for name in PAGES:
        text = await world.page(f"/dashboard/{name}".rstrip("/"))
        for link in [link for link in links(text) if "csv=" in link]:
            answer = await world.client.get(link)
            assert answer.content_type == "text/csv"
            assert "attachment" in answer.headers["Content-Disposition"]
            rows = list(csv.reader(io.StringIO(await answer.text())))
            assert rows
            assert len({len(row) for row in rows}) == 1
    rows = list(csv.reader(io.StringIO(await world.page("/dashboard/cases?period=90d&of=all:&csv=cases"))))
    cells = [cell for row in rows for cell in row]
    assert f"'{HOSTILE}" in cells
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)


async def test_an_agent_sees_figures_but_nobodys_name(world):
    await world.enter(KIM)
    people = await world.page("/dashboard/people?period=30d")
    assert "Managers see single people." in people
    assert "URIVERA" not in people
    await world.page("/dashboard/cases?of=agent:URIVERA", 400)
    text = await world.page("/dashboard/cases?period=90d&of=all:")
    assert "Thread in Slack" in text
    assert "HYPERLINK" not in text


async def test_the_cost_is_told_for_a_draft_and_for_a_resolution(world):
    await world.enter()
    assert "–" in await world.page("/dashboard/cost?period=30d")
    await world.draft_by_model()
    rows = {name: row for name, *row in await world.csv("/dashboard/cost?period=30d&csv=each")}
    models = await world.csv("/dashboard/cost?period=30d&csv=models")
    assert models[1] == ["gpt-test", "1", "900", "100", "1.5 s", "1.5 s", "0.0500"]
    assert rows["A draft"] == ["1000", "0.0500", "1"]
    tokens, cost, automated = rows["An automated resolution"]
    assert (int(tokens), float(cost)) == (
        1000 // int(automated),
        pytest.approx(0.05 / int(automated), abs=1e-4),
    )


async def test_a_manager_sees_people(world):
    await world.enter(BOSS)
    assert "URIVERA" in await world.page("/dashboard/people?period=30d")
    assert await world.page("/dashboard/cases?period=30d&of=agent:URIVERA")


BAD = """
    ?period=1y ?channel=fax /cases /cases?of=is:rich /cases?of=all:&page=0 /cases?of=all:&page=²
    /cases?of=all:&page=99999 ?csv=passwords /volume?csv= /cases?of=%00 ?period=%ff
""".split()


async def test_what_cannot_be_shown_says_so(world):
    await world.enter()
    for path in BAD:
        said = await world.page(f"/dashboard{path}", 400)
        assert "Back to the overview" in said or "<h1>This filter is not possible</h1>" in said


async def test_empty_periods_say_so_and_divide_by_nothing():
    async with running(1) as world:
        await world.enter()
        for name in PAGES:  # One conversation.
            text = await world.page(f"/dashboard/{name}".rstrip("/") + "?period=90d")
            assert "nan" not in text.lower()
        world.clock.move(minutes=30)
        for name in PAGES:
            text = await world.page(f"/dashboard/{name}".rstrip("/") + "?period=24h&channel=zendesk")
            assert "nan" not in text.lower().replace("finance", "")
        assert "There is none" in await world.page(
            "/dashboard/cases?period=24h&channel=zendesk&of=is:durable"
        )


async def test_bars_stand_where_their_confidence_is(world):
    await world.enter()
    path = "/dashboard/quality?period=90d&csv=confidence"
    _, *rows = await world.csv(path)
    assert [row[0] for row in rows][:2] == ["0 to 5 %", "5 to 10 %"]
    assert len(rows) >= 20
    assert "0" in {row[1] for row in rows}, "some bins are empty"


async def test_no_line_of_a_tile_ends_before_a_percent_sign(world):
    await world.enter()
    tiles = re.findall(
        r'<a class="tile".*?</a>|<a [^>]*class="tile"[^>]*>.*?</a>', await world.page("/dashboard?period=30d")
    )
    shown = [re.sub(r"<[^>]*>", "|", tile) for tile in tiles]
    assert any("%" in one for one in shown)
    assert not [one for one in shown if " %" in one]


async def test_people_are_called_by_their_names_and_addresses_keep_the_id(world):
    await world.enter()
    text = await world.page("/dashboard/people?period=30d&agent=UKIM")
    assert '<option value="UKIM" selected>Kim &lt;b&gt;Rivera&lt;/b&gt;</option>' in text
    assert "that Kim &lt;b&gt;Rivera&lt;/b&gt; answered" in text
    assert "Kim <b>" not in text
    link = next(one for one in links(text) if "of=agent%3AUKIM" in one)
    assert "Kim &lt;b&gt;Rivera&lt;/b&gt;" in await world.page(link)
    assert "UKIM" in {row[0] for row in await world.csv("/dashboard/people?period=30d&csv=people")}


@pytest.mark.parametrize("typed", ["Return an item", "return AN item", "RETURNS", "returns"])
async def test_a_topic_is_known_by_its_title_and_in_any_case(world, typed):
    await world.enter()
    text = await world.page(f"/dashboard?period=30d&topic={typed}")
    assert "rested first on the article returns" in text
    assert '<option value="returns">Return an item</option>' in text


@pytest.mark.parametrize("query", ["topic=delivry", "agent=nobody", "channel=fax", "period=1y"])
async def test_a_filter_that_is_not_possible_is_told_above_the_filters(world, query):
    await world.enter()
    text = await world.page(f"/dashboard/volume?{query}", 400)
    assert "<h1>This filter is not possible</h1>" in text
    assert [one for one in Reader(text).all("form") if one.get("class") == "filters"]
