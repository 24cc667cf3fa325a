"""For how long what is kept."""

import re
from collections.abc import Iterator, Mapping

from bot.core.errors import Misconfigured
from bot.core.model import Channel
from bot.core.retention import Keep, Kind
from bot.settings.reading import listed

_RULE = re.compile(r"(\*|[a-z]+)(?:\.([a-z]+))?=([1-9]\d{0,4})")


def retention_settings(env: Mapping[str, str]) -> tuple[Keep, ...]:
    """Return the rules; raises Misconfigured for what cannot be read."""
    rules = tuple(_rules(env.get("RETENTION_DAYS", "")))
    if len({(rule.channel, rule.kind) for rule in rules}) < len(rules):
        raise Misconfigured(
            "RETENTION_DAYS says two things about the same: give each channel and kind one number."
        )
    return rules


def _rules(value: str) -> Iterator[Keep]:
    for part in listed(value):
        found = _RULE.fullmatch(part)
        channel, kind, days = found.groups() if found else ("", "", "")
        if channel not in {*Channel, "*"} or (kind or Kind.CONVERSATIONS) not in set(Kind):
            raise Misconfigured(
                f"RETENTION_DAYS has {part!r}; write days such as email=730,chat=365,*.files=90,email.mails=30 "
                f"(channels: {', '.join(Channel)}, or * for all others; kinds: {', '.join(Kind)})."
            )
        yield Keep(None if channel == "*" else Channel(channel), Kind(kind or Kind.CONVERSATIONS), int(days))
