"""`threadpilot eval intents`: reads labelled messages from CSV files, measures, and prints the figures."""

import csv
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from bot.answering.intents import OUT_OF_SCOPE, Example, Figures, measure
from bot.answering.picture import Bar, Drawn, svg
from bot.answering.tickets import bands, wilson
from bot.answering.vectors import Vectors
from bot.core.errors import Misconfigured

LARGEST = 200_000_000
# What published collections call the two columns.
_TEXT = ("text", "sentence", "utterance", "message", "question")
_INTENT = ("intent", "label", "category", "article")


def evaluate(train: Path, test: Path, vectors: Vectors) -> Figures:
    """Measure how messages of `test` find the articles that `train` makes; tells its progress on stderr.

    Raises:
        Misconfigured: a file cannot be read, or has nothing that can be learned from or measured.
    """
    learnt, asked = read(train), read(test)
    known = {example.intent for example in learnt} - {OUT_OF_SCOPE}
    if not known:
        raise Misconfigured(
            f"{train} has no intent besides “{OUT_OF_SCOPE}”: there is nothing to answer with."
        )
    unknown = sorted({example.intent for example in asked} - known - {OUT_OF_SCOPE})
    if unknown:
        told = (
            f"{len(unknown)} intents of {test} are not in {train} and count as wrong, such as “{unknown[0]}”."
        )
        _progress(told)
    return measure(learnt, asked, vectors, _progress)


def read(path: Path) -> list[Example]:
    """Read a CSV file with the columns text and intent; rows without a text or an intent are a mistake.

    Raises:
        Misconfigured: in one sentence, with the line where it stands.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise Misconfigured(f"{path} is larger than {LARGEST // 1_000_000} MB.")
        with path.open(encoding="utf-8-sig", newline="") as file:
            found = list(_rows(path, csv.reader(file, strict=True)))
    except OSError as error:
        raise Misconfigured(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise Misconfigured(f"{path} is not UTF-8 text.") from error
    except csv.Error as error:
        raise Misconfigured(f"{path} is not a CSV file: {error}.") from error
    if not found:
        raise Misconfigured(f"{path} has no rows below its header.")
    return found


def _rows(path: Path, rows: Iterator[list[str]]) -> Iterator[Example]:
    header = [name.strip().lower() for name in next(rows, [])]
    text, intent = _column(path, header, _TEXT), _column(path, header, _INTENT)
    for line, row in enumerate(rows, start=2):
        if not any(cell.strip() for cell in row):
            continue
        told = row[text].strip() if text < len(row) else "", row[intent].strip() if intent < len(row) else ""
        if not all(told):
            raise Misconfigured(f"{path}, row {line} lacks its text or its intent.")
        yield Example(*told)


def _column(path: Path, header: list[str], names: tuple[str, ...]) -> int:
    found = next((header.index(name) for name in names if name in header), None)
    if found is None:
        raise Misconfigured(f"{path} has no column “{names[0]}”: its first row must name text and intent.")
    return found


def as_json(figures: Figures) -> str:
    """Return one line of JSON."""
    return json.dumps(figures.as_json(), allow_nan=False)


def as_text(figures: Figures) -> str:
    """Return the same as a table for people."""
    rows = [
        ("messages (of these out of scope)", f"{figures.n:,} ({figures.n_out_of_scope:,})"),
        ("right article, of those in scope", f"{figures.top1:.3f}"),
        *(
            (f"can be sent with at most {float(risk):.0%} wrong", f"{share:.3f}")
            for risk, share in figures.coverage.items()
        ),
        ("AURC", f"{figures.aurc:.4f}"),
        ("calibration error (ECE); Brier", f"{figures.ece:.4f}; {figures.brier:.4f}"),
        ("AUROC, in scope against not", f"{figures.oos_auroc:.3f}"),
        ("learning, seconds", f"{figures.fit_s:.1f}"),
        ("answering, milliseconds a message", f"{figures.ms_per_message:.2f}"),
    ]
    table = [f"{name:36} {value}" for name, value in rows]
    bands = [
        f"{low:.2f} to {high:.2f}   {said:.3f}  {share:.3f}  {n}"
        for low, high, n, said, share in figures.reliability
    ]
    return "\n".join([*table, "", "said           mean   right  n", *bands])


def as_picture(figures: Figures) -> str:
    """Return an SVG: the figures, how far confidence is true, and what sending more would cost."""
    inside = figures.n - figures.n_out_of_scope
    bars = [
        _bar("right article, of those in scope", figures.top1, inside),
        *(
            _bar(f"sent with at most {float(r):.0%} wrong", share, figures.n)
            for r, share in figures.coverage.items()
        ),
    ]
    title = f"{figures.n:,} labelled messages, {figures.n_out_of_scope:,} of them out of scope"
    return svg(Drawn(title, bars, bands(figures.reliability), figures.risk_coverage))


def _bar(name: str, share: float, n: int) -> Bar:
    hits = round(share * n) if n else 0
    low, high = wilson(hits, n)
    return Bar(name, hits / n if n else 0.0, low, high, f"{hits:,} of {n:,}, {low:.1%} to {high:.1%}")


def _progress(told: str) -> None:
    print(told, file=sys.stderr, flush=True)
