"""What Twilio's error codes mean to an agent. See https://www.twilio.com/docs/api/errors."""

_LONGEST = 250
_WORDS = {
    21211: "Twilio says that this is no phone number",
    21408: "Twilio may not text this country yet: allow it in its console, under Geo permissions",
    21608: "A trial account of Twilio texts verified numbers only",
    21610: "They have texted STOP, and Twilio sends them nothing",
    21612: "Twilio cannot reach this number from ours",
    21614: "This number takes no text messages: a landline?",
    21617: "The text is longer than Twilio takes",
    30003: "The phone is switched off or out of reach",
    30004: "The receiver blocks our messages",
    30005: "There is no such number, or it is no longer in use",
    30006: "This number takes no text messages: a landline?",
    30007: "The carrier took the message for spam",
    30008: "The carrier did not say why it was not delivered",
    63016: "WhatsApp takes free text only within 24 hours of the customer's last message",
}


def in_words(code: object, otherwise: str = "") -> str:
    """Return what an error code means, with the code; for one we do not know, say what was said `otherwise`."""
    number = int(str(code)) if str(code).isascii() and str(code).isdigit() else 0
    said = _WORDS.get(number) or " ".join(otherwise.split())[:_LONGEST] or "Twilio does not say why"
    return f"{said} ({number})" if number else said
