"""Signed reply addresses."""

import pytest

from bot.core.errors import Misconfigured
from bot.core.model import new_id
from integrations.email.address import conversation_of, plus_part, reply_address

SUPPORT = "support@northwind.example"
SECRET = "a secret"


def test_round_trip_in_any_case():
    conversation = new_id()
    address = reply_address(SUPPORT, conversation, SECRET)
    assert len(address.partition("@")[0]) <= 64
    for variant in (address, address.upper(), address.title()):
        assert conversation_of(["bob@example.org", SUPPORT, variant], SUPPORT, SECRET) == conversation


def test_every_changed_character_is_noticed():
    address = reply_address(SUPPORT, new_id(), SECRET)
    start = address.index("+") + 1
    for at in range(start, address.index("@") - 1):
        changed = address[:at] + ("a" if address[at] != "a" else "b") + address[at + 1 :]
        assert conversation_of([changed], SUPPORT, SECRET) is None


@pytest.mark.parametrize(
    "token", ["", "x", "a" * 42, "1" * 42, "ä" * 42, "a" * 41 + "ß", "a" * 43, "a" * 500, "\x00" * 42]
)
def test_foreign_tokens(token):
    assert conversation_of([f"support+{token}@northwind.example"], SUPPORT, SECRET) is None


def test_another_secret_or_host_is_not_ours():
    address = reply_address(SUPPORT, new_id(), SECRET)
    assert conversation_of([address], SUPPORT, "another") is None
    assert conversation_of([address], "support@elsewhere.example", SECRET) is None


def test_a_support_address_with_a_plus_of_its_own():
    conversation = new_id()
    address = reply_address("support+eu@northwind.example", conversation, SECRET)
    assert conversation_of([address], "support+eu@northwind.example", SECRET) == conversation


def test_a_long_support_address_is_refused():
    with pytest.raises(Misconfigured, match="at most 21 characters"):
        reply_address(f"{'s' * 22}@northwind.example", new_id(), SECRET)
    assert reply_address(f"{'s' * 21}@northwind.example", new_id(), SECRET).index("@") == 64


@pytest.mark.parametrize(
    ("address", "part"),
    [
        ("Support@NORTHWIND.example", ""),
        ("support+Abc@northwind.example", "abc"),
        ("supporter@northwind.example", None),
        ("support@example.org", None),
        ("", None),
        ("@", None),
    ],
)
def test_what_is_ours(address, part):
    assert plus_part(address, SUPPORT) == part
