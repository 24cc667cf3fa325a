"""Our reply addresses: the conversation in a signed plus-address, so that a reply finds it without headers.

`support+TOKEN@host`: the token is the conversation's id and a truncated HMAC in base32, 42 characters that survive
mail programs which change the case of an address. Where a program loses the address and the headers, there is still
`[#TOKEN]` in the subject: the first 40 bits of the id and an HMAC of 40 bits, 16 characters. That is too little to
keep a secret, so it only counts for somebody who takes part in the conversation.
"""

import hmac
import re
from base64 import b32decode, b32encode
from collections.abc import Iterable
from hashlib import sha256
from uuid import UUID

from bot.core.errors import Misconfigured

_ID_BYTES = 16
_MAC_BYTES = 10
_TOKEN_LENGTH = 42
_PADDING = "======"
_LONGEST_LOCAL_PART = 64  # RFC 5321, 4.5.3.1.1.
_BEGINNING_BYTES = 5  # Of an id in a subject, and of the proof beside it.
_IN_SUBJECT = re.compile(r"\s?\[#([a-z2-7]{16})\]", re.IGNORECASE)


def reply_address(support: str, conversation_id: str, secret: str) -> str:
    """Return the address at which a reply to this conversation arrives.

    Raises:
        Misconfigured: the support address leaves no room for the token.
    """
    local, _, host = support.rpartition("@")
    identity = UUID(conversation_id).bytes
    token = b32encode(identity + _mac(identity, secret)).decode().rstrip("=").lower()
    if len(local) + 1 + len(token) > _LONGEST_LOCAL_PART:
        room = _LONGEST_LOCAL_PART - _TOKEN_LENGTH - 1
        raise Misconfigured(f"SUPPORT_ADDRESS must have at most {room} characters before the @")
    return f"{local}+{token}@{host}"


def conversation_of(addresses: Iterable[str], support: str, secret: str) -> str | None:
    """Return the conversation that one of these addresses is for, if its signature is ours."""
    for address in addresses:
        token = plus_part(address, support)
        if token and (conversation_id := _verified(token, secret)):
            return conversation_id
    return None


def subject_token(conversation_id: str, secret: str) -> str:
    """Return what a subject carries so that a reply without any headers finds this conversation."""
    beginning = UUID(conversation_id).bytes[:_BEGINNING_BYTES]
    return f"[#{b32encode(beginning + _short_mac(beginning, secret)).decode().lower()}]"


def conversation_in(subject: str, secret: str) -> str:
    """Return the beginning of the id of the conversation that a subject names and we have signed, or nothing."""
    for found in _IN_SUBJECT.finditer(subject):
        data = b32decode(found[1].upper())
        beginning, mac = data[:_BEGINNING_BYTES], data[_BEGINNING_BYTES:]
        if hmac.compare_digest(mac, _short_mac(beginning, secret)):
            return beginning.hex()
    return ""


def without_token(subject: str) -> str:
    """Return a subject as people read it."""
    return _IN_SUBJECT.sub("", subject).strip()


def plus_part(address: str, support: str) -> str | None:
    """Return what follows the plus in a variant of our address, "" for the address itself, None for others."""
    local, _, host = address.strip().casefold().rpartition("@")
    our_local, _, our_host = support.casefold().rpartition("@")
    if host != our_host:
        return None
    if local == our_local:
        return ""
    return local.removeprefix(f"{our_local}+") if local.startswith(f"{our_local}+") else None


def _verified(token: str, secret: str) -> str | None:
    if len(token) != _TOKEN_LENGTH:
        return None
    try:
        data = b32decode(token.upper() + _PADDING)
    except ValueError:
        return None
    identity, mac = data[:_ID_BYTES], data[_ID_BYTES:]
    return identity.hex() if hmac.compare_digest(mac, _mac(identity, secret)) else None


def _short_mac(beginning: bytes, secret: str) -> bytes:
    key = secret.encode()
    return hmac.digest(key, b"threadpilot subject\0" + beginning, sha256)[:_BEGINNING_BYTES]


def _mac(identity: bytes, secret: str) -> bytes:
    return hmac.digest(secret.encode(), b"threadpilot reply address\0" + identity, sha256)[:_MAC_BYTES]
