"""The state of the stand-in's workspace: messages, ephemerals and reactions in its Slack channels.

Pure state with a journal beneath it: nothing here knows about HTTP, sockets or the rules of the Web API.
"""

import secrets
from bisect import bisect_left, bisect_right
from collections.abc import Callable

from sandbox.journal import Journal, Part
from sandbox.slack import directory
from sandbox.slack.directory import Channel
from sandbox.slack.elements import INTERACTIVE
from sandbox.slack.errors import SlackError
from sandbox.wire import Json, Record

EPHEMERALS_KEPT = 500
RENDERINGS_KEPT = 8


class Workspace:
    def __init__(
        self,
        journal: Journal | Part,
        clock: Callable[[], float],
        changed: Callable[[], None],
        world: directory.World,
    ) -> None:
        self._journal, self._clock, self._changed = journal, clock, changed
        self.team = world.team
        self.users, self.groups, self.channels = world.users, world.groups, world.channels
        self.messages: dict[str, dict[str, Record]] = {}
        self.ephemerals: list[Record] = []
        self._threads: dict[tuple[str, str], list[str]] = {}
        self._renderings: dict[tuple[str, str], list[list[Record]]] = {}
        self._last_ts = 0
        self.statuses: dict[tuple[str, str], str] = {}
        self._load()

    def _load(self) -> None:
        for _, user in self._journal.load("im"):
            self.open_im(user)
        for identity, told in self._journal.load("channel"):
            self.channels[identity].is_archived = told["archived"]
            self.channels[identity].members = set(told["members"])
        for identity, gone in self._journal.load("person"):
            self.users[identity]["deleted"] = gone
        for _, record in self._journal.load("message"):
            self._place(record["channel"], record["message"])
        self.ephemerals = [record for _, record in self._journal.load("ephemeral")]
        for record in self.ephemerals:
            self._last_ts = max(self._last_ts, _micros(record["ts"]))

    def next_ts(self) -> str:
        """Return a fresh timestamp: Slack's message ids only ever grow."""
        self._last_ts = max(self._last_ts + 1, int(self._clock() * 1_000_000))
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def channel(self, identity: object) -> Channel:
        """Return a Slack channel by its id; a user's id means the direct messages with them."""
        if isinstance(identity, str) and identity in self.users:
            return self.open_im(identity)
        found = self.channels.get(identity) if isinstance(identity, str) else None
        if found is None:
            raise SlackError("channel_not_found")
        return found

    def keep_channel(self, channel: Channel) -> None:
        """Keep who is in a Slack channel, and whether it is archived."""
        told = {"archived": channel.is_archived, "members": sorted(channel.members)}
        self._journal.put("channel", channel.id, told)
        self._changed()

    def deactivate(self, user: str, *, gone: bool) -> None:
        self.user(user)["deleted"] = gone
        self._journal.put("person", user, gone)
        self._changed()

    def set_status(self, channel: str, thread_ts: str, status: str) -> None:
        """Say in a thread what the app is doing; nothing takes it away, as its next message does."""
        self.statuses.pop((channel, thread_ts), None)
        if status:
            self.statuses[channel, thread_ts] = status
        self._changed()

    def open_im(self, user: str) -> Channel:
        identity = f"D{user[1:]}"
        if identity not in self.channels:
            self.channels[identity] = Channel(
                identity, "", {user, directory.BOT_USER}, is_im=True, team=self.team.id
            )
            self._journal.put("im", identity, user)
        return self.channels[identity]

    def user(self, identity: object) -> Record:
        found = self.users.get(identity) if isinstance(identity, str) else None
        if found is None:
            raise SlackError("user_not_found")
        return found

    def find(self, channel: str, ts: object) -> Record:
        found = self.messages.get(channel, {}).get(ts) if isinstance(ts, str) else None
        if found is None:
            raise SlackError("message_not_found")
        return found

    def post(self, channel: str, message: Record) -> Record:
        """Add a message; a reply to a reply joins the thread of the latter."""
        message = {"type": "message", "team": self.team.id, "ts": self.next_ts(), **message}
        if "bot_profile" in message:
            message["bot_profile"]["team_id"] = self.team.id
        if "thread_ts" in message:
            root = self.find(channel, message["thread_ts"])
            message["thread_ts"] = root.get("thread_ts", root["ts"])
            if message.get("user") == directory.BOT_USER:
                self.statuses.pop((channel, message["thread_ts"]), None)
        self._place(channel, message)
        self._save(channel, message)
        return message

    def change(self, channel: str, message: Record) -> None:
        """Keep a message as it is now."""
        self._save(channel, message)

    def redraw(self, channel: str, message: Record, blocks: list[Record]) -> None:
        """Give a message other blocks, and remember those that some clients still show."""
        earlier = self._renderings.setdefault((channel, message["ts"]), [])
        earlier.insert(0, message["blocks"])
        del earlier[RENDERINGS_KEPT:]
        message["blocks"] = blocks

    def renderings(self, channel: str, message: Record) -> list[list[Record]]:
        """Return a message's blocks as they are, then as they were: a slow client clicks on the latter."""
        return [message["blocks"], *self._renderings.get((channel, message["ts"]), ())]

    def remove(self, channel: str, ts: str) -> Record:
        removed = self.messages[channel].pop(ts)
        if "thread_ts" in removed:
            self._threads[channel, removed["thread_ts"]].remove(ts)
        self._journal.drop("message", f"{ts} {channel}")
        self._changed()
        return removed

    def whisper(self, channel: str, user: str, content: Record) -> Record:
        """Add a message that only one user sees."""
        ephemeral = {"ts": self.next_ts(), **content, "channel": channel, "user": user}
        self.ephemerals.append(ephemeral)
        self._journal.put("ephemeral", ephemeral["ts"], ephemeral)
        for old in self.ephemerals[:-EPHEMERALS_KEPT]:
            self._journal.drop("ephemeral", old["ts"])
        del self.ephemerals[:-EPHEMERALS_KEPT]
        self._changed()
        return ephemeral

    def unwhisper(self, ts: str) -> None:
        self.ephemerals = [ephemeral for ephemeral in self.ephemerals if ephemeral["ts"] != ts]
        self._journal.drop("ephemeral", ts)
        self._changed()

    def whispered(self, ts: str) -> Record | None:
        return next((ephemeral for ephemeral in self.ephemerals if ephemeral["ts"] == ts), None)

    def history(self, channel: str) -> list[Record]:
        """Return the messages of a Slack channel, oldest first, replies only if broadcast."""
        found = self.messages.get(channel, {}).values()
        return [
            message
            for message in found
            if "thread_ts" not in message or message.get("subtype") == "thread_broadcast"
        ]

    def thread(self, channel: str, ts: str) -> list[Record]:
        """Return a thread, root first."""
        root = self.find(channel, ts)
        root_ts = root.get("thread_ts", ts)
        here = self.messages[channel]
        roots = [here[root_ts]] if root_ts in here else []
        return roots + [here[reply] for reply in self._threads.get((channel, root_ts), ())]

    def seen(self, channel: str, message: Record, *, with_metadata: bool = False) -> Record:
        """Return a message as Slack shows it, with what it knows about the thread below."""
        shown = {name: value for name, value in message.items() if with_metadata or name != "metadata"}
        replies = self._threads.get((channel, message["ts"]))
        if replies:
            users = list(dict.fromkeys(self.messages[channel][reply]["user"] for reply in replies))
            shown |= {
                "thread_ts": message["ts"],
                "reply_count": len(replies),
                "reply_users_count": len(users),
                "reply_users": users,
                "latest_reply": replies[-1],
            }
        return shown

    def _place(self, channel: str, message: Record) -> None:
        self.messages.setdefault(channel, {})[message["ts"]] = message
        self._last_ts = max(self._last_ts, _micros(message["ts"]))
        if "thread_ts" in message:
            self._threads.setdefault((channel, message["thread_ts"]), []).append(message["ts"])

    def _save(self, channel: str, message: Record) -> None:
        self._journal.put("message", f"{message['ts']} {channel}", {"channel": channel, "message": message})
        self._changed()


def _micros(ts: str) -> int:
    return int(ts.replace(".", ""))


def completed(blocks: list[Record]) -> list[Record]:
    """Return blocks as Slack keeps them: each has a block_id and each of its actors an action_id."""
    return [
        {**_with_action_ids(block), "block_id": block.get("block_id") or _random_id()} for block in blocks
    ]


def _with_action_ids(part: Json) -> Json:
    if isinstance(part, list):
        return [_with_action_ids(inner) for inner in part]
    if not isinstance(part, dict):
        return part
    whole = {name: _with_action_ids(inner) for name, inner in part.items()}
    if part.get("type") in INTERACTIVE and not part.get("action_id"):
        whole["action_id"] = _random_id()
    return whole


def _random_id() -> str:
    return secrets.token_urlsafe(4)[:5]


def between(messages: list[Record], oldest: str, latest: str, *, inclusive: bool) -> list[Record]:
    """Cut an ascending list of messages to a span of timestamps."""
    stamps = [message["ts"] for message in messages]
    start = (bisect_left if inclusive else bisect_right)(stamps, oldest) if oldest else 0
    stop = (bisect_right if inclusive else bisect_left)(stamps, latest) if latest else len(stamps)
    return messages[start:stop]
