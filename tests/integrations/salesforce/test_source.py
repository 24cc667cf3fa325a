"""A customer in Salesforce: what is found and asked, counted at the stand-in, and what odd input does."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from bot.core.context import Keys, Outcome, Urgency
from bot.core.errors import Gone, Misconfigured, Refused, Unavailable, Unreachable
from bot.core.sealing import OPEN
from bot.services.context import Context
from integrations.salesforce.budget import Budget
from integrations.salesforce.client import SalesforceApi
from integrations.salesforce.fields import Field, Fields
from sandbox.salesforce import CLIENT_SECRET
from sandbox.salesforce.schema import KINDS
from storage.access_tokens import SharedShelf
from storage.database import SqlDatabase, open_database, utc_now
from storage.seal import Seal
from storage.signals import LocalSignals
from tests.integrations.salesforce.conftest import Org

JONAS = "jonas.weber@posthaus.example"
NIAMH = "niamh.oconnor@inbox.example"


async def test_one_request_brings_the_whole_card(org: Org) -> None:
    await org.fields.readable()
    org.state.log.clear()
    found = await org.look_up(JONAS)
    assert len(org.state.log) == len(org.asked("composite")) == 1
    assert (found.outcome, found.name, found.company) == (Outcome.FOUND, "Jonas Weber", "Weber Household")
    assert found.link == f"{org.sandbox.url}/{found.ids[0]}"
    said = {fact.name: (fact.text, fact.internal, fact.source) for fact in found.facts}
    assert said["Plan__c"] == ("Plan: Standard", False, "Salesforce")
    assert said["Health__c"] == ("Health: Good", True, "Salesforce")
    assert said["open_cases"][0].startswith("1 open case: 00001")
    assert [entry.open for entry in found.entries if entry.kind == "case"] == [True]
    assert all(fact.at == found.fetched_at for fact in found.facts)


async def test_entitlements_opportunities_and_the_last_activity_are_on_it(org: Org) -> None:
    contact = next(r for r in org.state.all(KINDS["Contact"]) if r["Email"] == JONAS)
    account = {"AccountId": contact["AccountId"]}
    org.create("Entitlement", Name="Gold support", Status="Active", EndDate="2027-03-01", **account)
    org.create(
        "Opportunity", Name="Spring", StageName="Proposal", CloseDate="2027-01-01", Amount=1200, **account
    )
    org.create("Task", WhoId=contact["Id"], Subject="Call", Status="Completed", ActivityDate="2026-11-18")
    said = {fact.name: fact.text for fact in (await org.look_up(JONAS)).facts}
    assert said["cover"] == "Gold support until 2027-03-01"
    assert said["deal"] == "Spring, 1,200, Proposal"
    assert said["last_activity"] == "last: Call (18 Nov)"


async def test_nobody_and_several_are_said_as_such(org: Org) -> None:
    assert (await org.look_up("nobody@else.example")).outcome is Outcome.NOBODY
    org.create("Contact", LastName="Twin", Email=JONAS)
    several = await org.look_up(JONAS)
    assert (several.outcome, several.matches, several.facts, several.name) == (Outcome.SEVERAL, 2, (), "")


async def test_nothing_to_look_up_asks_nothing(org: Org) -> None:
    assert (await org.look_up()).outcome is Outcome.NOBODY
    assert (await org.look_up("no address")).outcome is Outcome.NOBODY
    assert org.asked() == []


async def test_of_twins_the_one_we_know_is_taken(org: Org) -> None:
    twin = org.create("Contact", LastName="Twin", Email=JONAS)
    found = await org.look_up(JONAS, ids=(("Salesforce", twin["Id"][:15]),))
    assert (found.name, found.ids) == ("Twin", (twin["Id"],))


async def test_a_deleted_or_merged_contact_is_found_by_its_address(org: Org) -> None:
    twin = org.create("Contact", LastName="Twin", Email=JONAS)
    org.state.delete(KINDS["Contact"], twin["Id"])
    found = await org.look_up(JONAS, ids=(("Salesforce", twin["Id"]),))
    assert found.name == "Jonas Weber"
    assert (await org.look_up(ids=(("Salesforce", twin["Id"]),))).outcome is Outcome.NOBODY


@pytest.mark.parametrize("number", ["+493023125101", "+447700900101"])
async def test_a_number_in_another_format_costs_a_search_and_a_second_request(org: Org, number: str) -> None:
    found = await org.look_up(phones=(number,))
    assert (found.outcome, len(org.asked("search")), len(org.asked())) == (Outcome.FOUND, 1, 2)


async def test_a_number_that_is_written_as_we_do_needs_no_search(org: Org) -> None:
    org.create("Contact", LastName="Plain", MobilePhone="00491701234567")
    assert (await org.look_up(phones=("+491701234567",))).name == "Plain"
    assert org.asked("search") == []


async def test_two_who_share_a_number_are_several(org: Org) -> None:
    for name in ("One", "Two"):
        org.create("Contact", LastName=name, Phone="(0170) 123 45 67")
    assert (await org.look_up(phones=("+491701234567",))).matches == 2
    assert (await org.look_up(phones=("+12",))).matches == 0


@pytest.mark.parametrize(
    "email",
    [
        "o'connor@inbox.example",
        'quo"te@inbox.example',
        "back\\slash@inbox.example",
        "new\nline@inbox.example",
        "a} RETURNING User {b@inbox.example",
        "x@{contact.records[0].Id}",
        "percent%_@inbox.example",
        "plus+tag&q=SELECT@inbox.example",
        "' OR Name != '@inbox.example",
        "名前@例え.example",
    ],
)
async def test_odd_addresses_find_their_owner_or_nobody_and_never_anybody_else(org: Org, email: str) -> None:
    assert (await org.look_up(email)).outcome is Outcome.NOBODY
    org.create("Contact", LastName="Odd", Email=email)
    found = await org.look_up(email)
    assert found.name == ("" if "@{" in email else "Odd")


@pytest.mark.parametrize("name", ["O'Connor {& Sons}", "<!channel> *bold*", "a" * 500, "x\x00y"])
async def test_odd_names_come_as_they_are(org: Org, name: str) -> None:
    org.create("Account", Name=name)
    account = org.state.all(KINDS["Account"])[-1]
    org.create("Contact", LastName="Odd", Email="odd@inbox.example", AccountId=account["Id"])
    assert (await org.look_up("odd@inbox.example")).company == " ".join(name.split())[:200]


async def test_a_field_that_is_not_there_is_left_out_and_named(org: Org, caplog) -> None:
    wanted = (Field("Contact", "Nothing__c"), Field("Contact", "Plan__c"), Field("Account", "Gone__c"))
    fields = Fields(org.api, wanted)
    assert (await fields.readable()).missing == ["Contact.Nothing__c", "Account.Gone__c"]
    assert caplog.records[0].fields == ["Contact.Nothing__c", "Account.Gone__c"]
    org.fields = fields
    assert next(fact.text for fact in (await org.look_up(JONAS)).facts) == "Plan: Standard"


async def test_an_object_this_org_does_not_have_is_left_out(org: Org, monkeypatch) -> None:
    readable = await org.fields.readable()
    labels = {kind: names for kind, names in readable.labels.items() if kind not in ("Entitlement", "Task")}
    org.fields._known = type(readable)(labels, readable.wanted)
    assert (await org.look_up(JONAS)).name == "Jonas Weber"
    assert [p["referenceId"] for p in org.asked()[0]["body"]["compositeRequest"]] == [
        "contact",
        "cases",
        "deals",
    ]


async def test_what_can_be_read_is_asked_once_a_day(org: Org) -> None:
    now = [0.0]
    fields = Fields(org.api, (), lambda: now[0])
    await asyncio.gather(*(fields.readable() for _ in range(5)))
    assert len(org.asked("describe")) == 6
    now[0] = 90_000.0
    await fields.readable()
    assert len(org.asked("describe")) == 12


# --- tokens ---------------------------------------------------------------------------------------------


async def test_twenty_threads_with_an_expired_token_log_in_once(org: Org) -> None:
    await org.look_up(JONAS)
    assert org.state.logins == 1
    org.state.forget_logins()
    found = await asyncio.gather(*(org.look_up(JONAS) for _ in range(20)))
    assert [record.name for record in found] == ["Jonas Weber"] * 20
    assert org.state.logins == 2


async def test_twenty_threads_without_a_token_log_in_once(org: Org) -> None:
    await asyncio.gather(*(org.api.describe("Contact") for _ in range(20)))
    assert org.state.logins == 1


@asynccontextmanager
async def processes(org: Org, databases: list[SqlDatabase]) -> AsyncIterator[list[SalesforceApi]]:
    """Make a client for each of some processes, with a database (connection) of its own."""
    seal = Seal("k" * 32, "salesforce")
    apis = [
        SalesforceApi(org.login(), Budget(), shelf=SharedShelf(one, utc_now, "salesforce", seal))
        for one in databases
    ]
    yield apis
    for api in apis:
        await api.aclose()


async def test_processes_log_in_once_together_and_again_when_the_token_ends(
    org: Org, postgres_url: str
) -> None:
    async with AsyncExitStack() as stack:
        databases = [
            await stack.enter_async_context(open_database(postgres_url, LocalSignals(), sealing=OPEN))
            for _ in range(3)
        ]
        apis = await stack.enter_async_context(processes(org, databases))
        for logins in (1, 2, 3):
            await asyncio.gather(*(api.describe("Contact") for api in apis for _ in range(20)))
            assert org.state.logins == logins
            org.state.forget_logins()
        (late,) = await stack.enter_async_context(processes(org, databases[:1]))
        await asyncio.gather(*(late.describe("Contact") for _ in range(20)))
        assert org.state.logins == 4
        await asyncio.gather(*(api.describe("Contact") for api in apis))
        assert org.state.logins == 4


async def test_a_restarted_process_needs_no_login(org: Org) -> None:
    async with open_database("sqlite+aiosqlite://", LocalSignals(), sealing=OPEN) as database:
        for _ in range(2):
            async with processes(org, [database]) as (api,):
                await api.describe("Contact")
    assert org.state.logins == 1


async def test_a_login_that_is_refused_in_one_process_is_left_alone_by_the_others(org: Org) -> None:
    async with open_database("sqlite+aiosqlite://", LocalSignals(), sealing=OPEN) as database:
        shelf = SharedShelf(database, utc_now, "salesforce", Seal("k" * 32, "salesforce"))
        api = SalesforceApi(org.login(client_secret="wrong"), Budget(), shelf=shelf)
        with pytest.raises(Unreachable):
            await api.describe("Contact")
        await api.aclose()
        assert not await shelf.claim()


async def test_a_token_that_is_refused_at_once_is_an_error_and_no_loop(org: Org) -> None:
    org.state.token_seconds = 0.0
    with pytest.raises(Unreachable, match="just given us"):
        await org.api.describe("Contact")
    assert org.state.logins == 2


async def test_a_wrong_secret_is_said_and_not_tried_again_by_everybody(org: Org) -> None:
    api = SalesforceApi(org.login(client_secret="wrong"), org.budget)
    for _ in range(3):
        with pytest.raises(Unreachable, match=r"invalid_client\): check SALESFORCE_CLIENT_ID and"):
            await api.describe("Contact")
    assert len(org.asked("token")) == 1
    await api.aclose()


async def test_a_key_that_is_none_is_said(org: Org, tmp_path) -> None:
    (tmp_path / "key.pem").write_text("no key")
    login = org.login(
        client_secret="", username="us@northwind.example", private_key_file=tmp_path / "key.pem"
    )
    api = SalesforceApi(login, org.budget)
    with pytest.raises(Misconfigured, match="SALESFORCE_PRIVATE_KEY_FILE"):
        await api.describe("Contact")
    await api.aclose()


# --- trouble --------------------------------------------------------------------------------------------


async def test_a_day_that_is_used_up_is_said_and_not_asked_again_soon(org: Org) -> None:
    await org.fields.readable()
    org.state.allowance = org.state.used
    with pytest.raises(Unavailable, match="API requests of the day are used up") as caught:
        await org.look_up(JONAS)
    assert caught.value.retry_after == 900


async def test_when_the_day_runs_out_only_what_is_urgent_is_asked(org: Org) -> None:
    org.state.allowance = 100
    org.state.used = 84
    await org.look_up(JONAS)  # Describes, and so comes beyond 85 %.
    with pytest.raises(Unavailable, match="nothing is refreshed"):
        await org.look_up(JONAS, urgency=Urgency.REFRESH)
    await org.look_up(JONAS)
    org.state.used = 96
    await org.look_up(JONAS)
    with pytest.raises(Unavailable, match="only what an agent asks for"):
        await org.look_up(JONAS)
    assert (await org.look_up(JONAS, urgency=Urgency.CLICKED)).name == "Jonas Weber"


@pytest.mark.parametrize(
    ("weather", "error"),
    [
        ({"down": True}, Unavailable),
        ({"status": 500}, Unavailable),
        ({"status": 429, "retry_after": 7}, Unavailable),
        ({"disconnect": True}, Unreachable),
        ({"latency_ms": 3_000}, Unreachable),
        ({"status": 401}, Unreachable),
        ({"status": 403}, Refused),
        ({"status": 404}, Gone),
        ({"status": 200}, Unavailable),
    ],
)
async def test_trouble_is_told_in_our_words(org: Org, weather, error) -> None:
    await org.fields.readable()
    org.weather(**weather)
    with pytest.raises(error) as caught:
        await org.look_up(JONAS)
    assert "html" not in str(caught.value).lower()
    if "retry_after" in weather:
        assert caught.value.retry_after == 7


async def test_neither_secrets_nor_customers_stand_in_errors_and_logs(org: Org, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    org.state.allowance = 0
    for weather in ({}, {"status": 500}, {"disconnect": True}, {"status": 401}):
        org.weather(**weather)
        with pytest.raises(Unavailable) as caught:
            await org.look_up(NIAMH)
        logging.getLogger("test").error("failed", exc_info=caught.value)
    told = "\n".join(
        [logging.Formatter().format(r) for r in caplog.records if r.name != "urllib3.connectionpool"]
    )
    tokens = list(org.state._tokens)
    assert tokens
    for canary in (CLIENT_SECRET, "niamh", *tokens):
        assert canary not in told


async def test_every_request_is_one_that_salesforce_takes(org: Org) -> None:
    await org.look_up(JONAS, phones=("+12025550199",))
    (sent, *_) = org.asked()
    assert set(sent["body"]) == {"allOrNone", "compositeRequest"}
    assert len(sent["body"]["compositeRequest"]) == 5
    assert json.dumps(sent["body"]).count("@{contact.records[0].Id}") == 2
    assert Keys((JONAS,)).id_in("Salesforce") == ""


async def test_fifty_messages_of_twenty_customers_are_twenty_requests(org: Org) -> None:
    await org.fields.readable()
    emails = [one["Email"] for one in org.state.all(KINDS["Contact"]) if one["Email"]][:20]
    context = Context([org.source], utc_now, budget=10.0)
    gathered = await asyncio.gather(*(context.gather(Keys((emails[n % 20],))) for n in range(50)))
    assert all(told.record.outcome is Outcome.FOUND for each in gathered for told in each.told)
    assert len(org.asked()) == 20
    await context.aclose()


async def test_an_account_that_was_merged_into_another_brings_the_other(org: Org) -> None:
    contact = next(one for one in org.state.all(KINDS["Contact"]) if one["Email"] == JONAS)
    other = org.create("Account", Name="Weber & Sons")
    org.state.update(KINDS["Contact"], contact, {"AccountId": other["Id"]})
    org.state.delete(KINDS["Account"], contact["AccountId"])
    assert (await org.look_up(JONAS)).company == "Weber & Sons"
    gone = org.create("Contact", LastName="Alone", Email="alone@x.example")
    assert (gone["AccountId"], (await org.look_up("alone@x.example")).company) == (None, "")


async def test_cases_that_conversations_were_written_to_are_not_counted(org: Org) -> None:
    contact = next(one for one in org.state.all(KINDS["Contact"]) if one["Email"] == JONAS)
    org.create("Case", ContactId=contact["Id"], Subject="Ours", Threadpilot_Id__c="c1")
    for our_id, titles in (("Threadpilot_Id__c", 1), ("Nothing__c", 2), ("", 2)):
        org.fields = Fields(org.api, our_id=our_id)
        found = await org.look_up(JONAS)
        assert len([entry for entry in found.entries if entry.kind == "case"]) == titles
