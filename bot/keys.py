"""The key that signs reply addresses."""

import logging
import os
import secrets
from pathlib import Path

from bot.core.errors import Misconfigured
from bot.settings import Settings
from storage.sqlite import file_of
from storage.urls import parse

log = logging.getLogger(__name__)


def reply_key(settings: Settings) -> str:
    """Return the key that signs reply addresses: from the settings, else one kept beside the database."""
    path = file_of(parse(settings.database_url))
    if settings.secret_key or path is None:
        return settings.secret_key or secrets.token_hex(32)
    kept = Path(f"{path}.key")
    try:
        if not kept.exists():
            _keep_secret(kept)
        key = kept.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured(f"The secret key in {kept} cannot be used ({error}).") from error
    if not key:
        raise Misconfigured(f"The secret key file {kept} is empty. Restore it, or remove it for a new key.")
    return key


def _keep_secret(kept: Path) -> None:
    """Make a key; the file appears whole or not at all, also when the power fails."""
    draft = Path(f"{kept}.new")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    with draft.open("w") as file:
        file.write(secrets.token_hex(32))
        file.flush()
        os.fsync(file.fileno())
    draft.rename(kept)
    log.info("secret_key_made", extra={"file": str(kept)})
