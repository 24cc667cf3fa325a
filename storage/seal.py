"""Seals: who reads the database, or a copy of it, can use nothing of what is sealed.

Texts are encrypted with authentication (Fernet, https://github.com/fernet/spec), by a key that HKDF (RFC 5869)
derives from a secret of ours and from what is sealed. After a change of either what is kept cannot be opened.
"""

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class Seal:
    """Seals and opens texts for one purpose."""

    def __init__(self, secret: str, purpose: str) -> None:
        derived = HKDF(SHA256(), 32, salt=None, info=purpose.encode()).derive(secret.encode())
        self._fernet = Fernet(base64.urlsafe_b64encode(derived))

    def close(self, text: str) -> str:
        return self._fernet.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """Return what was sealed; "" for what was not sealed with this key, or changed since."""
        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken:
            return ""
