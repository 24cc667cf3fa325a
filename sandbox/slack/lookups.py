"""The reading methods: conversations.*, users.*, usergroups.*, auth.test and who else is here."""

import re

from sandbox.slack import directory
from sandbox.slack.directory import BOT, BOT_USER
from sandbox.slack.errors import SlackError
from sandbox.slack.method import Call
from sandbox.slack.workspace import Workspace, between
from sandbox.wire import Record

_STAMP = re.compile(r"\d+(\.\d+)?\Z")


class Lookups:
    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def auth_test(self, _call: Call) -> Record:
        return {
            "ok": True,
            "url": f"https://{self._workspace.team.domain}.slack.example/",
            "team": self._workspace.team.name,
            "user": directory.APP_NAME,
            "team_id": self._workspace.team.id,
            "user_id": BOT_USER,
            "bot_id": BOT,
            "app_id": directory.APP,
            "app_name": directory.APP_NAME,
            "is_enterprise_install": False,
        }

    def team_info(self, _call: Call) -> Record:
        team = {
            "id": self._workspace.team.id,
            "name": self._workspace.team.name,
            "domain": self._workspace.team.domain,
            "email_domain": "",
            "icon": {},
        }
        return {"ok": True, "team": team}

    def bots_info(self, call: Call) -> Record:
        if call.maybe("bot") not in ("", BOT):
            raise SlackError("bot_not_found")
        bot = {"id": BOT, "deleted": False, "name": directory.APP_NAME, "updated": 1760000000}
        return {"ok": True, "bot": bot | {"app_id": directory.APP, "user_id": BOT_USER, "icons": {}}}

    def list_channels(self, call: Call) -> Record:
        kinds = set((call.maybe("types") or "public_channel").split(","))
        if kinds - {"public_channel", "private_channel", "mpim", "im"}:
            raise SlackError("invalid_types")
        wanted = {"im"} & kinds, {"public_channel"} & kinds
        left_out = call.flag("exclude_archived")
        found = [
            one.public()
            for one in self._workspace.channels.values()
            if wanted[0 if one.is_im else 1] and not (left_out and one.is_archived)
        ]
        page, following = call.page(found, "id")
        return {"ok": True, "channels": page, "response_metadata": following}

    def channels_of(self, call: Call) -> Record:
        """List the Slack channels that somebody is in, the app itself if nobody is named."""
        user = self._workspace.user(call.maybe("user") or BOT_USER)["id"]
        kinds = set((call.maybe("types") or "public_channel").split(","))
        here = [one for one in self._workspace.channels.values() if user in one.members]
        found = [one.public() for one in here if ("im" if one.is_im else "public_channel") in kinds]
        page, following = call.page(found, "id")
        return {"ok": True, "channels": page, "response_metadata": following}

    def presence(self, call: Call) -> Record:
        person = self._workspace.user(call.text("user"))
        return {"ok": True, "presence": "away" if person["deleted"] else "active"}

    def channel_info(self, call: Call) -> Record:
        return {"ok": True, "channel": self._workspace.channel(call.text("channel")).public()}

    def open_channel(self, call: Call) -> Record:
        users = call.maybe("users").split(",")
        if len(users) != 1 or not users[0]:
            raise SlackError("users_list_not_supplied" if not users[0] else "not_enough_users")
        person = self._workspace.user(users[0])
        if person["deleted"]:
            raise SlackError("user_disabled")
        channel = self._workspace.open_im(person["id"])
        return {"ok": True, "channel": channel.public() if call.flag("return_im") else {"id": channel.id}}

    def join_channel(self, call: Call) -> Record:
        channel = self._workspace.channel(call.text("channel"))
        if channel.is_im:
            raise SlackError("method_not_supported_for_channel_type")
        if channel.is_archived:
            raise SlackError("is_archived")
        channel.members.add(BOT_USER)
        return {"ok": True, "channel": channel.public()}

    def members(self, call: Call) -> Record:
        channel = self._workspace.channel(call.text("channel"))
        page, following = call.page([{"id": user} for user in sorted(channel.members)], "id")
        return {"ok": True, "members": [member["id"] for member in page], "response_metadata": following}

    def history(self, call: Call) -> Record:
        channel = self._workspace.channel(call.text("channel"))
        if BOT_USER not in channel.members:
            raise SlackError("not_in_channel")
        messages = self._span(call, self._workspace.history(channel.id))[::-1]
        return self._messages(call, channel.id, messages) | {"pin_count": 0}

    def replies(self, call: Call) -> Record:
        channel = self._workspace.channel(call.text("channel"))
        if BOT_USER not in channel.members:
            raise SlackError("not_in_channel")
        try:
            thread = self._workspace.thread(channel.id, call.text("ts"))
        except SlackError:
            raise SlackError("thread_not_found") from None
        # The root comes with every page of replies, whatever the span asked for.
        return self._messages(call, channel.id, thread[:1] + self._span(call, thread[1:]))

    def list_users(self, call: Call) -> Record:
        page, following = call.page(list(self._workspace.users.values()), "id")
        return {
            "ok": True,
            "members": [_visible(user, call) for user in page],
            "response_metadata": following,
        }

    def user_info(self, call: Call) -> Record:
        return {"ok": True, "user": _visible(self._workspace.user(call.text("user")), call)}

    def by_email(self, call: Call) -> Record:
        email = call.text("email").lower()
        for user in self._workspace.users.values():
            if user["profile"].get("email") == email and not user["deleted"]:
                return {"ok": True, "user": user}
        raise SlackError("users_not_found")

    def groups(self, call: Call) -> Record:
        hidden = () if call.flag("include_users") else ("users",)
        found = [
            {k: v for k, v in group.items() if k not in hidden} for group in self._workspace.groups.values()
        ]
        return {"ok": True, "usergroups": found}

    def group_users(self, call: Call) -> Record:
        group = self._workspace.groups.get(call.text("usergroup"))
        if group is None:
            raise SlackError("no_such_subteam")
        return {"ok": True, "users": group["users"]}

    def _span(self, call: Call, messages: list[Record]) -> list[Record]:
        oldest, latest = call.maybe("oldest"), call.maybe("latest")
        for name, stamp in (("oldest", oldest), ("latest", latest)):
            if stamp and not _STAMP.match(stamp):
                raise SlackError(f"invalid_ts_{name}")
        return between(messages, oldest, latest, inclusive=call.flag("inclusive"))

    def _messages(self, call: Call, channel: str, messages: list[Record]) -> Record:
        page, following = call.page(messages, "ts")
        full = call.flag("include_all_metadata")
        shown = [self._workspace.seen(channel, message, with_metadata=full) for message in page]
        more = bool(following["next_cursor"])
        answer = {"ok": True, "messages": shown, "has_more": more}
        return answer | ({"response_metadata": following} if more else {})


def _visible(user: Record, call: Call) -> Record:
    """Return a user as this token may see it: e-mail addresses need their own scope."""
    if "users:read.email" in call.grant.scopes:
        return user
    return {**user, "profile": {name: value for name, value in user["profile"].items() if name != "email"}}
