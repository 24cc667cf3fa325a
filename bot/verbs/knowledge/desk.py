"""`threadpilot knowledge`: bring articles in, keep them like a folder, and find what is wrong with them."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.answering import upkeep
from bot.answering.knowledge import FORMATS, article_files, load_articles, look_at
from bot.answering.upkeep import Finding
from bot.core.errors import Misconfigured
from bot.core.model import Cited
from bot.core.sealing import OPEN, Sealing
from storage.database import open_database, utc_now
from storage.migrate import check_there
from storage.signals import LocalSignals
from storage.sqlite import file_of
from storage.urls import parse

FEWEST_DRAFTS = 100  # Fewer say nothing about what nobody needs.
_REMEMBERED = ".synced.json"  # Names of the files that `sync` brought, so that it removes no others.
_READABLE = "Articles are Markdown (.md) or HTML files"


@dataclass(frozen=True)
class Change:
    """What became of one file: `added`, `changed`, `removed`, `kept` or `refused`, and why."""

    what: str
    name: str
    why: str = ""

    def __str__(self) -> str:
        return f"{self.what:<8} {self.name}{f': {self.why}' if self.why else ''}"


async def cited_in(url: str, days: int, sealing: Sealing = OPEN) -> Cited | None:
    """Return what the drafts of the last days rested on; None where there is no database, or too little in it.

    Raises:
        Misconfigured: the database is another program's, or a newer version's.
    """
    path = file_of(parse(url))
    if path is not None and not path.exists():
        return None
    await check_there(url)
    async with open_database(url, LocalSignals(), sealing=sealing) as database, database.snapshot() as tx:
        cited = await tx.drafts.cited(utc_now() - timedelta(days=days))
    return cited if cited.drafts >= FEWEST_DRAFTS else None


def check(folder: Path, cited: Cited | None = None) -> list[Finding]:
    """Return what is wrong with the articles of a folder, also with those that cannot be read.

    Where it is known what drafts `cited`, articles that none did are found too.

    Raises:
        Misconfigured: there is no such folder, or nothing in it.
    """
    _must_be_folder(folder)
    library = load_articles(folder)
    if not library.articles and not library.problems:
        raise Misconfigured(f"{folder} holds no articles. {_READABLE}.")
    unusable = [Finding("unusable", (problem.path.name,), problem.text) for problem in library.problems]
    idle = upkeep.unused(library.articles, cited) if cited else ()
    return [*unusable, *upkeep.check(library.articles, datetime.now(UTC).date()), *idle]


def as_text(findings: Sequence[Finding]) -> str:
    """Put findings into lines for people."""
    if not findings:
        return "Nothing to mend."
    return "\n".join(f"{f.kind:<14} {', '.join(f.slugs)}: {f.text}" for f in findings)


def as_json(findings: Sequence[Finding]) -> str:
    return json.dumps([asdict(finding) for finding in findings], ensure_ascii=False)


def add(paths: Iterable[Path], folder: Path) -> list[Change]:
    """Copy articles into the knowledge folder; one that is there already stays as it is.

    Raises:
        Misconfigured: a path does not exist, or the folder cannot be written.
    """
    _must_be_folder(folder)
    return [_added(path, folder) for path in _found(paths)]


def sync(source: Path, folder: Path) -> list[Change]:
    """Make the knowledge folder hold the articles of `source`, and no more those that an earlier sync brought.

    Raises:
        Misconfigured: one of the folders does not exist, or cannot be written.
    """
    _must_be_folder(source)
    _must_be_folder(folder)
    wanted = {path.name: path for path in _found([source])}
    changes = [_brought(path, folder) for path in wanted.values()]
    for name in sorted(_remembered(folder) - set(wanted)):
        (folder / name).unlink(missing_ok=True)
        changes.append(Change("removed", name))
    kept = sorted(change.name for change in changes if change.what in {"added", "changed", "kept"})
    _write(folder / _REMEMBERED, json.dumps(kept).encode())
    return changes


def _added(path: Path, folder: Path) -> Change:
    target = folder / path.name
    if target.exists():
        return Change("refused", path.name, "an article of this name is there already")
    return _brought(path, folder)


def _brought(path: Path, folder: Path) -> Change:
    if why := look_at(path):
        return Change("refused", path.name, why)
    target, content = folder / path.name, path.read_bytes()
    before = target.read_bytes() if target.exists() else None
    if before != content:
        _write(target, content)
    return Change("added" if before is None else "kept" if before == content else "changed", path.name)


def _write(target: Path, content: bytes) -> None:
    """Replace a file whole: whoever reads the folder meanwhile sees the old or the new one."""
    beside = target.with_name(f".{target.name}.new")
    try:
        beside.write_bytes(content)
        beside.replace(target)
    except OSError as error:
        raise Misconfigured(f"{target} cannot be written: {error.strerror}.") from error


def _found(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from (one for one in article_files(path) if one.suffix.lower() in FORMATS)
        elif path.exists():
            yield path
        else:
            raise Misconfigured(f"{path} does not exist.")


def _remembered(folder: Path) -> set[str]:
    try:
        told = json.loads((folder / _REMEMBERED).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return set()
    names = told if isinstance(told, list) else []
    return {name for name in names if isinstance(name, str) and Path(name).name == name}


def _must_be_folder(folder: Path) -> None:
    if not folder.is_dir():
        raise Misconfigured(f"{folder} is no folder.")
