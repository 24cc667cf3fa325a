"""What agents answered and could be articles: the list on the Home, and the window in which one is made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from slackblocks import Block

from blocks import ids, kit, text
from blocks.ids import Target
from bot.answering.secrets import hidden
from bot.core.model import LONGEST_QUESTION, LONGEST_TITLE, Suggestion

_ANSWER = 280


@dataclass(frozen=True)
class Typed:
    """What stands in the window."""

    title: str
    question: str
    text: str


def listed(waiting: Sequence[Suggestion], count: int) -> list[Block]:
    """Return the section of the Home; nothing where nothing waits."""
    if not waiting:
        return []
    more = count - len(waiting)
    return [
        kit.header("suggestions", f"Could be articles ({count})"),
        *(_row(f"suggestion-{number}", one) for number, one in enumerate(waiting, 1)),
        *([kit.context("suggestion-more", f"_and {more} more_")] if more > 0 else []),
    ]


def _row(name: str, one: Suggestion) -> Block:
    asked = f"*{text.escape(text.cut(hidden(one.question), 150))}*"
    answered = text.escape(text.cut(text.one_line(hidden(one.answer)), _ANSWER))
    said = f"{asked}\n{answered}\n{text.person(one.author)} answered this in their own words."
    return kit.with_button(name, said, "Review …", ids.SUGGESTION, Target(one.id, 0).encode())


def window(one: Suggestion) -> kit.Json:
    """Return the window in which a suggestion is edited and accepted, or declined."""
    here = Target(one.id, 0)
    beware = (
        "Customers are answered from this. Take out names, orders, and whatever is true for one customer only. "
        f"Numbers of cards and accounts are masked, and stay so. {text.person(one.author)} wrote it."
    )
    return kit.modal(
        "Make an article",
        [
            kit.section("beware", beware),
            kit.text_input(
                ids.TITLE,
                ids.TITLE,
                "Title",
                hint="What it is about, in a few words.",
                focus=True,
                multiline=False,
                longest=LONGEST_TITLE,
            ),
            kit.text_input(
                ids.QUESTION,
                ids.QUESTION,
                "A question it answers",
                initial=text.cut(hidden(one.question), LONGEST_QUESTION),
                multiline=False,
                longest=LONGEST_QUESTION,
            ),
            kit.text_input(ids.TEXT, ids.TEXT, "Text", initial=hidden(one.answer)),
            kit.actions("decline", [kit.button("No article", ids.DECLINE_SUGGESTION, here)]),
        ],
        callback_id=ids.SUGGESTION_MODAL,
        submit="Make article",
        metadata=here.encode(),
    )


def typed(state: Mapping[str, Any]) -> Typed:
    """Read that window back."""
    return Typed(*(_value(state, name) for name in (ids.TITLE, ids.QUESTION, ids.TEXT)))


def _value(state: Mapping[str, Any], name: str) -> str:
    return str(state.get(name, {}).get(name, {}).get("value") or "")
