"""Who may do what: one table, and the one function that heeds it at every edge.

What nobody has classified nobody may do, and a test finds it. Whoever adds a button, a window, a command, a shortcut,
a route or a verb adds its line here.
"""

import re
from collections.abc import Mapping
from enum import IntEnum, StrEnum

from bot.core.errors import NotAllowed


class Role(IntEnum):
    """What somebody is to the desk; each may do what those before may.

    NOBODY is whoever is not of our Slack workspace, GUEST a guest account in it (or, with SLACK_AGENTS, a member whom
    that does not name), and OWNER whom SLACK_OWNERS names, or who has a shell on the machine.
    """

    NOBODY = 0
    GUEST = 1
    AGENT = 2
    MANAGER = 3
    OWNER = 4


class Proof(StrEnum):
    """What a request has to show where no person of ours is behind it.

    OPEN is nothing: whoever reaches us may ask. SIGNATURE is a provider's, over the whole request. LINK is ours, in
    the address, with an end. VISITOR is an origin that may carry the chat and, once there is one, a session's token.
    """

    OPEN = "open"
    SIGNATURE = "signature"
    LINK = "link"
    VISITOR = "visitor"


_BUTTONS = {
    "approve": Role.AGENT,
    "edit": Role.AGENT,
    "escalate": Role.AGENT,
    "take": Role.AGENT,
    "take_over": Role.AGENT,
    "reply": Role.AGENT,
    "resolve": Role.AGENT,
    "good": Role.AGENT,
    "wrong": Role.AGENT,
    "went_out": Role.AGENT,
    "resend": Role.AGENT,
    "stop": Role.AGENT,
    "original": Role.AGENT,
    "unmask": Role.MANAGER,
    "merge": Role.AGENT,
    "unmerge": Role.AGENT,
    "split": Role.AGENT,
    "details": Role.AGENT,
    "refresh": Role.AGENT,
    "customer": Role.AGENT,
    "join": Role.AGENT,
    "part": Role.AGENT,
    "more": Role.AGENT,
    "others": Role.AGENT,
    "show_all": Role.AGENT,
    "regenerate": Role.AGENT,
    "reject": Role.AGENT,
    "snooze": Role.AGENT,
    "wake": Role.AGENT,
    "ask": Role.AGENT,
    "reopen": Role.AGENT,
    "not_support": Role.AGENT,
    "block": Role.AGENT,
    "unblock": Role.AGENT,
    "next": Role.AGENT,
    "answer": Role.AGENT,
    "insert": Role.AGENT,
    "more_room": Role.AGENT,
    "start_over": Role.AGENT,
    "open_card": Role.AGENT,
    "home_refresh": Role.AGENT,
    "begin": Role.AGENT,
    "practise": Role.AGENT,
    "practice_approve": Role.AGENT,
    "practice_edit": Role.AGENT,
    "practice_escalate": Role.AGENT,
    "practice_take": Role.AGENT,
    "practice_next": Role.AGENT,
    "practice_finish": Role.AGENT,
    "assign": Role.AGENT,
    "hand_back": Role.AGENT,
}
# What is about the desk as a whole is done in the main workspace, and nowhere else.
_DESK_BUTTONS = {
    "suggestion": Role.AGENT,
    "decline_suggestion": Role.AGENT,
    "set_threshold": Role.MANAGER,
    "set_mode": Role.MANAGER,
    "set_rollout": Role.MANAGER,
    "set_more": Role.MANAGER,
    "do_setting": Role.MANAGER,
    "drop_setting": Role.MANAGER,
}
_WINDOWS = {
    "edit_answer": Role.AGENT,
    "escalate_conversation": Role.AGENT,
    "merge_conversation": Role.AGENT,
    "split_conversation": Role.AGENT,
    "join_customer": Role.AGENT,
    "regenerate_draft": Role.AGENT,
    "reject_draft": Role.AGENT,
    "snooze_conversation": Role.AGENT,
    "ask_colleague": Role.AGENT,
    "begin_conversation": Role.AGENT,
    "assign_conversation": Role.AGENT,
    "hand_back_escalation": Role.AGENT,
    "do_all_the_same": Role.AGENT,
}
_DESK_WINDOWS = {
    "accept_suggestion": Role.AGENT,
    "review_answer": Role.AGENT,
    "change_setting": Role.MANAGER,
    "confirm_setting": Role.MANAGER,
    "import_settings": Role.MANAGER,
}
# By the names of the commands in `handlers.slack.grammar`, `handlers.slack.steering_orders` and
# `handlers.slack.team_orders`.
_COMMANDS = {
    "Help": Role.GUEST,
    "Find": Role.AGENT,
    "ShowPlaces": Role.AGENT,
    "SetPlace": Role.MANAGER,  # Of the workspace in which it is typed.
}
_DESK_COMMANDS = {
    "ShowStatus": Role.GUEST,
    "ShowThresholds": Role.AGENT,
    "ShowModes": Role.AGENT,
    "ShowUndo": Role.AGENT,
    "ShowRollout": Role.AGENT,
    "ShowRules": Role.AGENT,
    "ShowRisk": Role.AGENT,
    "ShowStats": Role.AGENT,
    "WhatIf": Role.AGENT,
    "OpenDashboard": Role.AGENT,
    "EndVisits": Role.AGENT,  # Of oneself; of somebody else a manager.
    "ShowDigest": Role.AGENT,
    "ShowAudit": Role.MANAGER,
    "SetDigest": Role.MANAGER,
    "SetThreshold": Role.MANAGER,
    "SetMode": Role.MANAGER,
    "SetRollout": Role.MANAGER,
    "SetUndo": Role.MANAGER,
    "SetLimit": Role.MANAGER,
    "SetRisk": Role.MANAGER,
    "Pause": Role.MANAGER,
    "Resume": Role.MANAGER,
    "ShowFloors": Role.AGENT,
    "ShowChecks": Role.AGENT,
    "ShowBounds": Role.AGENT,
    "ShowHistory": Role.AGENT,
    "ShowExperiments": Role.AGENT,
    "OpenReview": Role.AGENT,
    "ShowReviews": Role.AGENT,
    "ShowCoaching": Role.AGENT,  # On one's own answers; on somebody else's a manager.
    "SetAgentReviews": Role.MANAGER,
    "StartExperiment": Role.MANAGER,
    "StopExperiment": Role.MANAGER,
    "Export": Role.MANAGER,  # It names people: the rota, VIPs.
    "SetFloor": Role.MANAGER,
    "SetCheck": Role.MANAGER,
    "SetTopic": Role.MANAGER,
    "SetWord": Role.MANAGER,
    "SwitchRule": Role.MANAGER,
    "SetBound": Role.MANAGER,
    "Revert": Role.MANAGER,
    "Import": Role.MANAGER,
    "ShowHours": Role.AGENT,
    "ShowSla": Role.AGENT,
    "ShowBreaches": Role.AGENT,
    "ShowRota": Role.AGENT,
    "ShowCrew": Role.AGENT,
    "ShowWords": Role.AGENT,
    "ShowVips": Role.AGENT,
    "ShowTold": Role.AGENT,
    "WatchWord": Role.AGENT,
    "SetAway": Role.AGENT,  # Of oneself; of somebody else a manager.
    "SetHours": Role.MANAGER,
    "SetHoliday": Role.MANAGER,
    "SetTarget": Role.MANAGER,
    "SetVip": Role.MANAGER,
    "SetTold": Role.MANAGER,
    "AddShift": Role.MANAGER,
    "AddBackup": Role.MANAGER,
    "LeaveRota": Role.MANAGER,
    "SetCallLimit": Role.MANAGER,
    "SetRotaZone": Role.MANAGER,
    "AddMember": Role.MANAGER,
    "RemoveMember": Role.MANAGER,
    "SetMethod": Role.MANAGER,
}
_EVENTS: Mapping[str, Role | Proof] = {
    "message": Role.GUEST,  # Typed beneath a card: a note, which never leaves.
    "app_home_opened": Role.AGENT,  # It names what waits, and for whom.
    "app_uninstalled": Proof.SIGNATURE,  # Slack's own word.
    "tokens_revoked": Proof.SIGNATURE,
}
_SHORTCUTS = {"new_conversation": Role.AGENT, "send_to_customer": Role.AGENT}
# On the machine itself: whoever may start threadpilot there owns it.
_VERBS = {
    "demo": Role.OWNER,
    "sandbox": Role.OWNER,
    "run": Role.OWNER,
    "migrate": Role.OWNER,
    "backup": Role.OWNER,
    "restore": Role.OWNER,
    "doctor": Role.OWNER,
    "audit": Role.OWNER,
    "erase": Role.OWNER,
    "export": Role.OWNER,
    "retention": Role.OWNER,
    "keys": Role.OWNER,
    "parse-email": Role.OWNER,
    "knowledge": Role.OWNER,
    "settings": Role.OWNER,
    "eval": Role.OWNER,
}
_ROUTES: Mapping[str, Role | Proof] = {
    "GET /healthz": Proof.OPEN,
    "GET /readyz": Proof.OPEN,
    "GET /metrics": Proof.OPEN,
    "POST /slack/events": Proof.SIGNATURE,
    "GET /slack/install": Proof.OPEN,  # Leads to Slack, where the workspace's people decide.
    "GET /slack/oauth_redirect": Proof.LINK,
    "POST /inbound/email": Proof.SIGNATURE,
    "POST /zendesk/webhook": Proof.SIGNATURE,
    "POST /twilio/sms": Proof.SIGNATURE,
    "POST /twilio/voice": Proof.SIGNATURE,
    "POST /twilio/recording": Proof.SIGNATURE,
    "POST /twilio/transcription": Proof.SIGNATURE,
    "POST /twilio/status": Proof.SIGNATURE,
    "GET /twilio/recordings/{sid}": Proof.LINK,
    "GET /mail/original/{sha256}": Proof.LINK,
    "GET /rate/{conversation}": Proof.LINK,
    "POST /rate/{conversation}": Proof.LINK,
    "GET /dashboard/enter": Proof.OPEN,  # A button and nothing else; its press takes the ticket.
    "POST /dashboard/enter": Proof.LINK,
    "POST /dashboard/leave": Proof.OPEN,  # Ends the session of whoever asks, and nothing else.
    "GET /dashboard/dashboard.css": Proof.OPEN,
    "GET /dashboard/dashboard.js": Proof.OPEN,
    "GET /dashboard/{rest}": Proof.OPEN,  # Says that there is no such page, or leads to one.
    "GET /dashboard": Role.AGENT,
    "GET /dashboard/volume": Role.AGENT,
    "GET /dashboard/quality": Role.AGENT,
    "GET /dashboard/knowledge": Role.AGENT,
    "GET /dashboard/people": Role.AGENT,
    "GET /dashboard/levels": Role.AGENT,
    "GET /dashboard/cost": Role.AGENT,
    "GET /dashboard/cases": Role.AGENT,
    "GET /chat/v1/config": Proof.VISITOR,
    "POST /chat/v1/session": Proof.VISITOR,
    "GET /chat/v1/ws": Proof.VISITOR,
    "GET /chat/v1/events": Proof.VISITOR,
    "POST /chat/v1/messages": Proof.VISITOR,
    "POST /chat/v1/files": Proof.VISITOR,
    "POST /chat/v1/contact": Proof.VISITOR,
    "POST /chat/v1/rating": Proof.VISITOR,
    "GET /chat/widget.js": Proof.OPEN,
    "GET /chat/frame": Proof.OPEN,
    "GET /chat/demo": Proof.OPEN,
    "GET /chat/static/*": Proof.OPEN,
}

_OF_THE_DESK: Mapping[str, Role] = {
    **{f"button {name}": role for name, role in _DESK_BUTTONS.items()},
    **{f"window {name}": role for name, role in _DESK_WINDOWS.items()},
    **{f"/cockpit {name}": role for name, role in _DESK_COMMANDS.items()},
}
MAIN_ONLY = frozenset(_OF_THE_DESK)

ACCESS: Mapping[str, Role | Proof] = {
    **_OF_THE_DESK,
    **{f"button {name}": role for name, role in _BUTTONS.items()},
    **{f"window {name}": role for name, role in _WINDOWS.items()},
    **{f"/cockpit {name}": role for name, role in _COMMANDS.items()},
    **{f"event {name}": role for name, role in _EVENTS.items()},
    **{f"shortcut {name}": role for name, role in _SHORTCUTS.items()},
    **{f"verb {name}": role for name, role in _VERBS.items()},
    **_ROUTES,
}

_WORKSPACE = "Only people of the workspace in which threadpilot is installed may do this."
_SAID = {
    Role.NOBODY: _WORKSPACE,
    Role.GUEST: _WORKSPACE,
    Role.AGENT: "Only agents of this desk may do this: guests may not, nor members whom it does not count as agents.",
    Role.MANAGER: "Only managers may do this. Ask one of them, or see `/cockpit status`.",
    Role.OWNER: "Only owners of this threadpilot may do this. Ask one of them.",
}
_KINDS = {
    "button": "press *{}*",
    "window": "send the window *{}*",
    "shortcut": "use the shortcut *{}*",
    "event": "bring about *{}*",
    "/cockpit": "use `/cockpit` to *{}*",
}
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")


class Unclassified(NotAllowed):
    """Nobody has said who may do this, so nobody may."""

    def __init__(self, act: str) -> None:
        super().__init__(
            "threadpilot does not know who may do this, so nobody may: its log names what it was."
        )
        self.act = act


def in_words(act: str) -> str:
    """Return what somebody in Slack tried, as people call it, in mrkdwn; what nobody classified is not repeated."""
    kind, _, name = act.partition(" ")
    if kind not in _KINDS or act not in ACCESS:
        return "do something that threadpilot does not know"
    return _KINDS[kind].format(_HUMP.sub(" ", name).replace("_", " ").lower())


class OnlyInMain(NotAllowed):
    """It is about the desk as a whole, and was tried in another workspace than the main one."""

    def __init__(self) -> None:
        super().__init__("Only people of the main workspace may do this: it is about threadpilot as a whole.")


def needed(act: str) -> Role | Proof:
    """Return what an act takes: a role, or of a request its proof. Raises Unclassified."""
    folder = f"{act.rpartition('/')[0]}/*"
    found = ACCESS.get(act, ACCESS.get(folder))
    if found is None:
        raise Unclassified(act)
    return found


def check(role: Role, act: str, *, main: bool = True) -> None:
    """Let somebody do something in the main workspace, or in another one, or say why not.

    Raises:
        NotAllowed: they are not allowed to, in a sentence for them.
    """
    wanted = needed(act)
    if act in MAIN_ONLY and not main:
        raise OnlyInMain
    if isinstance(wanted, Role) and role < wanted:
        raise NotAllowed(_SAID[wanted])
