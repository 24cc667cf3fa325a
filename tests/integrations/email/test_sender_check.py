"""Whose word on a sender counts, and what follows from it."""

import random
from time import process_time

import pytest

from integrations.email.sender_check import check_sender

US, ADA = "mx.shop.example", "ada@customer.example"


def check(*headers, address=ADA, authserv_id=US):
    return check_sender(headers, authserv_id, address)


@pytest.mark.parametrize(
    ("said", "result"),
    [
        ("dmarc=pass header.from=customer.example", "pass"),
        (
            "spf=fail smtp.mailfrom=x.example; dkim=pass header.d=customer.example; dmarc=pass (p=none)",
            "pass",
        ),
        ("spf=pass smtp.mailfrom=ada@customer.example; dmarc=fail (p=reject dis=none) header.from=x", "fail"),
        ("dkim=pass header.d=customer.example; dmarc=none", "pass"),
        ("dkim=pass header.i=@customer.example", "pass"),
        ("spf=pass smtp.mailfrom=bounces@customer.example", "pass"),
        ("spf=pass smtp.helo=customer.example", "pass"),
        ("dkim=pass header.d=evil.example", ""),
        ("spf=pass smtp.mailfrom=customer.example.evil.example", ""),
        ("dkim=pass header.d=example", ""),
        ("spf=softfail smtp.mailfrom=x@evil.example; dkim=none", ""),
        ("spf=fail smtp.mailfrom=x@evil.example; dkim=fail header.d=customer.example", "fail"),
        ("none", ""),
        ("", ""),
    ],
)
def test_what_our_server_found_decides(said, result):
    assert check(f"{US}; {said}").result == result


@pytest.mark.parametrize("name", [f"{US} 1", f'"{US}"', f"{US.upper()} (our gate (really))", f"  {US}\r\n "])
def test_the_name_of_our_server_has_more_than_one_spelling(name):
    assert check(f"{name}; dmarc=pass").passed


def test_a_subdomain_is_in_line_with_its_parent_but_not_the_reverse():
    assert check(f"{US}; dkim=pass header.d=customer.example", address="ada@mail.customer.example").passed
    assert not check(f"{US}; dkim=pass header.d=mail.customer.example").passed


def test_nobody_elses_word_counts():
    forged = "mx.evil.example; dmarc=pass"
    assert check(forged).result == ""
    assert "did not check" in check(forged).text
    assert check(f"{US}.evil.example; dmarc=pass").result == ""
    assert check("dmarc=pass").result == ""


def test_the_topmost_word_of_our_server_counts():
    assert check("other.example; dmarc=pass", f"{US}; dmarc=fail", f"{US}; dmarc=pass").result == "fail"


def test_what_is_in_comments_and_quotes_is_no_result():
    assert check(f'{US}; spf=none reason="dmarc=pass; dkim=pass" (dmarc=pass)').result == ""


def test_without_a_configured_server_nothing_is_known():
    assert check(f"{US}; dmarc=fail", authserv_id="") == check(authserv_id="")


def test_the_verdict_is_said_in_words():
    assert check(f"{US}; spf=fail; dmarc=fail").text == f"SPF fail, DMARC fail (says {US})"
    assert check(US).text == f"nothing was checked (says {US})"


def test_garbage_is_read_without_an_error_and_in_time():
    rng = random.Random(8601)
    pieces = [US, ";", "=", "(", ")", '"', "dmarc", "pass", "header.d", "\\", "\x00", "é", " ", "@"]
    began = process_time()
    for _ in range(500):
        check(US + ";" + "".join(rng.choices(pieces, k=200)))
    check(US + ";" + "(" * 100_000, US + ";" + "a=" * 100_000, US + '; dmarc="' + "x" * 100_000)
    assert process_time() - began < 5.0
