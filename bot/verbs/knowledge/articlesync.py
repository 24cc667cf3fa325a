"""`threadpilot knowledge sync`: brings what changed in the Help Center into the knowledge folder."""

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.core.errors import Misconfigured
from bot.settings import Settings
from bot.wiring.helpdesk import check_installed

_BOOKMARK = ".zendesk-sync.json"  # The knowledge base passes over what begins with a dot.
_OVERLAP = timedelta(minutes=5)  # Theirs is another clock, and to take an article twice is harmless.
_EVER = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Synced:
    """How many articles were written, and how many are kept out: drafts, archived and restricted ones."""

    written: int
    kept_out: int


async def sync(settings: Settings, now: datetime) -> str:
    """Bring the articles up to date and return a sentence about it.

    Raises:
        Misconfigured: Zendesk or the folder is not set.
        Unavailable: Zendesk does not answer; nothing was changed.
    """
    if settings.zendesk is None:
        raise Misconfigured("ZENDESK_URL is not set, so there is no Help Center to read articles from.")
    if settings.knowledge_dir is None:
        raise Misconfigured("KNOWLEDGE_DIR is not set: the folder that articles are written to.")
    check_installed()
    from bot.wiring.zendesk import zendesk_of  # With the package for Zendesk only.

    api = zendesk_of(settings.zendesk)
    try:
        changed = await api.articles(_since(settings.knowledge_dir))
    finally:
        await api.aclose()
    done = write(settings.knowledge_dir, changed)
    (settings.knowledge_dir / _BOOKMARK).write_text(json.dumps({"since": (now - _OVERLAP).isoformat()}))
    return f"{done.written} articles written, {done.kept_out} kept out. A running app reads them within a minute."


def write(folder: Path, articles: Iterable[Mapping[str, Any]]) -> Synced:
    """Write each article that customers may read, and remove those that they may not (any more)."""
    from integrations.zendesk.articles import as_markdown, is_for_customers

    written = kept_out = 0
    for article in articles:
        path = folder / f"zendesk-{int(article['id'])}.md"
        if is_for_customers(article):
            _replace(path, as_markdown(article))
            written += 1
        else:
            path.unlink(missing_ok=True)
            kept_out += 1
    return Synced(written, kept_out)


def _replace(path: Path, text: str) -> None:
    """Write a file whole or not at all: the app may read it at this moment."""
    beside = path.with_name(f".{path.name}.new")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)


def _since(folder: Path) -> datetime:
    with suppress(OSError, ValueError, KeyError, TypeError):
        since = datetime.fromisoformat(json.loads((folder / _BOOKMARK).read_text())["since"])
        return since if since.tzinfo else _EVER
    return _EVER
