"""Text messages and phone calls through the whole app, against the sandbox's Twilio: signed both ways."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.twilio import NUMBER
from tests.bot.world import Outside, environment, far_side, started
from tests.waiting import until

ADA = "+447700900101"
ASKED = "How do I return an item?"


class Town(Outside):
    """A customer with a phone, and the Slack channel where agents see what they say."""

    async def text(self, text: str, sender: str = ADA, **more: Any) -> None:
        assert (await self.post("/control/sms", **{"from": sender, "text": text, **more}))["ok"]

    async def call(self, caller: str = ADA, **more: Any) -> Any:
        told = await self.post("/control/call", **{"from": caller, **more})
        assert told["ok"], told
        return told["call"]

    async def go_on(self, call: Any, **more: Any) -> Any:
        told = await self.post("/control/call", sid=call["sid"], **more)
        assert told["ok"], told
        return told["call"]

    async def received(self, number: str = ADA, count: int = 1) -> list[Any]:
        async def enough() -> list[Any]:
            found = await self.outbox(number)
            return found if len(found) >= count else []

        return await until(enough)  # type: ignore[no-any-return]

    async def outbox(self, number: str = ADA) -> list[Any]:
        return [m for m in await self.get("/control/sms") if m["to"] == number]

    async def card(self, showing: str, channel: str = "sms") -> Any:
        """Wait for the card of a conversation of this channel that shows a text."""
        home = self.sandbox.contract()["channels"][channel]

        async def claim() -> Any:
            messages = (await self.get("/control/slack/state"))["messages"]
            roots = [m for m in messages if m["channel"] == home and m.get("thread_ts") in {None, m["ts"]}]
            return next((m for m in roots if showing in json.dumps(m["blocks"], ensure_ascii=False)), None)

        return await until(claim)

    async def click(self, card: Any, action: str) -> Any:
        contract = self.sandbox.contract()
        return await self.post(
            "/control/slack/click",
            channel=card["channel"],
            ts=card["ts"],
            action_id=action,
            user=contract["agent"],
        )


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with far_side() as sandbox:
        env = environment(sandbox, tmp_path)
        async with started(env) as app:
            await app.ready()
            yield Town(app, sandbox, env)


async def test_a_text_is_answered_by_itself_in_plain_words(town: Town) -> None:
    await town.text(ASKED)
    (answer,) = await town.received()
    assert "60 days" in answer["body"]
    assert "[1]" not in answer["body"]
    assert answer["from"] == NUMBER
    await town.shown("Answered by itself", ASKED)


async def test_a_text_is_followed_up_escalated_answered_by_an_agent_and_resolved(town: Town) -> None:
    await town.text(ASKED)
    await town.received()
    await town.text("I will call my lawyer about this return.")
    card = await town.card("Escalated")
    assert "Legal threat" in json.dumps(card)
    assert len(await town.outbox()) == 1

    await town.click(card, "reply")

    async def filled() -> Any:
        views = (await town.get("/control/slack/state"))["views"]
        return next((v for v in views if any(b["type"] == "input" for b in v["blocks"])), None)

    opened = await until(filled)
    block = next(b for b in opened["blocks"] if b["type"] == "input")
    typed = {block["block_id"]: {block["element"]["action_id"]: "**We are sorry.** Keep the item."}}
    agent = town.sandbox.contract()["agent"]
    assert (await town.post("/control/slack/submit", view_id=opened["id"], user=agent, values=typed))["ok"]
    assert (await town.received(count=2))[1]["body"] == "We are sorry. Keep the item."

    done = await town.click(await town.card("Sent by"), "resolve")
    assert done["ok"], done
    await town.card("Resolved")


async def test_a_call_becomes_a_thread_and_the_caller_gets_the_answer_as_a_text(town: Town) -> None:
    call = await town.call()
    assert "writes down what you say" in call["talk"][0]["text"]
    over = await town.go_on(call, say=ASKED)
    assert over["status"] == "completed"
    assert "text message" in over["talk"][-1]["text"]
    (answer,) = await town.received()
    assert "60 days" in answer["body"]
    await town.card("Answered by itself", "phone")


async def test_words_the_line_is_unsure_of_are_read_back_and_a_yes_makes_them_sure(town: Town) -> None:
    call = await town.call()
    asked = await town.go_on(call, say=ASKED, confidence=0.55)
    assert "I understood: How do I return an item." in asked["talk"][-1]["text"]
    await town.card("On the phone", "phone")
    assert await town.outbox() == []
    await town.go_on(call, keys="1")
    await town.received()
    await town.shown("heard, 55 % sure of the words")


async def test_a_recording_is_linked_and_its_transcript_waits_for_an_agent(town: Town) -> None:
    call = await town.call()
    assert (await town.go_on(call, silence=True))["awaits"] == "recording"
    await town.go_on(call, say=ASKED)
    card = await town.card("Waiting for you", "phone")
    said = json.dumps(card, ensure_ascii=False)
    assert "75 % sure of the words" in said
    link = said.partition("/twilio/recordings/")[2].partition("|")[0].replace("&amp;", "&")
    address = f"{town.app.url}/twilio/recordings/{link}"
    async with town.app.session.get(address) as sound:
        assert (sound.status, sound.content_type) == (200, "audio/mpeg")
        assert (await sound.read())[:2] == b"\xff\xfb"
    async with town.app.session.get(address, headers={"Range": "bytes=0-1"}) as part:
        assert part.status in {200, 206}
    async with town.app.session.get(address[:-1] + ("0" if address[-1] != "0" else "1")) as forged:
        assert forged.status == 403
    await town.click(card, "approve")
    await town.received()


async def test_words_that_were_not_meant_are_taken_back_and_the_recording_counts(town: Town) -> None:
    call = await town.call()
    await town.go_on(call, say="How do I burn an eye tin?", confidence=0.3)
    assert (await town.go_on(call, say="no"))["awaits"] == "recording"
    await town.go_on(call, say=ASKED)
    card = await town.card("Waiting for you", "phone")
    assert "60 days" in json.dumps(card)


async def test_a_recording_without_transcript_asks_a_person_to_listen(town: Town) -> None:
    call = await town.call()
    await town.go_on(call, silence=True)
    await town.go_on(call, say=ASKED, transcript="failed")
    card = await town.card("Escalated", "phone")
    said = json.dumps(card)
    assert "listen to the recording" in said
    assert "/twilio/recordings/RE" in said
    assert await town.outbox() == []


async def test_who_texts_stop_gets_nothing_until_they_text_start(town: Town) -> None:
    await town.text("STOP")
    await town.card("Opted out")
    await town.text(ASKED)
    await town.shown("Texted STOP:", ASKED)
    call = await town.call(say=ASKED)
    assert call["status"] == "completed"
    await town.card("so no text message may answer this", "phone")
    assert await town.outbox() == []
    await town.text("start")
    await town.text(ASKED)
    await town.received()


async def test_an_answer_that_does_not_arrive_is_shown_with_the_reason(town: Town) -> None:
    await town.post("/control/phone", number=ADA, error_code=30003)
    await town.text(ASKED)
    card = await town.card("Sent, but not delivered")
    assert "switched off or out of reach (30003)" in json.dumps(card)
    await town.post("/control/phone", number=ADA, error_code=None)
    assert (await town.click(card, "resend"))["ok"]
    again = (await town.received(count=2))[1]
    assert again["error_code"] is None


async def test_a_whatsapp_message_is_answered_on_whatsapp_by_name(town: Town) -> None:
    await town.text(ASKED, sender="whatsapp:+447700900999", name="Ada Q.")
    (answer,) = await town.received("whatsapp:+447700900999")
    assert answer["from"] == f"whatsapp:{NUMBER}"
    await town.card("Ada Q.")


async def test_media_are_named_and_looked_at_by_a_person(town: Town) -> None:
    await town.text(ASKED, media=[{"url": "https://api.twilio.com/media/ME1", "type": "image/jpeg"}])
    card = await town.card("Waiting for you")
    assert "image 1.jpg (not fetched: its address is none of Twilio's)" in json.dumps(card)


async def test_what_comes_twice_has_one_effect(town: Town) -> None:
    await town.post("/control/weather", twilio={"duplicate": True})
    await town.text(ASKED)
    await town.call(say=[ASKED])
    await town.received(count=2)
    await town.shown("Answered by itself")
    assert len(await town.outbox()) == 2


async def test_an_answer_twilio_took_without_saying_so_is_found_and_not_sent_again(town: Town) -> None:
    await town.post("/control/weather", twilio={"disconnect": True})
    await town.text(ASKED)
    await town.received()
    await town.card("Answered by itself")
    assert len(await town.outbox()) == 1


async def test_while_twilio_is_down_answers_wait_and_everybody_is_told(town: Town) -> None:
    await town.post("/control/weather", twilio={"down": True})
    for number in range(3):
        await town.text(ASKED, sender=f"+44770090020{number}")

    async def down() -> bool:
        return "sms" in (await town.app.get("/readyz"))[1]["down"]

    await until(down)
    await town.post("/control/weather", twilio={})
    for number in range(3):
        assert len(await town.received(f"+44770090020{number}")) == 1


async def test_an_answer_may_be_read_out_in_a_call_instead(tmp_path: Path) -> None:
    async with far_side() as sandbox:
        env = environment(sandbox, tmp_path, TWILIO_PHONE_ANSWER="call")
        async with started(env) as app:
            await app.ready()
            town = Town(app, sandbox, env)
            await town.call(say=ASKED)

            async def rang() -> Any:
                calls = [call for call in await town.get("/control/calls") if call["to"] == ADA]
                return next((call for call in calls if call["status"] == "completed"), None)

            answered = await until(rang)
            assert "60 days" in answered["talk"][0]["text"]
            assert await town.outbox() == []
            await town.post("/control/phone", number="+447700900555", error_code=30003)
            await town.call("+447700900555", say=ASKED)
            assert "Nobody picked up" in json.dumps(await town.card("Sent, but not delivered", "phone"))
