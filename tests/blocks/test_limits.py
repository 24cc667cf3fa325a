"""Whatever anybody writes, every card stays within Slack's limits and nothing in it comes alive."""

from dataclasses import replace

import pytest

from blocks import asks, modals, writing
from blocks.card import root_card
from blocks.escalation import escalation_post
from blocks.ids import Target
from blocks.thread import leaves
from blocks.writing import Around, parts_of
from bot.core.context import Fact
from bot.core.model import Case, Evidence, Reason, Source
from sandbox.slack.validate import block_problems
from tests import builders as b
from tests.blocks.cases import NOW
from tests.blocks.hostile import HOSTILE, check
from tests.blocks.states import STATES

# One state per shape of card; the others differ in words of ours only.
SHAPES = "drafting waiting sent_edited sent_own_words escalated_by_hand not_delivered resolved".split()


def soiled(case: Case, text: str) -> Case:
    """Put `text` wherever text from outside can stand."""
    proposal = b.proposal(
        text=text,
        sources=tuple(Source(n, text, text, "https://kb.example/" + text) for n in range(12)),
        evidence=(Evidence(text, -1.0), Evidence(text, 1.0)),
        author=text,
    )
    files = {
        "attachments": [{"name": text, "size": 5, "sha256": "a" * 64}] * 30,
        **dict.fromkeys(("header_from", "envelope_from", "subject", "quoted", "verdict", "from"), text),
        "sender_check": "fail",
        **dict.fromkeys(("to", "cc", "warnings", "reasons"), [text] * 60),
    }
    return replace(
        case,
        conversation=replace(case.conversation, subject=text, address=text, assignee=text or None),
        customer=replace(
            case.customer, name=text, company=text, address=text, facts=(Fact(text, text, text),) * 20
        ),
        messages=tuple(replace(m, content=text, author=text, metadata=files) for m in case.messages * 3),
        events=tuple(replace(e, text=text) for e in case.events),
        draft=replace(case.draft, proposal=proposal) if case.draft else None,
        decisions=tuple(
            replace(d, reasons=(Reason("by_hand", text),) * 9, actor=text or None) for d in case.decisions
        ),
        deliveries=tuple(replace(d, text=text, error=text, author=text) for d in case.deliveries),
        verdict=replace(case.verdict, actor=text) if case.verdict else None,
    )


def fits(text: str, blocks: list, surface: str = "message") -> None:
    assert not block_problems(blocks, surface)
    assert 0 < len(text) <= 3000
    check({"type": "mrkdwn", "text": text})
    check(blocks)


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize("state", SHAPES)
def test_card_and_escalation_hold(state: str, kind: str) -> None:
    case = soiled(STATES[state], HOSTILE[kind])
    fits(*root_card(case, threshold=0.9, now=NOW, escalated_to="C0ESC"))
    fits(*escalation_post(case, now=NOW, thread="<#C0ESC>"))


@pytest.mark.parametrize("kind", HOSTILE)
def test_thread_and_windows_hold(kind: str) -> None:
    case = soiled(STATES["resolved"], HOSTILE[kind])
    for leaf in leaves(case):
        if leaf.files:
            check({"type": "mrkdwn", "text": leaf.text})
        else:
            fits(leaf.text, leaf.blocks)
    on = Target(case.conversation.id, 1)
    for view in (
        writing.window(case, parts_of(HOSTILE[kind], on.turn), on, is_edit=True),
        writing.window(case, parts_of(HOSTILE[kind], on.turn), on, Around(news=writing.wrote_again(case))),
        writing.window(case, (), on, Around(news=writing.not_sent(HOSTILE[kind]))),
        writing.window(case, (), on, Around(news=writing.somebody_sent(HOSTILE[kind], HOSTILE[kind]))),
        asks.others(case, on),
        asks.everything(case),
        modals.notice("Title", HOSTILE[kind]),
        modals.original(case),
    ):
        fits("view", view["blocks"], "modal")


def test_fifty_sources_and_a_hundred_messages_still_make_a_card() -> None:
    case = STATES["waiting"]
    many = replace(case, messages=tuple(b.message(seq=n, content=f"question {n}") for n in range(1, 101)))
    text, blocks = root_card(many, threshold=0.9, now=NOW)
    fits(text, blocks)
    assert "question 100" in str(blocks)
    assert "the thread below has every word" in str(blocks)
