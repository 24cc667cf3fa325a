"""What may be typed after `/cockpit digest`, read into values. Pure, as `handlers.slack.grammar`."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from blocks import replies
from bot.core.errors import InvalidInput
from bot.core.insights.digest import WEEKDAYS, Plan
from bot.core.teamwork.hours import check_zone
from handlers.slack.grammar_team import days_of

_SLACK_CHANNEL = re.compile(r"<#([CG][A-Z0-9]{2,20})(?:\|[^>]*)?>|([CG][A-Z0-9]{6,20})")
_TIME = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?", re.ASCII)
_EXAMPLE = "`/cockpit digest #support-leads mon-fri 9:00 Europe/Berlin`"


@dataclass(frozen=True)
class ShowDigest:
    """What a digest would say now, of a day or of a week."""

    weekly: bool = False


@dataclass(frozen=True)
class SetDigest:
    """When and where digests are posted; None ends them."""

    plan: Plan | None


ReportCommand = ShowDigest | SetDigest


def _digest(rest: Sequence[str]) -> ReportCommand:
    match [word.lower() for word in rest]:
        case [] | ["daily"]:
            return ShowDigest()
        case ["weekly"]:
            return ShowDigest(weekly=True)
        case ["off"]:
            return SetDigest(None)
        case [_, *days, time, _] if _TIME.fullmatch(time):
            return SetDigest(
                Plan(slack_channel(rest[0]), check_zone(rest[-1]), _minute(time), _weekdays(days))
            )
    raise InvalidInput(
        f"Say the Slack channel, the time and its zone: write {_EXAMPLE}, or `/cockpit digest weekly` to see one."
    )


def slack_channel(typed: str) -> str:
    """Read a Slack channel. Raises InvalidInput for what is none."""
    found = _SLACK_CHANNEL.fullmatch(typed)
    if not found:
        raise InvalidInput(
            f"{replies.code(typed)} is no Slack channel I can post in: type `#` and pick it from Slack's list, and "
            "invite threadpilot there."
        )
    return found[1] or found[2]


def _weekdays(words: Sequence[str]) -> tuple[int, ...]:
    given = [day for word in words for part in word.split(",") if part for day in days_of(part)]
    return tuple(sorted(set(given))) or WEEKDAYS


def _minute(typed: str) -> int:
    found = _TIME.fullmatch(typed)
    hour, minute = (int(part or 0) for part in found.groups()) if found else (99, 0)
    if hour > 23 or minute > 59:
        raise InvalidInput(f"{replies.code(typed)} is no time of a day: write it like `9:00`.")
    return hour * 60 + minute


VERBS: Mapping[str, Callable[[Sequence[str]], ReportCommand]] = {"digest": _digest}
