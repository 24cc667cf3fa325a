"""Decisions made again, as far as nothing has to be stored for it."""

import re
from dataclasses import replace

import pytest

from bot.core.audit import GENESIS, TOMBSTONE, AuditRow
from bot.core.model import Mode, Rules, Topic
from bot.core.policy import POLICY_VERSION, decide
from bot.core.replay import Recorded, inputs_of, recorded_of, replay
from tests import builders
from tests.builders import AT

TOPICS = (Topic("parcel", "Speaks of a parcel", re.compile("parcel", re.IGNORECASE)),)
RULES = Rules(mode=Mode.AUTO, audit_share=0.0)


def case(**values: object):
    draft = builders.draft()
    return builders.case(draft=draft, **values), draft


def recorded(rules: Rules, policy: str = POLICY_VERSION) -> Recorded:
    made, draft = case()
    outcome = decide(made, draft, rules)
    payload = {
        "draft": draft.id,
        "decision": "d",
        "turn": 1,
        "reasons": [one.code for one in outcome.reasons],
        "policy": policy,
        "inputs": inputs_of(made, rules),
    }
    row = AuditRow(1, AT, "policy", f"decide.{outcome.action}", made.conversation.id, payload, GENESIS, "")
    found = recorded_of(row)
    assert found is not None
    return found


@pytest.mark.parametrize("rules", [RULES, replace(RULES, topics=TOPICS), replace(RULES, paused=True)])
def test_it_comes_out_the_same_whatever_is_true_today(rules: Rules) -> None:
    made, draft = case(chasing=9, answered_lately=99)
    again = replay(recorded(rules), made, draft, made.messages, replace(RULES, topics=rules.topics))
    assert (again.trouble, again.same) == ("", True)
    assert (again.today is None) is not rules.paused
    assert again.is_of_todays_policy
    assert not replay(recorded(rules, "2020-1"), made, draft, made.messages, rules).is_of_todays_policy


def test_topics_that_were_changed_are_noticed() -> None:
    made, draft = case()
    other = (replace(TOPICS[0], pattern=re.compile("letter")),)
    again = replay(
        recorded(replace(RULES, topics=TOPICS)), made, draft, made.messages, replace(RULES, topics=other)
    )
    assert again.trouble == "the topics that go to people are not any more what they were"


def test_what_people_decided_and_what_was_erased_is_no_decision_of_the_policy() -> None:
    row = AuditRow(1, AT, "U0KIM", "decide.send", "c", {"draft": "d"}, GENESIS, "")
    assert recorded_of(row) is None
    assert recorded_of(replace(row, actor="policy", payload=TOMBSTONE)) is None
    assert recorded_of(replace(row, actor="policy", action="send")) is None
