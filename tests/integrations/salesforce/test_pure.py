"""What needs no Salesforce: escaping, the day's budget, waiting times, and reading odd answers."""

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from simple_salesforce.format import format_soql

from bot.core.context import Keys, Outcome, Urgency
from integrations.salesforce.budget import Budget
from integrations.salesforce.card import moment, record_of, search_for
from integrations.salesforce.client import Login, Part
from integrations.salesforce.escape import (
    among,
    ends_alike,
    is_id,
    phone_formats,
    query_url,
    safe_emails,
    sosl,
)
from integrations.salesforce.fields import Readable
from integrations.salesforce.reading import changes_in
from integrations.salesforce.tokens import LoginRefused, Token, Tokens
from integrations.salesforce.transport import seconds_until
from sandbox.salesforce.soql import unescaped

NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
RESERVED = "?&|!{}[]()^~*:\\\"'+-"


@pytest.mark.parametrize(
    ("seconds", "bookmark"),
    [
        (0, NOW + timedelta(seconds=1)),  # An import that changed more at once than an answer holds.
        (7, NOW + timedelta(seconds=7)),
    ],
)
def test_reading_of_changes_goes_on_however_many_there_are(seconds: int, bookmark: datetime) -> None:
    at = (NOW + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
    many = [{"Id": f"500{number:012}", "SystemModstamp": at} for number in range(2_000)]
    answers = {"cases": Part(200, {"records": many}), "comments": Part(200, {"records": []})}
    changes = changes_in(answers, NOW, NOW + timedelta(hours=1))
    assert (len(changes.records), changes.bookmark, changes.more) == (2_000, bookmark.isoformat(), True)


@given(st.lists(st.text(), min_size=1, max_size=3))
def test_values_are_quoted_as_the_library_quotes_them(values: list[str]) -> None:
    assert among("Email", values) == format_soql("Email IN {}", values)


@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_what_is_quoted_is_read_back_as_it_was(value: str) -> None:
    assert unescaped(among("F", [value])[len("F IN ('") : -len("')")]) == value


@pytest.mark.parametrize("sign", RESERVED)
def test_each_operator_of_a_search_is_escaped(sign: str) -> None:
    assert sosl(f"a{sign}b") == f"a\\{sign}b"


def test_a_query_has_nothing_that_ends_its_url() -> None:
    assert query_url("/x", "a&b#c=d @{e}") == "/x/query/?q=a%26b%23c%3Dd%20%40%7Be%7D"
    assert safe_emails(["a@b", "x@{c}", "no address"]) == ["a@b"]


@pytest.mark.parametrize(
    ("text", "is_one"), [("003" + "A" * 12, True), ("003" + "A" * 15, True), ("003'", False), ("", False)]
)
def test_an_id_has_the_form_of_one(text: str, is_one: bool) -> None:
    assert is_id(text) is is_one


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("+442079460101", "020 7946 0101", True),
        ("+442079460101", "(0)20-7946-0101", True),
        ("+442079460101", "0044 20 7946 0101", True),
        ("+442079460101", "+44 20 7946 0102", False),
        ("+442079460101", "0101", False),
        ("+442079460101", "", False),
    ],
)
def test_a_number_is_known_in_national_and_international_form(one: str, other: str, same: bool) -> None:
    assert ends_alike(one, other) is same


def test_what_is_no_number_has_no_formats_and_no_search() -> None:
    assert (phone_formats("+12"), search_for(Keys(phones=("+12",)))) == ([], "")


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ("7", 7.0),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90.0),
        (format_datetime(NOW - timedelta(seconds=90), usegmt=True), 0.0),
        ("Thu, 26 Nov 2026 09:00:05 -0000", 5.0),
        ("soon", None),
        ("", None),
        ("²", None),
        ("9" * 50, 999_999_999.0),
    ],
)
def test_a_waiting_time_is_seconds_or_a_date(told: str, seconds: float | None) -> None:
    assert seconds_until(told, NOW) == seconds


@pytest.mark.parametrize(
    ("used", "refreshes", "answers", "said"),
    [
        (699, True, True, ""),
        (700, True, True, "70% of the day's API requests are used"),
        (850, False, True, "85% of the day's API requests are used: nothing is refreshed"),
        (
            950,
            False,
            False,
            "95% of the day's API requests are used: only what an agent asks for is looked up",
        ),
        (
            1_000,
            False,
            False,
            "100% of the day's API requests are used: only what an agent asks for is looked up",
        ),
    ],
)
def test_the_day_is_used_up_in_steps(used: int, refreshes: bool, answers: bool, said: str) -> None:
    budget = Budget()
    budget.note(f"api-usage={used}/1000; per-app-api-usage=17/250(appName=x)")
    assert [budget.allows(each) for each in (Urgency.REFRESH, Urgency.ANSWER, Urgency.CLICKED)] == [
        refreshes,
        answers,
        True,
    ]
    assert budget.trouble() == said


def test_a_reading_that_nothing_renews_is_not_believed_for_ever() -> None:
    now = [0.0]
    budget = Budget(ticks=lambda: now[0])
    budget.note("api-usage=1000/1000")
    now[0] = 901.0
    assert budget.allows(Urgency.REFRESH)


def test_our_own_share_of_the_day_ends_and_begins_anew() -> None:
    now = [0.0]
    budget = Budget(2, ticks=lambda: now[0])
    for _ in range(2):
        budget.note("api-usage=1/1000")
    assert not budget.allows(Urgency.ANSWER)
    now[0] = 90_000.0
    budget.note("nonsense")
    assert budget.allows(Urgency.ANSWER)


def test_running_out_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    budget = Budget()
    for used in (700, 800, 100, 900):
        budget.note(f"api-usage={used}/1000")
    assert [record.message for record in caplog.records] == ["salesforce_requests_run_out"] * 2


async def test_a_refused_login_is_not_repeated_at_once() -> None:
    now, tries = [0.0], []

    async def login() -> Token:
        tries.append(now[0])
        if len(tries) < 2:
            raise LoginRefused("no")
        return Token("secret", "host")

    tokens = Tokens(login, ticks=lambda: now[0])
    for _ in range(3):
        with pytest.raises(LoginRefused):
            await tokens.current()
    now[0] = 31.0
    assert "secret" not in repr(await tokens.current())
    assert tries == [0.0, 31.0]


async def test_a_login_goes_on_when_whoever_waited_for_it_does_not() -> None:
    gate, tries = asyncio.Event(), []

    async def login() -> Token:
        tries.append(1)
        await gate.wait()
        return Token("secret", "host")

    tokens = Tokens(login)
    hasty, patient = (asyncio.create_task(tokens.current()) for _ in range(2))
    await asyncio.sleep(0)
    hasty.cancel()
    gate.set()
    assert (await patient).value == "secret"
    assert tries == [1]
    await tokens.aclose()


def test_a_login_knows_its_domain() -> None:
    assert Login("https://acme--uat.sandbox.my.salesforce.com", "id").domain == "acme--uat.sandbox.my"
    assert "s3cret" not in repr(Login("https://x", "id", "s3cret"))


@pytest.mark.parametrize(
    "body", [None, [], {}, {"records": None}, {"records": [None, 1, {"Id": "no id"}]}, "html"]
)
def test_odd_answers_are_nobody(body: object) -> None:
    answers = {"contact": Part(200, body), "cases": Part(200, body)}
    found = record_of(answers, Keys(("a@b",)), Readable({}, ()), NOW, "https://x")
    assert found.outcome is Outcome.NOBODY
    assert (Part(400, body).code, Part(400, [{"errorCode": "X"}]).code) == ("", "X")


def test_a_record_with_nothing_but_its_id_is_a_customer() -> None:
    answers = {
        "contact": Part(200, {"records": [{"Id": "003" + "A" * 12, "Account": None}]}),
        "cases": Part(200, {"records": [{}]}),
        "deals": Part(200, {"records": [{"Amount": True, "Name": "x"}]}),
        "tasks": Part(200, {"records": [{"Subject": "Call", "ActivityDate": "soon"}]}),
        "cover": Part(400, []),
    }
    found = record_of(answers, Keys(("a@b",)), Readable({"Contact": {}, "Account": {}}, ()), NOW, "https://x")
    assert (found.name, found.company) == ("", "")
    assert [fact.text for fact in found.facts][-1] == "last: Call (soon)"
    assert [entry.at for entry in found.entries] == [None, None, None]


@pytest.mark.parametrize("told", ["", "soon", "2026-13-01"])
def test_what_is_no_time_is_none(told: str) -> None:
    assert moment(told) is None
    assert moment("2026-11-01T10:00:00.000+0000") == datetime(2026, 11, 1, 10, tzinfo=UTC)
