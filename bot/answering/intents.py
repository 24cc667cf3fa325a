"""How well questions find their article, measured on labelled ones.

Every intent is an article, its examples are that article's known questions. Index, learning and confidence are those
that answer customers. A message is taken as one question: mails are not split, greetings not left out.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from time import perf_counter

import numpy as np

from bot.answering.confidence import Calibration
from bot.answering.evaluate import aurc, auroc, brier, coverage_at_risk, ece, reliability, risk_coverage
from bot.answering.index import Index
from bot.answering.knowledge import Article
from bot.answering.learning import calibration_for
from bot.answering.vectors import Vectors

OUT_OF_SCOPE = "oos"
RISKS = (0.01, 0.03, 0.05)
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Example:
    """A message and the intent it was labelled with; OUT_OF_SCOPE where no article answers it."""

    text: str
    intent: str


@dataclass(frozen=True)
class Figures:
    """What came out; answering a message that is out of scope is wrong.

    `coverage` is the largest share of all messages that a threshold sends by itself with at most so many wrong among
    these. `top1` is about the messages in scope.
    """

    n: int
    n_out_of_scope: int
    top1: float
    coverage: dict[str, float]
    aurc: float
    ece: float
    brier: float
    oos_auroc: float
    fit_s: float
    ms_per_message: float
    reliability: tuple[tuple[float, float, int, float, float], ...]
    risk_coverage: tuple[tuple[float, float], ...]

    def as_json(self) -> dict[str, object]:
        """Return what `--json` prints; a figure that nothing can be said about is null."""
        told = asdict(self)
        return {name: None if value != value else value for name, value in told.items()}


@dataclass(frozen=True)
class Trained:
    """What a collection of labelled messages makes: the index and the confidence that belongs to it."""

    index: Index
    calibration: Calibration

    @classmethod
    def of(cls, train: Sequence[Example], vectors: Vectors, progress: Progress) -> "Trained":
        articles = as_articles(train)
        foreign = [example.text for example in train if example.intent == OUT_OF_SCOPE]
        progress(f"Learning the confidence from {len(train):,} messages of {len(articles)} articles …")
        calibration = calibration_for(articles, vectors, foreign)
        progress("Building the index …")
        return cls(Index(articles, vectors), calibration)

    def answer(self, text: str) -> tuple[str, float]:
        """Return the article that fits best, and how likely it answers the message."""
        ranking = self.calibration.rank(self.index.search(text))
        return self.index.articles[ranking.order[0]].slug, self.calibration.confidence(ranking)


def as_articles(train: Sequence[Example]) -> list[Article]:
    """Make one article per intent, in the order of their names; its text is its name."""
    questions: dict[str, list[str]] = {}
    for example in train:
        if example.intent != OUT_OF_SCOPE:
            questions.setdefault(example.intent, []).append(example.text)
    titles = {intent: " ".join(intent.replace("_", " ").split()) for intent in questions}
    return [
        Article(intent, titles[intent], (titles[intent],), questions=tuple(asked), sections=("",))
        for intent, asked in sorted(questions.items())
    ]


def measure(
    train: Sequence[Example], test: Sequence[Example], vectors: Vectors, progress: Progress
) -> Figures:
    """Learn from `train` and answer `test`; neither may be empty, and `train` needs an intent."""
    started = perf_counter()
    trained = Trained.of(train, vectors, progress)
    fitted = perf_counter()
    answers = list(_answered(trained, test, progress))
    ended = perf_counter()
    confidences = np.array([confidence for _, confidence in answers])
    right = np.array([slug == one.intent for (slug, _), one in zip(answers, test, strict=True)])
    inside = np.array([example.intent != OUT_OF_SCOPE for example in test])
    return Figures(
        n=len(test),
        n_out_of_scope=int((~inside).sum()),
        top1=_rounded(right[inside].mean()) if inside.any() else float("nan"),
        coverage={f"{risk:g}": _rounded(coverage_at_risk(confidences, right, risk)) for risk in RISKS},
        aurc=_rounded(aurc(confidences, right)),
        ece=_rounded(ece(confidences, right)),
        brier=_rounded(brier(confidences, right)),
        oos_auroc=_rounded(auroc(confidences, inside)),
        fit_s=round(fitted - started, 2),
        ms_per_message=round(1000 * (ended - fitted) / len(test), 3),
        reliability=tuple(reliability(confidences, right)),
        risk_coverage=tuple(
            (_rounded(sent), _rounded(wrong)) for sent, wrong in risk_coverage(confidences, right)
        ),
    )


def _answered(trained: Trained, test: Sequence[Example], progress: Progress) -> Iterator[tuple[str, float]]:
    for number, example in enumerate(test):
        if number % 1_000 == 0:
            progress(f"Answering: {number:,} of {len(test):,}")
        yield trained.answer(example.text)


def _rounded(value: float) -> float:
    return round(float(value), 4)
