"""The answering engine: find the article, say how sure we are and why, and write the answer.

A language model may write it when there is one. If it does not answer in time, the built-in answer stands in and is
marked, so that a person looks at it.
"""

import asyncio
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial

from bot.answering import guardrails, sensitive
from bot.answering.confidence import AMONG, Calibration
from bot.answering.doubts import condition_of, doubted
from bot.answering.embedded import Part, ask_back, choose_sentences, compose, which
from bot.answering.evidence import explain, strongest
from bot.answering.foreign import common
from bot.answering.index import Index
from bot.answering.knowledge import Library
from bot.answering.learning import calibration_for
from bot.answering.matching import UNCLEAR, USABLE, Match, find_matches
from bot.answering.messages import without_prefix
from bot.answering.secrets import Masks
from bot.answering.understanding import not_understood
from bot.answering.vectors import Vectors, shared_vectors
from bot.core.errors import Unavailable
from bot.core.model import ASKS_BACK, Evidence, Flag, Proposal, Source
from bot.core.ports.answering import UNHEEDED, Passage, Question, Writer, Written

BUDGET = 1.8
_RIVAL_ARTICLES = 3
_LONGEST_ARTICLE = 4_000


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
        vectors: Vectors | None = None,
    ) -> None:
        foreign, vectors = (*common(), *library.foreign), vectors or shared_vectors()
        self._index = Index(library.articles, vectors, foreign) if library.articles else None
        self._calibration = calibration or calibration_for(library.articles, vectors, library.foreign)
        self._begins = " ".join(article.passages[0] for article in library.articles)
        self._brand = brand
        self._writer = writer
        self._budget = budget
        self._today = today
        sensitive.shipped()  # Learned now: the first customer's message does not wait for it.

    @classmethod
    async def build(
        cls,
        library: Library,
        *,
        brand: str,
        writer: Writer | None = None,
        budget: float = BUDGET,
        today: Callable[[], date] = _today,
        calibration: Calibration | None = None,
        vectors: Vectors | None = None,
    ) -> "EmbeddedAnswerer":
        """Build the index, and learn what takes a moment, in a thread: the event loop goes on."""
        build = partial(cls, brand=brand, writer=writer, budget=budget, today=today)
        return await asyncio.to_thread(build, library, calibration=calibration, vectors=vectors)

    @property
    def calibration(self) -> Calibration:
        """The weights it judges by."""
        return self._calibration

    async def answer(self, question: Question) -> Proposal:
        """Propose an answer; whatever the customer wrote leads to a proposal, at worst an empty one."""
        proposal = await self._answer(question)
        grave = sensitive.flag_of("\n".join((without_prefix(question.subject), *question.texts)))
        return replace(proposal, flags=(*proposal.flags, grave)) if grave else proposal

    async def _answer(self, question: Question) -> Proposal:
        matches = self.match(question)
        puzzle, writer = self._puzzle(question), None if question.embedded else self._writer
        if not any(match.usable for match in matches) or (puzzle and writer is None and _is_unclear(matches)):
            return self._nothing(matches, puzzle)
        if writer is None:
            if _is_worth_asking(matches) and not question.wish:
                return self._ask_which(question, matches)
            return self._extract(question, matches, extra=_unheeded(question, _CANNOT))
        passages, masks = self._passages(matches), Masks()
        try:
            async with asyncio.timeout(self._budget):
                written = await writer.write(_masked(question, masks), passages, brand=self._brand)
        except (Unavailable, TimeoutError):
            return self._extract(question, matches, extra=(*_UNAVAILABLE, *_unheeded(question, _LATE)))
        written = replace(
            written, text=masks.restore(written.text), asks_back=masks.restore(written.asks_back)
        )
        return replace(self._written(question, matches, passages, written), usage=written.usage)

    def match(self, question: Question) -> list[Match]:
        """Find the best article for each question of the message; nothing when it asks nothing."""
        return find_matches(self._index, self._calibration, question) if self._index is not None else []

    # --- the kinds of proposal --------------------------------------------------------------------------

    def _puzzle(self, question: Question) -> Flag | None:
        """Return why the message cannot be understood, whatever the articles say."""
        if self._index is None:
            return None
        return not_understood(question, self._begins, self._index.vocabulary.knows)

    def _nothing(self, matches: Sequence[Match], puzzle: Flag | None) -> Proposal:
        if puzzle is not None:
            sure = _least(matches) if matches else 0.0
            return Proposal("", min(sure, USABLE), evidence=(Evidence(puzzle.text, -5.0),), flags=(puzzle,))
        if not matches:
            return Proposal("", 0.0, evidence=(Evidence("The message asks nothing we can look up", -5.0),))
        return Proposal("", _least(matches), evidence=self._evidence(matches))

    def _extract(self, question: Question, matches: Sequence[Match], extra: Sequence[Flag] = ()) -> Proposal:
        usable = [match for match in matches if match.usable]
        text, sources, flags = self._letter(question, usable)
        unanswered = [_unanswered(match) for match in matches if not match.usable]
        proposal = Proposal(
            text, _least(matches), sources, self._evidence(matches), (*extra, *unanswered, *flags)
        )
        return doubted(proposal, filter(None, (_condition(self._searched, match) for match in usable)))

    def _letter(
        self, question: Question, matches: Sequence[Match], asks: str = ""
    ) -> tuple[str, tuple[Source, ...], tuple[Flag, ...]]:
        """Write the answers to some questions, and what to ask about another; return also sources and findings."""
        index = self._searched
        sources = self._sources(match.article for match in matches)
        numbers = {source.slug: source.number for source in sources}
        parts = [
            Part(_best_sentences(index, match), numbers[index.articles[match.article].slug])
            for match in matches
        ]
        if wants_it_shorter(question.wish):
            parts = [replace(part, sentences=part.sentences[:1]) for part in parts]
        text = compose(
            _without_repeats(parts),
            sources,
            channel=question.channel,
            customer_name=question.customer_name,
            said="\n".join(question.texts),
            brand=self._brand,
            asks=asks,
        )
        bodies = {source.number: index.articles[index.row(source.slug)].body for source in sources}
        # What is asked consists of our own titles and of the customer's words: no guardrail has anything to say.
        checked = text.replace(asks, "", 1) if asks else text
        return text, sources, guardrails.check(self._checked(question, checked, bodies, sources))

    def _ask_which(self, question: Question, matches: Sequence[Match]) -> Proposal:
        """Propose to ask which of the first articles is meant, below the answers to the questions that are clear."""
        clear = [match for match in matches if match.confidence >= UNCLEAR]
        asks = " ".join(self._which(m, len(matches) > 1) for m in matches if m.confidence < UNCLEAR)
        flag = Flag(ASKS_BACK, "Asks which of the articles is meant")
        if clear:
            text, sources, flags = self._letter(question, clear, asks)
        else:
            text = ask_back(asks, question.channel, question.customer_name, self._brand)
            rows = (row for match in matches for row in match.ranking.order[:AMONG])
            sources, flags = self._sources(rows), ()
        return Proposal(text, _least(matches), sources, self._evidence(matches), (flag, *flags))

    def _which(self, match: Match, quoted: bool) -> str:
        titles = [source.title for source in self._sources(match.ranking.order[:AMONG])]
        return which(titles, match.text if quoted else "")

    def _written(
        self, question: Question, matches: Sequence[Match], passages: Sequence[Passage], written: Written
    ) -> Proposal:
        author = written.model or "model"
        if written.asks_back:
            return self._asked_back(question, matches, written, author)
        if not written.answered or not written.text.strip():
            missing = f": {written.missing}" if written.missing else ""
            reason = Evidence(f"The model found no answer in the articles{missing}", -3.0)
            evidence = strongest((reason, *self._evidence(matches)))
            return Proposal("", min(_least(matches), USABLE), evidence=tuple(evidence), author=author)
        offered = self._offered(matches)
        cited = guardrails.cited(written.text) | set(written.cited)
        sources = tuple(s for s in offered if s.number in cited) or offered[:1]
        bodies = {passage.number: passage.text for passage in passages}
        checked = self._checked(question, written.text, bodies, sources)
        flags = guardrails.check(
            replace(checked, written_by_model=True, prompt=written.prompt, canary=written.canary)
        )
        unanswered = [_unanswered(match) for match in matches if not match.usable]
        proposal = Proposal(
            written.text.strip(),
            _least(matches),
            sources,
            self._evidence(matches),
            (*unanswered, *flags),
            author,
        )
        return doubted(proposal)

    def _asked_back(
        self, question: Question, matches: Sequence[Match], written: Written, author: str
    ) -> Proposal:
        """Propose to ask the customer first: never by itself, and not worth a specialist either."""
        checked = self._checked(question, written.asks_back, {}, ())
        flags = guardrails.check(
            replace(checked, written_by_model=True, prompt=written.prompt, canary=written.canary)
        )
        flags = (Flag(ASKS_BACK, "The model asks back instead of answering"), *flags)
        return Proposal(written.asks_back, _least(matches), (), self._evidence(matches), flags, author)

    def _checked(
        self, question: Question, text: str, bodies: Mapping[int, str], sources: tuple[Source, ...]
    ) -> guardrails.Checked:
        return guardrails.Checked(
            text,
            bodies,
            "\n".join(question.texts),
            sources,
            self._today(),
            self._brand,
            channel=question.channel,
            customer_name=question.customer_name,
            facts=tuple(fact.text for fact in question.facts),
            earlier="\n".join(said for _, said in question.history),
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


_UNAVAILABLE = (Flag("model_unavailable", "The model did not answer; this is the built-in answer"),)


_CANNOT = "The built-in answers can only be made shorter. For anything else connect a language model, or press Edit."
_LATE = "The language model did not answer, so the draft stays as it was. Try again, or press Edit."
_SHORTER = re.compile(
    r"\W*(?:(?:much|a bit|a little|make it|make this|please)\W+)*(?:shorter|briefer)\W*", re.IGNORECASE
)


def wants_it_shorter(wish: str) -> bool:
    """Tell whether an agent wants a draft to be shorter, and nothing else."""
    return _SHORTER.fullmatch(wish) is not None


def _unheeded(question: Question, why: str) -> tuple[Flag, ...]:
    """Say that the built-in answer is not what an agent wished for, unless it is."""
    heeded = not question.wish or wants_it_shorter(question.wish)
    return () if heeded else (Flag(UNHEEDED, why),)


def _masked(question: Question, masks: Masks) -> Question:
    """Return what a model may read: without the numbers that are nobody else's business."""
    return replace(
        question,
        texts=tuple(map(masks.hide, question.texts)),
        subject=masks.hide(question.subject),
        history=tuple((sender, masks.hide(text)) for sender, text in question.history),
        facts=tuple(replace(fact, text=masks.hide(fact.text)) for fact in question.facts),
    )


def _best_sentences(index: Index, match: Match) -> tuple[str, ...]:
    scores = match.findings.passages[index.passages_of(match.article)]
    return choose_sentences(index.articles[match.article].told, [float(score) for score in scores])


def _condition(index: Index, match: Match) -> str:
    """Return the condition that the answer to a question depends on, or nothing."""
    told, scores = (
        index.articles[match.article].told,
        match.findings.passages[index.passages_of(match.article)],
    )
    best = max(range(1, len(told)), key=lambda i: float(scores[i]), default=0)
    return condition_of(match.text, _best_sentences(index, match), told[best])


def _without_repeats(parts: Sequence[Part]) -> list[Part]:
    """Join the answers of questions that lead to the same article."""
    joined: dict[int, Part] = {}
    for part in parts:
        before = joined.get(part.number, Part((), part.number)).sentences
        joined[part.number] = Part(tuple(dict.fromkeys((*before, *part.sentences))), part.number)
    return list(joined.values())


def _least(matches: Sequence[Match]) -> float:
    return min(match.confidence for match in matches)


def _is_unclear(matches: Sequence[Match]) -> bool:
    return _least(matches) < UNCLEAR


def _is_worth_asking(matches: Sequence[Match]) -> bool:
    """Tell whether it is unclear what is meant, and for each unclear question that it is one of a few articles."""
    unclear = [match for match in matches if match.confidence < UNCLEAR]
    return bool(unclear) and all(match.wants_asking for match in unclear)


def _unanswered(match: Match) -> Flag:
    return Flag("unanswered_part", f"No article answers “{match.text[:80]}”")
