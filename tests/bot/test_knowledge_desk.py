"""`threadpilot knowledge add | sync | check` on real folders."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.cli import main
from bot.core.model import Source
from bot.core.sealing import OPEN
from storage.database import open_database
from storage.migrate import upgrade
from storage.signals import LocalSignals
from tests.builders import conversation, customer, draft, proposal
from tests.fakes import FakeClock

pytestmark = pytest.mark.usefixtures("logging_kept")
TEXT = (
    "---\ntitle: {title}\nreview: 2099-01-01\n---\n"
    "{title} is explained here in more than a dozen words, so that it says something useful.\n"
)


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """A source with two articles, and an empty knowledge base."""
    source, base = tmp_path / "source", tmp_path / "base"
    source.mkdir()
    base.mkdir()
    write(source, "delivery")
    (source / "hours.html").write_text(
        "<h1>Hours</h1><p>We are open on all workdays from nine in the morning to five in the evening.</p>"
    )
    return source, base


def write(folder: Path, name: str, title: str = "Delivery") -> None:
    (folder / f"{name}.md").write_text(TEXT.format(title=title), encoding="utf-8")


def run(base: Path, *arguments: object) -> int:
    return main(["knowledge", "--folder", str(base), *map(str, arguments)])


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


def test_add_copies_what_is_usable_and_overwrites_nothing(folders, capsys) -> None:
    source, base = folders
    (source / "bad.md").write_text("no front matter")
    assert run(base, "add", source) == 1
    out = capsys.readouterr().out
    assert "added    delivery.md" in out
    assert "refused  bad.md: The file has no front matter" in out
    assert names(base) == ["delivery.md", "hours.html"]
    assert run(base, "add", source / "hours.html") == 1
    assert "is there already" in capsys.readouterr().out


def test_sync_adds_changes_and_removes_only_what_it_brought(folders, capsys) -> None:
    source, base = folders
    write(base, "own", "Own")
    assert run(base, "sync", source) == 0
    write(source, "delivery", "Delivery anew")
    (source / "hours.html").unlink()
    capsys.readouterr()
    assert run(base, "sync", source) == 0
    assert capsys.readouterr().out.splitlines() == ["changed  delivery.md", "removed  hours.html"]
    assert names(base) == ["delivery.md", "own.md"]
    assert run(base, "sync", source) == 0
    assert "kept     delivery.md" in capsys.readouterr().out


@pytest.mark.parametrize("memory", ["nonsense", '{"a": 1}', '["../own.md", 7]'])
def test_sync_removes_nothing_for_a_memory_that_is_none(folders, memory) -> None:
    source, base = folders
    write(base.parent, "own", "Own")
    (base / ".synced.json").write_text(memory)
    assert run(base, "sync", source) == 0
    assert (base.parent / "own.md").exists()


def test_check_names_everything_and_ends_with_1(folders, capsys) -> None:
    source, _ = folders
    assert run(source, "check") == 0
    assert capsys.readouterr().out == "Nothing to mend.\n"
    (source / "bad.md").write_text("no front matter")
    write(source, "twice")
    assert run(source, "check", "--json") == 1
    told = json.loads(capsys.readouterr().out)
    assert [finding["kind"] for finding in told] == ["unusable", "duplicate"]
    assert told[1]["slugs"] == ["delivery", "twice"]
    assert run(source, "check") == 1
    assert "duplicate      delivery, twice:" in capsys.readouterr().out


async def answered(url: str, clock: FakeClock, count: int) -> None:
    """Put drafts on record that cite `delivery`, and an old one that cites `hours`."""
    await upgrade(url)
    async with open_database(url, LocalSignals(), sealing=OPEN) as database, database.transaction() as tx:
        talk = conversation()
        await tx.customers.add(customer())
        await tx.conversations.add(talk)
        for number in range(count + 1):
            slug, days = ("hours", 100) if number == count else ("delivery", 10)
            cites = (Source(1, slug, slug, ""),)
            told = replace(proposal(), sources=cites)
            at = clock() - timedelta(days=days)
            kept = draft(conversation_id=talk.id, version=number, proposal=told, created_at=at)
            await tx.drafts.add(kept)


@pytest.mark.parametrize(
    ("drafts", "arguments", "unused"),
    [(100, [], ["hours"]), (100, ["--days", "200"], []), (99, [], [])],
)
def test_articles_that_no_draft_cites_are_unused(
    folders, capsys, monkeypatch, tmp_path, drafts, arguments, unused
) -> None:
    source, _ = folders
    url = f"sqlite+aiosqlite:///{tmp_path}/desk.db"
    monkeypatch.setenv("DATABASE_URL", url)
    asyncio.run(answered(url, FakeClock(datetime.now(UTC)), drafts))
    assert run(source, "check", "--json", *arguments) == (1 if unused else 0)
    out, err = capsys.readouterr()
    found = json.loads(out)
    assert [one["slugs"] for one in found if one["kind"] == "unused"] == [[slug] for slug in unused]
    assert all("None of 100 drafts since" in one["text"] for one in found)
    assert ("Too few drafts" in err) == (drafts < 100)


@pytest.mark.parametrize("before", [True, False])
def test_the_file_of_the_environment_stands_before_or_behind_the_action(
    folders, capsys, monkeypatch, tmp_path, before
) -> None:
    _, base = folders
    monkeypatch.delenv("KNOWLEDGE_DIR", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.env").write_text(f"KNOWLEDGE_DIR={base}\nDATABASE_URL=sqlite+aiosqlite:///none.db\n")
    named = ["--env-file", "own.env"]
    main(["knowledge", *(named if before else ()), "check", *(() if before else named)])
    assert "holds no articles" in capsys.readouterr().err


def test_wrong_folders_are_explained(folders, capsys, monkeypatch, tmp_path) -> None:
    source, base = folders
    monkeypatch.delenv("KNOWLEDGE_DIR", raising=False)
    monkeypatch.chdir(tmp_path)
    assert main(["knowledge", "check"]) == 2
    assert "Set KNOWLEDGE_DIR" in capsys.readouterr().err
    assert run(base, "check") == 2
    assert "holds no articles" in capsys.readouterr().err
    assert run(base, "add", source / "none.md") == 2
    assert "does not exist" in capsys.readouterr().err
    assert run(base / "none", "sync", source) == 2
    assert "is no folder" in capsys.readouterr().err
