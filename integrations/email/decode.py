r"""Bytes to clean text, whatever they claim to be.

Mail names character sets that do not exist, names the wrong one, or names none. Everything that leaves this
module is storable text: no NULs, no other control characters, no lone surrogates, `\n` line ends.
"""

import binascii
import codecs
import re

_ALIASES = {
    "ansi_x3.4-1968": "ascii",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "iso-gb2312": "gb18030",
    "gb_2312-80": "gb18030",
    "ks_c_5601": "cp949",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601-1989": "cp949",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "x-sjis": "cp932",
    "iso-2022-jp": "iso2022_jp_ext",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "cp-1252": "cp1252",
    "win-1252": "cp1252",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-9": "cp1254",
    "unicode-1-1-utf-7": "utf-7",
    "x-utf-8": "utf-8",
    "utf8mb4": "utf-8",
    "big5": "big5hkscs",
    "windows-949": "cp949",
    "x-windows-949": "cp949",
    "windows-31j": "cp932",
    "windows-874": "cp874",
    "tis-620": "cp874",
    "iso-8859-8-e": "iso-8859-8",
    "iso-8859-6-i": "iso-8859-6",
    "csiso2022jp": "iso2022_jp_ext",
    "cp936": "gb18030",
    "x-mac-roman": "mac-roman",
    "macintosh": "mac-roman",
}
# Python calls these text encodings, but no mail is written in them and some take quadratic time.
_NOT_FOR_MAIL = frozenset({"idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape"})
_NAME = re.compile(r"[a-z0-9][a-z0-9_.:+-]{0,39}")

_WORD = re.compile(r"=\?([\w.:+-]{1,40})(?:\*[\w-]{0,20})?\?([bBqQ])\?([^?]*)\?=", re.ASCII)
_SURROGATE = re.compile("[\ud800-\udfff]")
# Overrides make text read as another; C1 controls are what is left of Windows' typographic signs.
_OVERRIDES = (0x202D, 0x202E)
_DIRECTIONS = dict.fromkeys([0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])
_CONTROLS = {
    **{code: bytes([code]).decode("cp1252", "ignore") for code in range(0x80, 0xA0)},
    **dict.fromkeys([*range(9), 11, 12, *range(14, 32), 127, 0xFEFF, *_OVERRIDES]),
    0x2028: "\n",
    0x2029: "\n",
}


def decode(data: bytes, charset: str = "") -> str:
    """Decode in the named character set if that is possible, else in the likeliest one."""
    codec = _codec(charset)
    if codec in {"", "ascii", "utf-8"}:
        return _guess(data)
    try:
        return data.decode(codec, "replace")
    except (UnicodeError, LookupError):  # Not a text encoding ("hex"), or one that cannot replace.
        return _guess(data)


def clean(text: str) -> str:
    """Make text storable: unify line ends, drop control characters, replace lone surrogates."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").translate(_CONTROLS)
    return _SURROGATE.sub("\ufffd", text)


def one_line(text: str) -> str:
    """Clean text with every run of white space made one blank, and without anything that turns its direction."""
    return " ".join(clean(text).translate(_DIRECTIONS).split())


def header_text(raw: str) -> str:
    """Decode a header value: raw 8-bit bytes, RFC 2047 words (even split inside a character), folding."""
    return one_line(_decode_words(unescaped(raw)))


def unescaped(raw: str) -> str:
    """Decode the 8-bit bytes that the standard library keeps as surrogates."""
    return decode(raw.encode("utf-8", "surrogateescape")) if _SURROGATE.search(raw) else raw


def _codec(charset: str) -> str:
    name = charset.strip(" \t\"'").lower()
    name = _ALIASES.get(name, name)
    if not _NAME.fullmatch(name):
        return ""
    try:
        found = codecs.lookup(name).name
    except LookupError:
        return ""
    return "" if found in _NOT_FOR_MAIL else found


def _guess(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("utf-8", "replace")
    foreign = sum(1 for character in text if character > "\x7f")
    # Mostly wrong: never was UTF-8. A few wrong: UTF-8 with a broken place.
    return data.decode("cp1252", "replace") if text.count("\ufffd") * 2 > foreign else text


def _decode_words(text: str) -> str:
    out: list[str] = []
    held, held_charset, end = b"", "", 0
    for word in _WORD.finditer(text):
        gap, charset = text[end : word.start()], word[1].lower()
        if gap.strip() or charset != held_charset:
            out.append(decode(held, held_charset))
            held, held_charset = b"", charset
        if gap.strip() or end == 0:
            out.append(gap)
        held += _word_bytes(word[2], word[3])
        end = word.end()
    return "".join([*out, decode(held, held_charset), text[end:]])


def _word_bytes(encoding: str, text: str) -> bytes:
    data = text.encode("utf-8", "replace")
    if encoding in "qQ":
        return binascii.a2b_qp(data, header=True)
    for padded in (data + b"===", data.rstrip(b"=")[:-1] + b"==="):
        try:
            return binascii.a2b_base64(padded)
        except binascii.Error:  # One character too many; the others are good.
            continue
    return b""
