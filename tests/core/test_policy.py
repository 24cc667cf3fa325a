"""The policy as a table: order of the rules, edges of the thresholds, and a reason for everything."""

import re

import pytest

from bot.core import policy
from bot.core.context import Fact, Look
from bot.core.context import Outcome as Looked
from bot.core.model import ASKS_BACK, Action, Case, Channel, Flag, Mode, Reason, Rules, Sender, Topic
from bot.core.understanding import NOT_UNDERSTOOD
from tests import builders as make

AUTO = Rules(mode=Mode.AUTO)


def asking(text: str = "How do I return my shoes?", **metadata: object) -> Case:
    return make.case(messages=(make.message(content=text, metadata=metadata),))


def decide(case: Case | None = None, rules: Rules = AUTO, **proposal: object) -> policy.Outcome:
    given = {"text": "You can return them within 60 days [1].", "confidence": 0.95, "flags": ()} | proposal
    return policy.decide(case or asking(), make.draft(proposal=make.proposal(**given)), rules)


def codes(outcome: policy.Outcome) -> list[str]:
    return [reason.code for reason in outcome.reasons]


@pytest.mark.parametrize(
    ("confidence", "action"),
    [
        (0.9001, Action.SEND),
        (0.90, Action.SEND),
        (0.8999, Action.REVIEW),
        (0.70, Action.REVIEW),
        (0.6999, Action.ESCALATE),
        (0.0, Action.ESCALATE),
    ],
)
def test_confidence_against_both_thresholds(confidence: float, action: Action) -> None:
    outcome = decide(confidence=confidence)
    assert outcome.action is action
    assert outcome.reasons


def test_a_threshold_below_the_escalation_bound_lowers_that_bound() -> None:
    assert decide(rules=Rules(mode=Mode.AUTO, auto_above=0.5), confidence=0.55).action is Action.SEND


def test_a_legal_threat_is_escalated_whatever_the_confidence() -> None:
    outcome = decide(asking("I will call my lawyer"), confidence=1.0)
    assert (outcome.action, codes(outcome)) == (Action.ESCALATE, ["legal"])


def test_the_subject_counts_too() -> None:
    case = asking("Please see above.", subject="Legal action")
    assert decide(case).action is Action.ESCALATE


def test_pause_holds_answers_but_hides_no_escalation() -> None:
    paused = Rules(mode=Mode.AUTO, paused=True)
    assert codes(decide(rules=paused)) == ["paused"]
    assert decide(asking("my lawyer will write"), rules=paused).action is Action.ESCALATE


@pytest.mark.parametrize(
    ("rules", "action", "code"),
    [
        (Rules(mode=Mode.OFF), Action.IGNORE, "mode_off"),
        (Rules(mode=Mode.SHADOW), Action.IGNORE, "shadow"),
        (Rules(mode=Mode.ASSIST), Action.REVIEW, "assist"),
        (Rules(mode=Mode.AUTO, rollout=0.0), Action.REVIEW, "rollout"),
        (Rules(mode=Mode.AUTO, rollout=1.0), Action.SEND, "sure"),
    ],
)
def test_modes_and_rollout(rules: Rules, action: Action, code: str) -> None:
    outcome = decide(rules=rules)
    assert outcome.action is action
    assert code in codes(outcome)


def test_mail_from_a_machine_is_never_answered() -> None:
    outcome = decide(asking("I am out of office", automatic="out-of-office reply"))
    assert (outcome.action, codes(outcome)) == (Action.IGNORE, ["automatic"])


def test_thanks_only_needs_no_answer_unless_a_person_was_asked_for() -> None:
    assert codes(decide(asking("Thank you!"))) == ["courtesy"]
    assert decide(asking("Thank you!", wants_human=True)).action is Action.ESCALATE


def test_shadow_proposes_nothing_and_says_what_would_have_been() -> None:
    shadow = Rules(mode=Mode.SHADOW)
    for confidence, would in ((0.95, "send"), (0.8, "review")):
        outcome = decide(rules=shadow, confidence=confidence)
        assert (outcome.action, codes(outcome)[0]) == (Action.IGNORE, "shadow")
        assert would in outcome.reasons[0].text
    escalated = decide(asking("my lawyer"), rules=shadow)
    assert (escalated.action, codes(escalated)) == (Action.ESCALATE, ["legal", "shadow"])


@pytest.mark.parametrize(
    ("metadata", "code"),
    [
        ({"attachments": [{"name": "photo.jpg"}]}, "attachments"),
        ({"sender_check": "fail", "verdict": "DMARC fail"}, "forged"),
        ({"from": "eve@customer.example"}, "other_sender"),
    ],
)
def test_what_a_person_should_look_at_first(metadata: dict, code: str) -> None:
    assert codes(decide(asking(**metadata))) == [code]


def test_a_robot_that_keeps_writing_meets_a_person() -> None:
    case = make.case(messages=(make.message(),), answered_lately=30)
    assert codes(decide(case)) == ["loop"]
    assert decide(make.case(messages=(make.message(),), answered_lately=29)).action is Action.SEND


@pytest.mark.parametrize("text", ["I want to speak to a human", "x"])
def test_a_wish_for_a_person_is_granted(text: str) -> None:
    assert "wants_human" in codes(decide(asking(text, wants_human=text == "x")))


def test_too_many_exchanges_escalate() -> None:
    messages = tuple(make.message(seq=n, turn=n) for n in range(1, 7))
    assert "exchanges" in codes(decide(make.case(messages=messages)))
    assert decide(make.case(messages=messages[:5])).action is Action.SEND


def test_a_customer_who_keeps_chasing_is_escalated() -> None:
    assert codes(decide(make.case(messages=(make.message(),), chasing=3))) == ["repeated_contact"]
    assert decide(make.case(messages=(make.message(),), chasing=2)).action is Action.SEND


def test_what_was_escalated_stays_with_people_until_resolved() -> None:
    case = make.case(conversation=make.conversation(escalated=True), messages=(make.message(),))
    assert codes(decide(case)) == ["escalated_before"]


def test_what_an_agent_has_taken_is_not_answered_by_itself() -> None:
    case = make.case(conversation=make.conversation(assignee="U1"), messages=(make.message(),))
    assert codes(decide(case)) == ["taken"]


def test_no_answer_is_escalated() -> None:
    assert codes(decide(text="")) == ["no_answer"]


@pytest.mark.parametrize("code", sorted(NOT_UNDERSTOOD))
def test_what_was_not_understood_is_no_lack_of_an_article(code: str) -> None:
    outcome = decide(text="", flags=(Flag("other", "x"), Flag(code, "Why")))
    assert (outcome.action, outcome.reasons) == (Action.ESCALATE, (Reason(code, "Why"),))


@pytest.mark.parametrize(("hard", "action"), [(True, Action.ESCALATE), (False, Action.REVIEW)])
def test_guardrail_hits(hard: bool, action: Action) -> None:
    outcome = decide(flags=(Flag("stale", "Article is past its review date", hard=hard),))
    assert (outcome.action, codes(outcome)) == (action, ["stale"])


@pytest.mark.parametrize(
    ("off", "expected"),
    [((), ["legal"]), (("legal",), ["sure"]), (("fraud",), ["legal"])],
)
def test_a_rule_that_managers_switched_off_is_not_learned_either(
    off: tuple[str, ...], expected: list[str]
) -> None:
    heard = (Flag("legal", "Sounds like a legal threat", hard=True),)
    assert codes(decide(rules=Rules(mode=Mode.AUTO, off=off, audit_share=0.0), flags=heard)) == expected


def test_several_reasons_are_all_named() -> None:
    outcome = decide(asking("My lawyer says this is fraud. I want to speak to a human."))
    assert codes(outcome) == ["legal", "financial", "wants_human"]


def test_the_rollout_is_sticky_and_about_as_large_as_asked() -> None:
    ids = [f"conversation-{n}" for n in range(2_000)]
    chosen = [i for i in ids if policy.share_of(i, "rollout") < 0.3]
    assert chosen == [i for i in ids if policy.share_of(i, "rollout") < 0.3]
    assert 0.25 < len(chosen) / len(ids) < 0.35


def test_the_audit_sample_is_sent_and_marked() -> None:
    outcome = decide(rules=Rules(mode=Mode.AUTO, audit_share=1.0))
    assert (outcome.action, codes(outcome)) == (Action.SEND, ["sure", "audit_sample"])
    assert codes(decide(rules=Rules(mode=Mode.AUTO, audit_share=0.0))) == ["sure"]


def test_only_unanswered_messages_count() -> None:
    answered = (
        make.message(seq=1, content="I will call my lawyer"),
        make.message(seq=2, sender=Sender.AGENT, content="We are sorry."),
        make.message(seq=3, turn=2, content="How do I return it?"),
    )
    assert decide(make.case(messages=answered)).action is Action.SEND


@pytest.mark.parametrize(
    ("share", "text"), [(0.9, "90 %"), (0.975, "97.5 %"), (1.0, "100 %"), (0.0, "0 %"), (0.89999, "89.9 %")]
)
def test_percent(share: float, text: str) -> None:
    assert policy.percent(share) == text


def test_a_new_installation_assists_everywhere() -> None:
    assert {channel: rules.mode for channel, rules in policy.default_rules().items()} == dict.fromkeys(
        Channel, Mode.ASSIST
    )


@pytest.mark.parametrize(
    ("rules", "assignee", "code"),
    [
        (AUTO, None, None),
        (Rules(mode=Mode.AUTO, paused=True), None, "paused"),
        (Rules(mode=Mode.ASSIST), None, "mode"),
        (AUTO, "U1", "taken"),
    ],
)
def test_what_was_decided_may_be_held_back_until_it_leaves(
    rules: Rules, assignee: str | None, code: str | None
) -> None:
    case = make.case(conversation=make.conversation(assignee=assignee), messages=(make.message(),))
    reason = policy.held_back(case, rules)
    assert (reason.code if reason else None) == code


def test_an_answer_to_a_robot_is_held_back_although_it_was_decided() -> None:
    case = make.case(answered_lately=AUTO.per_hour)
    held = policy.held_back(case, AUTO)
    assert held is not None
    assert held.code == "loop"


def on_the_phone(**values):
    talk = make.conversation(channel=values.pop("channel", Channel.SMS), address="+447700900101")
    return make.case(
        conversation=talk, customer=make.customer(address="+447700900101"), draft=make.draft(), **values
    )


@pytest.mark.parametrize(
    ("word", "code"), [("stop", "opted_out"), ("start", "opted_in"), ("help", "help_keyword")]
)
def test_words_to_the_line_are_not_answered(word, code):
    said = on_the_phone(messages=(make.message(content=word, metadata={"keyword": word}),))
    outcome = policy.decide(said, make.draft(), Rules(mode=Mode.AUTO))
    assert (outcome.action, outcome.reasons[0].code) == (Action.IGNORE, code)


def test_who_has_opted_out_is_not_texted_and_called_back_when_they_call():
    rules = Rules(mode=Mode.AUTO)
    assert policy.decide(on_the_phone(opted_out=True), make.draft(), rules).action is Action.IGNORE
    called = policy.decide(on_the_phone(opted_out=True, channel=Channel.PHONE), make.draft(), rules)
    assert (called.action, called.reasons[0].code) == (Action.ESCALATE, "opted_out")


def test_a_recording_nobody_could_write_down_is_for_people():
    left = make.message(metadata={"speech": {"state": "unreadable", "recording": {"sid": "RE1"}}})
    outcome = policy.decide(
        on_the_phone(messages=(left,), channel=Channel.PHONE), make.draft(), Rules(mode=Mode.AUTO)
    )
    assert (outcome.action, outcome.reasons[0].code) == (Action.ESCALATE, "unread_recording")


def test_the_pieces_of_a_call_are_not_exchanges():
    yes = [
        make.message(seq=n, content="yes", metadata={"speech": {"state": "confirmed"}}) for n in range(2, 9)
    ]
    said = on_the_phone(messages=(make.message(), *yes), channel=Channel.PHONE)
    assert "exchanges" not in [
        r.code for r in policy.decide(said, make.draft(), Rules(mode=Mode.AUTO)).reasons
    ]


def test_question_back_waits_for_an_agent_however_unsure_the_answer_would_be() -> None:
    asks = Flag(ASKS_BACK, "The model asks back instead of answering")
    outcome = decide(flags=(asks,), confidence=0.3)
    assert (outcome.action, codes(outcome)) == (Action.REVIEW, [ASKS_BACK, "confidence"])


def test_half_an_answer_is_escalated_below_the_floor_like_any_other() -> None:
    half = Flag("unanswered_part", "No article answers “The chair collapsed under my grandmother”")
    outcome = decide(flags=(half,), confidence=0.1)
    assert (outcome.action, codes(outcome)) == (Action.ESCALATE, ["confidence"])
    lower = Rules(mode=Mode.AUTO, escalate_below=0.05)
    assert decide(rules=lower, flags=(half,), confidence=0.1).action is Action.REVIEW


def talk(*senders: Sender, author: str = "") -> Case:
    messages = tuple(
        make.message(seq=seq, turn=seq, sender=sender, author=author if sender is not Sender.CUSTOMER else "")
        for seq, sender in enumerate((Sender.CUSTOMER, *senders, Sender.CUSTOMER), 1)
    )
    return make.case(messages=messages)


def test_third_automatic_answer_in_a_row_waits_for_a_person() -> None:
    twice = talk(Sender.AI, Sender.CUSTOMER, Sender.AI)
    assert codes(decide(twice)) == ["in_a_row"]
    assert decide(talk(Sender.AI)).action is Action.SEND
    assert decide(twice, Rules(mode=Mode.AUTO, in_a_row=3)).action is Action.SEND
    assert decide(talk(Sender.AI, Sender.AGENT, Sender.AI)).action is Action.SEND
    assert decide(talk(Sender.AI, Sender.CUSTOMER, Sender.AI, author="U1")).action is Action.SEND
    held = policy.held_back(twice, AUTO)
    assert held is not None
    assert held.code == "in_a_row"


def test_cap_per_hour_is_a_setting() -> None:
    case = make.case(messages=(make.message(),), answered_lately=5)
    assert codes(decide(case, Rules(mode=Mode.AUTO, per_hour=5))) == ["loop"]


def test_rules_of_an_installation_count() -> None:
    own = Topic("vip", "Wholesale", re.compile("pallet"))
    rules = Rules(mode=Mode.AUTO, topics=(own,))
    assert codes(decide(asking("two pallets"), rules)) == ["vip"]
    assert decide(asking("my lawyer"), rules).action is Action.SEND
    assert policy.default_rules(topics=(own,))[Channel.CHAT].topics == (own,)


@pytest.mark.parametrize(
    ("outcome", "facts", "found"),
    [
        (Looked.MISSING, (Fact("plan", "Gold"),), ["record_missing"]),
        (Looked.MISSING, (), ["sure"]),
        (Looked.FOUND, (Fact("plan", "Gold"),), ["sure"]),
    ],
)
def test_answer_about_a_record_waits_when_a_source_gave_no_answer(
    outcome: Looked, facts: tuple[Fact, ...], found: list[str]
) -> None:
    customer = make.customer(looks=(Look("Salesforce", outcome, make.AT),))
    case = make.case(messages=(make.message(),), customer=customer)
    assert codes(decide(case, Rules(mode=Mode.AUTO, audit_share=0.0), facts=facts)) == found
