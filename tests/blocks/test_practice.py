"""The practice conversation cannot reach anybody: nothing in it names anything that exists."""

import json

import pytest

from blocks import begin, ids, practice, steering
from bot.core.model import Channel, Mode
from bot.core.policy import default_rules
from sandbox.slack.validate import block_problems


def pressables(view: dict) -> list[dict]:
    beside = [block["accessory"] for block in view["blocks"] if "accessory" in block]
    return [*beside, *(e for b in view["blocks"] if b["type"] == "actions" for e in b["elements"])]


@pytest.mark.parametrize("number", range(len(practice.LESSONS)))
def test_every_control_of_a_lesson_is_of_the_practice_alone(number: int) -> None:
    exercise = practice.LESSONS[number]
    shown = [
        practice.lesson(number),
        practice.after(number, ids.TAKE),
        practice.after(number, exercise.button),
    ]
    for view in shown:
        assert block_problems(view["blocks"], "modal") == []
        assert "private_metadata" not in view or view["private_metadata"] == ""
        for element in pressables(view):
            assert element["action_id"].startswith(ids.PRACTICE)
            assert element["value"].isdecimal()
    offered = {element["action_id"] for element in pressables(shown[0])}
    assert f"{ids.PRACTICE}{exercise.button}" in offered


def test_a_lesson_goes_on_only_after_the_right_button() -> None:
    assert "press *Approve &amp; send*" in json.dumps(practice.after(0, ids.EDIT)).replace("& ", "&amp; ")
    assert "Next" in json.dumps(practice.after(0, ids.APPROVE))
    assert "Finish" in json.dumps(practice.after(len(practice.LESSONS) - 1, ids.ESCALATE))
    assert practice.pressed(f"{ids.PRACTICE}approve", "2") == ("approve", 2)
    for garbage in ("", "x", "99", "-1", "1.2.3."):
        assert practice.pressed(f"{ids.PRACTICE}take", garbage) == ("take", 0)
    assert not pressables(practice.finished())


@pytest.mark.parametrize("action", [ids.SET_THRESHOLD, ids.SET_MODE, ids.SET_ROLLOUT])
def test_a_setting_shows_what_is_in_force_and_notices_a_change(action: str) -> None:
    rules = default_rules(Mode.AUTO)
    view = steering.setting(action, rules)
    assert block_problems(view["blocks"], "modal") == []
    assert steering.changed_meanwhile(view["private_metadata"], "chat", rules) == ""
    stale = json.loads(view["private_metadata"])
    stale["shown"]["chat"] = "something else"
    told = steering.changed_meanwhile(json.dumps(stale), steering.EVERYWHERE, rules)
    assert told.startswith("Somebody changed this meanwhile: chat is")
    assert steering.changed_meanwhile(json.dumps(stale), "email", rules) == ""


def test_a_setting_is_read_back() -> None:
    assert steering.typed_setting({}) == ("all", "")


def test_writing_first_is_a_window_and_reads_back_what_was_typed() -> None:
    view = begin.begin((Channel.EMAIL, Channel.SMS))
    assert block_problems(view["blocks"], "modal") == []
    assert begin.begun({}) == begin.Begun(None, "", "", "", "")
    garbage = {ids.CHANNEL: {ids.CHANNEL: {"selected_option": {"value": "pigeon"}}}}
    assert begin.begun(garbage).channel is None
