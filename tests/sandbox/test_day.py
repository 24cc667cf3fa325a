"""The parts of a working day that need no app: the plan, what a card asks for, and the report's arithmetic."""

import random
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from sandbox.day.agents import Agent, needed
from sandbox.day.cards import Card, text_input
from sandbox.day.ledger import Ledger
from sandbox.day.lines import NotTakenError, World, line
from sandbox.day.pace import Pace
from sandbox.day.plan import CLOSES, CURVE, OPENS, Ticket, clock, plan
from sandbox.day.report import SlackCalls, quantile, report
from sandbox.day.talk import Arrival, Talk
from sandbox.slack.traffic import Traffic

ARTICLE = "https://help.northwind.example/account/password-reset"


def ticket(wanted: str = "send", **changes: Any) -> Ticket:
    given = {"id": "T1", "minute": 600.0, "channel": "email", "address": "ada@home.example", "name": "Ada"}
    said = {"subject": "A lid & a kettle", "text": "Where is the lid?", "articles": ("password-reset",)}
    return Ticket(**{**given, **said, "wanted": wanted, **changes})


def card(*actions: str, text: str = "Waiting for you: A lid", words: str = "") -> Card:
    elements = [{"type": "button", "action_id": one} for one in actions]
    blocks = [
        {
            "type": "section",
            "text": {"type": "mrkdwn", "text": f"*A lid &amp; a kettle* ada@home.example {words}"},
        },
        {"type": "actions", "elements": elements},
    ]
    return Card("C1", {"ts": "1.0", "text": text, "blocks": blocks})


def test_the_same_seed_is_the_same_day() -> None:
    assert plan(3) == plan(3)
    assert plan(3) != plan(4)


def test_a_day_has_200_questions_on_every_channel_within_working_hours() -> None:
    day = plan()
    assert len(day) == len({one.id for one in day}) == 200
    assert set(Counter(one.channel for one in day)) == {"email", "chat", "sms", "phone", "zendesk"}
    assert [one.minute for one in day] == sorted(one.minute for one in day)
    assert OPENS <= day[0].minute < day[-1].minute <= CLOSES


def test_the_day_follows_the_curve() -> None:
    by_hour = Counter(int(one.minute - OPENS) // 60 for one in plan())
    for hour, weight in enumerate(CURVE):
        assert abs(by_hour[hour] - 200 * weight / sum(CURVE)) <= 2


def test_nobody_writes_twice_from_one_address() -> None:
    addresses = Counter((one.channel, one.address) for one in plan() if one.channel != "chat")
    assert addresses.most_common(1)[0][1] == 1


@pytest.mark.parametrize(("drift", "least", "most"), [(0.0, 0.35, 0.65), (0.2, 0.55, 0.95), (1.0, 1.0, 1.0)])
def test_with_drift_hard_questions_come_later(drift: float, least: float, most: float) -> None:
    day = plan(1, 200, drift)
    hard = [index >= 100 for index, one in enumerate(day) if one.wanted in ("review", "escalate")]
    assert least <= sum(hard) / len(hard) <= most


def test_the_clock_shows_minutes_after_midnight() -> None:
    assert [clock(minute) for minute in (540, 754.9, 1020, 1505)] == ["09:00", "12:34", "17:00", "01:05 +1 d"]


AT = {"now": 0.0}


def pace() -> Pace:
    return Pace(60, lambda: AT["now"])


def answered_by_agent(at: float = -10_000.0) -> Talk:
    return Talk(ticket(), wrote_at=0.0, arrivals=[Arrival(at, "Hello", by_agent=True)], agent_sends_at=at)


def answered_by_itself() -> Talk:
    article = ticket().articles[0]
    return Talk(ticket(), wrote_at=0.0, arrivals=[Arrival(1.0, f"See https://help.example/{article}")])


def test_with_drift_the_second_half_turns_to_something_new() -> None:
    def new(share: float) -> list[int]:
        return [n for n, one in enumerate(plan(1, 200, share)) if one.id.startswith("C0")]

    assert new(0.0) == []
    assert len(new(0.5)) == pytest.approx(50, abs=15)
    assert min(new(0.5)) >= 100
    assert new(1.0) == list(range(100, 200))
    day = plan(1, 200, 1.0)
    assert {one.channel for one in day[100:150]} == {"email", "zendesk"}
    assert {one.channel for one in day[150:]} == {"chat"}


@pytest.mark.parametrize(
    ("shown", "talk", "deed"),
    [
        (card("approve", "edit"), Talk(ticket()), "answer"),
        (card("take", "reply", text="Escalated: A lid"), Talk(ticket("escalate")), "take"),
        (card("reply", text="Escalated: A lid"), Talk(ticket("escalate")), "reply"),
        (card("take", "reply", text="Escalated: A lid"), Talk(ticket(), wrote_again=True), "reply"),
        (card("reply", "take"), Talk(ticket()), "reply"),
        (card("resend", "reply"), Talk(ticket()), "settle"),
        (card("good", "wrong"), Talk(ticket()), None),
        (card("good", "wrong", words="picked for a quality check"), Talk(ticket()), "judge"),
        (card("resolve", "reply"), Talk(ticket("ignore")), "close"),
        (card("reply"), Talk(ticket("ignore")), None),
        (card("reply", "resolve"), answered_by_itself(), "close"),
        (card("reply"), answered_by_itself(), None),
        (card("reply", "resolve"), answered_by_agent(), "close"),
        (card("reply", "resolve"), answered_by_agent(at=-1.0), None),
        (card("approve", "edit"), answered_by_agent(), None),
        (card("approve", "edit"), Talk(ticket(), agent_sends_at=-1.0), None),
        (card("approve", "edit"), Talk(ticket(), agent_sends_at=-1_000.0), "answer"),
        (card(), Talk(ticket()), None),
    ],
)
def test_what_a_card_needs_somebody_for(shown: Card, talk: Talk, deed: str | None) -> None:
    assert needed(shown, talk, 0.0, pace()) == deed


def test_a_card_is_told_by_its_subject_and_its_sender() -> None:
    assert card().is_about(ticket())
    assert not card().is_about(ticket(address="bob@home.example"))
    assert not card().is_about(ticket(subject="Another lid"))
    assert card(words="Where is\\nthe lid?").is_about(ticket(channel="chat", subject="", address="v1"))


def test_a_window_takes_an_answer_where_it_asks_for_one() -> None:
    def block(name: str, **more: str) -> dict[str, Any]:
        return {"block_id": name, "element": {"type": "plain_text_input", "action_id": "text", **more}}

    assert text_input({"blocks": [block("hint"), block("answer-1-0", initial_value="Hi")]}) == (
        "answer-1-0",
        "text",
        "Hi",
    )
    assert text_input({"blocks": [block("other")]}) == ("other", "text", "")
    assert text_input({"blocks": [{"type": "divider"}]}) is None


class Pressed:
    """A desk on which every press opens a window with one input, and every window is taken."""

    def __init__(self) -> None:
        self.pressed: list[tuple[str, str | None]] = []
        self.written: list[str] = []

    async def press_on_message(
        self, _channel: str, _ts: str, action: str, _user: str, value: str | None
    ) -> dict[str, Any]:
        self.pressed.append((action, value))
        element = {"type": "plain_text_input", "action_id": "answer"}
        return {"view": {"id": "V1", "blocks": [{"block_id": "answer-1", "element": element}]}}

    async def submit(self, _view: str, _user: str, values: dict[str, Any]) -> dict[str, Any]:
        self.written.append(values["answer-1"]["answer"])
        return {"response_action": ""}


async def test_where_the_draft_does_not_fit_an_agent_writes_an_answer_of_their_own() -> None:
    people: Any = Pressed()
    shown = card("approve", "edit")
    menu = {"action_id": "more", "type": "overflow", "options": [{"value": "reply:c1.1"}]}
    shown.message["blocks"][1]["elements"].append(menu)
    talk = Talk(ticket("review", articles=("returns",)))
    await Agent("U1", "Kim Ho", people, Pace(1_000_000), random.Random(1)).answer(shown, talk)
    assert people.pressed == [("more", "reply:c1.1")]
    assert "Best regards\nKim" in people.written[0]
    assert (talk.answered_how, talk.clicks_to_answer) == ("reply", 3)


@pytest.mark.parametrize(
    ("values", "share", "value"),
    [([], 0.5, None), ([3.0], 0.9, 3.0), ([4.0, 1.0, 3.0, 2.0], 0.5, 2.0), ([1.0, 2.0, 3.0, 4.0], 0.9, 4.0)],
)
def test_quantiles_are_values_that_were_there(values: list[float], share: float, value: float | None) -> None:
    assert quantile(values, share) == value


def day_of_talks() -> list[Talk]:
    right = Talk(ticket(), 0.0, [Arrival(2.0, f"See {ARTICLE}")], ("C", "1"), "c1", score=5)
    wrong = Talk(
        ticket("review", articles=()),
        0.0,
        [Arrival(1.0, f"See {ARTICLE}"), Arrival(60.0, "Hello, Kim here", by_agent=True)],
        ("C", "2"),
        "c2",
        wrote_again=True,
        answered_how="reply",
        clicks=3,
        clicks_to_answer=2,
        score=3,
    )
    approved = Talk(
        ticket(),
        0.0,
        [Arrival(5.0, "We have got your message."), Arrival(30.0, f"See {ARTICLE}", by_agent=True)],
        ("C", "3"),
        "c3",
        agent_sends_at=29.75,
        slack_calls_to_answer=2,
        answered_how="approve",
        clicks=2,
        clicks_to_answer=1,
    )
    thanks = Talk(ticket("ignore"), 0.0, [], ("C", "4"), "c4")
    return [right, wrong, approved, thanks]


def test_the_report_counts_what_reached_customers() -> None:
    called = Counter({"c1": 1, "c2": 4, "c3": 2, "": 1})
    kinds = Counter({("c2", "card changed"): 3, ("c2", "card posted"): 1, ("c3", "card posted"): 2})
    calls = SlackCalls(Counter({"chat.postMessage": 8}), called, kinds, Counter({"c2": 1}), 1)
    told = report(day_of_talks(), calls, speed=60, seconds=480)
    assert told["automated_resolution"] == {"n": 1, "of": 3, "share": 0.3333}
    assert told["answered_by_itself"]["n"] == 2
    assert told["right_by_itself"] == {"n": 1, "of": 2, "share": 0.5}
    assert told["answer_seconds_by_itself"] == {"n": 2, "p50": 1.0, "p90": 2.0}
    assert told["answer_minutes_by_agents"] == {"n": 2, "p50": 30.0, "p90": 60.0}
    assert told["csat"] == {"n": 2, "mean": 4.0, "satisfied": {"n": 1, "of": 2, "share": 0.5}}
    assert told["clicks"]["per_conversation"] == 1.25
    assert told["by_deed"]["approve"] == {
        "n": 1,
        "clicks_to_answer": 1.0,
        "slack_calls": 2.0,
        "slack_calls_by_kind": {"card posted": 2.0},
        "no_more_than_an_answer": {"n": 1, "slack_calls": 2.0},
        "slack_calls_to_answer": 2.0,
        "windows": 0.0,
        "seconds_to_the_customer": {"n": 1, "p50": 0.25, "p90": 0.25},
    }
    replied = told["by_deed"]["reply"]
    assert [replied[what] for what in ("n", "slack_calls", "windows")] == [1, 4.0, 1.0]
    assert replied["no_more_than_an_answer"] == {"n": 0, "slack_calls": None}
    assert told["slack_calls"]["by_kind_with_an_agent"] == {"card posted": 1.5, "card changed": 1.5}
    assert told["by_deed"]["escalated"]["n"] == 0
    assert told["slack_calls"]["per_conversation_by_itself"] == 1.0
    assert told["slack_calls"]["per_conversation_with_an_agent"] == 3.0
    assert told["problems"] == []


def test_what_went_wrong_is_named() -> None:
    twice = [Arrival(1.0, f"See {ARTICLE}"), Arrival(2.0, f"See {ARTICLE}")]
    talks = [
        Talk(ticket(id="T1"), 0.0, twice, ("C", "1"), "c1"),
        Talk(ticket(id="T2"), 0.0, [], ("C", "2"), "c2"),
        Talk(ticket(id="T3"), 0.0),
        Talk(ticket(id="T4")),
        Talk(ticket(id="T5"), 0.0, trouble="The app did not take it."),
    ]
    assert report(talks, SlackCalls(), 60, 1)["problems"] == [
        "T1 (email) got the same answer twice.",
        "T2 (email) was left without an answer.",
        "T3 (email) has no card in Slack.",
        "T4 (email) was never written.",
        "T5 (email): The app did not take it.",
    ]


def test_calls_are_counted_for_the_conversation_they_are_about() -> None:
    traffic = Traffic(lambda: 0.0)
    traffic.note("request", method="auth.test", args={}, status=200, answer={"ok": True})
    ledger = Ledger(traffic)  # What was called before the day does not count.
    known = {"event_type": "threadpilot_sheet", "event_payload": {"conversation": "c1", "sheet": "root"}}
    for args, answer in (
        ({"channel": "C", "metadata": known}, {"ok": True, "ts": "1.0"}),
        ({"channel": "C", "thread_ts": "1.0"}, {"ok": True, "ts": "1.1"}),
        ({"channel": "C", "ts": "1.1"}, {"ok": True, "ts": "1.1"}),
        ({"channel": "D", "ts": "1.0"}, {"ok": True}),
    ):
        traffic.note("request", method="chat.postMessage", args=args, status=200, answer=answer)
    traffic.note("request", method="views.open", args={}, status=429, answer={"ok": False})
    window = {"view": {"private_metadata": "c1.1.draft."}}
    traffic.note("request", method="views.open", args=window, status=200, answer={"ok": True})
    traffic.note("envelope", via="socket")
    ledger.look()
    assert dict(ledger.calls.by_conversation) == {"c1": 3, "": 1}
    assert dict(ledger.calls.kinds) == {
        ("c1", "card posted"): 1,
        ("c1", "thread posted"): 2,
        ("", "thread posted"): 1,
    }
    assert dict(ledger.calls.windows) == {"c1": 1, "": 1}
    assert dict(ledger.calls.by_method) == {"chat.postMessage": 4, "views.open": 2}
    assert ledger.calls.limited == 1


@asynccontextmanager
async def refusing_chat(wait: str) -> AsyncIterator[tuple[World, list[float]]]:
    """Serve a chat that opens no session at first, and notes when it was asked."""
    asked: list[float] = []

    async def session(_request: web.Request) -> web.Response:
        asked.append(time.monotonic())
        said = {"type": "error", "code": "rate", "message": "Too many chats."}
        return web.json_response(said, status=429, headers={"Retry-After": wait})

    app = web.Application()
    app.router.add_post("/chat/v1/session", session)
    async with TestServer(app) as server, aiohttp.ClientSession() as http:
        far: Any = None
        yield World(http, far, far, far, far, str(server.make_url("")).rstrip("/"), ("", 0), ""), asked


async def test_a_chat_that_asks_to_wait_is_waited_for_and_its_refusal_is_told_in_its_words() -> None:
    async with refusing_chat("0.3") as (world, asked):
        with pytest.raises(NotTakenError, match="rate: Too many chats"):
            await line(ticket(channel="chat"), world).write("Where is the lid?")
    assert len(asked) > 1
    assert all(later - earlier >= 0.3 for earlier, later in pairwise(asked))
