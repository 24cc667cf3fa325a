"""How well the new text of mails is found: shares exact, lossy and superset, per source.

    python -m benchmarks.new_text [FOLDER] [--show] [--json] [--speed N]

FOLDER holds one folder per source with an `expected.jsonl` of {"file", "expected_text"}; files ending in .eml are
read as mails, others as the text of one. Without FOLDER, and after it, our own generated replies are measured
(`benchmarks/replies.py`: mail program x language x situation). White space is normalised before comparing.

    exact      the new text is the expected text
    lossy      words of the customer are missing and nothing is added: the worst that can happen
    superset   everything expected is there, and something else
    other      neither
"""

import argparse
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import cycle, islice
from pathlib import Path
from time import process_time

from benchmarks import replies
from bot.verbs.mail.reading import read_mail
from integrations.email.newtext import split
from integrations.email.parse import parse

OUTCOMES = ("exact", "lossy", "superset", "other")


@dataclass(frozen=True)
class Example:
    """A mail or the text of one, and what is new in it."""

    source: str
    name: str
    raw: bytes
    expected: str
    is_mail: bool

    @property
    def found(self) -> str:
        """Return the new text as the product finds it."""
        if self.is_mail:
            return parse(self.raw).text
        text = self.raw.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
        return split(text).new


def outcome(found: str, expected: str) -> str:
    """Compare without regard to white space."""
    words, wanted = found.split(), expected.split()
    if words == wanted:
        return "exact"
    if _holds(wanted, words):
        return "lossy"
    return "superset" if _holds(words, wanted) else "other"


def _holds(outer: Sequence[str], inner: Sequence[str]) -> bool:
    """Tell whether all words of `inner` stand in `outer` in their order."""
    rest = iter(outer)
    return all(word in rest for word in inner)


def of_folder(folder: Path) -> Iterator[Example]:
    """Read the development mails of every source in a folder."""
    for index in sorted(folder.glob("*/expected.jsonl")):
        for line in index.read_text("utf-8").splitlines():
            row = json.loads(line)
            path = index.parent / row["file"]
            yield Example(
                index.parent.name, row["file"], path.read_bytes(), row["expected_text"], path.suffix == ".eml"
            )


def of_programs() -> Iterator[Example]:
    """Generate replies as mail programs write them."""
    for one in replies.every():
        yield Example(f"generated {one.kind}", one.name, one.raw, one.expected, one.is_mail)


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("folder", nargs="?", type=Path)
    arguments.add_argument("--show", action="store_true", help="print what differs")
    arguments.add_argument("--json", action="store_true")
    arguments.add_argument(
        "--speed", type=int, metavar="N", help="only read N whole mails and print how long it takes"
    )
    options = arguments.parse_args()
    if options.speed:
        print(_speed(options.speed))
        return
    examples = [*(of_folder(options.folder) if options.folder else ()), *of_programs()]
    start = process_time()
    found = [(one, one.found) for one in examples]
    took = process_time() - start
    counts: dict[str, Counter[str]] = {}
    for one, text in found:
        result = outcome(text, one.expected)
        counts.setdefault(one.source, Counter())[result] += 1
        if options.show and result != "exact":
            _show(one, text, result)
    print(json.dumps(counts) if options.json else _table(counts))
    if not options.json:
        print(f"{len(examples)} mails in {took:.2f} s of processor time")


def _speed(count: int) -> str:
    """Read generated mails as the command does, texts with headers around them."""
    head = b"From: Ada <ada@c.example>\nSubject: Re: Order\nMessage-ID: <1@c.example>\n"
    typed = head + b"Content-Type: text/plain; charset=utf-8\n\n"
    mails = [one.raw if one.is_mail else typed + one.raw for one in of_programs()]
    start = process_time()
    for raw in islice(cycle(mails), count):
        read_mail("", raw).as_json()
    return f"{count} mails in {process_time() - start:.1f} s of processor time, of one core"


def _table(counts: dict[str, Counter[str]]) -> str:
    rows = [f"| {'source':28} | {'n':>5} | " + " | ".join(f"{name:>8}" for name in OUTCOMES) + " |"]
    for source, count in counts.items():
        cells = " | ".join(f"{count[name]:>8}" for name in OUTCOMES)
        rows.append(f"| {source:28} | {count.total():>5} | {cells} |")
    return "\n".join(rows)


def _show(one: Example, found: str, result: str) -> None:
    print(f"\n=== {result}: {one.source} {one.name}")
    words, wanted = found.split(), one.expected.split()
    for what, a0, a1, b0, b1 in SequenceMatcher(None, wanted, words, autojunk=False).get_opcodes():
        if what != "equal":
            print(f"  missing: {' '.join(wanted[a0:a1])!r}\n  added:   {' '.join(words[b0:b1])!r}")


if __name__ == "__main__":
    main()
