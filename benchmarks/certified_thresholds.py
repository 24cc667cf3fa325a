"""How often certified thresholds break their promise, beside the naive choice.

    python -m benchmarks.certified_thresholds [TRAIN.csv TEST.csv] [--reviewed N] [--splits 200]

With files: TEST's messages are answered as `threadpilot eval intents` does. In every split, N of them at random are
the reviewed ones that a threshold is chosen from, and the others are the future it is judged by. Without files the
messages are made up, with a confidence that is honest, so that only the choice of the threshold is looked at.
"""

import argparse
import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.machine import machine
from bot.answering.evaluate import aurc, brier, ece, reliability
from bot.answering.intents import Trained
from bot.answering.vectors import shared_vectors
from bot.core.certificates import Certified, Reviewed, certify, naive
from bot.verbs.evaluation.intents import read

RISKS = (0.01, 0.03, 0.05)
MADE_UP = 8_600  # As many as the public collection that the published comparison used.
Picker = Callable[[Sequence[Reviewed], float], float | None]


@dataclass(frozen=True)
class Tally:
    """Of all splits: in how many a threshold was found, and broke its promise; mean shares of the future."""

    found: float
    broken: float
    sent: float
    wrong: float


def certified(cases: Sequence[Reviewed], risk: float) -> float | None:
    found = certify(cases, risk)
    return found.threshold if isinstance(found, Certified) else None


PICKERS: dict[str, Picker] = {"certified": certified, "naive": naive}


def made_up(seed: int) -> list[Reviewed]:
    """Draw messages with an honest confidence: most of them sure, an eighth out of scope and unsure."""
    generator = random.Random(seed)
    sure = [
        generator.betavariate(1, 4) if generator.random() < 0.125 else 1 - 0.6 * generator.random() ** 5
        for _ in range(MADE_UP)
    ]
    return [Reviewed(c, generator.random() < c) for c in sure]


def answered(train: Path, test: Path) -> list[Reviewed]:
    """Answer the messages of `test` after learning from `train`."""
    trained = Trained.of(read(train), shared_vectors(), lambda told: print(told, file=sys.stderr))
    cases = []
    for example in read(test):
        intent, confidence = trained.answer(example.text)
        cases.append(Reviewed(confidence, intent == example.intent))
    return cases


def tally(cases: Sequence[Reviewed], picker: Picker, risk: float, reviewed: int, splits: int) -> Tally:
    """Choose a threshold from some messages and judge it by the others, again and again."""
    found = broken = 0
    sent, wrong = 0.0, 0.0
    for split in range(splits):
        shuffled = list(cases)
        random.Random(split).shuffle(shuffled)
        threshold = picker(shuffled[:reviewed], risk)
        if threshold is None:
            continue
        future = shuffled[reviewed:]
        out = [case.right for case in future if case.confidence >= threshold]
        share = out.count(False) / len(out) if out else 0.0
        found, broken = found + 1, broken + (share > risk)
        sent, wrong = sent + len(out) / len(future), wrong + share
    return Tally(found / splits, broken / splits, sent / max(found, 1), wrong / max(found, 1))


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", type=Path, nargs="*", help="TRAIN.csv TEST.csv (text,intent)")
    parser.add_argument("--reviewed", type=int, default=1_000, help="how many are reviewed (default 1000)")
    parser.add_argument("--splits", type=int, default=200, help="default 200")
    options = parser.parse_args(argv)
    if len(options.files) not in (0, 2):
        parser.error("give both files or none")
    cases = answered(*options.files) if options.files else made_up(1)
    _print_honesty(cases)
    print(f"\n{len(cases)} messages, {options.reviewed} reviewed, {options.splits} splits; {machine()}")
    print(f"{'risk':6}{'choice':12}{'found':>7}{'broken':>8}{'sent':>7}{'wrong':>8}")
    worst = 0.0
    for risk in RISKS:
        for name, picker in PICKERS.items():
            told = tally(cases, picker, risk, options.reviewed, options.splits)
            row = f"{told.found:7.2f}{told.broken:8.3f}{told.sent:7.3f}{told.wrong:8.4f}"
            print(f"{risk:<6.0%}{name:12}{row}", flush=True)
            worst = max(worst, told.broken) if name == "certified" else worst
    print(f"Certified thresholds break their promise in at most {worst:.1%} of the splits (allowed: 10 %).")
    return 0 if worst <= 0.1 else 1


def _print_honesty(cases: Sequence[Reviewed]) -> None:
    sure, right = [case.confidence for case in cases], [case.right for case in cases]
    print(f"ECE {ece(sure, right):.4f}  Brier {brier(sure, right):.4f}  AURC {aurc(sure, right):.4f}")
    print("said           mean   right  n")
    for low, high, n, said, share in reliability(sure, right):
        print(f"{low:.2f} to {high:.2f}   {said:.3f}  {share:.3f}  {n}")


if __name__ == "__main__":
    raise SystemExit(main())
