"""The main job, from one command, over real protocols: what the README promises."""

import json
from email.utils import parseaddr

import pytest

from tests.e2e.harness import Outside, actions, said
from tests.waiting import until

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.asyncio(loop_scope="package"),
    pytest.mark.xdist_group("demo"),
]

UNSURE = "Could I perhaps rent one of your tents for a weekend, and what happens with the deposit?"


async def test_the_contract_line_names_everything(demo: Outside) -> None:
    assert set(demo.contract) == {
        *("app", "sandbox", "slack_api", "slack_token", "smtp", "support"),
        *("channels", "agent", "manager"),
    }
    assert {"email", "chat", "sms", "phone", "zendesk"} <= set(demo.contract["channels"])


async def test_a_newcomer_finds_one_sent_one_waiting_one_escalated(demo: Outside) -> None:
    for subject, showing in (
        ("Student discount", "Answered by itself"),
        ("A lantern", "Waiting for you"),
        ("Charged twice", "Legal threat"),
    ):
        await demo.card("email", subject, showing)


async def test_a_mail_is_drafted_approved_and_answered_once_in_its_thread(demo: Outside) -> None:
    await demo.command("mode email assist", demo.contract["manager"])
    sent = await demo.mail("Shoes too small", "Hi, how many days do I have to return my shoes?")
    card = await demo.card("email", "Shoes too small", "Waiting for you")
    assert {"approve", "edit", "escalate"} <= set(actions(card))
    assert "sure" in said(card)
    assert "help.northwind.example" in said(card)

    agent = demo.contract["agent"]
    first = await demo.click("email", card, "approve", agent)
    second = await demo.click("email", card, "approve", demo.contract["manager"])
    assert first["ok"]
    assert second["ok"]

    async def told() -> object:
        return [one for one in await demo.whispered(demo.contract["manager"]) if agent in json.dumps(one)]

    await until(told)

    (mail,) = await demo.received("ada@customer.example", "Shoes too small")
    headers = {name.lower(): value for name, value in mail["headers"].items()}
    assert mail["subject"] == "Re: Shoes too small"
    assert headers["in-reply-to"] == sent
    assert sent in headers["references"]
    assert "60 days" in mail["text"]
    assert "<" in mail["html"]
    await demo.card("email", "Shoes too small", f"<@{demo.contract['agent']}>")
    assert len(await demo.inbox(subject="Shoes too small")) == 1
    assert len(await demo.cards("email", "Shoes too small")) == 1
    await demo.command("mode email auto yes", demo.contract["manager"])


async def test_a_reply_by_the_signed_address_stays_in_its_thread(demo: Outside) -> None:
    await demo.mail("Washing", "How do I wash my down jacket?", sender="bo@customer.example")
    (mail,) = await demo.received("bo@customer.example", "Washing")
    reply_to = {name.lower(): value for name, value in mail["headers"].items()}["reply-to"]
    raw = (
        f"From: Bo <bo@customer.example>\r\nTo: {reply_to}\r\nSubject: another subject\r\n"
        "Message-ID: <second@customer.example>\r\n\r\nAnd how do I reset my password?\r\n"
    )
    await demo.raw_mail(raw.encode(), "bo@customer.example", to=parseaddr(reply_to)[1])
    await demo.received("bo@customer.example", "Washing", count=2)
    assert await demo.cards("email", "another subject") == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Where is my money? I will call my lawyer.", "Legal threat"),
        ("How do I configure a Kubernetes ingress controller?", "below 70 %"),
    ],
)
async def test_what_must_not_be_sent_is_escalated_with_its_reason(
    demo: Outside, text: str, reason: str
) -> None:
    subject = f"Escalate {reason}"
    await demo.mail(subject, text, sender="eve@customer.example")
    await demo.card("email", subject, reason)

    async def handed_over() -> object:
        history = await demo.slack.conversations_history(channel="C0ESCALATE1")
        return [m for m in history["messages"] if subject in said(m) and text in said(m)]

    assert len(await until(handed_over)) == 1
    assert await demo.inbox("eve@customer.example") == []


async def test_an_edit_and_an_escalation_by_hand(demo: Outside) -> None:
    agent = demo.contract["agent"]
    await demo.command("mode email assist", demo.contract["manager"])
    await demo.mail("Edit me", "How do I wash my down jacket?", sender="cy@customer.example")
    card = await demo.card("email", "Edit me", "Waiting for you")
    opened = await demo.window("email", card, "edit", agent)
    block = next(b for b in opened["blocks"] if b["type"] == "input")
    place = {block["block_id"]: {block["element"]["action_id"]: " "}}
    refused = await demo.post("/control/slack/submit", view_id=opened["id"], user=agent, values=place)
    assert refused["errors"] or not refused["ok"]
    place = {block["block_id"]: {block["element"]["action_id"]: "Cold wash, dear Cy."}}
    done = await demo.post("/control/slack/submit", view_id=opened["id"], user=agent, values=place)
    assert done["ok"]
    (mail,) = await demo.received("cy@customer.example", "Edit me")
    assert "Cold wash, dear Cy." in mail["text"]
    await demo.command("mode email auto yes", demo.contract["manager"])


async def test_an_automatic_answer_can_be_stopped_before_it_leaves(demo: Outside) -> None:
    agent, manager = demo.contract["agent"], demo.contract["manager"]
    assert "0 s → *60 s*" in await demo.command("undo email 60", manager)
    await demo.mail("Stop me", "How do I reset my password?", sender="ed@customer.example")
    card = await demo.card("email", "Stop me", "Goes out by itself")
    assert actions(card) == ["stop"]
    assert (await demo.click("email", card, "stop", agent))["ok"]
    waiting = await demo.card("email", "Stop me", "Waiting for you")
    assert (await demo.click("email", waiting, "approve", agent))["ok"]
    assert len(await demo.received("ed@customer.example", "Stop me")) == 1

    await demo.command("undo email 1", manager)
    await demo.mail("Let me go", "How do I reset my password?", sender="ed@customer.example")
    assert len(await demo.received("ed@customer.example", "Let me go")) == 1
    await demo.command("undo email 0", manager)


async def test_an_answer_that_comes_back_is_shown_in_the_mail_servers_words(demo: Outside) -> None:
    await demo.mail("Come back", "How do I reset my password?", sender="fay@customer.example")
    (mail,) = await demo.received("fay@customer.example", "Come back")
    sent = {name.lower(): value for name, value in mail["headers"].items()}["message-id"]
    report = (
        "From: MAILER-DAEMON@customer.example\r\nSubject: Undelivered Mail Returned to Sender\r\n"
        f"Message-ID: <report@customer.example>\r\nIn-Reply-To: {sent}\r\n\r\n"
        "<fay@customer.example>: 550 5.1.1 User unknown\r\n"
    )
    await demo.raw_mail(report.encode(), "")
    card = await demo.card("email", "Come back", "It came back")
    assert "550 5.1.1 User unknown" in said(card)
    assert len(await demo.inbox("fay@customer.example")) == 1


async def test_thread_text_is_an_internal_note(demo: Outside) -> None:
    await demo.mail("Note", "Do you sell flying carpets?", sender="di@customer.example")
    card = await demo.card("email", "Note")
    channel = demo.contract["channels"]["email"]
    await demo.post(
        "/control/slack/message",
        channel=channel,
        user=demo.contract["agent"],
        text="Never tell the customer this.",
        thread_ts=card["ts"],
    )
    await demo.mail("Password", "How do I reset my password?", sender="di@customer.example")
    mails = await demo.received("di@customer.example", "Password")
    assert "Never tell" not in json.dumps(mails)


async def test_a_threshold_changes_what_happens_next_and_agents_may_not_change_it(demo: Outside) -> None:
    agent, manager = demo.contract["agent"], demo.contract["manager"]
    assert "managers" in await demo.command("threshold email 0.99999", agent)
    assert "e-mail" in await demo.command("threshold email 0.99999", manager)
    await demo.mail("Held back", "How do I reset my password?", sender="flo@customer.example")
    await demo.card("email", "Held back", "Waiting for you")
    await demo.command("threshold email 0.9", manager)
    await demo.mail("Let through", "How do I reset my password?", sender="flo@customer.example")
    await demo.received("flo@customer.example", "Let through")
    assert await demo.inbox("flo@customer.example", "Held back") == []


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("threshold email banana", "0.85"),
        ("mode email warp", "assist"),
        ("threshold mars 0.9", "email"),
        ("fly", "/cockpit help"),
        ("mode", "/cockpit"),
    ],
)
async def test_a_wrong_command_is_answered_with_what_to_type(demo: Outside, text: str, hint: str) -> None:
    answer = await demo.command(text, demo.contract["manager"])
    assert hint in answer
    assert "Traceback" not in answer


async def test_help_and_status(demo: Outside) -> None:
    assert "threshold" in await demo.command("help", demo.contract["agent"])
    status = await demo.command("status", demo.contract["agent"])
    assert "email" in status.lower() or "e-mail" in status.lower()


async def test_good_after_an_automatic_answer(demo: Outside) -> None:
    await demo.mail("Judge me", "How do I reset my password?", sender="gil@customer.example")
    card = await demo.card("email", "Judge me", "Answered by itself")
    assert (await demo.click("email", card, "good", demo.contract["agent"]))["ok"]
    await demo.card("email", "Judge me", f"<@{demo.contract['agent']}>")
