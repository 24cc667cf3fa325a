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
# Short ones count where they are called so: “my order 4711”, “ticket no. 4711”, not “order 1200 mugs”.
_CALLED = re.compile(
    r"(?:\b(?:my|our|the|this|that|for|of|about|on|with|from) (?:last |recent )?(?:order|parcel|invoice|ticket|case|return|booking)"
    r"|\b(?:order|parcel|invoice|ticket|case|booking|customer) (?:number|no|nr|id)\b\.?(?: is)?|(?<!\w)#)"
    r"[ :#]{0,3}(\d{3,5})\b(?![.,]\d)",
    re.IGNORECASE,
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
    found = [hit.lstrip("#") for hit in _REFERENCE.findall(text)]
    return list(dict.fromkeys((*found, *_CALLED.findall(text))))
