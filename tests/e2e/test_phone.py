"""The demo's phones: a call and a text, from whole processes, over HTTP only."""

import json

import pytest

from tests.e2e.harness import Json, Outside, said
from tests.waiting import until

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.asyncio(loop_scope="package"),
    pytest.mark.xdist_group("demo"),
]


async def texts_to(demo: Outside, number: str) -> list[Json]:
    async def arrived() -> list[Json]:
        return [m for m in await demo.get("/control/sms") if m["to"] == number]

    return await until(arrived)  # type: ignore[no-any-return]


async def test_a_call_becomes_a_thread_with_transcript_and_recording_and_a_text_answers_it(
    demo: Outside,
) -> None:
    number = "+447700900301"
    call = (await demo.post("/control/call", **{"from": number}))["call"]
    assert "may record it" in call["talk"][0]["text"]
    await demo.post("/control/call", sid=call["sid"], silence=True)
    await demo.post("/control/call", sid=call["sid"], say="How do I wash my down jacket?")
    card = await demo.card("phone", "How do I wash my down jacket?", "Waiting for you")
    assert "Listen to the recording" in said(card)
    assert "75 % sure of the words" in said(card)
    assert (await demo.click("phone", card, "approve", demo.contract["agent"]))["ok"]
    (answer,) = await texts_to(demo, number)
    assert "More: https://help.northwind.example/" in answer["body"]
    await demo.card("phone", "How do I wash my down jacket?", f"<@{demo.contract['agent']}>")


async def test_a_picture_by_text_message_stands_in_the_thread(demo: Outside) -> None:
    media = [{"type": "image/png"}, {"type": "image/png", "url": "http://127.0.0.1:1/ME1"}]
    text = {"from": "+447700900303", "text": "How do I mend this zip?", "media": media}
    assert (await demo.post("/control/sms", **text))["ok"]
    card = await demo.card("sms", "How do I mend this zip?", "nobody has read")
    assert "image 1.png (" in said(card)
    assert "image 2.png (not fetched: its address is none of Twilio's)" in said(card)

    async def files() -> list[str]:
        channel = demo.contract["channels"]["sms"]
        replies = await demo.slack.conversations_replies(channel=channel, ts=card["ts"])
        return [file["name"] for reply in replies["messages"] for file in reply.get("files") or []]

    assert await until(files) == ["image 1.png"]


async def test_a_text_is_answered_by_itself(demo: Outside) -> None:
    number = "+447700900302"
    await demo.post("/control/sms", **{"from": number, "text": "How do I reset my password?"})
    (answer,) = await texts_to(demo, number)
    assert "password" in answer["body"]
    card = await demo.card("sms", "How do I reset my password?", "Answered by itself")
    assert number in json.dumps(card)
