"""A migrated database per test, on SQLite and on PostgreSQL, and what the stores need around it."""

import shutil
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.core.sealing import OPEN
from storage import migrate
from storage.database import SqlDatabase, open_database
from storage.signals import LocalSignals
from tests.builders import AT


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self):
        self.now = AT

    def __call__(self):
        return self.now

    def advance(self, seconds):
        self.now += timedelta(seconds=seconds)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory):
    """An empty database at the newest revision, made once by the real migrations."""
    import asyncio

    path = tmp_path_factory.mktemp("migrated") / "empty.db"
    asyncio.run(migrate.upgrade(f"sqlite+aiosqlite:///{path}"))
    return path


@pytest.fixture
def path(tmp_path, migrated):
    """A SQLite file of one's own."""
    return shutil.copy(migrated, tmp_path / "threadpilot.db")


@pytest.fixture
def sqlite_url(path):
    return f"sqlite+aiosqlite:///{path}"


@pytest.fixture(params=["sqlite", "postgres"])
def backend(request):
    """Every test that uses this runs on both."""
    return request.param


@pytest.fixture
def url(request, backend):
    """A migrated database of one's own."""
    return request.getfixturevalue(f"{backend}_url")


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def signals():
    return LocalSignals()


@pytest.fixture
async def database(url, signals, clock) -> AsyncIterator[SqlDatabase]:
    async with open_database(url, signals, clock, sealing=OPEN) as opened:
        yield opened


@pytest.fixture
async def sqlite_database(sqlite_url, signals, clock) -> AsyncIterator[SqlDatabase]:
    async with open_database(sqlite_url, signals, clock, sealing=OPEN) as opened:
        yield opened


@pytest.fixture
async def postgres_database(postgres_url, signals, clock) -> AsyncIterator[SqlDatabase]:
    async with open_database(postgres_url, signals, clock, sealing=OPEN) as opened:
        yield opened
