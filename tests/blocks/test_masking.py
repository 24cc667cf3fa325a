"""What customers write of cards, accounts and passwords is shown to nobody but whose opening it is put on record."""

import ast
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from blocks import asks, digest, kit, modals, moving, reading, reviewing, steering_words, suggestions, writing
from blocks.card import root_card, with_next
from blocks.escalation import escalation_post
from blocks.ids import Target
from blocks.thread import leaves
from bot.core.insights.digest import Digest, Line, preview
from bot.core.model import Case, Reason, Suggestion
from bot.core.ports.desk_work import Queued
from bot.core.ports.insights import Listed
from bot.core.ports.merges import Candidate
from bot.services.scoring import Sheet
from tests.blocks.cases import NOW
from tests.blocks.states import STATES
from tests.builders import message

BLOCKS = Path(__file__).parents[2] / "blocks"
CARD, ACCOUNT, PASSWORD, NUMBER = (
    "4111 1111 1111 1111",
    "DE89 3704 0044 0532 0130 00",
    "hunter2!x",
    "536-90-4399",
)
SECRETS = (CARD, ACCOUNT, PASSWORD, NUMBER)
TOLD = f"My card is {CARD}, my account {ACCOUNT}, and {NUMBER}.\nMy password is {PASSWORD} and order 4711"
SHOWN = ("ending in 1111⟧", "ending in 3000⟧", "⟦password⟧", "⟦social security number⟧", "order 4711")


def telling(case: Case) -> Case:
    """Return a case whose customer has told it all, in every place where words of theirs are kept."""
    given = {"conversation_id": case.conversation.id, "turn": case.conversation.turn}
    metadata = {"quoted": f"> {TOLD}", "subject": f"Card {CARD}"}
    said = (
        message(id=f"m{n}", seq=90 + n, content=TOLD, external_id=f"x{n}", metadata=metadata, **given)
        for n in range(2)
    )
    quoting = Reason("legal", f"By its likeness to known cases (“{TOLD}”)")
    decided = tuple(replace(one, reasons=(*one.reasons, quoting)) for one in case.decisions)
    talk = replace(case.conversation, subject=f"Card {CARD}")
    return replace(case, conversation=talk, messages=(*case.messages, *said), decisions=decided)


@pytest.mark.parametrize("state", STATES)
def test_nothing_of_it_is_shown_on_a_card_in_a_thread_or_in_a_window(state: str) -> None:
    case = telling(STATES[state])
    on = Target(case.conversation.id, 1)
    shown = [
        root_card(case, threshold=0.9, now=NOW, escalated_to="C0ESC"),
        escalation_post(case, now=NOW, thread="<#C0ESC>"),
        [(leaf.text, leaf.blocks) for leaf in leaves(case)],
        asks.others(case, on),
        asks.everything(case),
        moving.merge(case, [Candidate(case.conversation, "Ada", TOLD)], on),
        *([moving.split(case, on, NOW)] if reading.splittable(case) else []),
        modals.original(case),
        writing.window(case, (), on),
        writing.window(case, (), on, writing.Around(news=writing.wrote_again(case))),
    ]
    text = json.dumps(shown, ensure_ascii=False)
    assert [secret for secret in SECRETS if secret in text] == []
    assert [mark for mark in SHOWN if mark not in text] == []


def test_what_is_masked_stands_in_one_window_which_only_such_conversations_offer() -> None:
    plain = STATES["waiting"]
    case = telling(plain)
    view = json.dumps(modals.unmasked(case, "https://desk.example/mail"), ensure_ascii=False)
    assert [secret for secret in SECRETS if secret not in view] == []
    assert "on record" in view
    assert "https://desk.example/mail" in view
    assert "Nothing is masked" in json.dumps(modals.unmasked(plain))
    assert reading.masked(plain) == ()

    def menu(case: Case) -> str:
        return json.dumps(root_card(case, threshold=0.9, now=NOW))

    assert "Show what is masked" in menu(case)
    assert "Show what is masked" not in menu(plain)


def test_nothing_of_it_is_shown_where_others_look_for_work_or_learn_from_it() -> None:
    case, title = telling(STATES["waiting"]), f"Card {CARD}"
    talk = case.conversation
    suggestion = Suggestion("s1", talk.id, TOLD, TOLD, "UKIM", NOW)
    told = Digest(
        preview(NOW, weekly=False), [Line("Cost", "1", "", "")], Queued(talk, "Ada", NOW), 1, 0, 0, []
    )
    found = Listed(talk.id, talk.channel, talk.status, title, "Ada", NOW, "C1", "1.0")
    shown = [
        suggestions.window(suggestion),
        kit.message(suggestions.listed([suggestion], 1)),
        reviewing.window(Sheet("d1", talk.channel, TOLD, TOLD, (), 1)),
        with_next([], title, "https://slack.example/card"),
        digest.digest(told),
        steering_words.found("ada", [found], {}, named=True, in_messages=True),
    ]
    text = json.dumps(shown, ensure_ascii=False)
    assert [secret for secret in SECRETS if secret in text] == []
    assert [mark for mark in SHOWN if mark not in text] == []
    assert text.count("ending in 1111") >= len(shown)


def test_no_block_reads_a_message_but_through_what_masks_it() -> None:
    """`message.content` in `blocks` is what would slip through; notes and our own answers may be read."""
    ours = {"note", "elsewhere"}
    places = {place for place, node in _read("content") if _of(node) not in ours}
    assert places <= {"reading.py", "modals.py", "card.py"}, places


def test_no_block_reads_a_subject_a_question_or_a_kept_answer_but_masked() -> None:
    """`reading.subject` and `parts.answer` are builders; `reading` itself masks further down what it has picked."""
    builders = {"reading", "parts"}
    raw = {place for place, node in _read("subject", "question", "answer") if _of(node) not in builders}
    assert raw == {"reading.py"}


def _read(*names: str) -> Iterator[tuple[str, ast.Attribute]]:
    """Yield in which file of `blocks` attributes of these names are read, but not what `hidden` is given."""
    for path in sorted(BLOCKS.glob("*.py")):
        tree = ast.parse(path.read_text())
        calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and _is_hidden(node))
        masked = {inner for call in calls for arg in call.args for inner in ast.walk(arg)}
        yield from (
            (path.name, node)
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and node.attr in names and node not in masked
        )


def _is_hidden(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Name) and call.func.id == "hidden"


def _of(node: ast.Attribute) -> str:
    return node.value.id if isinstance(node.value, ast.Name) else ""
