"""chat.* and reactions.*: what an app may say, change and take back."""

import re

from sandbox.slack import directory
from sandbox.slack.directory import APP, BOT, BOT_USER, Channel
from sandbox.slack.errors import SlackError
from sandbox.slack.happenings import Happenings
from sandbox.slack.method import Call
from sandbox.slack.payloads import bot_profile
from sandbox.slack.rates import RateLimits
from sandbox.slack.validate import message_content, metadata
from sandbox.slack.workspace import Workspace, completed
from sandbox.wire import Record

_TS = re.compile(r"\d{10}\.\d{6}\Z")
_EMOJI = re.compile(r"[a-z0-9_+'-]+(::skin-tone-[2-6])?\Z")
# What chat.update tells of the message it has changed: less than chat.postMessage does.
_UPDATED = "bot_id type text user team bot_profile edited app_id blocks".split()
_TOMBSTONE = {
    "subtype": "tombstone",
    "text": "This message was deleted.",
    "user": "USLACKBOT",
    "hidden": True,
}


class Chat:
    def __init__(self, workspace: Workspace, happenings: Happenings, rates: RateLimits) -> None:
        self._workspace, self._happenings, self._rates = workspace, happenings, rates

    def post_message(self, call: Call) -> Record:
        channel = self._postable(call)
        self._spend_post(channel)
        message = self._by_app(call, channel)
        if (known := metadata(call.args)) is not None:
            message["metadata"] = known
        posted = self.publish(channel, message)
        return {"ok": True, "channel": channel.id, "ts": posted["ts"], "message": dict(posted)}

    def me_message(self, call: Call) -> Record:
        channel = self._postable(call)
        self._spend_post(channel)
        content: Record = {"text": call.text("text"), "blocks": [], "attachments": []}
        posted = self.publish(channel, {**said_by_app(content), "subtype": "me_message"})
        return {"ok": True, "channel": channel.id, "ts": posted["ts"]}

    def set_status(self, call: Call) -> Record:
        """Say in a thread what the app is just doing."""
        channel = self._workspace.channel(call.text("channel_id"))
        thread = self._workspace.find(channel.id, call.text("thread_ts"))
        self._workspace.set_status(channel.id, thread["ts"], call.maybe("status"))
        return {"ok": True}

    def check(self, call: Call) -> tuple[Channel, Record]:
        """Judge a message as chat.postMessage does, and return it without posting it."""
        channel = self._postable(call)
        return channel, self._by_app(call, channel)

    def spend(self, channel: Channel) -> None:
        """Count one post against what a Slack channel takes."""
        self._spend_post(channel)

    def publish(self, channel: Channel, message: Record) -> Record:
        """Put a message into a Slack channel and tell the app of it, as Slack does of the app's own posts too."""
        posted = self._workspace.post(channel.id, message)
        self._happenings.posted(channel, posted)
        return posted

    def post_ephemeral(self, call: Call) -> Record:
        channel = self._postable(call)
        user = call.text("user")
        if user not in channel.members or self._workspace.user(user)["deleted"]:
            raise SlackError("user_not_in_channel")
        message = self._by_app(call, channel)
        whisper = self._workspace.whisper(channel.id, user, {**message, "from": BOT_USER})
        return {"ok": True, "message_ts": whisper["ts"]}

    def update(self, call: Call) -> Record:
        channel = self._workspace.channel(call.text("channel"))
        message = self._workspace.find(channel.id, call.text("ts"))
        if channel.is_archived:
            raise SlackError("is_inactive")
        if message.get("bot_id") != BOT:
            raise SlackError("cant_update_message")
        known = metadata(call.args)
        self.rewrite(channel, message, message_content(call.args), known, says_text="text" in call.args)
        return {
            "ok": True,
            "channel": channel.id,
            "ts": message["ts"],
            "text": message["text"],
            "message": {name: message[name] for name in _UPDATED if name in message},
        }

    def rewrite(
        self,
        channel: Channel,
        message: Record,
        content: Record,
        known: Record | None = None,
        *,
        says_text: bool = True,
    ) -> None:
        """Change a message of the app: text alone takes the blocks away, and only then shows "edited"."""
        before = dict(message)
        self._workspace.redraw(channel.id, message, completed(content["blocks"]))
        message["attachments"] = content["attachments"]
        if says_text:
            message["text"] = content["text"]
        if known is not None:
            message["metadata"] = known
        if not content["blocks"]:
            message["edited"] = {"user": BOT_USER, "ts": self._workspace.next_ts()}
        self._workspace.change(channel.id, message)
        self._happenings.changed(channel, message, before)

    def delete(self, call: Call) -> Record:
        channel = self._workspace.channel(call.text("channel"))
        message = self._workspace.find(channel.id, call.text("ts"))
        if message.get("bot_id") != BOT:
            raise SlackError("cant_delete_message")
        self.take_back(channel, message)
        return {"ok": True, "channel": channel.id, "ts": message["ts"]}

    def take_back(self, channel: Channel, message: Record) -> None:
        """Remove a message; the root of a thread leaves a tombstone behind."""
        before = dict(message)
        if len(self._workspace.thread(channel.id, message["ts"])) > 1 and "thread_ts" not in message:
            for name in ("blocks", "attachments", "metadata", "bot_id", "app_id", "bot_profile"):
                message.pop(name, None)
            message.update(_TOMBSTONE)
            self._workspace.change(channel.id, message)
        else:
            self._workspace.remove(channel.id, message["ts"])
        self._happenings.deleted(channel, before)

    def get_permalink(self, call: Call) -> Record:
        channel = self._workspace.channel(call.text("channel"))
        message = self._workspace.find(channel.id, call.text("message_ts"))
        stamp = message["ts"].replace(".", "")
        link = f"https://{self._workspace.team.domain}.slack.example/archives/{channel.id}/p{stamp}"
        if "thread_ts" in message:
            link += f"?thread_ts={message['thread_ts']}&cid={channel.id}"
        return {"ok": True, "channel": channel.id, "permalink": link}

    def add_reaction(self, call: Call) -> Record:
        channel, message, name = self._reaction(call)
        self.react(channel, message, BOT_USER, name)
        return {"ok": True}

    def remove_reaction(self, call: Call) -> Record:
        channel, message, name = self._reaction(call)
        found = next((one for one in message.get("reactions", []) if one["name"] == name), None)
        if found is None or BOT_USER not in found["users"]:
            raise SlackError("no_reaction")
        found["users"].remove(BOT_USER)
        found["count"] -= 1
        message["reactions"] = [one for one in message["reactions"] if one["count"]]
        self._workspace.change(channel.id, message)
        self._happenings.reacted(channel, message, BOT_USER, name, added=False)
        return {"ok": True}

    def react(self, channel: Channel, message: Record, user: str, name: str) -> None:
        if not _EMOJI.match(name):
            raise SlackError("invalid_name")
        reactions = message.setdefault("reactions", [])
        found = next((one for one in reactions if one["name"] == name), None)
        if found is None:
            found = {"name": name, "users": [], "count": 0}
            reactions.append(found)
        if user in found["users"]:
            raise SlackError("already_reacted")
        found["users"].append(user)
        found["count"] += 1
        self._workspace.change(channel.id, message)
        self._happenings.reacted(channel, message, user, name, added=True)

    def _reaction(self, call: Call) -> tuple[Channel, Record, str]:
        channel = self._workspace.channel(call.text("channel"))
        if channel.is_archived:
            raise SlackError("is_archived")
        name = call.text("name").strip(":")
        return channel, self._workspace.find(channel.id, call.text("timestamp")), name

    def _postable(self, call: Call) -> Channel:
        channel = self._workspace.channel(call.text("channel"))
        if channel.is_archived:
            raise SlackError("is_archived")
        if BOT_USER not in channel.members:
            raise SlackError("not_in_channel")
        return channel

    def _spend_post(self, channel: Channel) -> None:
        wait = self._rates.of_post(channel.id)
        if wait:
            raise SlackError("ratelimited", status=429, retry_after=wait)

    def _by_app(self, call: Call, channel: Channel) -> Record:
        """Build a message in the app's name from the arguments of a call."""
        content = message_content(call.args)
        message = said_by_app(content)
        if thread_ts := call.maybe("thread_ts"):
            message |= self._reply(call, channel, thread_ts)
        if any(call.args.get(name) for name in ("username", "icon_emoji", "icon_url")):
            if "chat:write.customize" not in call.grant.scopes:
                raise missing_scope(("chat:write.customize",), call.grant)
            message |= {"subtype": "bot_message", "username": call.maybe("username")}
        return message

    def _reply(self, call: Call, channel: Channel, thread_ts: str) -> Record:
        if not _TS.match(thread_ts):
            raise SlackError("invalid_thread_ts")
        try:
            root = self._workspace.find(channel.id, thread_ts)
        except SlackError:
            raise SlackError("thread_not_found") from None
        reply = {"thread_ts": thread_ts, "parent_user_id": root["user"]}
        return reply | ({"subtype": "thread_broadcast"} if call.flag("reply_broadcast") else {})


def said_by_app(content: Record) -> Record:
    """Return a message of the app with this text, these blocks and attachments."""
    return {
        "user": BOT_USER,
        "bot_id": BOT,
        "app_id": APP,
        "bot_profile": bot_profile(),
        "text": content["text"],
        "blocks": completed(content["blocks"]),
        "attachments": content["attachments"],
    }


def missing_scope(needed: tuple[str, ...], grant: directory.Grant) -> SlackError:
    return SlackError("missing_scope", needed=",".join(needed), provided=",".join(sorted(grant.scopes)))
