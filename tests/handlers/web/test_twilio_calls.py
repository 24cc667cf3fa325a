"""A phone call step by step: greeting, question, a check, recordings, in four languages."""

from dataclasses import asdict, replace

import pytest

from bot.core.model import Actor, Channel, Sender, Status
from integrations.twilio.sentences import LANGUAGES as SPOKEN
from tests.handlers.web.twilio_edge import CALL, RECORDING, US, Edge, recorded, transcribed


async def test_a_call_greets_says_what_happens_to_the_words_and_listens(edge: Edge) -> None:
    (gather,) = await edge.voice()
    assert gather.tag == "Gather"
    assert gather.get("action") == f"{US}/twilio/voice?step=said"
    assert (gather.get("actionOnEmptyResult"), gather.get("input")) == ("true", "speech")
    assert "writes down what you say" in "".join(gather.itertext())
    assert await edge.states() == []


@pytest.mark.parametrize(
    ("number", "voice", "hears", "words"),
    [
        ("+442079460100", "en-GB", "en-GB", "writes down what you say"),
        ("+4930123456", "de-DE", "de-DE", "hier ist Northwind. Wir schreiben mit."),
        ("+34910000000", "es-ES", "es-ES", "Un ordenador escribe"),
        ("+33100000000", "fr-FR", "fr-FR", "Un ordinateur note"),
        ("+39060000000", "en-US", "it-IT", "writes down what you say"),
    ],
)
async def test_each_number_speaks_its_language(
    edge: Edge, number: str, voice: str, hears: str, words: str
) -> None:
    (gather,) = await edge.voice(To=number)
    assert words in "".join(gather.itertext())
    assert gather.get("language") == hears
    unsure = await edge.voice("said", SpeechResult="Was?", Confidence="0.1", To=number)
    recorded = await edge.voice("confirmed", Digits="2", To=number)
    said = await edge.voice("said", SpeechResult="Ja!", Confidence="0.99", To=number)
    silent = await edge.voice("silent", To=number)
    says = [say for answer in (gather, unsure, recorded, said, silent) for say in answer.iter("Say")]
    assert len(says) == 5
    assert {say.get("language") for say in says} == {voice}
    assert len({say.text for say in says}) == 5
    hints = next(unsure.iter("Gather")).get("hints")
    assert hints == {"de-DE": "ja, nein", "es-ES": "sí, no", "fr-FR": "oui, non"}.get(voice, "yes, no")


def test_every_language_says_everything() -> None:
    for says in SPOKEN.values():
        assert all(asdict(says).values())
        assert "B" in says.greeting.format(brand="B", consent="Consent.")
        assert "Consent." in says.greeting.format(brand="B", consent="Consent.")
        assert "{words}" in says.confirm


async def test_sure_words_are_the_question(edge: Edge) -> None:
    for _ in range(2):
        said = await edge.voice("said", SpeechResult="Where is it?", Confidence="0.93")
        assert [verb.tag for verb in said] == ["Say", "Hangup"]
    assert await edge.said(Channel.PHONE) == ["Where is it?"]
    case = await edge.case(Channel.PHONE)
    assert case is not None
    assert case.messages[0].metadata["speech"]["confidence"] == 0.93


@pytest.mark.parametrize("confidence", ["0.4", "", "nan", "lots", "-3"])
async def test_unsure_words_are_read_back(edge: Edge, confidence: str) -> None:
    (gather,) = await edge.voice("said", SpeechResult="Where is it?", Confidence=confidence)
    assert "I understood: Where is it." in "".join(gather.itertext())
    assert gather.get("input") == "speech dtmf"
    assert await edge.states() == ["unconfirmed"]


@pytest.mark.parametrize(
    ("reply", "state", "then"),
    [
        ({"SpeechResult": "Yes, exactly."}, ["confirmed"], "Hangup"),
        ({"Digits": "1"}, ["confirmed"], "Hangup"),
        ({"SpeechResult": "no, no"}, ["rejected"], "Record"),
        ({"Digits": "2"}, ["rejected"], "Record"),
        ({"SpeechResult": "pardon"}, [], "Record"),
        ({"SpeechResult": ""}, [], "Hangup"),
    ],
)
async def test_the_callers_word_on_it(edge: Edge, reply: dict[str, str], state: list[str], then: str) -> None:
    await edge.voice("said", SpeechResult="Where is it?", Confidence="0.4")
    for _ in range(2):
        assert then in [verb.tag for verb in await edge.voice("confirmed", **reply)]
    assert await edge.states() == ["unconfirmed", *state]


async def test_silence_leads_to_a_recording_and_more_silence_to_a_note(edge: Edge) -> None:
    say, record, redirect = await edge.voice("said", SpeechResult=" ")
    assert (say.tag, record.tag, redirect.tag) == ("Say", "Record", "Redirect")
    assert record.get("action") == f"{US}/twilio/recording"
    assert record.get("transcribeCallback") == f"{US}/twilio/transcription?caller=%2B447700900101"
    assert int(record.get("maxLength") or 0) < 120
    assert redirect.text == f"{US}/twilio/voice?step=silent"
    await edge.voice("silent")
    case = await edge.case(Channel.PHONE)
    assert case is not None
    assert case.messages[0].automatic == "a call in which nothing was said"


async def test_a_recording_and_its_transcript_in_either_order_and_twice(edge: Edge) -> None:
    for _ in range(2):
        await recorded(edge)
        await transcribed(edge)
    assert await edge.said(Channel.PHONE) == ["Voice message of 14 s", "Where is it?"]


async def test_a_transcript_may_come_first(edge: Edge) -> None:
    await transcribed(edge)
    await recorded(edge, "x")
    assert await edge.states() == ["transcribed", "recorded"]


@pytest.mark.parametrize(
    ("text", "status"), [("", "completed"), ("What?", "failed"), (" \u200b", "completed")]
)
async def test_a_transcript_without_words_is_for_people(edge: Edge, text: str, status: str) -> None:
    await recorded(edge)
    await transcribed(edge, text, status)
    assert await edge.states() == ["recorded", "unreadable"]


async def test_a_transcript_after_the_answer_begins_no_turn(edge: Edge) -> None:
    await recorded(edge)
    case = await edge.case(Channel.PHONE)
    assert case is not None
    async with edge.database.transaction() as tx:
        message = case.messages[0]
        answer = replace(message, id="a" * 32, seq=2, sender=Sender.AGENT, external_id="x", metadata={})
        await tx.messages.add(answer, Channel.PHONE)
    await transcribed(edge)
    after = await edge.case(Channel.PHONE)
    assert after is not None
    assert after.messages[-1].automatic == "a transcript that came after the answer"
    assert after.conversation.turn == 1


async def test_a_transcript_after_the_end_opens_nothing_again(edge: Edge) -> None:
    await recorded(edge)
    case = await edge.case(Channel.PHONE)
    assert case is not None
    await edge.review.resolve(case.conversation.id, 1, Actor("UKIM"))  # Somebody has listened to it.
    await transcribed(edge)
    after = await edge.review.case(case.conversation.id)
    assert after.conversation.status is Status.RESOLVED
    assert [bool(m.automatic) for m in after.messages] == [False, True]


@pytest.mark.parametrize("caller", ["anonymous", "+266696687", "", "Restricted"])
async def test_callers_without_a_number_are_strangers_to_each_other(edge: Edge, caller: str) -> None:
    said = await edge.voice("said", From=caller, SpeechResult="Where is it?", Confidence="0.9")
    assert "cannot see your number" in "".join(said.itertext())
    assert await edge.said(Channel.PHONE, f"anonymous:{CALL}") == ["Where is it?"]


async def test_who_calls_too_often_is_asked_to_wait(edge: Edge) -> None:
    for _ in range(3):
        assert (await edge.voice())[0].tag == "Gather"
    assert "many times" in "".join((await edge.voice()).itertext())
    edge.clock.move(minutes=2)
    assert (await edge.voice())[0].tag == "Gather"


async def test_a_link_to_a_recording_is_ours_and_ends(edge: Edge) -> None:
    link = edge.links.link(RECORDING).replace(US, edge.url)

    async def status(url: str) -> int:
        async with edge.session.get(url) as response:
            return response.status

    assert await status(link) == 502  # Twilio is not there in this test.
    for wrong in (
        link[:-1],
        link.replace("until=1", "until=2"),
        link.replace("RE3", "RE4"),
        link + "ü",
        link.partition("?")[0],
    ):
        assert await status(wrong) == 403
    edge.clock.move(days=30, seconds=1)
    assert await status(link) == 410
