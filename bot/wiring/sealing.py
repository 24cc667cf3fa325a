"""Encryption of messages: what a running app does for it."""

from bot.process.schedule import Tick
from storage.database import SqlDatabase
from storage.resealing import Sealer

_EVERY = 3600.0


def sealing_of(database: SqlDatabase) -> Tick:
    """Return the tick that brings what was kept before in line with the settings."""
    return Tick("sealing", Sealer(database).look, _EVERY, at_once=True)
