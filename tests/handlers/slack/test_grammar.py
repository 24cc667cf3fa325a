import pytest

from blocks.text import with_actor
from bot.core.errors import InvalidInput
from bot.core.insights.digest import Plan
from bot.core.model import Channel, Mode
from handlers.slack.grammar import (
    Help,
    OpenDashboard,
    Pause,
    Resume,
    SetLimit,
    SetMode,
    SetRisk,
    SetRollout,
    SetThreshold,
    SetUndo,
    ShowModes,
    ShowRisk,
    ShowRollout,
    ShowRules,
    ShowStats,
    ShowStatus,
    ShowThresholds,
    ShowUndo,
    WhatIf,
    parse,
)
from handlers.slack.grammar_reports import SetDigest, ShowDigest
from tests.blocks.hostile import HOSTILE, check


@pytest.mark.parametrize(
    ("typed", "command"),
    [
        ("", Help()),
        ("   ", Help()),
        ("help", Help()),
        ("HELP me please", Help()),
        ("?", Help()),
        ("status", ShowStatus()),
        ("digest", ShowDigest()),
        ("digest daily", ShowDigest()),
        ("Digest WEEKLY", ShowDigest(weekly=True)),
        ("digest off", SetDigest(None)),
        ("digest <#C0LEADS> 9 Europe/Berlin", SetDigest(Plan("C0LEADS", "Europe/Berlin", 540))),
        ("digest <#C0LEADS|x> mon-wed,fri 17:30 UTC", SetDigest(Plan("C0LEADS", "UTC", 1050, (0, 1, 2, 4)))),
        ("digest C0LEADS99 daily 0:05 UTC", SetDigest(Plan("C0LEADS99", "UTC", 5, (0, 1, 2, 3, 4, 5, 6)))),
        ("threshold", ShowThresholds()),
        ("threshold chat 0.85", SetThreshold(Channel.CHAT, 0.85)),
        ("threshold chat .85", SetThreshold(Channel.CHAT, 0.85)),
        ("threshold chat 85", SetThreshold(Channel.CHAT, 0.85)),
        ("threshold chat 85%", SetThreshold(Channel.CHAT, 0.85)),
        ("threshold chat 85 %", SetThreshold(Channel.CHAT, 0.85)),
        ("threshold chat 97,5%", SetThreshold(Channel.CHAT, 0.975)),
        ("threshold chat 0.99", SetThreshold(Channel.CHAT, 0.99)),
        ("Threshold E-Mail 1", SetThreshold(Channel.EMAIL, 1.0)),
        ("threshold 90", SetThreshold(None, 0.9)),
        ("threshold all 90%", SetThreshold(None, 0.9)),
        ("mode", ShowModes()),
        ("mode email auto", SetMode(Channel.EMAIL, Mode.AUTO)),
        ("mode off", SetMode(None, Mode.OFF)),
        ("mode everywhere Shadow", SetMode(None, Mode.SHADOW)),
        ("undo", ShowUndo()),
        ("undo email 30", SetUndo(Channel.EMAIL, 30)),
        ("undo email 30s", SetUndo(Channel.EMAIL, 30)),
        ("undo email 30 seconds", SetUndo(Channel.EMAIL, 30)),
        ("undo all 0", SetUndo(None, 0)),
        ("undo 45", SetUndo(None, 45)),
        ("rules", ShowRules()),
        ("rules in-a-row 3", SetLimit(None, "in_a_row", 3)),
        ("rules chat Per-Hour 20", SetLimit(Channel.CHAT, "per_hour", 20)),
        ("risk", ShowRisk()),
        ("risk email 2%", SetRisk(Channel.EMAIL, 0.02)),
        ("risk email 2", SetRisk(Channel.EMAIL, 0.02)),
        ("risk 0.5 %", SetRisk(None, 0.005)),
        ("whatif chat 85%", WhatIf(Channel.CHAT, 0.85)),
        ("rollout", ShowRollout()),
        ("rollout email 10%", SetRollout(Channel.EMAIL, 0.1)),
        ("rollout email 12.5 %", SetRollout(Channel.EMAIL, 0.125)),
        ("rollout 100", SetRollout(None, 1.0)),
        ("rollout chat 0%", SetRollout(Channel.CHAT, 0.0)),
        ("stats", ShowStats("7d", None)),
        ("stats 24h", ShowStats("24h", None)),
        ("stats chat", ShowStats("7d", Channel.CHAT)),
        ("stats E-Mail 30D", ShowStats("30d", Channel.EMAIL)),
        ("stats 90d all", ShowStats("90d", None)),
        ("dashboard", OpenDashboard()),
        ("pause", Pause(None)),
        ("pause chat", Pause(Channel.CHAT)),
        ("resume *", Resume(None)),
        ("resume text", Resume(Channel.SMS)),
    ],
)
def test_what_is_typed_is_understood(typed: str, command: object) -> None:
    assert parse(typed) == command


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("treshold chat 90", "Try `/cockpit help`"),
        ("threshold fax 90", "`fax` is no channel: use one of email, chat, sms, phone, zendesk"),
        ("threshold chat", "for example `/cockpit threshold chat 90%`"),
        ("threshold chat high", "`high` is no threshold: write it like `0.85` or `85%`"),
        ("threshold chat 0.85%", "between 10% and 100%"),
        ("threshold email 150", "`150` would be 150 %: a threshold lies"),
        ("threshold email 2,5%", "`2,5%` would be 2.5 %"),
        ("threshold chat 1.5", "between 10% and 100%"),
        ("threshold chat 0", "between 10% and 100%"),
        ("threshold chat -1", "no threshold"),
        ("threshold chat 101", "between 10% and 100%"),
        ("threshold chat 1e9", "no threshold"),
        ("threshold chat ٨٥", "no threshold"),
        ("threshold chat nan", "no threshold"),
        ("threshold chat 90 now", "/cockpit threshold chat 90%"),
        ("mode chat", "for example `/cockpit mode chat assist`"),
        ("mode chat fast", "`fast` is no mode: use one of off, shadow, assist, auto"),
        ("mode fast", "`fast` is no channel"),
        ("mode a b c", "/cockpit mode chat auto"),
        ("undo chat", "for example `/cockpit undo chat 30`"),
        ("undo fax 30", "`fax` is no channel"),
        ("undo chat soon", "`soon` is no number of seconds: write it like `30`"),
        ("undo chat -5", "no number of seconds"),
        ("undo chat 2.5", "no number of seconds"),
        ("undo seconds", "`seconds` is no channel"),
        ("undo chat 30 please", "/cockpit undo email 30"),
        ("rules chat", "Write `/cockpit rules`"),
        ("rules in-a-row", "Write `/cockpit rules`"),
        ("rules in-a-row many", "`many` is no number"),
        ("rules fax in-a-row 3", "`fax` is no channel"),
        ("risk chat", "for example `/cockpit risk chat 2%`"),
        ("risk fax 2%", "`fax` is no channel"),
        ("risk chat 0.02", "`0.02` is no risk: write it in percent, like `2%`"),
        ("risk chat little", "`little` is no risk"),
        ("risk chat 2% now", "/cockpit risk email 2%"),
        ("whatif", "/cockpit whatif chat 85%"),
        ("whatif all 85%", "Say one channel"),
        ("whatif fax 85%", "`fax` is no channel"),
        ("whatif chat 5%", "between 10% and 100%"),
        ("rollout email", "for example `/cockpit rollout email 10%`"),
        ("rollout email half", "`half` is no share: write it in percent, like `10%`"),
        ("rollout email 0.1", "no share"),
        ("rollout fax 10%", "`fax` is no channel"),
        ("rollout a b c", "/cockpit rollout email 10%"),
        ("stats 1y", "`1y` is no period: use one of 24h, 7d, 30d, 90d"),
        ("stats 7", "no period"),
        ("stats fax", "`fax` is no channel"),
        ("stats 7d 30d", "/cockpit stats 7d chat"),
        ("stats chat sms", "/cockpit stats 7d chat"),
        ("pause chat sms", "/cockpit pause chat"),
        ("resume chat sms", "/cockpit resume chat"),
        ("pause fax", "no channel"),
        ("digest monthly", "/cockpit digest weekly"),
        ("digest <#C0LEADS> 9:00", "/cockpit digest #support-leads"),
        ("digest leads 9:00 UTC", "`leads` is no Slack channel"),
        ("digest <#C0LEADS> 25:00 UTC", "`25:00` is no time of a day"),
        ("digest <#C0LEADS> 9:75 UTC", "`9:75` is no time of a day"),
        ("digest <#C0LEADS> 9:00 Mars/Base", "`Mars/Base` is no time zone"),
        ("digest <#C0LEADS> someday 9:00 UTC", "`someday` is no day"),
        ("digest <#C0LEADS> off", "/cockpit digest weekly"),
    ],
)
def test_mistake_is_answered_with_one_sentence_and_an_example(typed: str, hint: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse(typed)
    assert hint in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize(
    "before",
    [
        *("", "threshold ", "threshold chat ", "mode ", "mode chat ", "pause ", "rules in-a-row "),
        *("risk ", "whatif chat ", "stats ", "stats 7d ", "digest ", "digest <#C0123> "),
    ],
)
def test_garbage_never_does_anything_but_explain(before: str, kind: str) -> None:
    garbage = HOSTILE[kind].strip()
    if not garbage:
        return
    with pytest.raises(InvalidInput) as caught:
        parse(before + garbage)
    assert len(str(caught.value)) < 300
    check({"type": "mrkdwn", "text": with_actor(str(caught.value))})
