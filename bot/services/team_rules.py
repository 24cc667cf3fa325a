"""What is set about teamwork, as transactions know it."""

from collections.abc import Mapping

from bot.core.ports.storage import Setting
from bot.core.teamwork.rules import TeamRules, team_rules


def rules_in_force(current: Mapping[str, Setting]) -> TeamRules:
    """Return what is set about teamwork."""
    return team_rules({key: setting.value for key, setting in current.items()})
