"""What an agent can put into an answer with two clicks: articles, and macros, which are texts of the team's own."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from bot.answering.embedded import first_name
from bot.answering.knowledge import Article
from bot.core.errors import InvalidInput
from bot.core.model import Case

MOST_FOUND = 20
_LONGEST = 2_400
_MOST_BYTES = 20_000
_TITLE, _TEXT = 3, 1


@dataclass(frozen=True)
class Macro:
    """A text of the team's own; `{first_name}` in it stands for the customer's, `{subject}` for the subject."""

    name: str
    title: str
    text: str


def load_macros(folder: Path | None) -> tuple[Macro, ...]:
    """Read every text file beneath a folder: the first line is the title, the rest the macro."""
    if folder is None:
        return ()
    files = sorted(p for pattern in ("*.md", "*.txt") for p in folder.rglob(pattern))
    found = (_macro(path) for path in files if path.stat().st_size <= _MOST_BYTES)
    return tuple(macro for macro in found if macro.text)


def _macro(path: Path) -> Macro:
    title, _, text = path.read_text(encoding="utf-8", errors="replace").strip().partition("\n")
    return Macro(path.stem, title.lstrip("# ").strip() or path.stem, text.strip())


class Shelf:
    """Finds articles and macros by what somebody types, and returns their words."""

    def __init__(self, articles: Sequence[Article], macros: Sequence[Macro] = ()) -> None:
        self._macros = {f"macro:{n}": one for n, one in enumerate(macros)}
        self._articles: dict[str, Article] = {}
        self.put(articles)

    def put(self, articles: Sequence[Article]) -> None:
        """Hold these articles in the place of those before; whoever has a list open still gets what they pick."""
        self._articles = {f"article:{sha256(one.slug.encode()).hexdigest()[:16]}": one for one in articles}

    @property
    def slugs(self) -> Collection[str]:
        """Return what the articles are called."""
        return {one.slug for one in self._articles.values()}

    @property
    def titles(self) -> Mapping[str, str]:
        """Return the articles' titles, by what they are called."""
        return {one.slug: one.title for one in self._articles.values()}

    @property
    def example(self) -> str:
        """Return what an article is called, to show how to name one; the same until articles change."""
        return min(self.slugs, key=lambda slug: (len(slug), slug), default="ARTICLE")

    def find(self, typed: str) -> list[tuple[str, str]]:
        """Return pairs of label and key, the best first; without a word the macros come first."""
        wanted = typed.casefold().split()
        scored = [
            (_score(wanted, title, text), n, label, key)
            for n, (key, label, title, text) in enumerate(self._entries())
        ]
        fitting = sorted((s for s in scored if s[0] > 0 or not wanted), key=lambda s: (-s[0], s[1]))
        return [(label, key) for _, _, label, key in fitting[:MOST_FOUND]]

    def _entries(self) -> list[tuple[str, str, str, str]]:
        macros = [(key, f"Macro: {m.title}", m.title, m.text) for key, m in self._macros.items()]
        return [
            *macros,
            *((key, f"Article: {a.title}", a.title, a.body) for key, a in self._articles.items()),
        ]

    def text_of(self, key: str, case: Case) -> str:
        """Return the words of an entry for this customer.

        Raises:
            InvalidInput: there is no such entry (any more).
        """
        if key in self._macros:
            return _filled(self._macros[key].text, case)
        if key not in self._articles:
            raise InvalidInput("This article or macro is not here any more. Search again.")
        article = self._articles[key]
        body = article.body if len(article.body) <= _LONGEST else f"{article.body[: _LONGEST - 1].rstrip()}…"
        return "\n\n".join(filter(None, (body, article.url)))


def _filled(text: str, case: Case) -> str:
    name = first_name(case.customer.name) or "there"
    return text.replace("{first_name}", name).replace("{subject}", case.conversation.subject)


def _score(wanted: Sequence[str], title: str, text: str) -> int:
    """Score by words that begin as typed; nothing unless each of them is found."""
    titled, told = title.casefold().split(), text.casefold()
    score = 0
    for word in wanted:
        if any(one.startswith(word) for one in titled):
            score += _TITLE
        elif word in told or word in title.casefold():
            score += _TEXT
        else:
            return 0
    return score
