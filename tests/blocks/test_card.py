import json
import os
import re
from dataclasses import replace
from pathlib import Path

import pytest

from blocks import ids
from blocks.card import root_card, with_next, with_way_on
from bot.core.context import Fact
from bot.core.model import Case, Channel, Status
from tests import builders as b
from tests.blocks.cases import AUTO, NOW
from tests.blocks.reading import buttons, choices, context, said, values
from tests.blocks.states import STATES

GOLDEN = Path(__file__).parent / "golden"


def card(case: Case, threshold: float = 0.9) -> list[dict]:
    return root_card(case, threshold=threshold, now=NOW, escalated_to="C0ESC")[1]


@pytest.mark.parametrize("state", STATES)
def test_card_is_as_recorded(state: str) -> None:
    text, blocks = root_card(STATES[state], threshold=0.9, now=NOW, escalated_to="C0ESC")
    recorded = GOLDEN / f"{state}.json"
    shown = json.dumps({"text": text, "blocks": blocks}, indent=1, ensure_ascii=False) + "\n"
    if os.environ.get("UPDATE_GOLDEN"):
        recorded.write_text(shown, encoding="utf-8")
    assert shown == recorded.read_text(encoding="utf-8")


def test_there_is_no_record_of_a_state_that_is_gone() -> None:
    assert {path.stem for path in GOLDEN.glob("*.json")} == set(STATES)


@pytest.mark.parametrize("state", STATES)
def test_every_card_keeps_one_reading_order(state: str) -> None:
    order = (
        "what who facts words cut from files heard recordings line state writers pressing kept_back".split()
    )
    order += "got answer segments why sources trouble unseen rated machine do".split()
    names = [block["block_id"] for block in card(STATES[state])]
    assert "cut" not in names or names[names.index("cut") - 1] == "words"
    assert names == [name for name in order if name in names]
    first = "what who facts words line state".split()
    if STATES[state].merged_into is not None:
        first.remove("words")
    assert [name for name in names if name not in ("cut", "files", "from", "heard", "recordings")][
        : len(first)
    ] == first


@pytest.mark.parametrize("state", STATES)
def test_no_line_begins_with_a_dot_nor_ends_with_a_sign(state: str) -> None:
    assert re.findall(r" ·|:heavy_(?:plus|minus)_sign: ", said(card(STATES[state]))) == []


def test_an_escalated_card_that_was_reopened_says_why_it_was_escalated_and_who_reopened_it() -> None:
    case = STATES["escalated_by_hand"]
    reopened = b.event(text="Reopened by <@U0BEN>", created_at=NOW)
    line = context(card(replace(case, events=(*case.events, reopened))), "state")
    assert "*Escalated* by <@U0KIM>\xa0\xa0·  Wants a refund" in line
    assert "reopened by <@U0BEN>" in line


def test_the_sandbox_draws_every_sign_of_ours() -> None:
    root = Path(__file__).parents[2]
    drawn = (root / "sandbox/page/emoji.js").read_text()
    ours = "".join(path.read_text() for path in (root / "blocks").glob("*.py"))
    signs = set(re.findall(r"(?<![\w<]):([a-z][a-z0-9_]{2,}):(?=[ *\"])", ours))
    assert "hourglass_flowing_sand" in signs
    assert [sign for sign in signs if not re.search(rf"\b{sign}: ", drawn)] == []


def test_a_card_says_who_is_writing_an_answer() -> None:
    assert (
        context(card(STATES["being_written"]), "writers")
        == ":pencil2: *Being written:* <@U0KIM> is at an answer"
    )
    both = replace(STATES["being_written"], writers=("U0BEN", "U0KIM"))
    assert context(card(both), "writers").endswith("<@U0BEN> and <@U0KIM> are at an answer")


def test_a_customers_rating_is_shown_in_their_own_harmless_words() -> None:
    rated = STATES["rated"]
    assert "Rated 4 of 5 by the customer" in context(card(rated), "rated")
    assert "<!channel>" not in context(card(rated), "rated")
    assert rated.rating is not None
    wordless = replace(rated, rating=replace(rated.rating, comment=""))
    assert context(card(wordless), "rated") == ":star: *Rated 4 of 5 by the customer*"


def test_a_chat_visitor_is_called_by_what_is_known_of_them() -> None:
    visitor = replace(AUTO.customer, channel=Channel.CHAT, address="0123abcd", name="", email="")
    chat = replace(AUTO, customer=visitor, conversation=replace(AUTO.conversation, channel=Channel.CHAT))
    mailed = replace(chat, customer=replace(visitor, email="ada@customer.example"))
    named = replace(mailed, customer=replace(mailed.customer, name="Ada Quill"))
    assert "Visitor abcd" in context(card(chat), "who")
    assert "ada@customer.example" in context(card(mailed), "who")
    assert "Ada Quill" in context(card(named), "who")
    assert "ada@customer.example" in context(card(named), "who")
    assert "0123abcd" not in context(card(named), "who")
    twice = replace(mailed, customer=replace(mailed.customer, name="Ada@customer.example"))
    assert context(card(twice), "who").lower().count("ada@customer.example") == 1


def test_what_waits_can_be_approved_edited_escalated_and_taken() -> None:
    assert buttons(card(STATES["waiting"])) == {
        "Approve & send": ("approve", "primary"),
        "Edit": ("edit", None),
        "Escalate": ("escalate", "danger"),
        "Take": ("take", None),
    }
    assert choices(card(STATES["waiting"])) == [
        *("Reply myself", "Draft anew …", "Snooze …", "Resolve", "More …"),
    ]


def test_an_answer_that_can_be_stopped_says_when_it_leaves_and_has_that_one_button() -> None:
    shown = card(STATES["goes_out_soon"])
    assert buttons(shown) == {"Stop": ("stop", None)}
    assert "*Goes out by itself* at <!date^1795425990^{time_secs}|09:26:30 UTC>" in context(shown, "state")
    assert "A parcel without movement for two working days" in said(shown)
    assert "*Sending*" in context(card(STATES["due_but_held_up"]), "state")


def test_what_came_back_says_so_in_the_mail_servers_words_and_can_be_sent_again() -> None:
    shown = card(STATES["came_back"])
    assert "*It came back:* 550 5.1.1 &lt;maya@ortiz.example&gt;: no such user" in context(shown, "state")
    assert list(buttons(shown)) == ["Send again", "Reply in other words", "Take"]
    assert "*An earlier answer came back:*" in context(card(STATES["came_back_earlier"]), "trouble")


def test_who_left_the_chat_before_the_answer_is_said_on_the_card_until_something_else_matters() -> None:
    case = STATES["not_seen"]
    assert "the customer has left the chat" in context(card(case), "unseen")
    closed = replace(case, conversation=replace(case.conversation, status=Status.RESOLVED))
    assert "unseen" not in [block["block_id"] for block in card(closed)]


def test_buttons_carry_what_their_reader_saw() -> None:
    case = STATES["waiting"]
    expected = ids.Target(case.conversation.id, 1, case.draft.id).encode()
    assert set(values(card(case))) == {expected}


def test_waiting_card_says_why_how_sure_and_against_what() -> None:
    blocks = card(STATES["waiting"])
    assert "*Waiting for you*\xa0\xa0·  82.3 % sure, below 90 %" in context(blocks, "state")
    assert "draft 1" not in context(blocks, "state")
    assert context(blocks, "why") == (
        "*82.3 %* sure  ▰▰▰▰▱  (sends by itself from 90 %)"
        "   :heavy_minus_sign:\xa0*promise of a replacement: check stock*"
        "   :heavy_plus_sign:\xa0two articles agree   :heavy_plus_sign:\xa0order number found"
    )
    assert context(blocks, "sources") == (
        "[1]\xa0<https://kb.example/late|Late parcels>   "
        "[2]\xa0<https://kb.example/express|Express replacement> _(review was due 01 Sep 2026)_"
    )


@pytest.mark.parametrize("state", ["superseded", "sending_by_itself", "sending_by_agent"])
def test_dead_and_sent_drafts_have_no_buttons(state: str) -> None:
    assert buttons(card(STATES[state])) == {}


def test_dead_draft_says_who_wrote_again_and_when() -> None:
    line = context(card(STATES["superseded"]), "state")
    assert "*Draft 1 is dead:* Maya wrote again at <!date^" in line
    assert "09:09 UTC" in line


def test_only_an_answer_by_itself_can_be_judged() -> None:
    assert list(buttons(card(STATES["sent_by_itself"]))) == ["Good answer", "Wrong answer", "Take over"]
    assert list(buttons(card(STATES["sent_as_drafted"]))) == ["Reply again", "Resolve"]


def test_verdict_names_who_gave_it_and_is_asked_once() -> None:
    assert ":thumbsdown: *wrong*, says <@U0KIM>" in context(card(STATES["judged_wrong"]), "state")
    assert "Good answer" not in buttons(card(STATES["judged_wrong"]))
    assert next(iter(buttons(card(STATES["judged_good"])))) == "Resolve"


@pytest.mark.parametrize(
    ("state", "how"),
    [("sent_as_drafted", "as drafted"), ("sent_edited", "edited"), ("sent_own_words", "in their own words")],
)
def test_sent_card_says_who_sent_it_and_how(state: str, how: str) -> None:
    line = context(card(STATES[state]), "state")
    assert line.startswith(":white_check_mark: *Sent by* <@U0KIM> after 12 min")
    assert line.endswith(how)


def test_what_two_systems_say_alike_stands_once_among_the_facts() -> None:
    case = STATES["waiting"]
    told = ("Plan: Silver", "2 open orders", "silver", "vip", "VIP")
    facts = tuple(Fact("", said) for said in told)
    said = context(card(replace(case, customer=replace(case.customer, facts=facts))), "facts")
    assert said.startswith("Plan: Silver\xa0\xa0·  2 open orders\xa0\xa0·  vip\xa0\xa0·  ")
    assert "silver" not in said


def test_escalated_card_lists_all_reasons_and_where_it_went() -> None:
    blocks = card(STATES["escalated"])
    assert "Legal threat: “lawyer”\xa0\xa0·  No article answers this\xa0\xa0·  to <#C0ESC>" in context(
        blocks, "state"
    )
    assert list(buttons(blocks)) == ["Take", "Reply"]
    assert "*not verified*" in context(blocks, "facts")
    assert "*2 of them still open*" in context(blocks, "facts")


def test_reason_of_an_agent_is_escaped() -> None:
    line = context(card(STATES["escalated_by_hand"]), "state")
    assert "*Escalated* by <@U0KIM>\xa0\xa0·  Wants a refund &gt; 500 €, ask &lt;finance&gt;" in line


def test_unknown_outcome_offers_both_remedies_and_warns() -> None:
    blocks = card(STATES["nobody_knows"])
    assert list(buttons(blocks))[:2] == ["It went out", "Send again"]
    resend = next(e for e in blocks[-1]["elements"] if e["action_id"] == "resend")
    assert "twice" in resend["confirm"]["text"]["text"]
    assert values(blocks)[0].endswith(STATES["nobody_knows"].delivery.id)


def test_held_card_shows_no_proposal_and_offers_what_is_left() -> None:
    assert "Hi Maya" not in said(card(STATES["held_off"]))
    assert list(buttons(card(STATES["held_off"]))) == ["Reply", "Escalate", "Take"]
    assert next(iter(buttons(card(STATES["held_thanks"])))) == "Resolve"


def test_every_state_survives_a_case_without_its_usual_companions() -> None:
    for case in STATES.values():
        bare = replace(case, messages=(), draft=None, decisions=(), deliveries=(), events=(), verdict=None)
        assert context(card(bare), "state")


def test_threshold_where_a_person_always_sends_is_only_a_might() -> None:
    assert "(mode auto would send from 97.5 %)" in context(
        card(STATES["waiting_in_mode_assist"], 0.975), "why"
    )


def test_shadow_mode_proposes_nothing_and_says_so() -> None:
    blocks = card(STATES["held_shadow"])
    assert "*Shadow mode:* nothing is proposed\xa0\xa0·  written" in context(blocks, "state")
    assert list(buttons(blocks)) == ["Reply", "Escalate", "Take"]
    assert choices(blocks) == ["Ask a colleague …", "Snooze …", "Resolve", "More …"]
    assert "Hi Maya" not in said(blocks)
    assert "97 %" not in said(blocks)


def test_escalation_in_shadow_mode_keeps_its_reason_and_hides_its_draft() -> None:
    blocks = card(STATES["escalated_in_shadow"])
    assert "*Escalated*\xa0\xa0·  Legal threat: “lawyer”\xa0\xa0·  to <#C0ESC>" in context(blocks, "state")
    assert context(blocks, "state").endswith("*Shadow mode:* nothing is proposed")
    assert list(buttons(blocks)) == ["Take", "Reply"]
    assert "Hi Maya" not in said(blocks)


def test_what_waits_in_shadow_mode_cannot_be_approved() -> None:
    waiting = replace(STATES["waiting"], decisions=STATES["held_shadow"].decisions)
    assert list(buttons(card(waiting))) == ["Reply", "Escalate", "Take"]
    assert "Hi Maya" not in said(card(waiting))


def test_draft_nobody_saw_does_not_die_in_public() -> None:
    again = replace(STATES["superseded"], decisions=STATES["held_shadow"].decisions)
    assert "is dead" not in context(card(again), "state")
    assert list(buttons(card(again))) == ["Take", "Escalate"]


def test_attached_files_are_named() -> None:
    line = context(card(STATES["waiting_with_files"]), "files")
    assert line == (
        ":paperclip: label.pdf (90 kB)\xa0\xa0·  damage &lt;1&gt;.jpg (2.1 MB)\xa0\xa0·  "
        "a file without a name (12 MB, only in "
        "the original)"
    )


def test_many_files_are_counted() -> None:
    (asked,) = STATES["waiting"].messages
    files = [{"name": f"{n}.png"} for n in range(25)]
    many = replace(STATES["waiting"], messages=(replace(asked, metadata={"attachments": files}),))
    assert context(card(many), "files").endswith("9.png and 15 more")


@pytest.mark.parametrize("state", ["waiting", "drafted_again", "superseded", "resolved", "escalated_by_hand"])
def test_name_of_a_customer_does_not_come_alive_on_a_card(state: str) -> None:
    case = STATES[state]
    named = replace(case, customer=replace(case.customer, name="<https://evil.test|Click here> <@U0ADMIN1>"))
    text, blocks = root_card(named, threshold=0.9, now=NOW)
    assert "&lt;https://evil.test|Click" in said(blocks)
    assert "<https://evil.test" not in text + said(blocks)
    assert "<@U0ADMIN1>" not in text + said(blocks)


def test_what_went_out_already_is_never_offered_as_a_draft() -> None:
    shown = said(card(STATES["escalated_after_an_answer"]))
    assert "The customer got this answer" in shown
    assert "kept back" not in shown
    assert "Edit draft" not in buttons(card(STATES["escalated_after_an_answer"]))


def test_another_address_is_named_beside_its_words() -> None:
    blocks = card(STATES["written_by_another"])
    assert context(blocks, "from") == ":warning: Written by *eve@elsewhere.example*, not by *Maya Ortiz*"


def test_a_machines_mail_does_not_take_the_place_of_the_question() -> None:
    blocks = card(STATES["machine_since"])
    assert "the tracking has not moved" in said(blocks)
    assert "away until Monday" not in said(blocks)
    assert context(blocks, "machine").startswith(":robot_face: *A machine wrote since:* out-of-office reply")


def test_who_sent_an_automatic_answer_again_is_named() -> None:
    assert "sent again by <@U0KIM>" in context(card(STATES["sent_again"]), "state")


def test_a_forged_sender_other_addresses_and_people_in_copy_are_shown() -> None:
    (asked,) = STATES["waiting"].messages
    heads = {
        "sender_check": "fail",
        "verdict": "DMARC fail (says <mx>)",
        "from": "a@x.example",
        "header_from": "b@x.example",
        "cc": [f"{n}@x.example" for n in range(7)],
    }
    blocks = card(replace(STATES["waiting"], messages=(replace(asked, metadata=heads),)))
    warned, elsewhere = context(blocks, "identity").split("\n")
    copied = context(blocks, "copies")
    assert warned.startswith(":rotating_light: *The sender may be forged:* DMARC fail (says &lt;mx&gt;).")
    assert elsewhere.endswith("Answers go to *a@x.example*, as *b@x.example* asks (Reply-To)")
    assert "0@x.example, 1@x.example" in copied
    assert "and 2 more\xa0\xa0·  answers do not go there" in copied
    assert "sender may be forged" in context(blocks, "facts")


def test_a_merged_card_offers_nothing_but_to_take_that_back_and_links_to_where_it_goes_on() -> None:
    blocks = card(STATES["merged"])
    assert buttons(blocks) == {"Take the merge back": (ids.UNMERGE, None)}
    assert "*Merged* by <@" in context(blocks, "state")
    assert "Lid &lt;missing&gt;" in context(blocks, "state")
    linked = with_way_on(blocks, "<https://slack.example/p1|open the card>")
    assert context(linked, "way_on") == "It goes on here: <https://slack.example/p1|open the card>"
    assert len(linked) == len(blocks) + 1


def test_people_in_copy_get_what_an_agent_answers() -> None:
    (asked,) = STATES["waiting"].messages
    address = STATES["waiting"].conversation.address
    copied = {"from": address, "people": ["ben@x.example", "<carl@x.example>"]}
    blocks = card(replace(STATES["waiting"], messages=(replace(asked, metadata=copied),)))
    assert context(blocks, "copies") == (
        ":busts_in_silhouette: in copy: ben@x.example, &lt;carl@x.example&gt;\xa0\xa0·  "
        "an agent's answer goes there too"
    )


def test_who_got_a_copy_is_told_after_sending() -> None:
    talk = STATES["sent_as_drafted"]
    sent = replace(talk.deliveries[-1], cc=("ben@x.example",))
    state = context(card(replace(talk, deliveries=(*talk.deliveries[:-1], sent))), "state")
    assert state.endswith("copy to ben@x.example")
    two = replace(sent, cc=("ben@x.example", "carl@x.example"), uncopied=("ben@x.example",))
    state = context(card(replace(talk, deliveries=(*talk.deliveries[:-1], two))), "state")
    assert state.endswith("copy to carl@x.example\xa0\xa0·  :warning: *no copy to* ben@x.example")


def test_who_forwarded_a_customers_mail_is_shown_with_their_words() -> None:
    (asked,) = STATES["waiting"].messages
    said = {
        "from": "ada@customer.example",
        "header_from": "kim@northwind.example",
        "forwarded_by": "kim@northwind.example",
        "forwarded_with": "Can <you> help?",
    }
    blocks = card(replace(STATES["waiting"], messages=(replace(asked, metadata=said),)))
    assert context(blocks, "identity") == (
        ":fast_forward: Forwarded by *kim@northwind.example*: “Can &lt;you&gt; help?”"
    )


def test_a_proven_sender_is_verified() -> None:
    (asked,) = STATES["waiting"].messages
    proven = replace(asked, metadata={"sender_check": "pass"})
    facts = context(card(replace(STATES["waiting"], messages=(proven,))), "facts")
    assert facts.endswith("identity verified")


def test_a_card_that_was_dealt_with_leads_to_what_waits_next() -> None:
    blocks = card(STATES["sent_as_drafted"])
    led = with_next(blocks, "Where is\nmy <parcel>? " * 9, "https://t.slack.com/archives/C1/p1")
    (button,) = led[-1]["elements"]
    assert (button["action_id"], button["url"]) == ("next", "https://t.slack.com/archives/C1/p1")
    assert button["text"]["text"].startswith("Next: Where is my <parcel>? Where")
    assert len(button["text"]["text"]) <= 75
    assert list(led[:-1]) == blocks
