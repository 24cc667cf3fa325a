"""The events an app hears of: what people and the app itself do in the Slack channels it is in."""

from sandbox.slack.delivery import Delivery
from sandbox.slack.directory import APP, BOT, BOT_USER, Channel
from sandbox.slack.views import shown
from sandbox.slack.workspace import Workspace
from sandbox.wire import Record


class Happenings:
    def __init__(self, workspace: Workspace, delivery: Delivery, heard: frozenset[str]) -> None:
        """Announce only the events `heard`, by the names under which a manifest subscribes to them."""
        self._workspace, self._delivery, self._heard = workspace, delivery, heard

    def posted(self, channel: Channel, message: Record) -> None:
        visible = {name: value for name, value in message.items() if name != "metadata"}
        event = {**visible, **_place(channel), "event_ts": message["ts"]}
        self._tell(channel, event)
        if "metadata" in message:
            self.metadata_posted(channel, message)
        if f"<@{BOT_USER}>" in message["text"] and message["user"] != BOT_USER:
            mention = {**event, "type": "app_mention"}
            del mention["channel_type"]
            self._tell(channel, mention)

    def metadata_posted(self, channel: Channel, message: Record) -> None:
        """Tell of a message's metadata, which no event of a message carries."""
        event = {
            "type": "message_metadata_posted",
            "app_id": APP,
            "bot_id": BOT,
            "user_id": message["user"],
            "team_id": self._workspace.team.id,
            "channel_id": channel.id,
            "metadata": message["metadata"],
            "message_ts": message["ts"],
            "event_ts": self._workspace.next_ts(),
        }
        self._tell(channel, event)

    def archived(self, channel: Channel, user: str) -> None:
        kind = "channel_archive" if channel.is_archived else "channel_unarchive"
        stamp = self._workspace.next_ts()
        event = {"type": kind, "channel": channel.id, "user": user, "is_moved": 0, "event_ts": stamp}
        self._tell(channel, event)

    def changed(self, channel: Channel, message: Record, previous: Record) -> None:
        stamp = self._workspace.next_ts()
        event = {
            "type": "message",
            "subtype": "message_changed",
            "hidden": True,
            "message": self._workspace.seen(channel.id, message),
            "previous_message": {name: value for name, value in previous.items() if name != "metadata"},
            "ts": stamp,
            "event_ts": stamp,
        }
        self._tell(channel, event | _place(channel))

    def deleted(self, channel: Channel, previous: Record) -> None:
        stamp = self._workspace.next_ts()
        event = {
            "type": "message",
            "subtype": "message_deleted",
            "hidden": True,
            "deleted_ts": previous["ts"],
            "previous_message": previous,
            "ts": stamp,
            "event_ts": stamp,
        }
        self._tell(channel, event | _place(channel))

    def reacted(self, channel: Channel, message: Record, user: str, name: str, *, added: bool) -> None:
        event = {
            "type": "reaction_added" if added else "reaction_removed",
            "user": user,
            "reaction": name,
            "item": {"type": "message", "channel": channel.id, "ts": message["ts"]},
            "item_user": message["user"],
            "event_ts": self._workspace.next_ts(),
        }
        self._tell(channel, event)

    def home_opened(self, user: str, view: Record | None) -> None:
        channel = self._workspace.open_im(user)
        event = {
            "type": "app_home_opened",
            "user": user,
            "channel": channel.id,
            "tab": "home",
            "event_ts": self._workspace.next_ts(),
        }
        self._tell(channel, event | ({"view": shown(view)} if view else {}))

    def _tell(self, channel: Channel, event: Record) -> None:
        kind = event["type"]
        name = f"{kind}.{'im' if channel.is_im else 'channels'}" if kind == "message" else kind
        if BOT_USER in channel.members and name in self._heard:
            self._delivery.announce(event, self._workspace.team.id)


def _place(channel: Channel) -> Record:
    return {"channel": channel.id, "channel_type": "im" if channel.is_im else "channel"}
