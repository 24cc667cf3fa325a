"""What in a line is evidence of a quotation: a date, an address, a word for writing, a label.

Each question is about one short text and answered by looking at its words, so that the rules that combine them
(`marks.py`) can be read as sentences.
"""

import re
from functools import cache, lru_cache

from integrations.email.newtext.vocabulary import fold, words

ADDRESS = re.compile(r"[\w.+%=&'/-]{1,128}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,8}")
_NUMERIC_DATE = re.compile(r"(?<!\d)\d{1,4}\s?[./年년-]\s?\d{1,2}\s?[./月월-]\s?\d{1,4}(?!\d)")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_TIME = re.compile(r"(?<![\d.])\d{1,2}[:.h]\d{2}(?!\d)|\d{1,2}\s?[ap]\.?m\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+(?:['’/][^\W\d_]+)?")
_DIGIT = re.compile(r"\d")
_HAN_OR_KANA_OR_HANGUL = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]")
_LABEL = re.compile(r"([^\W\d_][^:：]{0,28}?)\s{0,3}[*_]{0,2}\s{0,3}[:：](?![/\\])\s{0,9}[*_]{0,2}(.{0,400})")
_FIRST_PERSON = frozenset("i ich we wir mir uns j'ai j’ai nous yo jag jeg minä ja я я мы ik".split())
# One person speaking of himself; lawyers write "we", if that. Too many words here only leave a disclaimer unfolded.
_ONESELF = frozenset(
    "i i'm i've i’m i’ve my me mine ich mein meine meinen meinem meiner mir mich je j'ai j’ai mon ma "
    "mes moi yo mi mis mío io mio mia miei mie eu meu minha meus minhas ik mijn mij jeg jag min mitt "
    "mine mina mig meg minä minun minulle ja mój moje moja mnie mi já můj moje mě mně ben benim bana "
    "beni я мне мой моя мои моё меня мною мені мого én nekem eu mie εγώ μου με εμένα אני שלי לי أنا "
    "لي".split()
)
_ONESELF_UNSPACED = ("私", "僕", "我", "저는", "제가", "제 ")

FIELDS = ("sender", "sent", "date", "to", "subject")


def has_address(text: str) -> bool:
    """Tell whether an e-mail address stands in the text."""
    return "@" in text and ADDRESS.search(text) is not None


def has_date(text: str) -> bool:
    """Tell whether a calendar date stands in the text: in digits, or a year or time with a day or month by name."""
    if _NUMERIC_DATE.search(text):
        return True
    named = _DIGIT.search(text) is not None and names_day(text)
    return named and (_YEAR.search(text) is not None or has_time(text))


def has_time(text: str) -> bool:
    """Tell whether a time of day stands in the text."""
    return _TIME.search(text) is not None


def has_time_and_year(text: str) -> bool:
    """Tell whether a time of day and a year stand in the text: a date in whatever language."""
    return has_time(text) and _YEAR.search(text) is not None


def names_day(text: str) -> bool:
    """Tell whether a day of the week or a month is named."""
    return _mentions("when", text)


def _mentions(what: str, text: str) -> bool:
    """Look a text's words up; where words are written without blanks, look for them in the text."""
    if not words(what).isdisjoint(tokens(text)):
        return True
    return _without_blanks(text) and any(word in text for word in _unspaced(what))


def legal_words(text: str) -> int:
    """Count the different words of lawyers in a text."""
    said = words("legal").intersection(tokens(text))
    return len(said) + (sum(word in text for word in _unspaced("legal")) if _without_blanks(text) else 0)


@cache
def _unspaced(what: str) -> tuple[str, ...]:
    return tuple(word for word in words(what) if _without_blanks(word))


def tokens(text: str) -> list[str]:
    """Return the words of a text in lower case."""
    return _WORD.findall(fold(text))


def _without_blanks(text: str) -> bool:
    return _HAN_OR_KANA_OR_HANGUL.search(text) is not None


def says_wrote(text: str) -> bool:
    """Tell whether a word for writing stands in the text, in any language."""
    return _mentions("wrote", text)


def says_sent(text: str) -> bool:
    """Tell whether "sent" or "said" stands for "wrote": weaker, because people write that too."""
    return not {"sent", "said", "commented", "replied"}.isdisjoint(tokens(text))


def in_first_person(text: str) -> bool:
    """Tell whether somebody speaks of himself, as no mail program does."""
    return not _FIRST_PERSON.isdisjoint(tokens(text))


def is_one_persons(text: str) -> bool:
    """Tell whether one person speaks of himself."""
    return not _ONESELF.isdisjoint(tokens(text)) or any(word in text for word in _ONESELF_UNSPACED)


def begins_with_on(text: str) -> bool:
    """Tell whether a text begins like "On Monday", in any language, with something of a date following soon."""
    first = tokens(text[:24])[:1]
    preposition = first[0] in words("on") if first else False
    return (preposition or text.startswith(_unspaced("on"))) and _DIGIT.search(text[:48]) is not None


def begins_with_date(text: str) -> bool:
    """Tell whether a text begins with a day or a number."""
    start = text.lstrip("\"'([<- ")
    if start[:1].isdigit():
        return True
    first = tokens(start[:16])[:1]
    return bool(first) and first[0] in words("when") and _DIGIT.search(text[:48]) is not None


@lru_cache(2048)
def label(text: str) -> tuple[str, str]:
    """Read "Subject: words" as ("subject", "words") in any language, or ("", "") when the line has no such label."""
    found = _LABEL.match(text) if ":" in text or "：" in text else None
    if not found:
        return "", ""
    name = fold(found[1].strip(" *_"))
    field = next((field for field in FIELDS if name in words(field)), "")
    return (field, found[2].strip()) if field else ("", "")
