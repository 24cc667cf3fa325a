"""The payloads Slack sends: events, block actions, view submissions and slash commands, as plain JSON."""

import secrets

from sandbox.slack import directory
from sandbox.slack.directory import APP, BOT_USER, TEAM, VERIFICATION_TOKEN
from sandbox.slack.views import shown
from sandbox.wire import Record


def event_callback(event: Record, now: float, team: str) -> Record:
    authorization = {
        "enterprise_id": None,
        "team_id": team,
        "user_id": BOT_USER,
        "is_bot": True,
        "is_enterprise_install": False,
    }
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": team,
        "context_team_id": team,
        "context_enterprise_id": None,
        "api_app_id": APP,
        "event": event,
        "type": "event_callback",
        "event_id": f"Ev0{secrets.token_hex(5).upper()}",
        "event_time": int(now),
        "authorizations": [authorization],
        "is_ext_shared_channel": False,
        "event_context": f"4-{secrets.token_hex(16)}",
    }


def _interaction(kind: str, user: Record) -> Record:
    team = directory.TEAMS[user["team_id"]]
    return {
        "type": kind,
        "user": {"id": user["id"], "username": user["name"], "name": user["name"], "team_id": team.id},
        "api_app_id": APP,
        "token": VERIFICATION_TOKEN,
        "team": {"id": team.id, "domain": team.domain},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def action_on_message(
    user: Record, channel: directory.Channel, message: Record, *, ephemeral: bool
) -> Record:
    """Return the frame of a block action on a message; of an ephemeral one Slack does not send the content."""
    place = {
        "type": "message",
        "message_ts": message["ts"],
        "channel_id": channel.id,
        "is_ephemeral": ephemeral,
    }
    if "thread_ts" in message:
        place["thread_ts"] = message["thread_ts"]
    frame = {"container": place, "channel": {"id": channel.id, "name": channel.name or "directmessage"}}
    return _interaction("block_actions", user) | frame | ({} if ephemeral else {"message": message})


def action_on_view(user: Record, view: Record) -> Record:
    place = {"type": "view", "view_id": view["id"]}
    return _interaction("block_actions", user) | {"container": place, "view": shown(view)}


def suggestion(user: Record, place: Record, element: Record, typed: str) -> Record:
    """Return the question what a select with options from outside offers; `place` says where it stands."""
    asked = {name: element[name] for name in ("action_id", "block_id")} | {"value": typed}
    return _interaction("block_suggestion", user) | place | asked


def on_message(channel: directory.Channel, message: Record) -> Record:
    """Return the place of a select on a message."""
    frame = {"type": "message", "message_ts": message["ts"], "channel_id": channel.id, "is_ephemeral": False}
    return {
        "container": frame,
        "channel": {"id": channel.id, "name": channel.name or "directmessage"},
        "message": message,
    }


def on_view(view: Record) -> Record:
    """Return the place of a select in a window."""
    return {"container": {"type": "view", "view_id": view["id"]}, "view": shown(view)}


def global_shortcut(user: Record, callback_id: str, trigger_id: str, at: float) -> Record:
    """Return what comes of the lightning menu: it knows of no place."""
    payload = _interaction("shortcut", user)
    del payload["api_app_id"]
    payload["user"].pop("name")
    return payload | {"callback_id": callback_id, "trigger_id": trigger_id, "action_ts": f"{at:.6f}"}


def message_shortcut(
    user: Record,
    channel: directory.Channel,
    message: Record,
    callback_id: str,
    trigger_id: str,
    response_url: str,
    at: float,
) -> Record:
    payload = _interaction("message_action", user)
    del payload["api_app_id"]
    payload["user"] = {name: payload["user"][name] for name in ("id", "name", "team_id")}
    return payload | {
        "callback_id": callback_id,
        "trigger_id": trigger_id,
        "response_url": response_url,
        "channel": {"id": channel.id, "name": channel.name or "directmessage"},
        "message_ts": message["ts"],
        "message": message,
        "action_ts": f"{at:.6f}",
    }


def view_submission(user: Record, view: Record, trigger_id: str) -> Record:
    return _interaction("view_submission", user) | {
        "trigger_id": trigger_id,
        "view": shown(view),
        "response_urls": [],
    }


def view_closed(user: Record, view: Record, *, is_cleared: bool) -> Record:
    return _interaction("view_closed", user) | {"view": shown(view), "is_cleared": is_cleared}


def slash_command(
    user: Record, channel: directory.Channel, command: str, text: str, trigger_id: str, response_url: str
) -> Record:
    team = directory.TEAMS[user["team_id"]]
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": team.id,
        "team_domain": team.domain,
        "channel_id": channel.id,
        "channel_name": channel.name or "directmessage",
        "user_id": user["id"],
        "user_name": user["name"],
        "command": command,
        "text": text,
        "api_app_id": APP,
        "is_enterprise_install": "false",
        "response_url": response_url,
        "trigger_id": trigger_id,
    }


def bot_profile() -> Record:
    return {
        "id": directory.BOT,
        "app_id": APP,
        "user_id": BOT_USER,
        "name": directory.APP_NAME,
        "icons": {},
        "deleted": False,
        "updated": 1760000000,
        "team_id": TEAM,
    }
