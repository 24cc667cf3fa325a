"""The ends of the audit chain, signed (Ed25519), so that whoever reads one knows that this installation wrote it.

Whoever can post to the Slack channel, but does not have the secret key, cannot write one; whoever has the public key,
which `threadpilot audit verify` tells, can check one without being able to.
"""

import base64
import binascii
import re
from collections.abc import Callable
from functools import cached_property

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.core.audit import Head, head_of
from bot.core.errors import Misconfigured

_PURPOSE = b"threadpilot checkpoints"
_SIGNATURE = re.compile(r"[0-9]:[0-9a-fA-F]{64}:([A-Za-z0-9_=-]+)")


class Signer:
    """Signs ends of the chain with a key made from the app's secret."""

    def __init__(self, secret: Callable[[], str]) -> None:
        """Ask for the secret when something is signed, or has a signature."""
        self._secret = secret

    @cached_property
    def _key(self) -> Ed25519PrivateKey:
        derived = HKDF(SHA256(), 32, salt=None, info=_PURPOSE).derive(self._secret().encode())
        return Ed25519PrivateKey.from_private_bytes(derived)

    @property
    def public(self) -> str:
        """The public key, in hexadecimal digits."""
        return self._key.public_key().public_bytes_raw().hex()

    def sign(self, head: Head) -> str:
        """Return the end of a chain with its signature: ROWS:HASH:SIGNATURE."""
        signature = self._key.sign(_signed(head))
        return f"{head}:{base64.urlsafe_b64encode(signature).decode()}"

    def read(self, text: str) -> Head:
        """Return the end that was noted, with anything around it.

        Raises:
            Misconfigured: it is none, or its signature is not ours.
        """
        head, signature = head_of(text), _SIGNATURE.search(text)
        if head is None:
            raise Misconfigured(
                f"--noted {text!r} is not ROWS:HASH, as `threadpilot audit verify` prints it."
            )
        if signature is not None and not self._is_ours(head, signature[1]):
            raise Misconfigured(
                f"--noted {head.seq}:… is not signed by this installation: somebody else wrote it, or "
                "THREADPILOT_SECRET_KEY was another one."
            )
        return head

    def _is_ours(self, head: Head, signature: str) -> bool:
        try:
            self._key.public_key().verify(base64.urlsafe_b64decode(signature), _signed(head))
        except (InvalidSignature, binascii.Error, ValueError):
            return False
        return True


def _signed(head: Head) -> bytes:
    return _PURPOSE + b"\n" + str(head).encode()
