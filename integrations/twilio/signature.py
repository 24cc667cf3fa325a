"""The proof that a request comes from Twilio: its signature over the address it called and every parameter.

See https://www.twilio.com/docs/usage/security#validating-requests. Requests signed with a shared key (a beta) are not
taken: we know the auth token only.
"""

from urllib.parse import parse_qsl

from multidict import MultiDict, MultiDictProxy
from twilio.request_validator import RequestValidator

HEADER = "X-Twilio-Signature"
_MOST_FIELDS = 200


def read_form(body: bytes) -> MultiDictProxy[str]:
    """Read a form's fields, with those that are empty: they are signed too.

    Raises:
        ValueError: it is none.
    """
    text = body.decode("ascii")
    pairs = parse_qsl(
        text, keep_blank_values=True, strict_parsing=bool(text), errors="strict", max_num_fields=_MOST_FIELDS
    )
    return MultiDictProxy(MultiDict(pairs))


def is_from_twilio(token: str, url: str, fields: MultiDictProxy[str], signature: str) -> bool:
    """Check the signature of a request to `url`, the address as Twilio knows it."""
    try:
        return bool(RequestValidator(token).validate(url, fields, signature))
    except ValueError:  # An address that is none, or text that cannot be encoded.
        return False
