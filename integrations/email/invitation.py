"""A calendar part (RFC 5545) as a few lines for people: what, when, where, who.

Only the first events are read and only their plain properties; a recurrence is named, not worked out.
"""

import re
from collections.abc import Iterator

from integrations.email.decode import clean

_MOST_EVENTS = 3
_LONGEST = 100_000
_LONGEST_VALUE = 500
_ASKED = {
    "REQUEST": "Invitation",
    "CANCEL": "Cancelled",
    "REPLY": "Answer to an invitation",
    "PUBLISH": "Event",
}
_ANSWERS = {"ACCEPTED": "accepted", "DECLINED": "declined", "TENTATIVE": "tentative"}
_MOMENT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})\d{0,2}(Z?))?")
_ESCAPED = re.compile(r"\\([\\;,nN])")

_Properties = dict[str, tuple[str, str]]  # Name to parameters and value.


def summary(text: str) -> str:
    """Return what a calendar says, or the empty string if it holds no event. Never raises."""
    lines = list(_unfolded(text[:_LONGEST]))
    method = next((value for name, _, value in lines if name == "METHOD"), "PUBLISH").upper()
    events = [_told(event, _ASKED.get(method, "Event")) for event in _events(lines)]
    return "\n\n".join(events)


def _unfolded(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield name, parameters and value of every content line."""
    for line in re.sub(r"\n[ \t]", "", clean(text)).split("\n"):
        head, colon, value = line.partition(":")
        name, _, parameters = head.partition(";")
        if colon and name:
            yield name.strip().upper(), parameters, value.strip()


def _events(lines: list[tuple[str, str, str]]) -> list[_Properties]:
    found: list[_Properties] = []
    inside: _Properties | None = None
    for name, parameters, value in lines:
        if (name, value.upper()) == ("BEGIN", "VEVENT"):
            inside = {}
        elif name == "END" and value.upper() == "VEVENT" and inside is not None:
            found.append(inside)
            inside = None
        elif inside is not None:
            inside.setdefault(name, (parameters, value))
    return found[:_MOST_EVENTS]


def _told(event: _Properties, kind: str) -> str:
    answer = next(
        (said for word, said in _ANSWERS.items() if f"PARTSTAT={word}" in event.get("ATTENDEE", ("", ""))[0]),
        "",
    )
    when = " – ".join(filter(None, (_moment(event, "DTSTART"), _moment(event, "DTEND"))))
    rows = (
        ("", f"{kind}: {_value(event, 'SUMMARY') or 'without a title'}"),
        ("When: ", when + (" (repeats)" if "RRULE" in event else "")),
        ("Where: ", _value(event, "LOCATION")),
        ("From: ", _value(event, "ORGANIZER").lower().removeprefix("mailto:")),
        ("Answer: ", answer if kind.startswith("Answer") else ""),
        ("", _value(event, "DESCRIPTION")),
    )
    return "\n".join(f"{label}{text}" for label, text in rows if text)


def _value(event: _Properties, name: str) -> str:
    value = _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], event.get(name, ("", ""))[1])
    return value[:_LONGEST_VALUE].strip()


def _moment(event: _Properties, name: str) -> str:
    """Write "20261102T100500Z" as people do; what is no moment is shown as it is."""
    parameters, value = event.get(name, ("", ""))
    found = _MOMENT.match(value)
    if not found:
        return value[:40]
    year, month, day, hour, minute, utc = found.groups()
    zone = re.search(r"TZID=\"?([^;\":]{1,60})", parameters)
    place = " UTC" if utc else f" {zone[1]}" if zone else ""
    return f"{year}-{month}-{day}" + (f" {hour}:{minute}{place}" if hour else "")
