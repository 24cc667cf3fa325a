"""Customers from a CSV file: what is found, and what a wrong file says."""

from pathlib import Path

import pytest

from bot.core.context import Keys, Urgency
from bot.core.errors import Misconfigured
from integrations.directory import CsvDirectory

GOOD = """email,name,company,plan,since,phone,note
Ada@Customer.example,Ada Quill,Quill & Sons,Premium,2021,+1 (555) 010-0001,"Prefers mail, not phone"
bo@customer.example,Bo,,Basic,,,
,Cy,,,,+4930123456,
"""


def load(tmp_path: Path, content: str | bytes) -> CsvDirectory:
    file = tmp_path / "customers.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return CsvDirectory.load(file)


async def said_of(directory: CsvDirectory, address: str) -> tuple[str, str, list[str]] | None:
    """Return name, company and facts of whoever has this address."""
    keys = Keys(emails=(address,)) if "@" in address else Keys(phones=(address,))
    record = await directory.look_up(keys, Urgency.ANSWER)
    assert record.matches in (0, 1)
    return (record.name, record.company, [fact.text for fact in record.facts]) if record.matches else None


@pytest.mark.parametrize("address", ["ada@customer.example", " ADA@customer.example ", "+15550100001"])
async def test_a_customer_is_found_by_address_and_by_phone(tmp_path: Path, address: str) -> None:
    found = await said_of(load(tmp_path, GOOD), address)
    assert found == ("Ada Quill", "Quill & Sons", ["Premium since 2021", "Prefers mail, not phone"])


async def test_what_is_not_there_is_left_out(tmp_path: Path) -> None:
    directory = load(tmp_path, GOOD)
    assert await said_of(directory, "bo@customer.example") == ("Bo", "", ["Basic"])
    assert await said_of(directory, "+49 30 123456") == ("Cy", "", [])


@pytest.mark.parametrize(
    "address", ["nobody@customer.example", "", "visitor", "+49", "\x00@", "v+1a555b010c0001"]
)
async def test_a_stranger_is_not_found(tmp_path: Path, address: str) -> None:
    assert await said_of(load(tmp_path, GOOD), address) is None


async def test_a_phone_that_is_none_belongs_to_nobody(tmp_path: Path) -> None:
    directory = load(tmp_path, "email,name,phone\nada@customer.example,Ada,n/a\nbo@customer.example,Bo,-\n")
    for address in ("visitor", "-", ""):
        assert await said_of(directory, address) is None


async def test_a_spreadsheets_mark_and_line_ends_do_not_matter(tmp_path: Path) -> None:
    directory = load(tmp_path, b"\xef\xbb\xbfemail,name\r\nada@customer.example,Ada\r\n")
    assert await said_of(directory, "ada@customer.example") == ("Ada", "", [])


async def test_rows_that_are_too_short_or_too_long_do_no_harm(tmp_path: Path) -> None:
    directory = load(
        tmp_path, "email,name,plan\nada@customer.example\nbo@customer.example,Bo,Basic,more,more\n,\n"
    )
    assert await said_of(directory, "ada@customer.example") == ("", "", [])
    assert await said_of(directory, "bo@customer.example") == ("Bo", "", ["Basic"])
    assert await said_of(directory, "") is None


@pytest.mark.parametrize(
    "content",
    [
        "",
        "name,plan\nAda,Premium\n",
        "email;name\nada@customer.example;Ada\n",
        'email,name\n"ada@customer.example,Ada\n',
        b"email,name\nada@customer.example,\xff\xfe\n",
        b"\x00\x01\x02",
        b"email,name\n" + b"x" * 200_000 + b",Ada\n",
    ],
    ids=["empty", "no email", "semicolons", "open quote", "not utf-8", "binary", "huge field"],
)
def test_a_file_that_is_no_such_table_is_named(tmp_path: Path, content: str | bytes) -> None:
    with pytest.raises(Misconfigured, match=r"CUSTOMERS_FILE=.*customers\.csv"):
        load(tmp_path, content)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="CUSTOMERS_FILE"):
        CsvDirectory.load(tmp_path / "none.csv")


async def test_a_plan_may_be_told_and_a_note_is_for_us(tmp_path: Path) -> None:
    record = await load(tmp_path, GOOD).look_up(Keys(emails=("ada@customer.example",)), Urgency.ANSWER)
    assert [(fact.name, fact.internal, fact.source) for fact in record.facts] == [
        ("plan", False, "customer file"),
        ("note", True, "customer file"),
    ]
