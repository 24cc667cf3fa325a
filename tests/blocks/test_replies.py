import re
from dataclasses import replace

import pytest

from blocks import replies, text
from blocks.home import Home, home_view
from bot.core.certificates import Certified, NotYet, Refused
from bot.core.model import Channel, Mode, ModelWork, Rules, Status, Topic
from bot.core.policy import default_rules
from bot.core.ports.desk_work import QueueView
from bot.core.steering.knobs import KNOBS, takes_nothing
from bot.services.quality import Replay, Risk
from bot.services.settingbook import Change
from sandbox.slack.validate import block_problems
from tests.blocks.hostile import HOSTILE, check
from tests.builders import AT

RULES = default_rules(Mode.AUTO) | {
    Channel.EMAIL: Rules(mode=Mode.ASSIST),
    Channel.SMS: Rules(mode=Mode.AUTO, paused=True),
    Channel.PHONE: Rules(mode=Mode.OFF),
    Channel.ZENDESK: Rules(mode=Mode.SHADOW, auto_above=0.975),
}
COUNTS = {
    (Channel.EMAIL, Status.WAITING): 3,
    (Channel.EMAIL, Status.ESCALATED): 1,
    (Channel.CHAT, Status.RESOLVED): 9,
}


def test_status_tells_conduct_queue_and_connections() -> None:
    said = replies.status(
        RULES, COUNTS, [("Slack", "connected"), ("Salesforce", "off: SALESFORCE_URL is not set")]
    )
    assert "•  :email: e-mail\xa0\xa0·  *assist*: a person sends\xa0\xa0·  3 waiting, 1 escalated" in said
    assert (
        "•  :speech_balloon: chat\xa0\xa0·  *auto*: sends by itself from 90 %\xa0\xa0·  nothing waits" in said
    )
    assert "*paused*: every answer waits for a person" in said
    assert "*shadow*: records what it would send from 97.5 %" in said
    assert "*off*: nothing is drafted" in said
    assert "•  *Salesforce*: off: SALESFORCE_URL is not set" in said
    assert "Connected" not in replies.status(RULES, COUNTS, [])
    assert "language model" not in said


def test_status_tells_what_models_took() -> None:
    work = [ModelWork("big", 1200, 2_400_000, 90_000, 0.93, 1.104), ModelWork("own", 1, 2000, 80, 2.0, 0.0)]
    said = replies.status(RULES, COUNTS, [], work)
    assert (
        "•  *big*: 1,200 drafts\xa0\xa0·  2,400,000 tokens read, 90,000 written\xa0\xa0·  "
        "0.9 s each\xa0\xa0·  cost 1.10" in said
    )
    assert said.endswith("•  *own*: 1 draft\xa0\xa0·  2,000 tokens read, 80 written\xa0\xa0·  2.0 s each")


def test_help_names_every_verb() -> None:
    for verb in ("status", "threshold", "mode", "undo", "rules", "risk", "whatif", "pause", "resume", "help"):
        assert f"/cockpit {verb}" in replies.HELP
    assert len(replies.HELP) < 3000


def test_a_verb_that_there_is_not_names_the_nearest() -> None:
    assert "did you mean `status`? Try" in replies.unknown("Statsu", ("status", "threshold"))
    assert "did you mean" not in replies.unknown("zzz", ("status", "stop"))


def test_listings_teach_how_to_change() -> None:
    assert ":ticket: Zendesk: *97.5 %*" in replies.thresholds(RULES, "returns")
    assert "/cockpit threshold chat 90%" in replies.thresholds(RULES, "returns")
    assert "/cockpit mode chat auto" in replies.modes(RULES)
    assert ":email: e-mail: *20 s*" in replies.undo(RULES | {Channel.EMAIL: Rules(undo=20)})
    assert "/cockpit undo email 30" in replies.undo(RULES)


def test_how_a_channel_answers_says_how_long_it_can_be_stopped() -> None:
    assert replies.conduct(Rules(mode=Mode.AUTO, undo=20)) == (
        "*auto*: sends by itself from 90 %, after 20 s in which it can be stopped"
    )


def test_changes_say_who_what_from_and_to() -> None:
    said = replies.changed(
        "U0MORGAN",
        [
            Change("auto_above", Channel.CHAT, 0.9, 0.99),
            Change("mode", Channel.CHAT, Mode.AUTO, Mode.AUTO),
            Change("paused", Channel.SMS, False, True),
            Change("sla.sms.normal", None, None, {"first": 60}),
        ],
    )
    assert said.split("\n") == [
        "<@U0MORGAN> changed:",
        "•  :speech_balloon: chat: sends by itself from 90 % → *99 %*",
        "•  :speech_balloon: chat: mode auto → *auto* (as it was)",
        "•  :iphone: text message: automatic answers running → *paused*",
        '•  everywhere: sla.sms.normal nothing → *{"first": 60}*',
        "_To take it back: `/cockpit revert last`._",
    ]


@pytest.mark.parametrize("kind", HOSTILE)
def test_unknown_words_are_quoted_harmlessly(kind: str) -> None:
    said = replies.unknown(HOSTILE[kind])
    assert said.endswith("Try `/cockpit help`, for example `/cockpit status`.")
    assert len(said) < 200
    check({"type": "mrkdwn", "text": text.with_actor(said)})


def test_home_counts_and_teaches() -> None:
    home = Home(RULES, COUNTS, QueueView((), (), None, 0, 0), {}, (), AT)
    view = home_view(home)
    assert not block_problems(view["blocks"], "home")
    assert "How to work a card" in str(view)
    assert "Nothing has come in within the last 24 hours" in str(view)
    manager = home_view(replace(home, is_manager=True, has_practised=False))
    assert not block_problems(manager["blocks"], "home")
    assert ("Threshold …" in str(manager), "Threshold …" in str(view)) == (True, False)


def test_pause_matters_only_where_something_goes_out_by_itself() -> None:
    assert replies.conduct(replace(RULES[Channel.EMAIL], paused=True)) == "*assist*: a person sends"


def test_rules_are_listed_with_examples_and_limits() -> None:
    said = replies.rules(RULES)
    assert "•  *Legal threat* (`legal`): “I will call my lawyer”" in said
    assert ":speech_balloon: chat: 2 in a row, 30 an hour to one customer" in said
    own = Topic("vip", "VIP <b>", re.compile("x"))
    assert "•  *VIP &lt;b&gt;* (`vip`)\xa0\xa0·  0 tests" in replies.rules(
        {Channel.CHAT: Rules(topics=(own,))}
    )
    assert len(said) < 3000


def test_changed_limits_are_named() -> None:
    said = replies.changed(
        "U1", [Change("in_a_row", Channel.CHAT, 2, 3), Change("per_hour", Channel.CHAT, 30, 20)]
    )
    assert "automatic answers in a row 2 → *3*" in said
    assert "automatic answers an hour to one customer 30 → *20*" in said


def test_what_is_proven_of_a_promise_is_said_in_words() -> None:
    said = replies.risks(
        [
            Risk(Channel.EMAIL, 0.02, Certified(0.912, 230, 1, 0.0168)),
            Risk(Channel.CHAT, 0.03, NotYet(1, 75)),
            Risk(Channel.SMS, 0.01, Refused(230, 9, 0.0611)),
            Risk(Channel.PHONE, None, None),
        ]
    )
    assert "e-mail: at most 2 %: *certified*, sends by itself from *91.2 %*" in said
    assert "(1 of 230 reviewed were wrong; at most 1.7 %, with 90 % confidence)" in said
    assert "*not yet*: 1 more reviewed answer needed; until then a person sends" in said
    assert "*cannot be certified*: 9 of the 230 surest were wrong (up to 6.2 %)" in said
    assert "nothing promised" in said


def test_a_replay_says_what_is_known_and_what_is_not() -> None:
    known = Replay(Channel.CHAT, 0.85, 200, 0.5, 40, 1, 0.0013, 0.1137)
    anyway = " Not counted: 9 other drafts that people get at any threshold, for the topic or a doubt."
    assert replies.replay(replace(known, held=9)) == replies.replay(known) + anyway
    assert replies.replay(replace(known, decided=0, held=1)).endswith(
        anyway.replace("9 other drafts", "1 other draft")
    )
    assert replies.replay(replace(known, n=0, held=9)).endswith(anyway)
    assert (
        "would have sent 50 % of its last 200 drafts by itself, 2.5 % of them wrong (1 of n = 40"
        in replies.replay(known)
    )
    assert "between 0.1 % and 11.4 %" in replies.replay(known)
    assert "Nobody has judged any" in replies.replay(replace(known, n=0))
    assert "no drafts on record yet" in replies.replay(replace(known, decided=0))


def test_what_is_not_set_is_called_the_default() -> None:
    for key in KNOBS:
        told = replies.change(Change(key, Channel.EMAIL, None, {"no": "such"}))
        assert ("default →" in told) is not takes_nothing(key)


def test_what_cannot_be_read_is_shown_as_it_is() -> None:
    told = replies.change(Change("auto_above", Channel.EMAIL, "0.9", {"no": "such"}))
    assert '"0.9" → *{"no": "such"}*' in told


def test_status_names_what_does_not_count() -> None:
    assert "`mode.email`" in replies.status({}, {}, [], unreadable=["mode.email"])


def test_where_cards_go_is_told_in_words() -> None:
    placed = replies.change(Change("cards.main.email", None, None, "C9"))
    assert placed.endswith("e-mail: cards go to where the settings say → *<#C9>*")
    assert replies.change(Change("cards.main.*", None, "C9", None)).startswith(
        "•  everywhere: cards go to <#C9>"
    )
    assert "<#" not in replies.change(Change("cards.main.email", None, {"no": "such"}, None))
