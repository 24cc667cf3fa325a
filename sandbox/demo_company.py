"""The demo company's data on disk, read with patience: what is absent or broken is left out."""

import csv
import json
import shutil
from pathlib import Path

from sandbox.wire import Record

HERE = Path(__file__).resolve().parent
ARTICLES = HERE / "company" / "articles"
MACROS = HERE / "company" / "macros"
CUSTOMERS = HERE / "company" / "customers.csv"
TICKETS = HERE / "company" / "tickets.jsonl"
CAMPAIGN = HERE / "company" / "campaign.jsonl"
WELCOME = HERE / "company" / "welcome.jsonl"
SUGGESTIONS = HERE / "company" / "suggestions.jsonl"
PAGE = HERE / "page"


def articles_in(folder: Path) -> Path:
    """Copy the articles into a folder, where the app may add others; return where they are."""
    return shutil.copytree(ARTICLES, folder / "articles", dirs_exist_ok=True)


def customers(path: Path = CUSTOMERS) -> list[Record]:
    if not path.is_file():
        return []
    with path.open(newline="", encoding="utf-8", errors="replace") as file:
        return [{name: value for name, value in row.items() if name} for row in csv.DictReader(file)]


def tickets(path: Path = TICKETS) -> list[Record]:
    return _objects(path)


def campaign(path: Path = CAMPAIGN) -> list[Record]:
    """Return questions about something new that no article knows of, and that sounds like what they do know."""
    return _objects(path)


def welcome(path: Path = WELCOME) -> list[Record]:
    """Return the mails that greet a newcomer: one answered by itself, one for an agent, one escalated."""
    return _objects(path)


def suggestions(path: Path = SUGGESTIONS) -> list[Record]:
    """Return questions to try in the chat, each with what becomes of it; after an escalation nothing is sent."""
    return _objects(path)


def _objects(path: Path) -> list[Record]:
    if not path.is_file():
        return []
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return [found for line in lines if (found := _object(line)) is not None]


def _object(line: str) -> Record | None:
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
