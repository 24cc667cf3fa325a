"""Signatures of webhooks: today's order, and none of the others in circulation."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest

from integrations.zendesk.signature import is_from_zendesk

SECRET, STAMP, BODY = "dGhpc19zZWNyZXQ", "2026-11-26T10:00:00Z", b'{"detail": {"id": "35"}}'
NOW = datetime(2026, 11, 26, 10, 0, tzinfo=UTC)


def digest(signed: bytes) -> bytes:
    return hmac.new(SECRET.encode(), signed, hashlib.sha256).digest()


GOOD = base64.b64encode(digest(STAMP.encode() + BODY)).decode()


@pytest.mark.parametrize("minutes", [0, 5, -5])
def test_what_is_signed_now(minutes):
    assert is_from_zendesk(SECRET, STAMP, BODY, GOOD, NOW + timedelta(minutes=minutes))


@pytest.mark.parametrize("minutes", [5.1, -5.1])
def test_what_was_signed_long_ago_or_ahead(minutes):
    assert not is_from_zendesk(SECRET, STAMP, BODY, GOOD, NOW + timedelta(minutes=minutes))


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "ä",
        digest(STAMP.encode() + BODY).hex(),
        base64.b64encode(digest(BODY + STAMP.encode())).decode(),
        base64.b64encode(digest(STAMP.encode() + b"." + BODY)).decode(),
    ],
)
def test_what_is_signed_otherwise(wrong):
    assert not is_from_zendesk(SECRET, STAMP, BODY, wrong, NOW)


@pytest.mark.parametrize("stamp", ["", "now", "1795687200", "2026-11-26T10:00:00", "\ud800"])
def test_what_has_no_time(stamp):
    assert not is_from_zendesk(SECRET, stamp, BODY, GOOD, NOW)


def test_another_body():
    assert not is_from_zendesk(SECRET, STAMP, BODY + b" ", GOOD, NOW)
