"""The stand-in for Salesforce, driven by simple-salesforce as it is: nothing of our own client is between them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from requests.adapters import HTTPAdapter
from simple_salesforce import Salesforce, format_soql
from simple_salesforce.exceptions import (
    SalesforceAuthenticationFailed,
    SalesforceGeneralError,
    SalesforceMalformedRequest,
    SalesforceMoreThanOneRecord,
    SalesforceRefusedRequest,
    SalesforceResourceNotFound,
)

from sandbox.salesforce import CLIENT_ID, CLIENT_SECRET, USERNAME
from sandbox.salesforce.schema import KINDS
from sandbox.server import Sandbox, SandboxConfig

NIAMH = "niamh.oconnor@inbox.example"


class ToSandbox(HTTPAdapter):
    """The library always speaks https; this leads it to the sandbox."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._place = urlsplit(url)

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        parts = urlsplit(str(request.url))
        request.url = urlunsplit(parts._replace(scheme=self._place.scheme, netloc=self._place.netloc))
        return super().send(request, *args, **kwargs)


@dataclass
class Org:
    sandbox: Sandbox
    session: requests.Session

    async def login(self, **values: Any) -> Salesforce:
        given = {
            "consumer_key": CLIENT_ID,
            "consumer_secret": CLIENT_SECRET,
            "domain": "northwind.my",
        } | values
        return await asyncio.to_thread(Salesforce, session=self.session, version="66.0", **given)

    async def do(self, call: Callable[[], Any]) -> Any:
        return await asyncio.to_thread(call)


@pytest.fixture
async def org() -> AsyncIterator[Org]:
    sandbox = Sandbox(SandboxConfig(port=0))
    await sandbox.start()
    with requests.Session() as session:
        session.mount("https://", ToSandbox(sandbox.url))
        yield Org(sandbox, session)
    await sandbox.stop()


@pytest.fixture
async def sf(org: Org) -> Salesforce:
    return await org.login()


# --- logging in -----------------------------------------------------------------------------------------


async def test_the_app_logs_in_with_its_secret_and_nothing_else(org: Org) -> None:
    assert (await org.login()).sf_instance == urlsplit(org.sandbox.url).netloc
    with pytest.raises(SalesforceAuthenticationFailed, match="invalid_client"):
        await org.login(consumer_secret="wrong")


async def test_a_user_logs_in_with_a_signed_assertion(org: Org) -> None:
    private, public = keys()
    org.sandbox.salesforce.login.public_key = public
    named = {"username": USERNAME, "privatekey": private, "consumer_secret": None}
    client = await org.login(**named)
    assert (await org.do(lambda: client.query("SELECT Id FROM User LIMIT 1")))["totalSize"] == 1
    other, _ = keys()
    with pytest.warns(UserWarning), pytest.raises(SalesforceAuthenticationFailed, match="approved"):  # noqa: PT030
        await org.login(**(named | {"username": "somebody@else.example"}))
    with pytest.raises(SalesforceAuthenticationFailed, match="invalid assertion"):
        await org.login(**(named | {"privatekey": other}))
    with pytest.raises(SalesforceAuthenticationFailed, match="client identifier"):
        await org.login(**(named | {"consumer_key": "another"}))


def keys() -> tuple[str, str]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    plain = serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private.decode(), public.decode()


async def test_an_expired_token_is_renewed_by_the_library_itself(org: Org, sf: Salesforce) -> None:
    org.sandbox.salesforce.state.forget_logins()
    assert (await org.do(lambda: sf.query("SELECT Id FROM Contact LIMIT 1")))["totalSize"] == 1
    assert org.sandbox.salesforce.state.logins == 2


# --- queries --------------------------------------------------------------------------------------------


async def test_a_contact_comes_with_its_account_and_a_list_of_cases(org: Org, sf: Salesforce) -> None:
    soql = (
        "SELECT Id, Name, Account.Name, Account.Owner.Name, (SELECT CaseNumber, Status FROM Cases "
        "WHERE IsClosed = false ORDER BY CreatedDate DESC LIMIT 5) FROM Contact WHERE Email = {}"
    )
    found = await org.do(lambda: sf.query(format_soql(soql, "jonas.weber@posthaus.example")))
    (jonas,) = found["records"]
    assert (jonas["Name"], jonas["Account"]["Name"]) == ("Jonas Weber", "Weber Household")
    assert jonas["Account"]["Owner"]["Name"] in {"Ines Falk", "Tom Reyes"}
    assert jonas["Cases"]["records"][0]["Status"] == "Working"
    assert jonas["attributes"]["type"] == "Contact"
    assert sf.api_usage["api-usage"].used == 1


@pytest.mark.parametrize(
    ("where", "names"),
    [
        ("LastName = 'o\\'connor'", ["Niamh O'Connor"]),
        ("Email LIKE 'niamh%' AND NOT (Plan__c = 'Gold')", ["Niamh O'Connor"]),
        ("Email LIKE 'niamh\\%'", []),
        ("Email IN ('x@y', 'NIAMH.oconnor@inbox.example')", ["Niamh O'Connor"]),
        ("AccountId IN (SELECT Id FROM Account WHERE Name = 'O\\'Connor Household')", ["Niamh O'Connor"]),
        ("Customer_Since__c = 2018-09-01 AND IsDeleted = false", ["Henrik Eriksen"]),
        (
            "Phone = null AND Email = 'niamh.oconnor@inbox.example' OR LastName NOT IN ('x') AND LastName = 'y'",
            [],
        ),
    ],
)
async def test_conditions_select(org: Org, sf: Salesforce, where: str, names: list[str]) -> None:
    found = await org.do(lambda: sf.query(f"SELECT Name FROM Contact WHERE {where}"))  # noqa: S608
    assert [record["Name"] for record in found["records"]] == names


async def test_records_are_ordered_with_nulls_where_they_belong(org: Org, sf: Salesforce) -> None:
    def phones(order: str) -> list[Any]:
        rows = sf.query(f"SELECT Phone FROM Contact ORDER BY Phone {order} LIMIT 60")["records"]  # noqa: S608
        return [row["Phone"] for row in rows]

    assert (await org.do(lambda: phones("ASC")))[0] is None
    assert (await org.do(lambda: phones("DESC")))[0] is not None
    assert (await org.do(lambda: phones("ASC NULLS LAST")))[0] is not None
    both = "SELECT Name FROM Contact ORDER BY Plan__c, Name LIMIT 2 OFFSET 1"
    assert len((await org.do(lambda: sf.query(both)))["records"]) == 2


async def test_long_answers_come_in_pages(org: Org, sf: Salesforce) -> None:
    state = org.sandbox.salesforce.state
    for number in range(2_050):
        state.create(KINDS["Account"], {"Name": f"Page {number}"})
    found = await org.do(lambda: sf.query_all("SELECT Id FROM Account WHERE Name LIKE 'Page %'"))
    assert len({record["Id"] for record in found["records"]}) == 2_050
    count = await org.do(lambda: sf.query("SELECT COUNT() FROM Account WHERE Name LIKE 'Page %'"))
    assert count["totalSize"] == 2_050
    with pytest.raises(SalesforceMalformedRequest, match="INVALID_QUERY_LOCATOR"):
        await org.do(lambda: sf.query_more("nonsense"))


@pytest.mark.parametrize(
    ("soql", "code"),
    [
        ("SELECT Nothing__c FROM Contact", "INVALID_FIELD"),
        ("SELECT Id FROM Contact WHERE Nothing__c = 1", "INVALID_FIELD"),
        ("SELECT Owner2.Name FROM Contact", "INVALID_FIELD"),
        ("SELECT Id FROM Nothing__c", "INVALID_TYPE"),
        ("SELECT (SELECT Id FROM Nothings) FROM Contact", "INVALID_TYPE"),
        ("SELECT Id FROM Contact WHERE Name = 'O'Connor'", "MALFORMED_QUERY"),
        ("SELECT Id FROM Contact WHERE Name = 'a\\xb'", "MALFORMED_QUERY"),
        ("SELECT Id FROM Contact WHERE Name ~ 'a'", "MALFORMED_QUERY"),
        ("SELECT Id FROM Contact WHERE (Name = 'a'", "MALFORMED_QUERY"),
        ("SELECT Id FROM Contact WHERE Name = maybe", "MALFORMED_QUERY"),
        ("SELECT Id FROM Contact WHERE Name , 'a'", "MALFORMED_QUERY"),
        ("SELECT Id FROM Contact LIMIT x", "MALFORMED_QUERY"),
        ("SELECT Id FROM Contact AND", "MALFORMED_QUERY"),
        ("SELECT (SELECT Id) FROM Contact", "MALFORMED_QUERY"),
        ("SELECT", "MALFORMED_QUERY"),
        ("", "MALFORMED_QUERY"),
    ],
)
async def test_what_is_no_query_is_refused_in_salesforces_words(
    org: Org, sf: Salesforce, soql: str, code: str
) -> None:
    with pytest.raises(SalesforceMalformedRequest, match=code):
        await org.do(lambda: sf.query(soql))


@pytest.mark.parametrize(
    ("terms", "found"),
    [
        ("442079460101", 0),
        ("447700900101", 1),
        ("7700900101", 1),
        ("+447700900101", 0),
        ("\\+447700900101", 1),
    ],
)
async def test_a_phone_is_found_in_whatever_format_but_an_operator_finds_nothing(
    org: Org, sf: Salesforce, terms: str, found: int
) -> None:
    sosl = f"FIND {{{terms}}} IN PHONE FIELDS RETURNING Contact(Id, Phone) LIMIT 5"
    assert len((await org.do(lambda: sf.search(sosl)))["searchRecords"]) == found


@pytest.mark.parametrize("terms", ["a@b} RETURNING User {", "(1234567)", "a{b"])
async def test_reserved_characters_of_a_search_are_refused(org: Org, sf: Salesforce, terms: str) -> None:
    with pytest.raises(SalesforceMalformedRequest, match="MALFORMED_SEARCH"):
        await org.do(lambda: sf.search(f"FIND {{{terms}}} IN PHONE FIELDS RETURNING Contact(Id)"))


# --- records --------------------------------------------------------------------------------------------


async def test_a_case_is_created_changed_read_and_deleted(org: Org, sf: Salesforce) -> None:
    def life() -> list[Any]:
        made = sf.Case.create({"Subject": "Lost parcel"})["id"]
        sf.Case.update(made, {"Status": "Closed"})
        read = sf.Case.get(made)
        gone = sf.Case.delete(made)
        return [len(made), read["IsClosed"], bool(read["ClosedDate"]), read["Priority"], gone]

    assert await org.do(life) == [18, True, True, "Medium", 204]


async def test_an_upsert_creates_then_changes_and_refuses_when_several_match(
    org: Org, sf: Salesforce
) -> None:
    def upsert() -> int:
        return sf.Case.upsert("Threadpilot_Id__c/a%2Fb", {"Subject": "x"})

    assert [await org.do(upsert), await org.do(upsert)] == [201, 200]
    by_key = await org.do(lambda: sf.Case.get("Threadpilot_Id__c/a%2Fb"))
    assert by_key["Threadpilot_Id__c"] == "a/b"
    org.sandbox.salesforce.state.create(KINDS["Case"], {"Threadpilot_Id__c": "a/b"})
    with pytest.raises(SalesforceMoreThanOneRecord):
        await org.do(upsert)
    with pytest.raises(SalesforceResourceNotFound):
        await org.do(lambda: sf.Case.upsert("Subject/x", {}))


@pytest.mark.parametrize(
    ("kind", "values", "code"),
    [
        ("Contact", {"FirstName": "A"}, "REQUIRED_FIELD_MISSING"),
        ("Contact", {"LastName": "A", "Nick__c": "B"}, "INVALID_FIELD"),
        ("Contact", {"LastName": "A", "Name": "B"}, "INVALID_FIELD_FOR_INSERT_UPDATE"),
        ("Case", {"ContactId": "003000000000000"}, "MALFORMED_ID"),
        ("Case", {"Subject": "é" * 128}, "STRING_TOO_LONG"),
        ("CaseComment", {}, "REQUIRED_FIELD_MISSING"),
    ],
)
async def test_what_a_record_cannot_be_is_refused(
    org: Org, sf: Salesforce, kind: str, values: dict[str, str], code: str
) -> None:
    with pytest.raises(SalesforceMalformedRequest, match=code):
        await org.do(lambda: getattr(sf, kind).create(values))


async def test_what_is_not_there_is_not_found(org: Org, sf: Salesforce) -> None:
    calls = (
        lambda: sf.Nothing__c.describe(),
        lambda: sf.Contact.get("003000000000000AAA"),
        lambda: sf.Contact.delete("003000000000000AAA"),
        lambda: sf.restful("nothing"),
    )
    for call in calls:
        with pytest.raises(SalesforceResourceNotFound):
            await org.do(call)
    with pytest.raises(SalesforceGeneralError, match="METHOD_NOT_ALLOWED"):
        await org.do(lambda: sf.restful("sobjects/Case", method="PUT"))


async def test_describe_and_limits_tell_what_clients_read(org: Org, sf: Salesforce) -> None:
    told = await org.do(lambda: sf.Contact.describe())
    fields = {field["name"]: field for field in told["fields"]}
    assert (fields["Plan__c"]["label"], fields["Name"]["updateable"]) == ("Plan", False)
    assert fields["AccountId"]["referenceTo"] == ["Account"]
    limits = await org.do(lambda: sf.limits())
    assert limits["DailyApiRequests"]["Max"] == 100_000
    assert (await org.do(lambda: sf.oauth2("userinfo")))["preferred_username"] == USERNAME


async def test_a_merged_contact_is_gone_and_names_its_master(org: Org, sf: Salesforce) -> None:
    state, contact = org.sandbox.salesforce.state, KINDS["Contact"]
    twin = state.create(contact, {"LastName": "O'Connor", "Email": NIAMH})
    first = await org.do(lambda: sf.query(format_soql("SELECT Id FROM Contact WHERE Email = {}", NIAMH)))
    assert first["totalSize"] == 2
    master = first["records"][0]["Id"]
    state.delete(contact, twin["Id"], master=master)
    soql = format_soql("SELECT MasterRecordId, IsDeleted FROM Contact WHERE Id = {}", twin["Id"])
    assert (await org.do(lambda: sf.query(soql)))["totalSize"] == 0
    (bin_,) = (await org.do(lambda: sf.query(soql, include_deleted=True)))["records"]
    assert (bin_["MasterRecordId"], bin_["IsDeleted"]) == (master, True)


# --- composite ------------------------------------------------------------------------------------------


def part(name: str, soql: str) -> dict[str, str]:
    return {
        "method": "GET",
        "url": f"/services/data/v66.0/query/?q={quote(soql, safe='@{}[]')}",
        "referenceId": name,
    }


async def composite(org: Org, sf: Salesforce, *parts: Any, **more: Any) -> dict[str, Any]:
    body = {"allOrNone": False, "compositeRequest": list(parts), **more}
    told = await org.do(lambda: sf.restful("composite", method="POST", json=body))
    return {one["referenceId"]: one for one in told["compositeResponse"]}


async def test_a_composite_counts_once_and_later_parts_use_earlier_ones(org: Org, sf: Salesforce) -> None:
    told = await composite(
        org,
        sf,
        part("c", "SELECT Id FROM Contact WHERE Email = 'jonas.weber@posthaus.example'"),
        part("k", "SELECT Id, Status FROM Case WHERE ContactId = '@{c.records[0].Id}'"),
        part("n", "SELECT Id FROM Contact WHERE Email = 'nobody@x'"),
        part("h", "SELECT Id FROM Case WHERE ContactId = '@{n.records[0].Id}'"),
        {
            "method": "POST",
            "url": "/services/data/v66.0/sobjects/Case",
            "referenceId": "made",
            "body": {"ContactId": "@{c.records[0].Id}", "Subject": "From a composite"},
        },
    )
    assert {name: one["httpStatusCode"] for name, one in told.items()} == {
        "c": 200,
        "k": 200,
        "n": 200,
        "h": 400,
        "made": 201,
    }
    assert told["h"]["body"][0]["errorCode"] == "PROCESSING_HALTED"
    assert org.sandbox.salesforce.state.used == 1


@pytest.mark.parametrize(
    ("parts", "more"),
    [
        ([], {}),
        ([part(f"p{n}", "SELECT Id FROM Case") for n in range(6)], {}),
        ([{"method": "GET", "url": f"/x{n}", "referenceId": f"p{n}"} for n in range(26)], {}),
        ([part("a", "SELECT Id FROM Case")], {"unknown": 1}),
        ([part("a", "SELECT Id FROM Case"), part("a", "SELECT Id FROM Case")], {}),
        ([part("no spaces", "SELECT Id FROM Case")], {}),
        ([{"method": "GET"}], {}),
        (["text"], {}),
    ],
)
async def test_what_is_no_composite_is_refused(org: Org, sf: Salesforce, parts: Any, more: Any) -> None:
    with pytest.raises(SalesforceMalformedRequest):
        await composite(org, sf, *parts, **more)


# --- limits and weather ---------------------------------------------------------------------------------


async def test_a_day_that_is_used_up_blocks_everybody(org: Org, sf: Salesforce) -> None:
    org.sandbox.salesforce.state.allowance = 0
    with pytest.raises(SalesforceRefusedRequest, match="REQUEST_LIMIT_EXCEEDED"):
        await org.do(lambda: sf.query("SELECT Id FROM Case"))


async def test_the_weather_reaches_salesforce(org: Org, sf: Salesforce) -> None:
    org.sandbox.sky.report({"salesforce": {"down": True}})
    with pytest.raises(SalesforceGeneralError, match="503"):
        await org.do(lambda: sf.query("SELECT Id FROM Case"))
    org.sandbox.sky.report({"salesforce": {"disconnect": True}})
    with pytest.raises(requests.ConnectionError):
        await org.do(lambda: sf.query("SELECT Id FROM Case"))
    org.sandbox.sky.report({"salesforce": {"status": 429, "retry_after": 7}})
    answer = await org.do(lambda: org.session.get(f"{org.sandbox.url}/services/data/v66.0/limits/"))
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")


async def test_bodies_and_paths_that_are_nothing_are_refused(org: Org, sf: Salesforce) -> None:
    base = f"{org.sandbox.url}/services/data/v66.0"
    for method, url, body, status in (
        ("POST", f"{base}/sobjects/Case", b"{", 400),
        ("POST", f"{base}/sobjects/Case", b"[]", 400),
        ("POST", f"{base}/composite", b"[1]", 400),
        ("GET", f"{org.sandbox.url}/services/data/v1.0/limits", b"", 404),
    ):
        answer = await org.do(
            lambda m=method, u=url, b=body: org.session.request(m, u, data=b, headers=sf.headers)
        )
        assert (answer.status_code, type(answer.json())) == (status, list)
    versions = await org.do(lambda: org.session.get(f"{org.sandbox.url}/services/data/"))
    assert versions.json()[-1]["version"] == "67.0"


async def test_what_was_written_outlives_the_process(org: Org, tmp_path: Any) -> None:
    first = Sandbox(SandboxConfig(port=0, state_dir=tmp_path))
    made = first.salesforce.state.create(KINDS["Case"], {"Subject": "Kept"})
    await first.stop()
    again = Sandbox(SandboxConfig(port=0, state_dir=tmp_path))
    assert again.salesforce.state.get(KINDS["Case"], made["Id"])["Subject"] == "Kept"
    assert again.salesforce.state.user == first.salesforce.state.user
    await again.stop()


async def test_control_shows_records_requests_and_ends_sessions(org: Org, sf: Salesforce) -> None:
    await org.do(lambda: sf.query("SELECT Id FROM Case LIMIT 1"))
    control = f"{org.sandbox.url}/control/salesforce"
    shown = (await org.do(lambda: org.session.get(f"{control}/state"))).json()
    assert (len(shown["records"]["Contact"]), shown["used"], shown["logins"]) == (60, 1, 1)
    log = (await org.do(lambda: org.session.get(f"{control}/log"))).json()
    assert [(each["what"], each.get("q")) for each in log] == [
        ("login", None),
        ("api", "SELECT Id FROM Case LIMIT 1"),
    ]
    await org.do(lambda: org.session.post(f"{control}/expire"))
    await org.do(lambda: sf.query("SELECT Id FROM Case LIMIT 1"))
    assert org.sandbox.salesforce.state.logins == 2


async def test_control_shows_the_cases_of_conversations_and_links_lead_to_the_page(org: Org) -> None:
    state = org.sandbox.salesforce.state
    contact = state.all(KINDS["Contact"])[0]
    given = {"Subject": "Lost", "Threadpilot_Id__c": "c1", "ContactId": contact["Id"]}
    first = state.create(KINDS["Case"], given)
    state.create(
        KINDS["Case"], {"Subject": "Newer", "Threadpilot_Id__c": "c2", "SuppliedEmail": "a@b.example"}
    )
    state.create(KINDS["CaseComment"], {"ParentId": first["Id"], "CommentBody": "Found"})
    state.create(KINDS["Task"], {"WhatId": first["Id"], "Subject": "Answer", "Status": "Completed"})
    shown = (await org.do(lambda: org.session.get(f"{org.sandbox.url}/control/salesforce/cases"))).json()[
        "cases"
    ]
    assert [(one["subject"], one["contact"], one["from"]) for one in shown] == [
        ("Newer", "", "a@b.example"),
        ("Lost", contact["Name"], ""),
    ]
    assert (shown[1]["comments"], shown[1]["tasks"]) == (["Found"], ["Answer (Completed)"])
    link = f"{org.sandbox.url}/{first['Id']}"
    led = await org.do(lambda: org.session.get(link, allow_redirects=False))
    assert (led.status_code, led.headers["Location"]) == (302, "/#crm")
