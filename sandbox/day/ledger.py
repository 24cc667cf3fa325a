"""Counts what the app asks of Slack, by the conversation it is about, as it passes through the stand-in's log."""

import json

from sandbox.day.report import SlackCalls
from sandbox.slack.traffic import Traffic
from sandbox.wire import Record

_SHEET = "threadpilot_sheet"
_SHEETS = {"root": "card", "escalation": "escalation"}
_DONE = {"chat.postMessage": "posted", "chat.update": "changed"}


class Ledger:
    def __init__(self, traffic: Traffic) -> None:
        self._traffic = traffic
        self._after = max((entry["seq"] for entry in traffic.entries()), default=0)
        self._places: dict[tuple[str, str], str] = {}
        self.calls = SlackCalls()

    def look(self) -> None:
        """Count what has passed since the last look."""
        for entry in self._traffic.entries(self._after):
            self._after = entry["seq"]
            if entry["kind"] == "request":
                self._count(entry)

    def _count(self, entry: Record) -> None:
        self.calls.by_method[entry["method"]] += 1
        self.calls.limited += entry["status"] == 429
        if entry["method"].startswith("views."):
            self.calls.windows[_written_to(entry["args"].get("view"))] += 1
        else:
            conversation = self._conversation(entry)
            self.calls.by_conversation[conversation] += 1
            self.calls.kinds[conversation, _kind(entry)] += 1

    def _conversation(self, entry: Record) -> str:
        """Return which conversation a call is about: by its metadata, or by the message it changes or answers."""
        args, answer = entry["args"], entry["answer"]
        channel = str(args.get("channel") or args.get("channel_id") or "")
        known = _named(args.get("metadata"))
        place = str(args.get("thread_ts") or args.get("ts") or "")
        conversation = known or self._places.get((channel, place), "")
        if conversation and answer.get("ts"):
            self._places[channel, str(answer["ts"])] = conversation
        return conversation


def _written_to(view: object) -> str:
    """Return the conversation that a window is about: its private words begin with it."""
    if isinstance(view, str):
        view = json.loads(view)
    return str(view.get("private_metadata") or "").split(".")[0] if isinstance(view, dict) else ""


def _kind(entry: Record) -> str:
    """Return what a call does to a conversation: to its card, its post for escalations, or its thread."""
    method = entry["method"]
    if method not in _DONE:
        return "file" if method.startswith("files.") else "other"
    sheet = str(_payload(entry["args"].get("metadata")).get("sheet"))
    return f"{_SHEETS.get(sheet, 'thread')} {_DONE[method]}"


def _named(metadata: object) -> str:
    return str(_payload(metadata).get("conversation", ""))


def _payload(metadata: object) -> Record:
    """Return which sheet of which conversation a message is, as its metadata say."""
    if isinstance(metadata, str):
        metadata = json.loads(metadata)
    if not isinstance(metadata, dict) or metadata.get("event_type") != _SHEET:
        return {}
    payload: Record = metadata["event_payload"]
    return payload
