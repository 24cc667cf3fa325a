"""What a customer asks: their message without greeting, signature and quoted mail, question by question."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bot.answering.language import MAX_CHARACTERS, is_content, sentences, words

MAX_QUESTIONS = 5
_FEW = 4  # Content words. A question of fewer may lean on the one before it.
_TELLING = 2  # Content words. A question of fewer means nothing without what surrounds it.

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
    r"(?:^|(?<=[.!?\n])|(?<=[.!?] ))[ \t]*"  # No line breaks: each would look through all that follow.
    r"(?i:(?:with )?(?:many |best |kind |kindest |warm(?:est)? )?(?:regards|wishes)|yours \w+|sincerely|cheers|best"
    r"|(?:many )?thanks(?: a lot| in advance| so much)?|thank you(?: very much| in advance| so much)?"
    r"|greetings|greetz|gru(?:ß|ss)|groetjes)(?: from (?:[A-Z]\w+ ?){1,3})?"
    r"(?:[,.! \n]+[A-Z][\w.'-]*(?:,? (?:and )?[A-Z][\w.'-]*){0,3})?[\s.,!]*$"
)
# A last line of capitalised words only, after a finished sentence, is who wrote it.
_NAME_LINE = re.compile(r"(?<=[.?!,])\s*\n\s*[A-Z][\w.'’-]*(?:,? (?:and )?[A-Z][\w.'’-]*){0,4}\s*$")
_CLAUSE = re.compile(
    r",? (?:and|also|plus|but)(?: also| then)? "
    r"(?=(?:how|what|where|when|which|why|who|can|could|do|does|is|are|will|would|should|may)\b"
    r"|(?:at|for|in|to|by|until|from) (?:how|what|which)\b"
    r"|if\b.{3,60}\b(?:can|could|how|what|where|do|does|is|will)\b)",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"(?:(?:and|also|plus|besides|secondly|ps|so)\b[\s,:]*){0,9}(?:please\s+|pls\s+)?"
    r"(?:(?:how|what|whats|where|when|which|why|who|can|could|do|does|is|are|will|would|should|may)\b"
    r"|tell me|let me know|explain|i(?: would|'d|’d) like to know|i want(?:ed)? to know"
    r"|if .{3,60}\b(?:how|what|where|when|which)\b)",
    re.IGNORECASE,
)
_FOLLOWS = re.compile(
    r"^(?:(?:ok(?:ay)?|thanks|thank you|great|and|but|or|so|what about|how about)\b[\s,!.]*)+", re.IGNORECASE
)
# What only points to something that came with the message: “Please find the invoice attached.”
_ENCLOSES = re.compile(
    r"(?:please )?(?:see|find)\b.{0,60}\b(?:attach(?:ed|ment)|enclosed)\b.{0,60}"
    r"|.{1,60} (?:is|are|'m|am|have|'ve) (?:also )?(?:attach(?:ed|ing)|enclos(?:ed|ing)).{0,60}"
    r"|(?:i|we) (?:attach|enclose)\b.{0,60}",
    re.IGNORECASE,
)
_GENERAL = frozenset(
    """help helps do next work works happen happens option options advise suggest solve solution idea ideas
    reason""".split()
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
    """One question of a message; `before` is the one it leans on (“Is that free?”), or empty.

    `joined` tells that both stand in one sentence (“How do I return it and what does it cost?”).
    """

    text: str
    before: str = ""
    joined: bool = False

    @property
    def core(self) -> str:
        """The sentence that asks, when there is more around it; else empty."""
        said = sentences(self.text)
        questions = [one for one in said if is_question(one)]
        return questions[-1] if questions and len(said) > 1 else ""

    @property
    def asks_by_itself(self) -> bool:
        """Tell whether the sentence that asks means something without the statements around it."""
        return _content(self.core) >= _TELLING and not _refers_back(self.core)


def split_questions(text: str, before: str = "") -> list[Asked]:
    """Split a message into its questions, each with the statements that lead up to it.

    Closing statements belong to the last question. `before` is what the customer asked earlier, for a message that
    goes on from there.
    """
    parts: list[Asked] = []
    held: list[str] = []
    for sentence in _telling(sentences(text)):
        if parts and not held and _is_fragment(sentence):
            parts[-1] = replace(parts[-1], text=f"{parts[-1].text} {sentence}")
            continue
        held.append(sentence)
        if is_question(sentence) and not _is_general(sentence):
            first, *others = _clauses(" ".join(held))
            parts += [Asked(first), *(Asked(other, joined=True) for other in others)]
            held = []
    if held and (not parts or _content(" ".join(held))):
        last = parts[-1:] or [Asked("")]
        parts[-1:] = [replace(last[0], text=" ".join((last[0].text, *held)).strip())]
    return list(_with_context(parts, before))[:MAX_QUESTIONS]


def _telling(said: Sequence[str]) -> Sequence[str]:
    """Leave out the sentences that only point to an attachment, unless nothing else is said."""
    rest = [one for one in said if is_question(one) or not _ENCLOSES.fullmatch(one)]
    return rest if any(map(_content, rest)) else said


def _is_fragment(sentence: str) -> bool:
    """Tell whether a line only ends the question before it, as in chats: “is there gluten in the rye”, “bread?”."""
    return _content(sentence) < 2 and not _ASKS.match(sentence) and not _FOLLOWS.match(sentence)


def _is_general(sentence: str) -> bool:
    """Tell whether a sentence only asks for help with what is said around it: “So what can you do about that?”."""
    return all(word in _GENERAL for word in words(sentence) if is_content(word))


def is_question(sentence: str) -> bool:
    """Tell whether a sentence asks something, with or without a question mark."""
    return sentence.rstrip("\"”')").endswith("?") or _ASKS.match(sentence) is not None


def _clauses(question: str) -> Sequence[str]:
    """Split “how … and where …?” when each half asks something; a later one may lean on the one before it."""
    halves = _CLAUSE.split(question)
    return halves if all(map(_content, halves)) and not _refers_back(halves[0]) else [question]


def _with_context(parts: Sequence[Asked], before: str) -> Iterator[Asked]:
    for place, part in enumerate(part for part in parts if _content(part.text)):
        leans = _refers_back(part.text) or (place == 0 and not _stands_alone(part.text))
        yield replace(part, before=before if leans and _content(part.text) < _FEW else "")
        before = part.text


def _stands_alone(part: str) -> bool:
    """Tell whether the first thing said in a message is a question of its own, not “and to the UK?”."""
    return _FOLLOWS.match(part) is None and (is_question(part) or _content(part) >= _FEW)


def _content(text: str) -> int:
    return sum(map(is_content, words(text)))


def _refers_back(text: str) -> bool:
    return not _REFERS_BACK.isdisjoint(words(text))
