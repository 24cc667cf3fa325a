"""Twilio's signature, by the example in its documentation and by everything that must not pass."""

import pytest
from multidict import MultiDict, MultiDictProxy

from integrations.twilio.signature import is_from_twilio, read_form
from integrations.twilio.words import in_words

URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
TOKEN, SIGNATURE = "12345", "GvWf1cFY/Q7PnoempGyD5oXAezc="
FIELDS = {
    "CallSid": "CA1234567890ABCDE",
    "Caller": "+14158675310",
    "Digits": "1234",
    "From": "+14158675310",
    "To": "+18005551212",
}


def fields(**changes: str) -> MultiDictProxy[str]:
    return MultiDictProxy(MultiDict(FIELDS | changes))


def test_the_documented_example_passes() -> None:
    assert is_from_twilio(TOKEN, URL, fields(), SIGNATURE)
    assert is_from_twilio(TOKEN, "https://mycompany.com:443/myapp.php?foo=1&bar=2", fields(), SIGNATURE)


@pytest.mark.parametrize(
    ("token", "url", "changes", "signature"),
    [
        ("12346", URL, {}, SIGNATURE),
        (TOKEN, URL + "&x=1", {}, SIGNATURE),
        (TOKEN, URL.replace("https", "http"), {}, SIGNATURE),
        (TOKEN, URL, {"Digits": "1235"}, SIGNATURE),
        (TOKEN, URL, {"New": ""}, SIGNATURE),
        (TOKEN, URL, {}, ""),
        (TOKEN, URL, {}, "ü" * 28),
        (TOKEN, "http://[::1", {}, SIGNATURE),
        (TOKEN, URL, {"Digits": "\ud800"}, SIGNATURE),
    ],
)
def test_nothing_else_does(token: str, url: str, changes: dict[str, str], signature: str) -> None:
    assert not is_from_twilio(token, url, fields(**changes), signature)


def test_a_form_keeps_empty_and_repeated_fields() -> None:
    assert list(read_form(b"a=&b=1&b=2&c=%C3%BC+x").items()) == [
        ("a", ""),
        ("b", "1"),
        ("b", "2"),
        ("c", "ü x"),
    ]
    assert not read_form(b"")


@pytest.mark.parametrize("body", [b"\xff", b"a=%ff", b"no form", b"&".join(b"a=1" for _ in range(500))])
def test_what_is_no_form_is_said_to_be_none(body: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        read_form(body)


def test_error_codes_in_words() -> None:
    assert in_words(30003) == in_words("30003") == "The phone is switched off or out of reach (30003)"
    assert in_words("1", "said  so") == "said so (1)"
    assert in_words(None) == in_words("²") == "Twilio does not say why"
