"""Requests over HTTP: proved to be Slack's over their raw bytes first, and only then read."""

import codecs
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence

from slack_bolt.request.async_request import AsyncBoltRequest

_TIMESTAMP = "X-Slack-Request-Timestamp"
_SIGNATURE = "X-Slack-Signature"
_FRESH_FOR = 300
_SECONDS = re.compile(r"\d{1,12}", re.ASCII)

# What a signature does not cover is not handed on, except what is needed to read the body and to verify it again.
_HEADERS = ("Content-Type", _TIMESTAMP, _SIGNATURE)


def is_from_slack(secret: str, headers: Mapping[str, str], body: bytes, now: float) -> bool:
    """Check signature and age. The SDK's verifier fails on bytes that are no UTF-8, and those come first here."""
    timestamp, signature = headers.get(_TIMESTAMP, ""), headers.get(_SIGNATURE, "")
    if not _SECONDS.fullmatch(timestamp) or abs(now - int(timestamp)) > _FRESH_FOR:
        return False
    digest = hmac.new(secret.encode(), b"v0:%s:%s" % (timestamp.encode(), body), hashlib.sha256)
    return hmac.compare_digest(f"v0={digest.hexdigest()}".encode(), signature.encode(errors="replace"))


def read(headers: Mapping[str, str], body: bytes, charset: str) -> AsyncBoltRequest:
    """Read a verified request.

    Raises:
        ValueError: it is nothing that Slack would send.
    """
    try:
        if codecs.lookup(charset).name != "utf-8":
            raise ValueError("not in UTF-8")
        kept: dict[str, str | Sequence[str]] = {name: headers[name] for name in _HEADERS if name in headers}
        request = AsyncBoltRequest(body=body.decode(), headers=kept)
    except (LookupError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError("neither a form nor an object in JSON") from error
    if not request.body or not isinstance(request.body.get("event", {}), dict):
        raise ValueError("nothing in it")
    return request
