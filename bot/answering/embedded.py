"""The built-in answer: the best sentences of the articles, word for word, in a letter a person could have written."""

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from bot.answering.lists import item_of, prose
from bot.core.model import Channel, Source

MAX_LENGTH = 1_200
MAX_SENTENCES = 3
_PART_LENGTH = 480
_QUOTED = 80
_LEAD_FITS = 0.5  # Of the best sentence's score.
_ORDINALS = ("first", "second", "third", "fourth", "fifth")
_NAME = re.compile(r"[^\W\d_](?:[^\W\d_]|['’-]){1,29}")
_LEANS = re.compile(
    r"^(?:it|they|this|that|these|those|he|she|both|otherwise|after that|then|in (?:that|this) case|if not"
    r"|however|in those weeks|until then|one of them|the same)\b",
    re.IGNORECASE,
)
_UPSET = re.compile(
    r"\b(?:angry|annoy\w*|dis+ap+oint\w*|frustrat\w*|upset|terrible|awful|horrible|unhappy|ridiculous|unacceptable"
    r"|fed up|still (?:not|no|waiting|nothing|hasn'?t|haven'?t)|never (?:arrived|came|received)|broken?|damaged"
    r"|cracked|smashed|faulty|defective|lost|missing|stolen|wrong (?:item|size|colou?r|one)|(?:is|are|was|days) late"
    r"|delayed|overdue|charged twice|again and again|nobody|useless|worst)\b|:\(|!!",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Part:
    """The answer to one question of the message: sentences of one article and the number it is cited by."""

    sentences: tuple[str, ...]
    number: int


def choose_sentences(told: Sequence[str], scores: Sequence[float]) -> tuple[str, ...]:
    """Pick the one to three sentences of an article (`Article.told`) that fit best, in reading order.

    The article's first sentence is the answer in short and is told unless it has nothing to do with the question.
    A sentence that leans on the one before it (“It …”, “After that …”) brings that one along, and one that only
    introduces a list (“You need:”) the first item.
    """
    best = max(scores)
    lead = scores[0] >= _LEAD_FITS * best
    order = sorted(range(len(told)), key=lambda i: (not (lead and i == 0), -scores[i], i))
    chosen: set[int] = set()
    for i in order:
        wanted = _with_company(told, i)
        room = len(chosen | wanted) <= MAX_SENTENCES
        short = sum(len(told[j]) for j in chosen | wanted) <= _PART_LENGTH
        if not chosen or (scores[i] >= 0.8 * best and room and short):
            chosen |= wanted
    return tuple(told[i] for i in sorted(chosen))


def _with_company(told: Sequence[str], i: int) -> set[int]:
    """Return the places of a sentence and of what it means nothing without."""
    wanted = {i}
    if i and _LEANS.match(item_of(told[i])):
        wanted.add(i - 1)
    if told[i].endswith(":") and i + 1 < len(told):
        wanted.add(i + 1)
    return wanted


def compose(
    parts: Sequence[Part],
    sources: Sequence[Source],
    *,
    channel: Channel,
    customer_name: str,
    said: str,
    brand: str,
    asks: str = "",
) -> str:
    """Write the whole answer, with what it `asks` at its end; the last sentences go first if it gets too long."""
    kept = list(parts)
    while True:
        text = _letter(kept, sources, channel, customer_name, said, brand, asks)
        longest = max(range(len(kept)), key=lambda i: len(kept[i].sentences))
        if len(text) <= MAX_LENGTH or len(kept[longest].sentences) == 1:
            return text if len(text) <= MAX_LENGTH else _cut(text)
        kept[longest] = Part(kept[longest].sentences[:-1], kept[longest].number)


def which(titles: Sequence[str], about: str = "") -> str:
    """Write the sentence that asks which of the articles with these titles is meant; `about` quotes the question."""
    *others, last = (f"“{title}”" for title in titles)
    named = f"{', '.join(others)} or {last}" if others else f"{last} or something else"
    quoted = f" “{textwrap.shorten(about, _QUOTED, placeholder=' …')}”" if about else ""
    return f"So that we answer what you mean: is your question{quoted} about {named}?"


def ask_back(asked: str, channel: Channel, customer_name: str, brand: str) -> str:
    """Write a message that only asks, such as what `which` says."""
    hello = f"Hi {first_name(customer_name)}" if first_name(customer_name) else "Hello"
    if channel not in {Channel.EMAIL, Channel.ZENDESK}:
        return f"{hello}! {asked}"
    return f"{hello},\n\nThank you for your message. {asked}\n\nBest regards\n{_signature(brand)}"


def first_name(name: str) -> str:
    """Return the name to greet with, or nothing when what we have does not look like one."""
    first = name.split()[0] if name.split() else ""
    return first if _NAME.fullmatch(first) and "@" not in name else ""


def upset_by(said: str) -> str:
    """Return the word by which a customer seems to have trouble or to be unhappy, or nothing."""
    found = _UPSET.search(said)
    return found.group() if found else ""


def _letter(
    parts: Sequence[Part],
    sources: Sequence[Source],
    channel: Channel,
    name: str,
    said: str,
    brand: str,
    asks: str,
) -> str:
    hello = f"Hi {first_name(name)}" if first_name(name) else "Hello"
    sorry = "We are sorry for the trouble." if upset_by(said) else ""
    gap = " " if len(parts) == 1 else "\n\n"
    body = "\n\n".join(filter(None, (_body(parts), asks)))
    if channel in {Channel.EMAIL, Channel.ZENDESK}:
        opening = sorry or "Thank you for your message."
        links = "\n".join(f"[{s.number}] {s.title}{f' – {s.url}' if s.url else ''}" for s in sources)
        closing = f"You can read more here:\n{links}\n\nBest regards\n{_signature(brand)}"
        return f"{hello},\n\n{opening}{gap}{body}\n\n{closing}"
    # A chat shows the sources as links below the answer; other channels have no room for addresses.
    return f"{hello}! {sorry}{gap if sorry else ''}{body}"


def _signature(brand: str) -> str:
    return brand if brand.lower().endswith("support") else f"{brand} Support"


def _body(parts: Sequence[Part]) -> str:
    if len(parts) == 1:
        return _cited(parts[0])
    lead_ins = (f"To your {_ORDINALS[i]} question: " for i in range(len(parts)))
    return "\n\n".join(f"{lead}{_cited(part)}" for lead, part in zip(lead_ins, parts, strict=True))


def _cited(part: Part) -> str:
    return "\n\n".join(f"{paragraph} [{part.number}]" for paragraph in prose(part.sentences).split("\n\n"))


def _cut(text: str) -> str:
    return f"{text[: MAX_LENGTH - 1].rstrip()}…"
