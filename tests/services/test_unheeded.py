"""A setting whose value is not possible is named in the log once for each change of it, however often it is read."""

import logging
from datetime import timedelta

from bot.core.ports.storage import Setting
from bot.services.unheeded import name_unheeded
from tests.builders import AT


def bad(minutes):
    return {"auto_above.email": Setting("auto_above.email", 7, "UBOSS", AT + timedelta(minutes=minutes))}


def test_a_bad_setting_is_named_once_for_each_change(caplog):
    caplog.set_level(logging.WARNING)
    for minutes in (1, 1, 1, 2, 2):
        name_unheeded(["auto_above.email"], bad(minutes))
    assert [one.setting for one in caplog.records] == ["auto_above.email"] * 2
