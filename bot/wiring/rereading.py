"""Articles may change while the app runs: they are looked at now and then, and a new index takes over when built.

Until then the old one answers. Building is a thread's work, so that neither customers nor Slack wait for it.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from time import perf_counter
from typing import Protocol

from bot.answering.knowledge import MISSING, Article, Library
from bot.answering.shelf import Shelf
from bot.core.ports.engine import Clock

log = logging.getLogger(__name__)

REREAD_SECONDS = 30
_MOST_NAMED = 3

Source = Callable[[], Awaitable[Library]]


@dataclass(frozen=True)
class Changes:
    """How many articles came, went, or say something else."""

    added: int
    changed: int
    removed: int

    @classmethod
    def between(cls, before: Sequence[Article], after: Sequence[Article]) -> "Changes":
        old, new = ({article.slug: article for article in articles} for articles in (before, after))
        changed = sum(old[slug] != new[slug] for slug in old.keys() & new.keys())
        return cls(len(new.keys() - old.keys()), changed, len(old.keys() - new.keys()))

    def __str__(self) -> str:
        told = {"added": self.added, "changed": self.changed, "removed": self.removed}
        return ", ".join(f"{number} {what}" for what, number in told.items() if number)


class Reader(Protocol):
    async def read(self, library: Library) -> None:
        """Take in other articles, in the place of those before."""
        ...


class Articles:
    """What is answered from now, and what agents can insert; `told` says how it stands."""

    def __init__(self, source: Source, library: Library, shelf: Shelf, kind: str, clock: Clock) -> None:
        """`source` reads all articles; `library` is what it last gave. `kind` says what the text vectors are."""
        self.library = self._seen = library
        self.shelf = shelf
        self._source = source
        self._kind = kind
        self._clock = clock
        self._since = clock()
        self._trouble = self._work = ""
        self._again = False

    async def look(self, reader: Reader) -> bool:
        """Read the articles again, and let `reader` take in what has changed; tell whether that was anything.

        What cannot be indexed, or is gone as a whole, leaves in force what was before.
        """
        library = await self._source()
        if library == self._seen and not self._again:
            return False
        self._seen, self._trouble, self._again = library, self._gone(library), False
        if self._trouble:
            log.warning("articles_gone")
            tell_problems(library)
            return False
        changes = Changes.between(self.library.articles, library.articles)
        self._work = f"building the index anew ({changes or 'files that cannot be used'})"
        try:
            await self._take(library, changes, reader)
        finally:
            self._work = ""
        return not self._trouble

    def _gone(self, library: Library) -> str:
        """Say that the articles are gone as a whole; an unmounted disk looks like an empty folder."""
        if any(problem.text == MISSING for problem in library.problems):
            return "the knowledge folder is gone; the articles of before answer on"
        if self.library.articles and not library.articles:
            return "no article is left in the knowledge folder; those of before answer on"
        return ""

    async def _take(self, library: Library, changes: Changes, reader: Reader) -> None:
        begun = perf_counter()
        log.info("articles_changed", extra=asdict(changes) | {"skipped": len(library.problems)})
        tell_problems(library)
        try:
            await reader.read(library)
        except Exception:  # Whatever is wrong with an article, customers are answered from those of before.
            self._trouble = "the newest articles could not be indexed; those of before answer on"
            self._again = True  # It may have been a full memory or disk: the next look tries once more.
            log.exception("articles_not_indexed")
            return
        self.shelf.put(library.articles)
        self.library, self._since = library, self._clock()
        seconds = round(perf_counter() - begun, 1)
        log.info("articles_indexed", extra={"articles": len(library.articles), "seconds": seconds})

    async def state(self) -> str:
        """Return the word for this part of the app."""
        return "ok" if self.library.articles else "off"

    def standing(self) -> str:
        """Say how many articles answer, since when, what is being done and what is wrong."""
        count, problems = len(self.library.articles), self._seen.problems
        skipped = [f"not used: {_named([p.path.name for p in problems])}"] if problems else []
        told = [f"{count:,} article{'s'[: count != 1]}, {self._kind}", f"as of {self._since:%d %b %H:%M} UTC"]
        return " · ".join(filter(None, [*told, self._work, self._trouble, *skipped]))


def tell_problems(library: Library) -> None:
    """Say in the log which files cannot be used."""
    for problem in library.problems:
        log.warning("article_skipped", extra={"file": problem.path, "why": problem.text})


def _named(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMED
    return ", ".join([*names[:_MOST_NAMED], *([f"{more} more"] if more > 0 else [])])
