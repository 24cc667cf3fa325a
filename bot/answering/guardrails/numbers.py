"""The numbers of a text in one spelling, so that they can be compared."""

import re

_NUMBER = re.compile(r"(?<![\w.])[A-Z]{0,3}-?\d[\d.,:]*\d|\d|(?<=[€$£])\d+")
_WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen".split()
)
_SPELT = re.compile(rf"\b(?:{'|'.join(_WORDS)})\b")
_REFERENCE = re.compile(
    r"(?<![\w/.@-])(?=[A-Z-]*\d)[A-Z]{1,5}-?\d{4,}[A-Z\d-]*\b|(?<![\w.,€$£/-])#?\d{6,}(?![\w.,]*\d)"
)


def numbers(text: str, *, spelt: bool = True) -> set[str]:
    """Collect the numbers of a text: 1,200 is 1200, and ten is 10 where `spelt` is set."""
    found = {re.sub(r"(?<=\d),(?=\d{3}\b)", "", hit.rstrip(".,:")) for hit in _NUMBER.findall(text)}
    plain = {number.removesuffix(".00").removesuffix(",00").replace(",", ".") for number in found}
    if spelt:
        plain |= {str(_WORDS.index(word)) for word in _SPELT.findall(text.lower())}
    return plain


def references(text: str) -> list[str]:
    """Return what looks like the number of an order, parcel or ticket."""
    return list(dict.fromkeys(hit.lstrip("#") for hit in _REFERENCE.findall(text)))
