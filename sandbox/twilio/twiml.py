"""Reads the TwiML that the app answers with: what callers hear, and what is asked of them."""

from dataclasses import dataclass
from xml.etree import ElementTree as ET

_ASKS = {"Gather": "speech", "Record": "recording"}


@dataclass(frozen=True)
class Turn:
    """One answer of the app in a call: what it says, and then what it waits for.

    `awaits` is "speech", "recording", "redirect" or None; then the call ends.
    """

    said: tuple[str, ...] = ()
    awaits: str | None = None
    action: str = ""
    transcribed: str = ""
    silent: str = ""
    keys: bool = False


def read(body: str) -> Turn:
    """Read what Twilio would do with this answer.

    Raises:
        ValueError: it is no TwiML.
    """
    try:
        root = ET.fromstring(body)  # noqa: S314 - from the app on this machine, which only tests and demos start
    except ET.ParseError as error:
        raise ValueError(f"no XML: {error}") from None
    if root.tag != "Response":
        raise ValueError(f"<{root.tag}> where <Response> should be")
    said: list[str] = []
    for number, verb in enumerate(root):
        said += [say.text or "" for say in verb.iter("Say")]
        if verb.tag in _ASKS:
            return _asking(verb, tuple(said), list(root)[number + 1 :])
        if verb.tag == "Redirect":
            return Turn(tuple(said), "redirect", (verb.text or "").strip())
        if verb.tag == "Hangup":
            break
    return Turn(tuple(said))


def _asking(verb: ET.Element, said: tuple[str, ...], rest: list[ET.Element]) -> Turn:
    following = next((one for one in rest if one.tag == "Redirect"), None)
    goes_on = verb.get("actionOnEmptyResult") == "true"
    return Turn(
        said,
        _ASKS[verb.tag],
        verb.get("action", ""),
        verb.get("transcribeCallback", "") if verb.get("transcribe") == "true" else "",
        verb.get("action", "")
        if goes_on
        else (following.text or "").strip()
        if following is not None
        else "",
        keys="dtmf" in verb.get("input", ""),
    )
