"""The data keys that a connection has at hand, and what is encrypted with them (AES-256-GCM)."""

import os
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Dialect

from bot.core.errors import NotStored

_NONCE = 12
_SLOT = "threadpilot_keyring"


class Keyring:
    """Keys by id, and which of them new boxes are closed with ("" for none: then nothing is encrypted)."""

    def __init__(self) -> None:
        self._keys: dict[str, AESGCM] = {}
        self.closing = ""
        self.is_outdated = False

    @property
    def is_empty(self) -> bool:
        """Tell whether there is no key: nothing is encrypted."""
        return not self._keys

    def fill(self, keys: Mapping[str, bytes], closing: str) -> None:
        """Take these in place of the keys there were."""
        self._keys = {name: AESGCM(key) for name, key in keys.items()}
        self.closing, self.is_outdated = closing, False

    def close(self, plain: bytes, place: str) -> bytes:
        """Encrypt; `place` is where it lies, and it can be opened nowhere else."""
        nonce = os.urandom(_NONCE)
        return nonce + self._keys[self.closing].encrypt(nonce, plain, place.encode())

    def open(self, key: str, box: bytes, place: str) -> bytes:
        """Decrypt.

        Raises:
            NotStored: it was closed with a key that is not here (yet).
            ValueError: somebody has changed it, or it was closed for another place.
        """
        if key not in self._keys:
            self.is_outdated = True
            raise NotStored(f"The database holds text that is encrypted with a key we do not have ({key}).")
        try:
            return self._keys[key].decrypt(box[:_NONCE], box[_NONCE:], place.encode())
        except InvalidTag:
            raise ValueError(f"{place}: what is encrypted there was changed") from None


_NO_KEYS = Keyring()


def give(dialect: Dialect, keyring: Keyring) -> None:
    """Let the columns of an engine with this dialect use these keys."""
    setattr(dialect, _SLOT, keyring)


def keyring_of(dialect: Dialect) -> Keyring:
    """Return the keys of an engine, by its dialect: that is what a column's type is handed."""
    found = getattr(dialect, _SLOT, _NO_KEYS)
    assert isinstance(found, Keyring), "only `give` writes there"  # noqa: S101
    return found
