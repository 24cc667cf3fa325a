"""What is set about teamwork, as transactions know it."""

from collections.abc import Mapping

from bot.core.ports.storage import Setting
from bot.core.steering.knobs import UNREADABLE
from bot.core.steering.stored import unreadable
from bot.core.teamwork.rules import TeamRules, is_ours, team_rules
from bot.services.unheeded import name_unheeded


def rules_in_force(current: Mapping[str, Setting]) -> TeamRules:
    """Return what is set about teamwork; what cannot be read counts as not set, and the log names it."""
    values = {key: setting.value for key, setting in current.items() if is_ours(key)}
    try:
        return team_rules(values)
    except UNREADABLE:
        bad = unreadable(values)
        name_unheeded(bad, current)
        return team_rules({key: value for key, value in values.items() if key not in bad})
