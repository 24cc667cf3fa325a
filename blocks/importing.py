"""The window in which a file of settings is pasted, and what it would change is shown before it counts."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from slackblocks import Block

from blocks import ids, kit, replies, text
from blocks.replies import ChangeLine

_PARTS = 3  # A field takes 3,000 characters.
_MOST_SHOWN = 20
_HOW = (
    "Paste what `/cockpit export` wrote. What would change is shown first. A file of more than 9,000 characters is "
    "taken in on the machine: `threadpilot settings import FILE`."
)


@dataclass(frozen=True)
class Compared:
    """Which text was compared, and the number of the newest change at that time."""

    digest: str = ""
    seen: int = 0

    def is_about(self, typed: str) -> bool:
        """Tell whether this is the text whose differences its reader saw."""
        return self.digest == digest_of(typed)

    @classmethod
    def decode(cls, metadata: object) -> "Compared":
        """Read what a window remembers; nothing where nothing was compared yet."""
        try:
            told = json.loads(str(metadata))
            return cls(str(told["digest"]), int(told["seen"]))
        except (ValueError, KeyError, TypeError):
            return cls()


def digest_of(typed: str) -> str:
    """Return what changes when the text does."""
    return hashlib.sha256(typed.encode()).hexdigest()


def window(typed: str = "", changes: Sequence[ChangeLine] | None = None, seen: int = 0) -> kit.Json:
    """Return the window; with `changes` it shows what the text that was `typed` would change."""
    about = json.dumps({"digest": digest_of(typed), "seen": seen}) if changes is not None else ""
    return kit.modal(
        "Import settings",
        [*(_shown(changes) if changes is not None else [kit.context("how", _HOW)]), *_fields(typed)],
        callback_id=ids.IMPORT_MODAL,
        submit="Import" if changes else "Show changes",
        metadata=about,
    )


def _fields(typed: str) -> list[Block]:
    size = text.SECTION_MAX
    return [
        kit.text_input(
            f"{ids.VALUE}-{n}",
            ids.VALUE,
            "The file" if n == 0 else "and what did not fit",
            initial=typed[n * size : (n + 1) * size],
            optional=n > 0,
        )
        for n in range(_PARTS)
    ]


def _shown(changes: Sequence[ChangeLine]) -> list[Block]:
    if not changes:
        return [kit.section("same", "All settings are like that already: nothing would change.")]
    lines = [replies.change(one) for one in changes[:_MOST_SHOWN]]
    more = len(changes) - len(lines)
    said = [f"*This would change {len(changes)} setting{'s'[: len(changes) != 1]}:*", *lines]
    return [
        kit.section(
            "changes", text.cut_marked("\n".join([*said, *([f"_and {more} more_"] if more else [])]), 3000)
        )
    ]


def typed_in(state: Mapping[str, Any]) -> str:
    """Read the text from the window."""
    fields = (state.get(f"{ids.VALUE}-{n}", {}).get(ids.VALUE, {}) for n in range(_PARTS))
    return "".join(str(field.get("value") or "") for field in fields)
