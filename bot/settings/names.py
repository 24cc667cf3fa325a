"""The names of all settings, and which names in the environment look like misspelt ones."""

import logging
from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from bot.settings.catalog import CATALOG
from bot.settings.secrets import SECRETS

log = logging.getLogger(__name__)

# The last is for tests of crashes only.
KNOWN = frozenset(
    {variable.name for variable in CATALOG} | {f"{name}_FILE" for name in SECRETS} | {"THREADPILOT_CRASH_AT"}
)

# A name that begins otherwise is somebody else's, unless it is very near to one of ours.
_OURS = (
    *("CHAT_", "IMAP_", "MAIL_", "OPENAI_", "RATING_", "SALESFORCE_", "SLACK_", "SMTP_", "SUPPORT_"),
    *("THREADPILOT_", "TWILIO_", "ZENDESK_"),
)
_NEAR, _VERY_NEAR = 0.8, 0.93


def unknown(names: Iterable[str]) -> Mapping[str, str]:
    """Return the names that are no settings but look like some, each with the nearest setting, "" where none is near.

    That is worth a warning and never an error: other programs have variables that begin like ours.
    """
    found = {}
    for name in sorted(set(names) - KNOWN):
        ours = name.startswith(_OURS)
        near = get_close_matches(name, KNOWN, n=1, cutoff=_NEAR if ours else _VERY_NEAR)
        if ours or near:
            found[name] = "".join(near)
    return found


def warn(names: Iterable[str]) -> None:
    """Say in the log which names look like misspelt settings."""
    for name, near in unknown(names).items():
        log.warning("setting_unknown", extra={"setting": name, "nearest": near or "none"})
