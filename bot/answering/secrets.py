"""Personal numbers in running text: found by their checksums, masked before anybody else reads them, and restored.

A mask is `⟦card-1⟧`: brackets that no customer types, so that a mask a model invents is noticed. What comes back for a
mask depends on its kind: addresses and phone numbers as they were, cards and bank accounts as their last four
characters, passwords and social security numbers never.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

_CARD = re.compile(r"(?<![\w.-])\d(?:[ -]?\d){12,18}(?![\w-])")
_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}(?!\w)", re.IGNORECASE)
_SSN = re.compile(r"(?<![\w-])(?!000|666|9)\d{3}([- ])(?!00)\d{2}\1(?!0000)\d{4}(?![\w-])")
_PASSWORD = re.compile(
    r"(?:pass ?(?:word|code|phrase)|passwort|kennwort|wachtwoord|mot de passe|contraseña|\bpin\b(?: code)?|\bcvv?c?\b)"
    r"(?: number)?\s*(?:is|was|ist|:|=)+\s*[\"'“«]?(?P<it>(?=\S*[\d!#$%&*+=@^~_-])[^\s\"'”»,]{3,64}?)(?=[\"'”»,.;:!?]*(?:\s|$))",
    re.IGNORECASE,
)
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}")
_PHONE = re.compile(
    r"(?<![\w.+€$£-])(?:\+|00)\d(?:[ ()/.-]{0,2}\d){7,13}(?![\w-])|(?<![\w.-])0\d{1,4}[ /-]\d(?:[ -]?\d){5,9}(?![\w-])"
)
_MASK = re.compile(r"⟦[^⟦⟧\n]{1,40}⟧")
_IBAN_LENGTHS = {
    "NO": 15,
    "BE": 16,
    "DK": 18,
    "FI": 18,
    "NL": 18,
    "AT": 20,
    "CH": 21,
    "IE": 22,
    "GB": 22,
    "DE": 22,
}
_IBAN_LENGTHS |= {"ES": 24, "SE": 24, "CZ": 24, "PT": 25, "FR": 27, "IT": 27, "GR": 27, "PL": 28, "HU": 28}


@dataclass(frozen=True)
class Found:
    """A personal number in a text, from `start` to `end`, and what kind it is."""

    kind: str
    start: int
    end: int
    text: str


@dataclass
class Masks:
    """What was masked in one request, by mask. The same text gets the same mask."""

    by_mask: dict[str, Found] = field(default_factory=dict)

    def hide(self, text: str) -> str:
        """Replace every personal number by its mask; masks that somebody typed are taken out first."""
        text = _MASK.sub("", text)
        for found in reversed(find(text)):
            text = f"{text[: found.start]}{self._mask(found)}{text[found.end :]}"
        return text

    def restore(self, text: str) -> str:
        """Put back, for each mask, what an answer may carry of it; what it may not stays masked."""
        return _MASK.sub(lambda hit: self._shown(hit.group()), text)

    def _mask(self, found: Found) -> str:
        known = next((mask for mask, one in self.by_mask.items() if one.text == found.text), None)
        if known is None:
            count = sum(one.kind == found.kind for one in self.by_mask.values())
            known = f"⟦{found.kind.replace(' ', '-')}-{count + 1}⟧"
            self.by_mask[known] = found
        return known

    def _shown(self, mask: str) -> str:
        found = self.by_mask.get(mask)
        return _SHOWN[found.kind](found.text) if found is not None and found.kind in _SHOWN else mask


def find(text: str) -> list[Found]:
    """Return the personal numbers of a text, in order, none of them overlapping."""
    kept: list[Found] = []
    for found in sorted(_candidates(text), key=lambda one: (one.start, -one.end)):
        if not kept or found.start >= kept[-1].end:
            kept.append(found)
    return kept


def blanked(text: str) -> str:
    """Return a text without its personal numbers, so that what is left can be told apart from them."""
    for found in reversed(find(text)):
        text = f"{text[: found.start]} {text[found.end :]}"
    return text


def hidden(text: str) -> str:
    """Return a text with what is nobody's business in place of its private numbers and passwords."""
    for found in reversed([one for one in find(text) if one.kind in PRIVATE]):
        end = f" {_last_four(found.text)}" if found.kind in _SHOWN else ""
        text = f"{text[: found.start]}⟦{found.kind}{end}⟧{text[found.end :]}"
    return text


def masks_in(text: str) -> list[str]:
    """Return the masks that stand in a text."""
    return _MASK.findall(text)


def _candidates(text: str) -> Iterator[Found]:
    for kind, pattern, holds in _KINDS:
        for hit in pattern.finditer(text):
            group = "it" if "it" in pattern.groupindex else 0
            value = hit.group(group)
            if kind == "bank account":
                value = _trimmed(value)
            if holds(value):
                start = hit.start(group)
                yield Found(kind, start, start + len(value), value)


def _trimmed(value: str) -> str:
    """Cut an IBAN to the length of its country: words behind it may look like a part of it."""
    length, kept = _IBAN_LENGTHS.get(value[:2].upper(), 0), 0
    for place, character in enumerate(value, 1):
        kept += character != " "
        if kept == length:
            return value[:place]
    return value


def is_card(value: str) -> bool:
    """Check a card number: 13 to 19 digits, a known first digit, and Luhn's sum (ISO/IEC 7812)."""
    digits = [int(character) for character in value if character.isdecimal()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return (
        13 <= len(digits) <= 19
        and digits[0] in {2, 3, 4, 5, 6}
        and (sum(doubled) + sum(digits[-1::-2])) % 10 == 0
    )


def is_iban(value: str) -> bool:
    """Check an IBAN: the letters as numbers, the first four characters last, modulo 97 is 1 (ISO 13616)."""
    plain = value.replace(" ", "").upper()
    if not 15 <= len(plain) <= 34 or not plain.isascii() or not plain.isalnum():
        return False
    return int("".join(str(int(character, 36)) for character in plain[4:] + plain[:4])) % 97 == 1


def _always(_value: str) -> bool:
    return True


def _last_four(value: str) -> str:
    return f"ending in {''.join(filter(str.isalnum, value))[-4:]}"


def _as_it_was(value: str) -> str:
    return value


_KINDS: tuple[tuple[str, re.Pattern[str], Callable[[str], bool]], ...] = (
    ("password", _PASSWORD, _always),
    ("bank account", _IBAN, is_iban),
    ("card", _CARD, is_card),
    ("social security number", _SSN, _always),
    ("email", _EMAIL, _always),
    ("phone", _PHONE, _always),
)
_SHOWN: Mapping[str, Callable[[str], str]] = {
    "email": _as_it_was,
    "phone": _as_it_was,
    "card": _last_four,
    "bank account": _last_four,
}
PRIVATE = frozenset({"password", "bank account", "card", "social security number"})
