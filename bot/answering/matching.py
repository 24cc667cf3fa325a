"""Which article each question of a message asks for, whichever way of reading it tells most."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.answering.confidence import Calibration, Ranking
from bot.answering.index import Findings, Index
from bot.answering.language import is_content, words
from bot.answering.messages import Asked, clean, split_questions, without_prefix
from bot.core.model import Sender
from bot.core.ports.answering import Question

_MEANS_SOMETHING, _COVERED = 0.5, 0.5
USABLE = 0.2  # Below this an article is not offered as an answer at all.
# Less sure of one article than the first, yet as sure of the first few as the second: ask which is meant.
UNCLEAR, ONE_OF_THESE = 0.7, 0.6


@dataclass(frozen=True)
class Match:
    """One question of a message and the article that fits it best."""

    text: str
    article: int
    confidence: float
    among: float  # How likely one of the first articles answers it.
    findings: Findings
    ranking: Ranking

    @property
    def usable(self) -> bool:
        return self.confidence >= USABLE

    @property
    def usable_alone(self) -> bool:
        """Tell whether the question means something without what came before it."""
        return self.confidence >= _MEANS_SOMETHING

    @property
    def wants_asking(self) -> bool:
        """Tell whether the question is surely about one of the first articles, but not about which."""
        return self.confidence < UNCLEAR and self.among >= ONE_OF_THESE

    def covers(self, text: str) -> bool:
        """Tell whether the article says something about every content word of `text`, a part of the question."""
        wanted = set(words(text))
        terms = zip(self.findings.terms, self.findings.covered[:, self.article], strict=False)
        return all(share >= _COVERED for term, share in terms if term.word in wanted)


def find_matches(index: Index, calibration: Calibration, question: Question) -> list[Match]:
    """Find the best article for each question of the message; nothing when it asks nothing."""
    subject = without_prefix(question.subject)
    return [match(index, calibration, one, subject) for one in asked(question)]


def asked(question: Question) -> list[Asked]:
    """Return the questions of a message, without greeting and quotes.

    A message that says next to nothing is read together with its subject, or with what the customer said before; one
    that goes on from there (“And to the UK?”) leans on it.
    """
    said = "\n".join(text for text in map(clean, question.texts) if text)
    earlier = [clean(text) for sender, text in question.history if sender is Sender.CUSTOMER][-1:]
    if _content(said) < 2:
        said = "\n".join(filter(None, (without_prefix(question.subject), *earlier, said)))
    return split_questions(said, "".join(earlier))


def _content(text: str) -> int:
    return sum(map(is_content, words(text)))


def match(index: Index, calibration: Calibration, one: Asked, subject: str = "") -> Match:
    """Find the best article for a question.

    What surrounds a question may help or distract: when the question alone, or with the mail's subject, leads to the
    same article, the surest reading counts.
    """
    core = one.core or one.text
    others = [core, *([f"{subject}. {core}"] if subject else ())]
    alone = _surest(index, calibration, one.text, others)
    if one.asks_by_itself:
        alone = _rather(_surest(index, calibration, core, others[1:]), alone)
    return _leaning(index, calibration, one, alone) if one.before else alone


def _surest(index: Index, calibration: Calibration, text: str, others: Sequence[str]) -> Match:
    """Read a text, and return the surest of the other readings that lead to the same article."""
    first = _search(index, calibration, text)
    read = [_search(index, calibration, other) for other in others if other != text]
    return max((first, *(one for one in read if one.article == first.article)), key=lambda m: m.confidence)


def _rather(asking: Match, whole: Match) -> Match:
    """Prefer the sentence that asks to what surrounds it, where it leads elsewhere and is surer.

    “I have the invoice. How do I return an item?” is about returns. Where the whole is surely about something else,
    it is no surer than that, and a person looks.
    """
    if asking.article == whole.article or not asking.usable_alone or asking.confidence <= whole.confidence:
        return whole
    return asking if whole.confidence < UNCLEAR else replace(asking, confidence=whole.confidence)


def _leaning(index: Index, calibration: Calibration, one: Asked, alone: Match) -> Match:
    """Read a question with the one it leans on.

    Where both lead to the same article, the surer reading counts. Else this one does only when the question means
    nothing by itself and either stands in the same sentence or finds all its words in the article: “Is that
    dangerous?” is not answered by what “that” is.
    """
    together = _search(index, calibration, f"{one.before} {one.text}")
    if together.article == alone.article:
        return max(alone, together, key=lambda match: match.confidence)
    if alone.usable_alone:
        return alone
    return together if one.joined or together.covers(one.text) else alone


def _search(index: Index, calibration: Calibration, text: str) -> Match:
    findings = index.search(text)
    ranking = calibration.rank(findings)
    sure, among = calibration.confidence(ranking), calibration.among_first(ranking)
    return Match(text, ranking.order[0], sure, among, findings, ranking)
