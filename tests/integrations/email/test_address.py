"""Signed reply addresses."""

import pytest

from bot.core.errors import Misconfigured
from bot.core.model import new_id
from integrations.email.address import (
    conversation_in,
    conversation_of,
    plus_part,
    reply_address,
    subject_token,
    without_token,
)

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


def test_a_token_in_a_subject_names_the_beginning_of_its_conversation_in_any_case():
    conversation = new_id()
    token = subject_token(conversation, SECRET)
    for subject in (f"Re: Parcel {token}", f"AW: {token.upper()} Parcel", f"[#aaaaaaaaaaaaaaaa] {token}"):
        assert conversation_in(subject, SECRET) == conversation[:10]
    assert conversation_in(f"Re: {token}", "another") == ""


def test_every_changed_character_of_a_token_in_a_subject_is_noticed():
    token = subject_token(new_id(), SECRET)
    for at in range(2, len(token) - 1):
        changed = token[:at] + ("a" if token[at] != "a" else "b") + token[at + 1 :]
        assert conversation_in(f"Re: {changed}", SECRET) == ""


@pytest.mark.parametrize(
    "token", ["[#]", "[#123]", "[#0000000000000000]", "[#aaaaaaaaaaaaaaaaa]", "#aaaaaaaaaaaaaaaa"]
)
def test_foreign_tokens_in_a_subject(token):
    assert conversation_in(f"Re: {token}", SECRET) == ""


def test_people_read_a_subject_without_the_token():
    token = subject_token(new_id(), SECRET)
    assert without_token(f"Re: Parcel {token}") == "Re: Parcel"
    assert without_token(f"{token} Parcel {token}") == "Parcel"
    assert without_token("Order [#1234]") == "Order [#1234]"
