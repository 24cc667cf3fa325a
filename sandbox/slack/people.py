"""What people do in Slack: write, edit, delete, react, press, command, fill in and close.

Each deed changes the workspace, tells the app, and returns what the person then sees. A refusal of Slack's own
client comes back as a `SlackError`, with the word a test can check.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain

from sandbox.slack import inputs, payloads
from sandbox.slack.chat import Chat
from sandbox.slack.delivery import Delivery, Timing
from sandbox.slack.directory import Channel, Shortcut
from sandbox.slack.elements import SUGGESTIONS
from sandbox.slack.envelope import COMMAND, INTERACTIVE, NotDeliveredError
from sandbox.slack.errors import SlackError
from sandbox.slack.happenings import Happenings
from sandbox.slack.mentions import with_ids
from sandbox.slack.responses import Place, Responses
from sandbox.slack.schema import Problems
from sandbox.slack.traffic import Traffic
from sandbox.slack.triggers import Triggers
from sandbox.slack.validate import actors
from sandbox.slack.validate import view as checked
from sandbox.slack.views import Views
from sandbox.slack.workspace import Workspace
from sandbox.wire import Json, Record

# Slack encodes what people type, but for the references its own client has put in.
_REFERENCE = re.compile(r"(<[@#!][^<>]+>|<(?:https?|mailto):[^<>]+>)")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def encoded(text: str) -> str:
    parts = _REFERENCE.split(text)
    return "".join(
        part if index % 2 else re.sub("[&<>]", lambda m: _ENTITIES[m[0]], part)
        for index, part in enumerate(parts)
    )


@dataclass(frozen=True)
class Slack:
    """The parts of the stand-in that people's deeds touch."""

    workspace: Workspace
    views: Views
    triggers: Triggers
    delivery: Delivery
    happenings: Happenings
    chat: Chat
    responses: Responses
    traffic: Traffic
    timing: Timing
    shortcuts: tuple[Shortcut, ...] = ()


@dataclass(frozen=True)
class Asked:
    """Which select somebody types into: in a window, or on a message."""

    action_id: str
    view_id: str = ""
    channel: str = ""
    ts: str = ""


class People:
    def __init__(self, slack: Slack) -> None:
        self._slack = slack

    def write(self, channel_id: str, user: str, text: str, thread_ts: str | None = None) -> Record:
        channel, person = self._member(channel_id, user)
        if channel.is_archived:
            raise SlackError("is_archived")
        message: Record = {"user": person["id"], "text": encoded(text), "blocks": []}
        if thread_ts:
            message |= {"thread_ts": thread_ts}
        return self._slack.chat.publish(channel, message)

    def edit(self, channel_id: str, ts: str, user: str, text: str) -> None:
        channel, message = self._own(channel_id, ts, user)
        before = dict(message)
        message |= {"text": encoded(text), "edited": {"user": user, "ts": self._slack.workspace.next_ts()}}
        self._slack.workspace.change(channel.id, message)
        self._slack.happenings.changed(channel, message, before)

    def delete(self, channel_id: str, ts: str, user: str) -> None:
        self._slack.chat.take_back(*self._own(channel_id, ts, user))

    def react(self, channel_id: str, ts: str, user: str, name: str) -> None:
        channel, person = self._member(channel_id, user)
        self._slack.chat.react(
            channel, self._slack.workspace.find(channel.id, ts), person["id"], name.strip(":")
        )

    async def open_home(self, user: str) -> Record | None:
        person = self._acting(user)
        self._slack.happenings.home_opened(person["id"], self._slack.views.home(user))
        await self._slack.traffic.quiet(self._slack.timing.quiet, self._slack.timing.settle)
        return self._slack.views.home(user)

    async def press_on_message(
        self, channel_id: str, ts: str, action_id: str, user: str, value: Json, block_id: str | None = None
    ) -> Record:
        channel, person = self._member(channel_id, user)
        whisper = self._slack.workspace.whispered(ts)
        if whisper is not None and (whisper["user"] != user or whisper["channel"] != channel.id):
            raise SlackError("message_not_found")
        message = whisper or self._slack.workspace.find(channel.id, ts)
        drawn = self._slack.workspace.renderings(channel.id, message)
        element, action = _use(_within(chain.from_iterable(drawn), block_id), action_id, value, user)
        place = Place(channel, user, ts, message.get("thread_ts"))
        frame = payloads.action_on_message(
            person, channel, self._slack.workspace.seen(channel.id, message), ephemeral=whisper is not None
        )
        state = inputs.state_of(message["blocks"], _typed(element, action))
        extra = {"state": {"values": state}, "response_url": self._slack.responses.issue(place)}
        return await self._act(user, frame | extra, action)

    async def press_on_view(
        self, view_id: str, action_id: str, user: str, value: Json, values: Json, block_id: str | None = None
    ) -> Record:
        person, view = self._slack.workspace.user(user), self._view(view_id, user)
        element, action = _use(_within(view["blocks"], block_id), action_id, value, user)
        self._slack.views.type_in(view, _entries(view, values or {})[0])
        self._slack.views.type_in(view, _typed(element, action))
        seen = {**view, "state": {"values": inputs.state_of(view["blocks"], view["state"]["values"])}}
        return await self._act(user, payloads.action_on_view(person, seen), action)

    async def command(self, channel_id: str, user: str, command: str, text: str) -> Record:
        channel, person = self._member(channel_id, user)
        place = Place(channel, user)
        trigger, respond = self._slack.triggers.issue(user), self._slack.responses.issue(place)
        typed = with_ids(text, self._slack.workspace)
        payload = payloads.slash_command(person, channel, command, typed, trigger, respond)
        before = self._marks(user)
        answer = await self._ask(COMMAND, payload)
        if isinstance(answer, dict) and (answer.get("text") or answer.get("blocks")):
            self._slack.responses.answer(place, answer)
        return {"response": answer} | await self._effects(user, before)

    async def suggest(self, asked: Asked, user: str, typed: str) -> Record:
        """Type into a select whose options come from the app; return what the app offers."""
        if asked.view_id:
            view = self._view(asked.view_id, user)
            blocks, place = view["blocks"], payloads.on_view(view)
            person = self._slack.workspace.user(user)
        else:
            channel, person = self._member(asked.channel, user)
            message = self._slack.workspace.find(channel.id, asked.ts)
            seen = self._slack.workspace.seen(channel.id, message)
            blocks, place = message["blocks"], payloads.on_message(channel, seen)
        element = _external(blocks, asked.action_id, typed)
        answer = await self._ask(INTERACTIVE, payloads.suggestion(person, place, element, typed))
        problems = Problems()
        SUGGESTIONS(answer, "", problems)
        if problems:
            raise SlackError(
                "invalid_suggestions", message=f"The app offers what Slack refuses: {problems[0]}"
            )
        return {name: answer[name] for name in ("options", "option_groups") if answer.get(name) is not None}

    async def shortcut(self, user: str, callback_id: str, channel_id: str = "", ts: str = "") -> Record:
        """Choose an entry of the lightning menu or, with a message, of the message's menu."""
        kind = "message" if ts else "global"
        if not any((one.callback_id, one.type) == (callback_id, kind) for one in self._slack.shortcuts):
            raise SlackError("unknown_shortcut")
        now, before = self._slack.timing.now(), self._marks(user)
        if not ts:
            person, trigger = self._acting(user), self._slack.triggers.issue(user)
            payload = payloads.global_shortcut(person, callback_id, trigger, now)
        else:
            channel, person = self._member(channel_id, user)
            message = self._slack.workspace.find(channel.id, ts)
            respond = self._slack.responses.issue(Place(channel, user, ts, message.get("thread_ts")))
            seen = self._slack.workspace.seen(channel.id, message)
            trigger = self._slack.triggers.issue(user)
            payload = payloads.message_shortcut(person, channel, seen, callback_id, trigger, respond, now)
        await self._ask(INTERACTIVE, payload)
        return await self._effects(user, before)

    async def submit(self, view_id: str, user: str, values: Json) -> Record:
        person, view = self._slack.workspace.user(user), self._view(view_id, user)
        typed, errors = _entries(view, values)
        self._slack.views.type_in(view, typed)
        state = inputs.state_of(view["blocks"], view["state"]["values"])
        errors = _missing(view, state) | errors
        if errors:
            raise SlackError("invalid_input", errors=errors, message=" ".join(errors.values()))
        seen = {**view, "state": {"values": state}}
        before = self._marks(user)
        answer = await self._ask(
            INTERACTIVE, payloads.view_submission(person, seen, self._slack.triggers.issue(user))
        )
        action, complaints = self._obey(view, answer)
        return {"response_action": action, "errors": complaints} | await self._effects(user, before)

    async def close(self, view_id: str, user: str) -> None:
        """Close a modal; with `clear_on_close` the whole stack goes."""
        person, view = self._slack.workspace.user(user), self._view(view_id, user)
        going = self._slack.views.stack(user) if view["clear_on_close"] else [view]
        for one in reversed(going):
            self._slack.views.close(one)
            if one["notify_on_close"]:
                await self._ask(INTERACTIVE, payloads.view_closed(person, one, is_cleared=len(going) > 1))

    def _obey(self, view: Record, answer: Json) -> tuple[str | None, Record | None]:
        """Do with the modal what the app's answer to a submission says; an answer of nothing closes it."""
        if answer is None or answer == {}:
            self._slack.views.close(view)
            return None, None
        action = answer.get("response_action") if isinstance(answer, dict) else None
        if action == "errors":
            return action, _known_errors(view, answer.get("errors"))
        if action == "clear":
            self._slack.views.close_all(view["user"])
        elif action == "update":
            self._slack.views.update(view, checked(answer.get("view"), "modal"))
        elif action == "push":
            self._slack.views.push(view["user"], checked(answer.get("view"), "modal"))
        else:
            raise SlackError("invalid_response_action")
        return action, None

    async def _act(self, user: str, frame: Record, action: Record) -> Record:
        now = f"{self._slack.timing.now():.6f}"
        payload = frame | {
            "trigger_id": self._slack.triggers.issue(user),
            "actions": [action | {"action_ts": now}],
        }
        before = self._marks(user)
        await self._ask(INTERACTIVE, payload)
        return await self._effects(user, before)

    async def _ask(self, kind: str, payload: Record) -> Json:
        try:
            return await self._slack.delivery.ask(kind, payload)
        except NotDeliveredError as miss:
            timed_out = miss.reason in ("timeout", "http_timeout")
            raise SlackError("operation_timeout" if timed_out else "dispatch_failed") from None

    def _marks(self, user: str) -> tuple[set[str], dict[str, str]]:
        """Remember what a user sees, to tell afterwards what is new."""
        whispers = {one["ts"] for one in self._slack.workspace.ephemerals}
        return whispers, {view["id"]: view["hash"] for view in self._slack.views.stack(user)}

    async def _effects(self, user: str, before: tuple[set[str], dict[str, str]]) -> Record:
        """Wait until the app has finished, and return what has newly appeared before this user."""
        await self._slack.traffic.quiet(self._slack.timing.quiet, self._slack.timing.settle)
        whispers, hashes = before
        stack = self._slack.views.stack(user)
        fresh = stack and hashes.get(stack[-1]["id"]) != stack[-1]["hash"]
        new = [
            one
            for one in self._slack.workspace.ephemerals
            if one["user"] == user and one["ts"] not in whispers
        ]
        return {"view": stack[-1] if fresh else None, "ephemeral": new}

    def _acting(self, user: str) -> Record:
        """Return somebody who may do something: whoever was deactivated is logged out."""
        person = self._slack.workspace.user(user)
        if person["deleted"]:
            raise SlackError("account_inactive")
        return person

    def _member(self, channel_id: str, user: str) -> tuple[Channel, Record]:
        person = self._acting(user)
        channel = self._slack.workspace.channel(channel_id)
        if person["id"] not in channel.members:
            raise SlackError("user_not_in_channel")
        return channel, person

    def _own(self, channel_id: str, ts: str, user: str) -> tuple[Channel, Record]:
        channel, person = self._member(channel_id, user)
        message = self._slack.workspace.find(channel.id, ts)
        if message["user"] != person["id"]:
            raise SlackError("cant_change_message")
        return channel, message

    def _view(self, view_id: str, user: str) -> Record:
        self._acting(user)
        view = self._slack.views.get(view_id)
        if view["user"] != user:
            raise SlackError("not_found")
        return view


def _within(blocks: Iterable[Record], block_id: str | None) -> Iterable[Record]:
    """Return the block of this name, as several may have the same action_id; else all: what stands inside others."""
    known = list(blocks)
    return [block for block in known if block["block_id"] == block_id] or known


def _use(blocks: Iterable[Record], action_id: str, value: Json, user: str) -> tuple[Record, Record]:
    """Find an element by its action_id and use it; return it and what the payload says of it."""
    for block in blocks:
        for element in actors(block):
            if element["action_id"] == action_id and user in element.get("visible_to_user_ids", [user]):
                try:
                    return {**element, "block_id": block["block_id"]}, inputs.pressed(element, value) | {
                        "block_id": block["block_id"]
                    }
                except inputs.EntryError as refusal:
                    raise SlackError("invalid_value", message=str(refusal)) from None
    raise SlackError("no_such_action")


def _external(blocks: Iterable[Record], action_id: str, typed: str) -> Record:
    """Find a select with options from outside that asks for them after so many letters."""
    for block in blocks:
        for element in actors(block):
            if element["action_id"] == action_id and element["type"].endswith("external_select"):
                if len(typed) < element.get("min_query_length", 3):
                    raise SlackError("query_too_short")
                return {**element, "block_id": block["block_id"]}
    raise SlackError("no_such_action")


def _typed(element: Record, action: Record) -> Record:
    """Return an action's value as state, if its element keeps one."""
    kind = inputs.KINDS.get(element["type"])
    if kind is None:
        return {}
    return {
        element["block_id"]: {element["action_id"]: {"type": element["type"], kind.key: action[kind.key]}}
    }


def _entries(view: Record, values: Json) -> tuple[Record, Record]:
    """Read what a user has filled in; return it as state, and what their client objects to, by block."""
    typed: Record = {}
    errors: Record = {}
    known = {
        (block["block_id"], element["action_id"]): element for block, element in inputs.fields(view["blocks"])
    }
    for block_id, actions in values.items():
        if not isinstance(actions, dict):
            raise SlackError("invalid_value", message=f"The values of block {block_id!r} must be an object.")
        for action_id, value in actions.items():
            if (block_id, action_id) not in known:
                raise SlackError("no_such_action", message=f"There is no input {block_id}/{action_id}.")
            try:
                typed.setdefault(block_id, {})[action_id] = inputs.entered(known[block_id, action_id], value)
            except inputs.EntryError as refusal:
                errors[block_id] = str(refusal)
    return typed, errors


def _missing(view: Record, state: Record) -> Record:
    """Return the complaint about every required input that is empty, by block."""
    required = (block for block in view["blocks"] if block["type"] == "input" and not block.get("optional"))
    empty = (one for one in required if inputs.is_empty(state[one["block_id"]][one["element"]["action_id"]]))
    return {block["block_id"]: "Please complete this required field." for block in empty}


def _known_errors(view: Record, errors: Json) -> Record:
    """Return the app's complaints; Slack only shows those about input blocks that exist."""
    inputs_here = {block["block_id"] for block in view["blocks"] if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors or not inputs_here.issuperset(errors):
        raise SlackError("invalid_response_action")
    return errors
