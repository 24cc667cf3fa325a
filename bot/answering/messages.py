"""What a customer asks: their message without greeting, signature and quoted mail, question by question."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.answering.language import MAX_CHARACTERS, is_content, sentences, words

MAX_QUESTIONS = 5

_QUOTE_HEADER = re.compile(
    r"^(?:on .{4,120} wrote:|am .{4,120} schrieb .*:|-{2,} ?original message ?-{2,}|_{8,}|from: .+@.+)\s*$",
    re.IGNORECASE,
)
_SIGNATURE = re.compile(r"^(?:--+|__+|sent from my .*|get outlook for .*)\s*$", re.IGNORECASE)
_GREETING = re.compile(
    r"^\s*(?:(?:hi|hello|hey|dear|good (?:morning|afternoon|evening|day)|hallo)"
    r"(?: (?:there|all|everyone|again|team|sir|madam|or|sirs|support|northwind|customer|service|folks|[A-Z]\w+)){0,4}"
    r"\s*(?:[,!.:\n]|[-–] )|(?:hi|hello|hey)\s)\s*",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"(?:^|(?<=[.!?\n])|(?<=[.!?] ))\s*"
    r"(?i:(?:with )?(?:many |best |kind |kindest |warm(?:est)? )?(?:regards|wishes)|yours \w+|sincerely|cheers|best"
    r"|(?:many )?thanks(?: a lot| in advance| so much)?|thank you(?: very much| in advance| so much)?"
    r"|greetings|greetz|gru(?:ß|ss)|groetjes)(?: from (?:[A-Z]\w+ ?){1,3})?"
    r"(?:[,.! \n]+[A-Z][\w.'-]*(?:,? (?:and )?[A-Z][\w.'-]*){0,3})?[\s.,!]*$"
)
# A last line of capitalised words only, after a finished sentence, is who wrote it.
_NAME_LINE = re.compile(r"(?<=[.?!,])\s*\n\s*[A-Z][\w.'’-]*(?:,? (?:and )?[A-Z][\w.'’-]*){0,4}\s*$")
_CLAUSE = re.compile(
    r",? (?:and|also|plus|but)(?: also)? "
    r"(?=(?:how|what|where|when|which|why|who|can|could|do|does|is|are|will|would|should|may)\b)",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"(?:(?:and|also|plus|besides|secondly|ps|so)\b[\s,:]*)*(?:please\s+|pls\s+)?"
    r"(?:(?:how|what|whats|where|when|which|why|who|can|could|do|does|is|are|will|would|should|may)\b"
    r"|tell me|let me know|explain|i(?: would|'d|’d) like to know|i want(?:ed)? to know"
    r"|if .{3,60}\b(?:how|what|where|when|which)\b)",
    re.IGNORECASE,
)
_REFERS_BACK = frozenset(
    "it its that this these those they them their one ones so he she both then there".split()
)


_SUBJECT_PREFIX = re.compile(r"^(?:(?:re|fwd?|aw|wg|sv|antw)\s*(?:\[\d+\])?\s*:\s*)+", re.IGNORECASE)


def without_prefix(subject: str) -> str:
    """Drop “Re:”, “Fwd:” and their like from a subject."""
    return _SUBJECT_PREFIX.sub("", subject.strip())


def clean(text: str) -> str:
    """Drop quoted lines, greeting, closing words and signature; keep everything else as it is."""
    lines: list[str] = []
    for line in text[:MAX_CHARACTERS].replace("\r\n", "\n").split("\n"):
        if _QUOTE_HEADER.match(line.strip()) or _SIGNATURE.match(line.strip()):
            break
        if not line.lstrip().startswith(">"):
            lines.append(line)
    kept = "\n".join(lines).strip()
    without = _CLOSING.sub("", _NAME_LINE.sub("", _GREETING.sub("", kept, count=1))).strip()
    return without if any(map(is_content, words(without))) else kept


@dataclass(frozen=True)
class Asked:
    """One question of a message; `before` is the one it leans on (“Is that free?”), or empty."""

    text: str
    before: str = ""

    @property
    def core(self) -> str:
        """The sentence that asks, when there is more around it; else empty."""
        said = sentences(self.text)
        questions = [one for one in said if _asks(one)]
        return questions[-1] if questions and len(said) > 1 else ""


def split_questions(text: str) -> list[Asked]:
    """Split a message into its questions, each with the statements that lead up to it.

    Closing statements belong to the last question.
    """
    parts: list[str] = []
    held: list[str] = []
    for sentence in sentences(text):
        held.append(sentence)
        if _asks(sentence):
            parts.extend(_clauses(" ".join(held)))
            held = []
    if held and (not parts or _content(" ".join(held))):
        parts[-1:] = [" ".join((*parts[-1:], *held))]
    return list(_with_context(parts))[:MAX_QUESTIONS]


def _asks(sentence: str) -> bool:
    return sentence.rstrip("\"”')").endswith("?") or _ASKS.match(sentence) is not None


def _clauses(question: str) -> Sequence[str]:
    """Split “how … and where …?” when both halves stand by themselves."""
    halves = _CLAUSE.split(question)
    return halves if all(_content(half) and not _refers_back(half) for half in halves) else [question]


def _with_context(parts: Sequence[str]) -> Iterator[Asked]:
    before = ""
    for part in filter(_content, parts):
        leans = bool(before) and _refers_back(part) and _content(part) < 4
        yield Asked(part, before if leans else "")
        before = part


def _content(text: str) -> int:
    return sum(map(is_content, words(text)))


def _refers_back(text: str) -> bool:
    return not _REFERS_BACK.isdisjoint(words(text))
