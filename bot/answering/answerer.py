"""The answering engine: find the article, say how sure we are and why, and write the answer.

A language model may write it when there is one. If it does not answer in time, the built-in answer stands in and is
marked, so that a person looks at it.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from bot.answering import guardrails
from bot.answering.confidence import Calibration, Ranking
from bot.answering.embedded import Part, choose_sentences, compose
from bot.answering.evidence import explain, strongest
from bot.answering.index import Findings, Index
from bot.answering.knowledge import Library
from bot.answering.language import is_content, words
from bot.answering.messages import Asked, clean, split_questions, without_prefix
from bot.answering.vectors import shared_vectors
from bot.core.errors import Unavailable
from bot.core.model import Evidence, Flag, Proposal, Sender, Source
from bot.core.ports.answering import Passage, Question, Writer, Written

BUDGET = 1.8
USABLE = 0.2  # Below this an article is not offered as an answer at all.
_RIVAL_ARTICLES = 3
_LONGEST_ARTICLE = 4_000


@dataclass(frozen=True)
class Match:
    """One question of a message and the article that fits it best."""

    text: str
    article: int
    confidence: float
    findings: Findings
    ranking: Ranking

    @property
    def usable(self) -> bool:
        return self.confidence >= USABLE


def _today() -> date:
    return datetime.now(UTC).date()


class EmbeddedAnswerer:
    """Answers from a library of articles, with a writer if there is one."""

    def __init__(
        self,
        library: Library,
        *,
        brand: str,
        writer: Writer | None = None,
        budget: float = BUDGET,
        today: Callable[[], date] = _today,
        calibration: Calibration | None = None,
    ) -> None:
        self._index = Index(library.articles, shared_vectors()) if library.articles else None
        self._calibration = calibration or Calibration.load()
        self._brand = brand
        self._writer = writer
        self._budget = budget
        self._today = today

    @classmethod
    async def build(
        cls,
        library: Library,
        *,
        brand: str,
        writer: Writer | None = None,
        budget: float = BUDGET,
        today: Callable[[], date] = _today,
    ) -> "EmbeddedAnswerer":
        """Build the index in a thread, so that the event loop goes on."""

        def built() -> EmbeddedAnswerer:
            return cls(library, brand=brand, writer=writer, budget=budget, today=today)

        return await asyncio.to_thread(built)

    async def answer(self, question: Question) -> Proposal:
        """Propose an answer; whatever the customer wrote leads to a proposal, at worst an empty one."""
        matches = self.match(question)
        if not any(match.usable for match in matches):
            return self._nothing(matches)
        if self._writer is None:
            return self._extract(question, matches)
        try:
            async with asyncio.timeout(self._budget):
                passages = self._passages(matches)
                written = await self._writer.write(question, passages, brand=self._brand)
        except (Unavailable, TimeoutError):
            return self._extract(question, matches, extra=_UNAVAILABLE)
        return self._written(question, matches, passages, written)

    def match(self, question: Question) -> list[Match]:
        """Find the best article for each question of the message; nothing when it asks nothing."""
        if self._index is None:
            return []
        return [_match(self._index, self._calibration, one) for one in asked(question)]

    # --- the kinds of proposal --------------------------------------------------------------------------

    def _nothing(self, matches: Sequence[Match]) -> Proposal:
        if not matches:
            return Proposal("", 0.0, evidence=(Evidence("The message asks nothing we can look up", -5.0),))
        return Proposal("", _least(matches), evidence=self._evidence(matches))

    def _extract(self, question: Question, matches: Sequence[Match], extra: Sequence[Flag] = ()) -> Proposal:
        index = self._searched
        usable = [match for match in matches if match.usable]
        sources = self._sources(match.article for match in usable)
        numbers = {source.slug: source.number for source in sources}
        parts = [
            Part(_best_sentences(index, match), numbers[index.articles[match.article].slug])
            for match in usable
        ]
        said = "\n".join(question.texts)
        text = compose(
            _without_repeats(parts),
            sources,
            channel=question.channel,
            customer_name=question.customer_name,
            said=said,
            brand=self._brand,
        )
        grounds = {source.number: index.articles[index.row(source.slug)].body for source in sources}
        flags = guardrails.check(guardrails.Checked(text, grounds, said, sources, self._today(), self._brand))
        unanswered = [_unanswered(match) for match in matches if not match.usable]
        return Proposal(
            text,
            _least(matches),
            sources,
            self._evidence(matches),
            (*extra, *unanswered, *flags),
        )

    def _written(
        self, question: Question, matches: Sequence[Match], passages: Sequence[Passage], written: Written
    ) -> Proposal:
        author = written.model or "model"
        if not written.answered or not written.text.strip():
            missing = f": {written.missing}" if written.missing else ""
            reason = Evidence(f"The model found no answer in the articles{missing}", -3.0)
            evidence = strongest((reason, *self._evidence(matches)))
            return Proposal("", min(_least(matches), USABLE), evidence=tuple(evidence), author=author)
        offered = self._offered(matches)
        cited = guardrails.cited(written.text) | set(written.cited)
        sources = tuple(s for s in offered if s.number in cited) or offered[:1]
        checked = guardrails.Checked(
            written.text,
            {passage.number: passage.text for passage in passages},
            "\n".join(question.texts),
            sources,
            self._today(),
            self._brand,
            written_by_model=True,
        )
        flags = guardrails.check(checked)
        unanswered = [_unanswered(match) for match in matches if not match.usable]
        return Proposal(
            written.text.strip(),
            _least(matches),
            sources,
            self._evidence(matches),
            (*unanswered, *flags),
            author,
        )

    # --- their pieces -----------------------------------------------------------------------------------

    @property
    def _searched(self) -> Index:
        assert self._index is not None, "Without articles there are no matches."  # noqa: S101
        return self._index

    def _evidence(self, matches: Sequence[Match]) -> tuple[Evidence, ...]:
        """Explain the least sure question: it is the one that decides."""
        weakest = min(matches, key=lambda match: match.confidence)
        told = explain(self._searched, weakest.findings, self._calibration, weakest.ranking)
        if len(matches) > 1:
            told.append(Evidence(f"{len(matches)} questions in one message; the least sure one counts", -0.5))
        return tuple(strongest(told))

    def _offered(self, matches: Sequence[Match]) -> tuple[Source, ...]:
        """The articles a writer may use: for each question the best and its closest rivals."""
        usable = [match for match in matches if match.usable]
        rows = [
            m.ranking.order[place]
            for place in range(_RIVAL_ARTICLES)
            for m in usable
            if place < len(m.ranking.order)
        ]
        return self._sources(rows[: max(_RIVAL_ARTICLES, len(usable))])

    def _passages(self, matches: Sequence[Match]) -> list[Passage]:
        index = self._searched
        return [
            Passage(s.number, s.title, s.url, index.articles[index.row(s.slug)].body[:_LONGEST_ARTICLE])
            for s in self._offered(matches)
        ]

    def _sources(self, rows: Iterable[int]) -> tuple[Source, ...]:
        found = [self._searched.articles[row] for row in dict.fromkeys(rows)]
        return tuple(Source(n, a.slug, a.title, a.url, a.review_by) for n, a in enumerate(found, start=1))


_UNAVAILABLE = (Flag("model_unavailable", "The model did not answer in time; this is the built-in answer"),)


def asked(question: Question) -> list[Asked]:
    """Return the questions of a message, without greeting and quotes.

    A message that says next to nothing is read together with its subject, or with what the customer said before.
    """
    said = "\n".join(text for text in map(clean, question.texts) if text)
    if _content(said) < 2:
        earlier = [text for sender, text in question.history if sender is Sender.CUSTOMER][-1:]
        said = "\n".join(filter(None, (without_prefix(question.subject), *map(clean, earlier), said)))
    return split_questions(said)


def _content(text: str) -> int:
    return sum(map(is_content, words(text)))


def _match(index: Index, calibration: Calibration, one: Asked) -> Match:
    """Find the best article for a question.

    What surrounds a question may help or distract: when the question alone leads to the same article, the surer
    reading counts. A question that leans on another is trusted as far as both readings agree.
    """
    alone = _search(index, calibration, one.text)
    if one.core:
        bare = _search(index, calibration, one.core)
        if bare.article == alone.article and bare.confidence > alone.confidence:
            alone = bare
    if not one.before:
        return alone
    together = _search(index, calibration, f"{one.before} {one.text}")
    return together if together.article == alone.article else alone


def _search(index: Index, calibration: Calibration, text: str) -> Match:
    findings = index.search(text)
    ranking = calibration.rank(findings)
    return Match(text, ranking.order[0], calibration.confidence(ranking), findings, ranking)


def _best_sentences(index: Index, match: Match) -> tuple[str, ...]:
    scores = match.findings.passages[index.passages_of(match.article)]
    return choose_sentences(index.articles[match.article].passages, [float(score) for score in scores])


def _without_repeats(parts: Sequence[Part]) -> list[Part]:
    """Join the answers of questions that lead to the same article."""
    joined: dict[int, Part] = {}
    for part in parts:
        before = joined.get(part.number, Part((), part.number)).sentences
        joined[part.number] = Part(tuple(dict.fromkeys((*before, *part.sentences))), part.number)
    return list(joined.values())


def _least(matches: Sequence[Match]) -> float:
    return min(match.confidence for match in matches)


def _unanswered(match: Match) -> Flag:
    return Flag("unanswered_part", f"No article answers “{match.text[:80]}”")
