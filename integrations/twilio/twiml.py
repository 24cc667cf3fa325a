"""What we have Twilio do on a call and with a text message, as TwiML, built by its library."""

from dataclasses import dataclass

from twilio.twiml.messaging_response import MessagingResponse
from twilio.twiml.voice_response import Gather, VoiceResponse

_LONGEST_SAID = 4_000  # Twilio reads out 4,096 characters.
# Twilio writes down recordings of more than 2 and less than 120 seconds.
LONGEST_RECORDING = 115
_HINTS = "order, parcel, return, refund, invoice, delivery, password, account, warranty, cancel"


@dataclass(frozen=True)
class Words:
    """What callers hear; `{brand}` and `{words}` are filled in."""

    greeting: str = (
        "Hello, this is {brand}. A computer writes down what you say, and may record it, so that we can answer. "
        "Please tell us your question after this sentence."
    )
    confirm: str = "I understood: {words}. Is that right? Say yes or press 1. Say no or press 2."
    record: str = "Please tell us your question after the tone, and hang up when you are done."
    thanks_text: str = "Thank you. You get our answer as a text message. Goodbye."
    thanks_call: str = "Thank you. We call you back with our answer. Goodbye."
    thanks_hidden: str = "Thank you. We cannot see your number, so please also write to us. Goodbye."
    silent: str = "We have heard nothing. Please call again, or write to us. Goodbye."
    busy: str = "You have called us many times just now. Please try again later. Goodbye."


def nothing() -> str:
    """Answer a text message with nothing: ours goes out by itself, at most once."""
    return str(MessagingResponse())


def ask(text: str, action: str, language: str) -> str:
    """Read a text out and listen to what is said; silence is told to `action` too."""
    response = VoiceResponse()
    gather = Gather(
        input="speech",
        action=action,
        method="POST",
        speech_timeout="auto",
        timeout=6,
        action_on_empty_result=True,
        language=language,
        hints=_HINTS,
    )
    gather.say(text, language=language)
    response.append(gather)
    return str(response)


def confirm(text: str, action: str, language: str) -> str:
    """Read out what was understood and listen for a yes or no, or a key."""
    response = VoiceResponse()
    gather = Gather(
        input="speech dtmf",
        action=action,
        method="POST",
        num_digits=1,
        speech_timeout="auto",
        timeout=6,
        action_on_empty_result=True,
        language=language,
        hints="yes, no",
    )
    gather.say(text, language=language)
    response.append(gather)
    return str(response)


def record(text: str, action: str, transcribed: str, silent: str, language: str) -> str:
    """Read a text out, record what is said, and have it written down; silence is told to `silent`."""
    response = VoiceResponse()
    response.say(text, language=language)
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


def goodbye(text: str, language: str) -> str:
    """Read a text out and hang up."""
    response = VoiceResponse()
    response.say(text, language=language)
    response.hangup()
    return str(response)


def spoken(answer: str, language: str) -> str:
    """Read an answer out, twice, to whoever picks up."""
    response = VoiceResponse()
    for _ in range(2):
        response.say(answer[: _LONGEST_SAID // 2], language=language)
        response.pause(length=1)
    response.hangup()
    return str(response)
