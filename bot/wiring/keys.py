"""The key that signs reply addresses, links, and ends of the audit chain."""

import logging
import os
import secrets
from datetime import datetime
from pathlib import Path

from bot.core.errors import Misconfigured
from storage.sqlite import file_of
from storage.urls import parse

log = logging.getLogger(__name__)


def reply_key(database_url: str, secret_key: str) -> str:
    """Return the key that we sign with: the secret key of the settings, else one kept beside the database."""
    kept = key_file(database_url)
    if secret_key or kept is None:
        return secret_key or secrets.token_hex(32)
    try:
        if not kept.exists():
            _keep_secret(kept)
        key = kept.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured(f"The secret key in {kept} cannot be used ({error}).") from error
    if not key:
        raise Misconfigured(f"The secret key file {kept} is empty. Restore it, or remove it for a new key.")
    return key


def key_file(url: str) -> Path | None:
    """Return where the key is kept that goes with a SQLite file; None for other databases."""
    path = file_of(parse(url))
    return None if path is None else Path(f"{path}.key")


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


def copy_with(url: str, file: Path) -> str:
    """Copy a key that is kept beside the database beside its backup; return a sentence about it, or ""."""
    kept = key_file(url)
    if kept is None or not kept.exists():
        return ""
    _copy(kept, Path(f"{file}.key"))
    return f" The key that goes with it is in {file.name}.key."


def put_back(file: Path, url: str, at: datetime) -> None:
    """Put the key that goes with a backup where the app looks for it; another one that is there is put aside."""
    kept, copied = key_file(url), Path(f"{file}.key")
    if kept is None or not copied.exists():
        return
    if kept.exists() and kept.read_bytes() != copied.read_bytes():
        kept.rename(f"{kept}.before-{at:%Y%m%dT%H%M%S}")
    _copy(copied, kept)


def _copy(key: Path, to: Path) -> None:
    to.touch(mode=0o600)
    to.write_bytes(key.read_bytes())
