"""Settings whose stored values are not possible: the log names each once for every change of it."""

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache

from bot.core.ports.storage import Setting

log = logging.getLogger(__name__)

_REMEMBERED = 1_000


def name_unheeded(keys: Iterable[str], current: Mapping[str, Setting]) -> None:
    """Have the log name these settings, which do not count, unless it has since they were changed."""
    for key in keys:
        _name(key, current[key].at)


@lru_cache(maxsize=_REMEMBERED)
def _name(key: str, _changed_at: datetime) -> None:
    log.warning("setting_not_heeded", extra={"setting": key})
