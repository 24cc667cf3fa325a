"""Our reply addresses: the conversation in a signed plus-address, so that a reply finds it without headers.

`support+TOKEN@host`: the token is the conversation's id and a truncated HMAC in base32, 42 characters that survive
mail programs which change the case of an address.
"""

import hmac
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


def _mac(identity: bytes, secret: str) -> bytes:
    return hmac.digest(secret.encode(), b"threadpilot reply address\0" + identity, sha256)[:_MAC_BYTES]
