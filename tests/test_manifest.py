"""The manifest against Slack's schema, and against what the code registers and calls."""

import json
from dataclasses import asdict
from pathlib import Path

import jsonschema
import pytest
import yaml

from blocks import ids
from integrations.slack.client import METHODS
from sandbox.slack import directory
from tests.recorder import all_registered

ROOT = Path(__file__).parent.parent
SCHEMA = ROOT.parent / "shared" / "specs" / "slack_manifest.schema.json"
MANIFEST = yaml.safe_load((ROOT / "manifest.yml").read_text(encoding="utf-8"))

# What Slack asks for beside the methods' scopes: https://docs.slack.dev/reference/events
EVENT_SCOPES = {"message.channels": "channels:history", "message.groups": "groups:history"}


@pytest.fixture(scope="module")
def registered() -> dict[str, set[str]]:
    return all_registered()


@pytest.mark.shared
def test_manifest_is_valid() -> None:
    if not SCHEMA.exists():
        pytest.skip("the schema is not beside this checkout")
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    errors = jsonschema.Draft7Validator(schema).iter_errors(MANIFEST)
    assert [f"{error.json_path}: {error.message}" for error in errors] == []


def test_commands_are_those_we_answer(registered: dict[str, set[str]]) -> None:
    assert {c["command"] for c in MANIFEST["features"]["slash_commands"]} == registered["command"]


def test_events_are_those_we_listen_to(registered: dict[str, set[str]]) -> None:
    subscribed = MANIFEST["settings"]["event_subscriptions"]["bot_events"]
    assert {name.split(".")[0] for name in subscribed} == registered["event"]


def test_scopes_are_those_we_need_and_no_more() -> None:
    subscribed = MANIFEST["settings"]["event_subscriptions"]["bot_events"]
    needed = {scope for method in METHODS.values() for scope in method.scopes}
    needed |= {EVENT_SCOPES[event] for event in subscribed if event in EVENT_SCOPES}
    needed |= {"commands"} if MANIFEST["features"]["slash_commands"] else set()
    assert set(MANIFEST["oauth_config"]["scopes"]["bot"]) == needed


def test_the_sandbox_has_installed_this_app() -> None:
    installed = directory.THREADPILOT
    assert installed.scopes == set(MANIFEST["oauth_config"]["scopes"]["bot"])
    assert installed.events == set(MANIFEST["settings"]["event_subscriptions"]["bot_events"])
    assert installed.commands == {c["command"] for c in MANIFEST["features"]["slash_commands"]}
    assert installed.hint == MANIFEST["features"]["slash_commands"][0]["usage_hint"]
    shortcuts = [asdict(shortcut) for shortcut in installed.shortcuts]
    assert shortcuts == MANIFEST["features"].get("shortcuts", [])


def test_every_button_and_window_of_ours_has_a_listener(registered: dict[str, set[str]]) -> None:
    buttons = {
        *(ids.APPROVE, ids.EDIT, ids.ESCALATE, ids.TAKE, ids.TAKE_OVER, ids.REPLY, ids.RESOLVE),
        *(ids.GOOD, ids.WRONG, ids.WENT_OUT, ids.RESEND, ids.STOP, ids.MORE, ids.UNMERGE),
        *(ids.CUSTOMER, ids.REFRESH, ids.JOIN, ids.PART, ids.REGENERATE, ids.REJECT, ids.SNOOZE, ids.WAKE),
        *(ids.ASK, ids.SHOW_ALL, ids.REOPEN, ids.NOT_SUPPORT, ids.BLOCK, ids.UNBLOCK, ids.MERGE, ids.SPLIT),
        *(ids.HAND_BACK, ids.SUGGESTION, ids.DECLINE_SUGGESTION),
        *(ids.NEXT, ids.ANSWER, ids.INSERT, ids.MORE_ROOM, ids.START_OVER, ids.OPEN_CARD, ids.HOME_REFRESH),
        *(ids.SET_THRESHOLD, ids.SET_MODE, ids.SET_ROLLOUT, ids.SET_MORE, ids.DO_SETTING, ids.DROP_SETTING),
        *(ids.BEGIN, ids.PRACTISE),
    }
    practice = {name for name in registered["action"] if name.startswith(ids.PRACTICE)}
    assert registered["action"] - practice == buttons
    assert practice >= {f"{ids.PRACTICE}{ids.APPROVE}", ids.PRACTICE_NEXT, ids.PRACTICE_FINISH}
    assert registered["view"] == {
        ids.EDIT_MODAL,
        ids.ESCALATE_MODAL,
        ids.MERGE_MODAL,
        ids.SPLIT_MODAL,
        ids.JOIN_MODAL,
        *(ids.REGENERATE_MODAL, ids.REJECT_MODAL, ids.SNOOZE_MODAL, ids.ASK_MODAL),
        *(ids.BEGIN_MODAL, ids.SETTING_MODAL, ids.CONFIRM_MODAL, ids.IMPORT_MODAL),
        ids.REVIEW_MODAL,
        ids.ASSIGN_MODAL,
        *(ids.HAND_BACK_MODAL, ids.SUGGESTION_MODAL, ids.ALL_THE_SAME_MODAL),
    }
    assert registered["view_closed"] == {ids.EDIT_MODAL}
    assert registered["options"] == {ids.INSERT}


def test_shortcuts_are_those_we_answer(registered: dict[str, set[str]]) -> None:
    assert {s["callback_id"] for s in MANIFEST["features"]["shortcuts"]} == registered["shortcut"]


def test_interactivity_home_and_socket_mode_are_on() -> None:
    assert MANIFEST["settings"]["interactivity"]["is_enabled"]
    assert MANIFEST["settings"]["socket_mode_enabled"]
    assert MANIFEST["features"]["app_home"]["home_tab_enabled"]
    assert not MANIFEST["settings"]["org_deploy_enabled"]
