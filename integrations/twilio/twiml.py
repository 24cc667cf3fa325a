"""What we have Twilio do on a call and with a text message, as TwiML, built by its library."""

import re

from twilio.twiml.messaging_response import MessagingResponse
from twilio.twiml.voice_response import Gather, VoiceResponse

from integrations.twilio.sentences import Tongue

# Control characters and halves of pairs: one of them, and Twilio takes the whole answer for broken.
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LONGEST_SAID = 4_000  # Twilio reads out 4,096 characters.
# Twilio writes down recordings of more than 2 and less than 120 seconds.
LONGEST_RECORDING = 115


def nothing() -> str:
    """Answer a text message with nothing: ours goes out by itself, at most once."""
    return str(MessagingResponse())


def ask(text: str, action: str, tongue: Tongue) -> str:
    """Read a text out and listen to what is said; silence is told to `action` too."""
    return _listen(text, action, tongue, input="speech", hints=tongue.says.hints)


def confirm(text: str, action: str, tongue: Tongue) -> str:
    """Read out what was understood and listen for a yes or no, or a key."""
    return _listen(text, action, tongue, input="speech dtmf", num_digits=1, hints=tongue.says.yes_no)


def _listen(text: str, action: str, tongue: Tongue, **how: object) -> str:
    response = VoiceResponse()
    gather = Gather(
        action=action,
        method="POST",
        speech_timeout="auto",
        timeout=6,
        action_on_empty_result=True,
        language=tongue.hears,
        **how,
    )
    _say(gather, text, tongue)
    response.append(gather)
    return str(response)


def record(text: str, action: str, transcribed: str, silent: str, tongue: Tongue) -> str:
    """Read a text out, record what is said, and have it written down; silence is told to `silent`."""
    response = VoiceResponse()
    _say(response, text, tongue)
    response.record(
        action=action,
        method="POST",
        max_length=LONGEST_RECORDING,
        timeout=5,
        play_beep=True,
        finish_on_key="#",
        transcribe=True,
        transcribe_callback=transcribed,
    )
    response.redirect(silent, method="POST")
    return str(response)


def goodbye(text: str, tongue: Tongue) -> str:
    """Read a text out and hang up."""
    response = VoiceResponse()
    _say(response, text, tongue)
    response.hangup()
    return str(response)


def spoken(answer: str, tongue: Tongue) -> str:
    """Read an answer out, twice, to whoever picks up."""
    response = VoiceResponse()
    for _ in range(2):
        _say(response, answer[: _LONGEST_SAID // 2], tongue)
        response.pause(length=1)
    response.hangup()
    return str(response)


def _say(verb: VoiceResponse | Gather, text: str, tongue: Tongue) -> None:
    voice = tongue.voice or None
    verb.say(_NOT_IN_XML.sub("", text)[:_LONGEST_SAID], language=tongue.language, voice=voice)
