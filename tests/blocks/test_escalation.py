from dataclasses import replace

from blocks.escalation import escalation_post, with_way_back
from bot.core.model import Closed, Sender, Status
from tests import builders as b
from tests.blocks.cases import NOW
from tests.blocks.reading import buttons, context, said
from tests.blocks.states import STATES


def test_post_tells_who_why_what_was_asked_and_the_way_back() -> None:
    text, blocks = escalation_post(STATES["escalated"], now=NOW, thread="<#C0PHONE>")
    assert (
        text
        == "Escalated: You have charged my card twice. Tomorrow I will call my lawyer. (+49 30 5550 0123)"
    )
    assert "Legal threat: “lawyer”\xa0\xa0·  No article answers this" in context(blocks, "state")
    assert "I will call my lawyer" in said(blocks)
    assert context(blocks, "back") == "The whole conversation: <#C0PHONE>"
    assert list(buttons(blocks)) == ["Take", "Reply", "Hand back …"]


def test_post_shows_the_draft_kept_back_and_whose_it_is_now() -> None:
    _, blocks = escalation_post(STATES["escalated_by_hand"], now=NOW, thread="<#C0MAIL>")
    assert context(blocks, "kept_back") == "_Draft, kept back (82.3 % sure)_"
    assert "we open a trace" in said(blocks)
    assert list(buttons(blocks)) == ["Take over", "Approve & send", "Reply", "Hand back …"]


def test_post_sums_up_and_says_where_each_line_is_from() -> None:
    _, blocks = escalation_post(STATES["escalated"], now=NOW, thread="")
    lines = context(blocks, "handover").split("\n")
    assert lines[0] == "*Wants:* “You have charged my card twice.” _(message 1)_"
    assert any(line.startswith("*Next:* Admit nothing") and line.endswith("_(rule legal)_") for line in lines)
    assert all(line.endswith(")_") for line in lines)


def test_post_tells_the_talk_so_far() -> None:
    case = STATES["escalated_by_hand"]
    talk = (
        b.message(seq=1, content="First *question*"),
        b.message(seq=2, sender=Sender.AI, content="An answer"),
        b.message(seq=3, sender=Sender.AGENT, author="U0KIM", content="Another"),
        b.message(seq=4, content="I am not happy"),
    )
    _, blocks = escalation_post(replace(case, messages=talk), now=NOW, thread="")
    assert [context(blocks, f"talk-{n}") for n in range(1, 5)] == [
        "*So far*",
        "*Maya Ortiz:* First *question*",
        "*threadpilot:* An answer",
        "*<@U0KIM>:* Another",
    ]
    assert "> I am not happy" in said(blocks)


def test_an_answer_ends_the_post_and_what_comes_after_does_not_change_it() -> None:
    answered = STATES["sent_edited"]
    arrived = tuple(replace(one, delivered_at=NOW) for one in answered.deliveries)
    five = b.message(seq=9, content="5", metadata={"rating": 5, "automatic": "a rating"})
    closed = replace(
        answered,
        conversation=replace(answered.conversation, status=Status.RESOLVED),
        messages=(*answered.messages, five),
        deliveries=arrived,
    )
    shown = [escalation_post(case, now=NOW, thread="")[1] for case in (answered, closed)]
    assert "Sent by" in context(shown[0], "state")
    assert shown[0] == shown[1]
    spam = replace(closed, conversation=replace(closed.conversation, closed_as=Closed.SPAM))
    assert "Spam" in context(escalation_post(spam, now=NOW, thread="")[1], "state")


def test_long_question_is_cut_with_a_word_about_it() -> None:
    case = replace(STATES["escalated"], messages=(b.message(content="word " * 8_000),))
    _, blocks = escalation_post(case, now=NOW, thread="")
    assert "Cut here" in context(blocks, "words-cut")


def test_answered_escalation_has_no_buttons_left() -> None:
    case = STATES["escalated_by_hand"]
    done = replace(case, conversation=replace(case.conversation, status=Status.ANSWERED))
    _, blocks = escalation_post(done, now=NOW, thread="")
    assert buttons(blocks) == {}
    assert "kept_back" not in said(blocks)
    assert not any(block["block_id"] == "handover" for block in blocks)


def test_way_back_can_be_made_better_once_it_is_known() -> None:
    _, blocks = escalation_post(STATES["escalated"], now=NOW, thread="<#C0PHONE>")
    better = with_way_back(blocks, "<https://slack.example/p1|open the thread>")
    assert context(better, "back").endswith("<https://slack.example/p1|open the thread>")
    assert [block for block in better if block["block_id"] != "back"] == [
        block for block in blocks if block["block_id"] != "back"
    ]


def test_post_in_shadow_mode_hides_the_draft() -> None:
    _, blocks = escalation_post(STATES["escalated_in_shadow"], now=NOW, thread="")
    assert "Legal threat" in context(blocks, "state")
    assert "we open a trace" not in said(blocks)


def test_post_names_attached_files() -> None:
    _, blocks = escalation_post(STATES["waiting_with_files"], now=NOW, thread="")
    assert context(blocks, "files").startswith(":paperclip: label.pdf")


def test_post_shows_what_the_customer_got_before_it_was_escalated() -> None:
    _, blocks = escalation_post(STATES["escalated_after_an_answer"], now=NOW, thread="")
    assert context(blocks, "got") == "_The customer got this answer:_"
    assert "kept back" not in said(blocks)
