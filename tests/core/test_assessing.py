"""What a draft's fate says about it."""

from dataclasses import replace

import pytest

from bot.core.assessing import Assessed, assess, fair_sample, is_small_edit
from bot.core.model import Action, Channel, Mode, Reason, Rules
from bot.core.policy import Outcome
from tests.builders import AT, draft

SENT = Outcome(Action.SEND, (Reason("sure", "Sure"),))
AUTO = Rules(mode=Mode.AUTO)


def assessed(outcome: Outcome, rules: Rules = AUTO) -> Assessed | None:
    return assess(Channel.CHAT, draft(), outcome, rules, 0.8)


def held(*codes: str) -> Outcome:
    return Outcome(Action.REVIEW, tuple(Reason(code, code) for code in codes))


def test_an_automatic_answer_is_seen_only_when_it_was_picked() -> None:
    picked = Outcome(Action.SEND, (*SENT.reasons, Reason("audit_sample", "Picked")))
    rows = [assessed(SENT), assessed(picked)]
    assert [(row.sent, row.seen, row.propensity) for row in rows if row] == [
        (True, False, 0.1),
        (True, True, 0.1),
    ]


@pytest.mark.parametrize(
    ("outcome", "rules", "propensity"),
    [
        (held("confidence"), AUTO, 0.1),
        (held("confidence"), replace(AUTO, auto_above=1.0), 1.0),
        (held("assist", "confidence"), Rules(), 1.0),
        (held("paused"), AUTO, 1.0),
        (held("rollout"), AUTO, 1.0),
    ],
)
def test_what_waits_for_people_is_seen(outcome: Outcome, rules: Rules, propensity: float) -> None:
    row = assessed(outcome, rules)
    assert row is not None
    assert (row.sent, row.seen, row.propensity) == (False, True, propensity)


def test_what_something_else_holds_back_says_nothing_about_thresholds() -> None:
    assert assessed(held("confidence", "attachments")) is None
    assert assessed(Outcome(Action.ESCALATE, (Reason("confidence", "Unsure"),))) is None


def row(number: int, **values: object) -> Assessed:
    given = {
        "confidence": 0.9,
        "sent": False,
        "seen": True,
        "propensity": 1.0,
        "decided_at": AT,
        "right": True,
    }
    return Assessed(**{"draft_id": str(number), "channel": Channel.CHAT} | given | values)  # type: ignore[arg-type]


def test_a_fair_sample_has_the_same_share_of_both_kinds() -> None:
    waiting = [row(i, propensity=0.1) for i in range(2_000)]
    assert 140 < len(fair_sample(waiting)) < 260
    assert len(fair_sample([row(i, propensity=0.1, sent=True) for i in range(50)])) == 50
    assert len(fair_sample([row(i) for i in range(50)])) == 50


def test_a_sample_is_as_sure_as_its_drafts_would_be_today() -> None:
    assert [case.confidence for case in fair_sample([row(1)], lambda confidence: confidence / 2)] == [0.45]


def test_unjudged_drafts_and_chance_words_are_no_sample() -> None:
    assert fair_sample([row(1, right=None), row(2, sent=True, seen=False, right=False)]) == []


@pytest.mark.parametrize(
    ("sent", "small"),
    [
        ("You may send it back within 60 days, and we pay for that. Have a nice day.", True),
        ("You may send it back within 60 days, and we pay for that. Have a very nice day.", True),
        ("You may send it back within 30 days, and we pay for that. Have a nice day.", False),
        ("You may send it back within 60 days, but you pay for that, as our terms say. Bye.", False),
        ("", False),
    ],
)
def test_small_edits_change_the_wording_and_no_number(sent: str, small: bool) -> None:
    told = "You may send it back within 60 days, and we pay for that. Have a nice day."
    assert is_small_edit(told, sent) is small


def test_a_very_long_answer_is_the_same_or_it_is_not() -> None:
    long = "word " * 5_000
    assert is_small_edit(long, long)
    assert not is_small_edit(long, f"{long} more")
