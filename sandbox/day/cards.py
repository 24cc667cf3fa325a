"""A card as an agent reads it: what it is about, what it offers, and what its draft rests on."""

import html
import json
from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.day.plan import Ticket
from sandbox.slack.validate import actors
from sandbox.wire import Record

_ALIKE = 32  # So many letters and digits of a question tell it from every other.
_QUALITY_CHECK = "quality check"


@dataclass(frozen=True)
class Card:
    channel: str
    message: Record

    @property
    def ts(self) -> str:
        return str(self.message["ts"])

    @property
    def place(self) -> tuple[str, str]:
        return self.channel, self.ts

    @property
    def conversation(self) -> str:
        known = self.message.get("metadata") or {}
        return str(known.get("event_payload", {}).get("conversation", ""))

    @property
    def actions(self) -> dict[str, Record]:
        return {one["action_id"]: one for one in actors(self._row()) if "action_id" in one}

    @property
    def state(self) -> str:
        """Return what changes whenever the card offers something else."""
        return json.dumps(self._row())

    @property
    def is_escalated(self) -> bool:
        return str(self.message.get("text", "")).startswith("Escalated")

    @property
    def wants_a_verdict(self) -> bool:
        return "good" in self.actions and _QUALITY_CHECK in self.words

    @property
    def words(self) -> str:
        return json.dumps(self.message.get("blocks"), ensure_ascii=False)

    @property
    def draft(self) -> str:
        """Return the draft with its sources, as the card shows them."""
        blocks = {block.get("block_id"): block for block in self.message.get("blocks", [])}
        return json.dumps([blocks.get(name) for name in ("answer", "sources")], ensure_ascii=False)

    def choice(self, menu: str, named: str) -> str | None:
        """Return the value of a menu's entry."""
        options = self.actions.get(menu, {}).get("options", [])
        return next((one["value"] for one in options if one["value"].startswith(f"{named}:")), None)

    def is_about(self, ticket: Ticket) -> bool:
        if ticket.channel != "chat" and ticket.address not in self.words:
            return False
        said = ticket.subject if ticket.channel in ("email", "zendesk") and ticket.subject else ticket.text
        return letters(said)[:_ALIKE] in letters(self.words)

    def _row(self) -> list[Record]:
        return [one for one in self.message.get("blocks", []) if one["type"] == "actions"]


def letters(text: str) -> str:
    """Return what is left of a text in every markup: what no escape can change."""
    bare = html.unescape(text.replace("\\n", ""))
    return "".join(one for one in bare if one.isalnum()).lower()


def text_input(view: Record) -> tuple[str, str, str] | None:
    """Return where a window takes an answer or a reason: block, action, and what stands there."""
    found = [one for one in _text_inputs(view) if one[0].startswith(("answer", "reason"))]
    return next(iter(found or _text_inputs(view)), None)


def _text_inputs(view: Record) -> Iterator[tuple[str, str, str]]:
    for block in view.get("blocks", []):
        element = block.get("element", {})
        if element.get("type") == "plain_text_input":
            yield block["block_id"], element["action_id"], element.get("initial_value") or ""
