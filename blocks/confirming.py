"""Asking first: what a change would do, why it is dangerous, and the buttons that do it or leave it."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from slackblocks import Block

from blocks import ids, kit, text
from bot.core.errors import InvalidInput

_STALE = "This question is too old to be answered. Type the command once more."
_MOST = 1_900  # Slack takes 2,000 characters as the value of a button.


@dataclass(frozen=True)
class Pending:
    """What somebody typed and has not confirmed yet; `seen` is the number of the newest change at that time."""

    typed: str
    seen: int

    def encode(self) -> str:
        """Write it as the value of a button or a window."""
        value = json.dumps(asdict(self), ensure_ascii=False)
        if len(value) > _MOST:
            raise InvalidInput("That is too long to be asked about: say less at a time.")
        return value

    @classmethod
    def decode(cls, value: object) -> "Pending":
        """Read what `encode` wrote; anything else is InvalidInput."""
        try:
            told = json.loads(str(value))
            return cls(str(told["typed"]), int(told["seen"]))
        except (ValueError, KeyError, TypeError):
            raise InvalidInput(_STALE) from None


def question(why: Sequence[str], previews: Sequence[str], pending: Pending) -> tuple[str, list[kit.Json]]:
    """Return a question before a change, as text and as blocks with buttons."""
    hint = f"_Nothing was changed yet. To be asked nothing, type `/cockpit {_plain(pending.typed)} yes`._"
    blocks = [
        *_told(why, previews),
        kit.actions(
            "confirm",
            [
                kit.value_button("Do it", ids.DO_SETTING, pending.encode(), "danger"),
                kit.value_button("Leave it", ids.DROP_SETTING, pending.encode()),
            ],
        ),
        kit.context("hint", hint),
    ]
    return " ".join(["Are you sure?", *why]), kit.message(blocks)


def window(title: str, why: Sequence[str], previews: Sequence[str], pending: Pending) -> kit.Json:
    """Return the same question as a window."""
    return kit.modal(
        title,
        _told(why, previews),
        callback_id=ids.CONFIRM_MODAL,
        submit="Do it",
        metadata=pending.encode(),
    )


def _told(why: Sequence[str], previews: Sequence[str]) -> list[Block]:
    said = "\n".join(f":warning: {one}" for one in why)
    shown = [
        kit.section(f"preview-{n}", text.cut_marked(one, text.SECTION_MAX)) for n, one in enumerate(previews)
    ]
    return [kit.section("why", text.cut_marked(said, text.SECTION_MAX)), *shown]


def _plain(typed: str) -> str:
    return text.escape(text.cut(text.one_line(typed).replace("`", ""), 200))
