"""Secrets that are none: examples out of the documentation, and what stands where a secret is to be filled in."""

import re
from collections.abc import Mapping

from bot.settings.catalog import CATALOG
from bot.settings.secrets import SECRETS

_EXAMPLES = {variable.name: variable.example for variable in CATALOG if variable.is_secret}
_FILL_IN = re.compile(
    r"(?:xox[a-z]-|xapp-|sk-)?(?:[.…*x_-]{2,}|…|(?:your|my|some|the)[-_ ].*|<.*>|\{.*\}"
    r"|.*(?:change[-_ ]?me|placeholder|fill[-_ ]?in).*"
    r"|secret|password|token|todo|tbd|example|test|dummy|none|abc|123)?",
    re.IGNORECASE,
)


def placeholders(env: Mapping[str, str]) -> list[str]:
    """Return the names of all secrets that are set to something nobody can have meant as one."""
    given = {name: value for name in SECRETS if (value := env.get(name, "").strip())}
    return [
        name for name, value in given.items() if value == _EXAMPLES.get(name) or _FILL_IN.fullmatch(value)
    ]
