"""Personal numbers: found by their checksums, masked, restored as far as an answer may carry them."""

import pytest

from bot.answering.secrets import Masks, find, is_card, is_iban


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("card 4111 1111 1111 1111 please", ["card"]),
        ("4111-1111-1111-1111", ["card"]),
        ("amex 378282246310005", ["card"]),
        ("DE89 3704 0044 0532 0130 00 is mine", ["bank account"]),
        ("gb29nwbk60161331926819", ["bank account"]),
        ("my ssn is 536-22-8726.", ["social security number"]),
        ("my password is hunter2!", ["password"]),
        ("Passwort: geheim123", ["password"]),
        ("PIN = 4711, thanks", ["password"]),
        ("write to ada.b+c@mail.customer.example.", ["email"]),
        ("call +44 7700 900123 or 0171 5550123", ["phone", "phone"]),
        # Harmless near misses: a wrong checksum, an order, a price, a date, a forgotten password.
        ("4111 1111 1111 1112", []),
        ("DE89 3704 and NL91 ABNA", []),
        ("order NW441020 of 2026-11-23 for €1,234.56", []),
        ("900-12-3456", []),
        ("my password is not working", []),
        ("the password was wrong", []),
        ("I ordered 12 3 times", []),
        ("a parcel of 20 x 30 x 40 cm", []),
    ],
)
def test_what_is_personal(text, kinds):
    assert [found.kind for found in find(text)] == kinds


def test_masks_hide_everything_and_restore_what_an_answer_may_carry():
    masks = Masks()
    hidden = masks.hide(
        "ada@c.example, again ada@c.example, 4111 1111 1111 1111, DE89 3704 0044 0532 0130 00, PIN: 4711"
    )
    assert hidden == "⟦email-1⟧, again ⟦email-1⟧, ⟦card-1⟧, ⟦bank-account-1⟧, PIN: ⟦password-1⟧"
    assert (
        masks.restore(hidden)
        == "ada@c.example, again ada@c.example, ending in 1111, ending in 3000, PIN: ⟦password-1⟧"
    )
    assert masks.restore("⟦email-9⟧") == "⟦email-9⟧"


def test_masks_that_a_customer_types_open_nothing():
    masks = Masks()
    assert masks.hide("⟦email-1⟧ ada@c.example") == " ⟦email-1⟧"
    assert masks.restore("⟦email-1⟧") == "ada@c.example"


@pytest.mark.parametrize(
    "text", ["", "⟦" * 500, "4" * 50_000, "a@" * 20_000, "DE" + "1" * 50_000, "pin is " * 5_000]
)
def test_garbage_is_masked_without_harm(text):
    assert isinstance(Masks().hide(text), str)


def test_checksums():
    assert is_card("5555555555554444")
    assert not is_card("1234")
    assert not is_card("9999999999999995")
    assert is_iban("NL91ABNA0417164300")
    assert not is_iban("NL91ÄBNA0417164300")
    assert not is_iban("NL91")
