"""Words, stems and sentences of customers' English, without any model.

Stems only have to agree with each other: they are compared, never shown.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from bot.answering.thesaurus import ANY_PHRASE, GROUPS, PHRASES

MAX_CHARACTERS = 8_000
LONGEST_WORD = 40

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
# After a closing quotation mark only a capital begins a sentence: click "Forgot password?" on the page.
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+(?=\S)|(?<=[.!?…][\"”')\]])\s+(?=[^a-z\s])|\n+")
_ABBREVIATION = re.compile(r"\b(?:e\.g|i\.e|approx|mr|mrs|ms|dr|nr|st|incl|excl|vs|[A-Z])\.$", re.IGNORECASE)

STOPWORDS = frozenset(
    """a an the and or but if so as of at by for from in into on onto to with without about over under up down
    out off than then that this these those there here it its he she him her his they them their theirs we
    us our ours you your yours u ur i me my mine myself im ive id ill is are am was were be been being do
    does did doing done dont doesnt didnt have has had having hasnt havent can could cant couldnt would
    wouldnt should shouldnt will wont shall may might must not no nor yes ok okay just also too very
    really still already only even again any some all both each more most other such same own what whats
    which who whom whose how hows where wheres when whens why please pls plz thanks thank thx hi hello hey
    dear regards sincerely cheers greetings want wants wanted like need needs needed know get got gets
    getting let lets tell say said one ones there's it's that's what's who's how's where's i'm i've i'd
    i'll you're we're they're isn't aren't wasn't don't doesn't didn't can't couldn't won't wouldn't
    haven't hasn't hadn't shouldn't isnt arent wasnt werent good morning afternoon evening anything
    something now because since until while quick question help wondering wonder kindly maybe possible
    possibly able use using go going make sure thing things see subject""".split()
)

_IRREGULAR = {
    form: base
    for base, *forms in (
        line.split()
        for line in """send sent sending
        break broke broken breaking
        buy bought buying
        pay paid paying
        come came coming
        take took taken taking
        give gave given giving
        lose lost losing
        forget forgot forgotten
        choose chose chosen choosing
        steal stole stolen
        wear wore worn
        tear tore torn
        write wrote written writing
        find found finding
        keep kept keeping
        bring brought bringing
        wash washed washing washes
        child children
        day daily
        month monthly
        cheap cheaper cheapest
        fast faster fastest quick quicker quickest
        ship shipped shipping ships shipment shipments
        deliver delivered delivering delivery deliveries delivers
        refund refunds refunded refunding
        exchange exchanged exchanging exchanges
        receive received receiving receives receipt
        expire expired expires expiry expiration
        reply replied replies
        arrive arrived arrives arrival arriving
        pick picked picking pickup
        recycle recycled recycling
        invoice invoices invoiced
        payment payments
        address addresses""".splitlines()
    )
    for form in forms
}

_SUFFIXES = (
    ("ies", "y"), ("sses", "ss"), ("ches", "ch"), ("shes", "sh"), ("xes", "x"), ("ization", "ize"),
    ("isation", "ize"),
    ("ingly", ""), ("ing", ""), ("edly", ""), ("ied", "y"), ("ed", ""), ("ly", ""), ("ment", ""), ("ness", ""),
    ("ations", "ate"), ("ation", "ate"), ("ions", ""), ("ion", ""), ("able", ""), ("s", ""),
)  # fmt: skip


def words(text: str) -> list[str]:
    """Return the words of `text`, lower-case, possessives cut off."""
    return list(_words(text[:MAX_CHARACTERS]))


@lru_cache(maxsize=2_048)
def _words(text: str) -> tuple[str, ...]:
    """Take a text apart once: the same sentences are compared with many others."""
    text = unicodedata.normalize("NFKC", text).lower().replace("’", "'")
    if ANY_PHRASE.search(text):
        for pattern, word in PHRASES:
            text = pattern.sub(word, text)
    return tuple(word.removesuffix("'s")[:LONGEST_WORD] for word in _WORD.findall(text))


def grams(found: Iterable[str]) -> Counter[str]:
    """Count the runs of 3 to 5 characters within words: they survive most typing errors."""
    padded = [f" {word} " for word in found]
    return Counter(p[i : i + n] for p in padded for n in (3, 4, 5) for i in range(len(p) - n + 1))


def is_content(word: str) -> bool:
    """Tell whether a word says what a question is about."""
    return word not in STOPWORDS and word.replace("'", "") not in STOPWORDS and len(word) > 1


@lru_cache(maxsize=32_768)
def stem(word: str) -> str:
    """Cut a word to the part its inflections share."""
    word = _IRREGULAR.get(word, word)
    if len(word) < 4 or not word.isalpha():
        return word
    for suffix, replacement in _SUFFIXES:
        if (
            word.endswith(suffix)
            and len(word) - len(suffix) + len(replacement) >= 3
            and not word.endswith(("ss", "us", "is"))
        ):
            word = word[: -len(suffix)] + replacement
            break
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "aeious":
        word = word[:-1]
    return word.removesuffix("e") if len(word) > 4 else word


def _meanings() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for group in GROUPS:
        name, *_ = members = group.split()
        for member in dict.fromkeys(stem(word) for word in members):
            found.setdefault(member, []).append(f"~{name}")
    return {member: tuple(names) for member, names in found.items()}


_MEANINGS = _meanings()


def meanings(stemmed: str) -> tuple[str, ...]:
    """Return the meanings a stem shares with other words; nothing for most words."""
    return _MEANINGS.get(stemmed, ())


def stems(text: str) -> list[str]:
    """Return the stems of the content words of `text`."""
    return [stem(word) for word in words(text) if is_content(word)]


def sentences(text: str) -> list[str]:
    """Split text at sentence ends and line breaks; abbreviations and numbers do not end a sentence."""
    return [part for part in _joined(_SENTENCE_END.split(text)) if part]


def _joined(parts: Sequence[str]) -> Iterator[str]:
    held = ""
    for part in parts:
        held = f"{held} {part.strip()}".strip()
        if not _ABBREVIATION.search(held):
            yield held
            held = ""
    yield held
