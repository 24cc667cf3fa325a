"""The window in which an agent writes: as many inputs as the answer needs, saved while they type.

Slack ignores a new initial value under an old block id, and keeps what was typed under it. So an input keeps its id
as long as the window stands, and new text comes in a new input with the next number.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from slackblocks import Block

from blocks import ids, kit, owned, parts, reading, text
from blocks.ids import Target
from bot.core.model import Case
from bot.core.participants import in_copy

_PART = 2500  # Below Slack's 3,000, so that every input leaves room to write.
_MOST_PARTS = 20

# What stands in the inputs of a window: block id and text of each, in order.
Parts = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Around:
    """What a writing agent should know besides the case.

    `news` is what happened since they began, as mrkdwn, and `title` the same as a title; `kept_at` is when they wrote
    the unsent text that is shown, None where it is none; `others` write to this customer too: Slack user ids, and
    since when. `owner` is the colleague who has the conversation.
    """

    news: str = ""
    title: str = ""
    kept_at: datetime | None = None
    others: Sequence[tuple[str, datetime]] = ()
    owner: str = ""


ALONE = Around()


def window(
    case: Case, parts_: Parts, on: Target, around: Around = ALONE, *, is_edit: bool = False
) -> kit.Json:
    """Return the window; `on` is what its answer will be for, `is_edit` that it began as a draft."""
    quote, is_cut = parts.words(reading.question(case))
    title = "Edit the answer" if is_edit else "Write an answer"
    return kit.modal(
        around.title or title,
        [
            *_news(around, on),
            *owned.told(around.owner),
            *_others(around),
            kit.context("to", _goes_to(case)),
            kit.section("words", quote),
            *([_show_all(on)] if is_cut else []),
            *_inputs(parts_),
            kit.actions("tools", _tools(on, len(parts_))),
            *_copies(case),
            *parts.as_sent(case, typed_text(parts_)),
            kit.context("saved", "_Saved as you type, until you send it. Closing the window loses nothing._"),
        ],
        callback_id=ids.EDIT_MODAL,
        submit="Send anyway" if around.news else "Send",
        metadata=on.encode(),
        watched=True,
    )


def wrote_again(case: Case) -> str:
    """Word the news that the customer wrote while somebody was writing to them."""
    name = reading.first_name(case)
    said = parts.bold(f"{name[:1].upper()}{name[1:]} wrote again while you were writing.")
    return (
        f":leftwards_arrow_with_hook: {said} Your text is kept below; read the new message first, then send."
    )


def somebody_sent(sentence: str, answer: str) -> str:
    """Word the news that somebody has answered meanwhile: the raw `sentence` that says who, and their answer."""
    words = text.escape(text.cut(text.one_line(answer), 300))
    what = f" “{words}”" if words else ""
    said = text.cut_marked(text.with_actor(sentence), 500)
    return f":warning: {said}{what} Your text is kept below; send it only if it adds something."


def not_sent(sentence: str) -> str:
    """Word the news that an answer did not go, for the raw `sentence` that says why."""
    why = text.cut_marked(text.with_actor(sentence), text.SECTION_MAX - 100)
    return f":warning: {why} Your text is kept below."


def _news(around: Around, on: Target) -> list[Block]:
    blocks = [kit.section("again", around.news)] if around.news else []
    if around.kept_at is not None:
        said = f":memo: *Your unsent text* of {text.clock(around.kept_at)} is back."
        blocks.append(kit.with_button("kept", said, "Start over", ids.START_OVER, on.encode()))
    return blocks


def _others(around: Around) -> list[Block]:
    lines = [
        f":pencil2: *{text.person(who)} is writing an answer too*, since {text.clock(at)}"
        for who, at in around.others
    ]
    return [kit.context("others", "\n".join(lines))] if lines else []


def _goes_to(case: Case) -> str:
    name = text.escape(reading.customer_name(case))
    return text.dotted([parts.channel_mark(case.conversation.channel), f"goes to *{name.replace('*', '∗')}*"])


def _show_all(on: Target) -> Block:
    return kit.with_button("cut", "_Cut here._", "Show all", ids.SHOW_ALL, on.encode())


def _tools(on: Target, inputs: int) -> list[Any]:
    tools = [kit.search_menu(ids.INSERT, "Insert an article or a macro")]
    return [*tools, kit.button("More room", ids.MORE_ROOM, on)] if inputs < _MOST_PARTS else tools


def _copies(case: Case) -> list[Block]:
    people = in_copy(case)
    if not people:
        return []
    choice = text.cut(", ".join(text.one_line(one) for one in people), text.OPTION_MAX)
    return [kit.tick_box(ids.COPIES, ids.COPIES, "Send a copy to", choice)]


def wants_copies(state: Mapping[str, Any]) -> bool:
    """Read from the window whether people in copy get the answer too."""
    return bool(state.get(ids.COPIES, {}).get(ids.COPIES, {}).get("selected_options"))


def _inputs(parts_: Parts) -> list[Block]:
    return [
        kit.text_input(
            block_id,
            ids.ANSWER,
            "Answer" if number == 1 else f"Answer, part {number}",
            initial=part,
            hint="The parts are sent as one answer." if number == len(parts_) > 1 else "",
            optional=number > 1,
            focus=number == 1,
            live=True,
        )
        for number, (block_id, part) in enumerate(parts_, 1)
    ]


def parts_of(answer: str, turn: int, *, after: Parts = ()) -> Parts:
    """Return an answer as inputs of a window; their numbers follow on those of the inputs `after` which they come."""
    first = max((place[0] for block, _ in after if (place := ids.answer_input_place(block))), default=0) + 1
    texts = split_answer(answer)
    return tuple((ids.answer_input(turn, n, joint), part) for n, (part, joint) in enumerate(texts, first))


def with_more(parts_: Parts, turn: int, more: str = "") -> Parts:
    """Add room to a window, or `more` text in new inputs."""
    return (*parts_, *parts_of(more, turn, after=parts_))[:_MOST_PARTS]


def split_answer(answer: str) -> list[tuple[str, str]]:
    """Cut an answer into texts that fit an input each, between paragraphs wherever that is possible.

    Each comes with what stood between it and the one before, so that what nobody changes is the same again.
    """
    rest, joint = text.clean(answer), ids.PARAGRAPH
    texts = []
    while len(rest) > _PART:
        at, following = _cut(rest)
        texts.append((rest[:at], joint))
        rest, joint = rest[at + len(following) :], following
    return [*texts, (rest, joint)]


def _cut(answer: str) -> tuple[int, str]:
    """Return where to cut an answer, and what is left out there."""
    for joint in (ids.PARAGRAPH, ids.BLANK):
        at = answer.rfind(joint, _PART // 4, _PART)
        if at > 0:
            return at, joint
    return _PART, ids.NOTHING


def typed_parts(state: Mapping[str, Any]) -> Parts:
    """Read what stands in the inputs of a window, in their order."""
    found = [
        (place[0], block_id, fields.get(ids.ANSWER, {}).get("value") or "")
        for block_id, fields in state.items()
        if (place := ids.answer_input_place(block_id)) is not None
    ]
    return tuple((block_id, typed) for _, block_id, typed in sorted(found))


def typed_text(parts_: Parts) -> str:
    """Join what stands in the inputs to one answer."""
    answer, joint = "", ids.NOTHING
    for block_id, typed in parts_:
        place = ids.answer_input_place(block_id)
        # Where a part was emptied, the wider gap beside it stays.
        joint = max(joint, place[1] if place is not None else ids.PARAGRAPH, key=len)
        if typed.strip():
            answer, joint = f"{answer}{joint}{typed}" if answer else typed, ids.NOTHING
    return answer.strip()


def first_input(parts_: Parts) -> str:
    """Return the block id of the first input, where errors are shown."""
    return parts_[0][0] if parts_ else ids.answer_input(0, 1)
