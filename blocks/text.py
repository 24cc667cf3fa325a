"""Text as Slack wants it: escaped, within limits, in the reader's own time zone.

Whatever a customer wrote goes through `escape` before it is put between our own marks; only then can it neither
call a channel (`<!channel>`) nor dress up a link (`<http://x|y>`).
"""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

SECTION_MAX = 3000
CONTEXT_MAX = 2000
HEADER_MAX = 150
OPTION_MAX = 75
NBSP = "\N{NO-BREAK SPACE}"

_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
# Control characters and the bidirectional overrides that can turn the rest of a line around.
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")
_BLANK_LINES = re.compile(r"\n(?:[^\S\n]*\n){2,}")
_USER = re.compile(r"[UW][A-Z0-9]{2,20}")
# Who acted, or should, stands where our services put them: first, or in "Taken by <@U…>". Anywhere else it may be a
# customer's doing, and a customer pings nobody.
_MENTION = r"&lt;(?:@[UW]|!subteam\^S)[A-Z0-9]{2,20}&gt;"
_ACTOR = re.compile(rf"\A(?:\w+ by )?{_MENTION}(?: asks {_MENTION}(?=:)|(?:, {_MENTION})*)", re.ASCII)


def clean(text: str) -> str:
    """Drop what cannot be seen or shown, and squeeze runs of blank lines into one."""
    unified = text.replace("\r\n", "\n").replace("\r", "\n")
    seen = _LONE_SURROGATE.sub("\N{REPLACEMENT CHARACTER}", _UNSEEN.sub("", unified))
    return _BLANK_LINES.sub("\n\n", seen).strip()


def one_line(text: str) -> str:
    """Return cleaned text on a single line."""
    return " ".join(clean(text).split())


def escape(text: str) -> str:
    """Make text from outside harmless in mrkdwn."""
    return clean(text).translate(_ENTITIES)


def with_actor(text: str) -> str:
    """Escape an event or a refusal, but let the mentions of those whom it is about through.

    Such texts are ours, yet they quote names, addresses and what other systems said.
    """
    return _ACTOR.sub(lambda found: found[0].replace("&lt;", "<").replace("&gt;", ">"), escape(text))


def cut(text: str, limit: int) -> str:
    """Shorten raw text to `limit` characters, with an ellipsis in place of what is missing."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def cut_marked(text: str, limit: int) -> str:
    """Shorten escaped text without leaving half an entity or half a link at its end."""
    if len(text) <= limit:
        return text
    kept = text[: limit - 1]
    for opening, closing in (("&", ";"), ("<", ">")):
        if kept.rfind(opening) > kept.rfind(closing):
            kept = kept[: kept.rfind(opening)]
    return kept.rstrip() + "…"


def pieces(text: str, limit: int, prefix: str = "") -> list[str]:
    """Escape text and cut it into pieces of at most `limit` characters, each line led by `prefix`."""
    escaped = escape(text)
    if not escaped:
        return []
    done: list[str] = []
    current = ""
    for line in _lines(escaped, limit - len(prefix)):
        led = prefix + line
        if current and len(current) + 1 + len(led) > limit:
            done.append(current)
            current = ""
        current = f"{current}\n{led}" if current else led
    return [*done, current]


def lines(marked: str, limit: int = SECTION_MAX) -> list[str]:
    """Put our own lines together to as few texts as a limit allows; no line is torn apart."""
    found: list[str] = []
    for line in marked.split("\n"):
        if found and len(found[-1]) + len(line) < limit:
            found[-1] += f"\n{line}"
        else:
            found.append(line)
    return found


def quoted(text: str, limit: int = SECTION_MAX) -> list[str]:
    """Return text as quotes, in pieces of at most `limit` characters."""
    return pieces(text, limit, "> ")


def _lines(escaped: str, width: int) -> Iterator[str]:
    for line in escaped.split("\n"):
        rest = line
        while len(rest) > width:
            at = _break(rest, width)
            yield rest[:at].rstrip()
            rest = rest[at:].lstrip()
        yield rest


def _break(line: str, width: int) -> int:
    """Return where to break a line: at a space in its last quarter, else anywhere but inside an entity."""
    space = line.rfind(" ", width * 3 // 4, width)
    if space > 0:
        return space
    entity = line.rfind("&", width - 4, width)
    return entity if entity > 0 and ";" not in line[entity:width] else width


def bar(share: float) -> str:
    """Draw a share as five steps."""
    filled = max(0, min(5, int(share * 5 + 0.5)))
    return "▰" * filled + "▱" * (5 - filled)


def clock(moment: datetime, now: datetime | None = None) -> str:
    """Write a moment in the reader's time zone, with its day unless it lies less than 12 hours before `now`."""
    near = now is not None and abs(now - moment) < timedelta(hours=12)
    form = "{time}" if near else "{date_short_pretty}, {time}"
    fallback = f"{moment:%H:%M} UTC" if near else f"{moment:%Y-%m-%d %H:%M} UTC"
    return f"<!date^{int(moment.timestamp())}^{form}|{fallback}>"


def clock_of_hour(hour: int) -> str:
    """Return an hour since 1970 as Slack's date, in the reader's zone."""
    return clock(datetime.fromtimestamp(hour * 3_600, UTC))


def to_the_second(moment: datetime) -> str:
    """Write a moment that is near as the reader's time of day, with seconds."""
    return f"<!date^{int(moment.timestamp())}^{{time_secs}}|{moment:%H:%M:%S} UTC>"


def span(length: timedelta) -> str:
    """Write how long something took, as people say it."""
    seconds = max(0.0, length.total_seconds())
    if seconds < 10:
        return f"{seconds:.1f} s"
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size:
            return f"{seconds // size:.0f} {unit}"
    return f"{seconds:.0f} s"


def size(octets: int) -> str:
    """Write how large something is, as people say it."""
    for unit, least in (("MB", 1_000_000), ("kB", 1_000)):
        if octets >= least:
            return f"{octets / least:.1f} {unit}" if octets < 10 * least else f"{octets // least} {unit}"
    return f"{octets} B"


def person(actor: str | None) -> str:
    """Mention a Slack user; other names (a service, a model) are written out."""
    if not actor:
        return "threadpilot"
    return f"<@{actor}>" if _USER.fullmatch(actor) else escape(actor)


def link(url: str, label: str) -> str:
    """Link a label; an address that Slack cannot link leaves the label alone."""
    if not re.match(r"https?://[^\s]+$", url):
        return escape(label)
    safe = clean(url).replace("&", "&amp;").replace("<", "%3C").replace(">", "%3E").replace("|", "%7C")
    return f"<{safe}|{escape(label).replace('|', '¦')}>"


def dotted(parts: Iterable[str]) -> str:
    """Join what is there with middle dots; each stays with the words before it, so that no line begins with one."""
    return f"{NBSP}{NBSP}·  ".join(part for part in parts if part)
