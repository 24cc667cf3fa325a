"""What the app stands on: one process with a SQLite file, or several with a PostgreSQL server."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass

from bot.core.leases import USUAL, Leases
from bot.core.ports.engine import Engine, Signals
from bot.core.ports.pacing import Lines
from bot.core.ports.tally import Tally
from bot.core.sealing import OPEN, Sealing
from storage import migrate
from storage.database import Around, SqlDatabase, open_database, utc_now
from storage.engine.lock import single_process
from storage.engine.sqlite import SqliteEngine
from storage.rate_gates import SqlLines
from storage.resealing import begin
from storage.signals import LocalSignals
from storage.urls import on_postgres


@dataclass(frozen=True)
class Backend:
    """The database, how its processes wake each other, and what follows from being alone on it or not."""

    url: str
    database: SqlDatabase
    signals: Signals
    leases: Leases = USUAL

    @property
    def alone(self) -> bool:
        """Whether no other process works on this database."""
        return not on_postgres(self.url)

    def lines(self) -> Lines | None:
        """Return the rate limits that all processes share; None where there is only one."""
        return None if self.alone else SqlLines(self.database.transaction)

    def engine(self, tally: Tally) -> Engine:
        """Make the engine that works jobs off."""
        if self.alone:
            return SqliteEngine(self.database, self.signals, tally=tally)
        from storage.engine.procrastinate import ProcrastinateEngine  # With the packages for PostgreSQL only.

        return ProcrastinateEngine(self.database, self.url, stalled_after=self.leases.job, tally=tally)


@asynccontextmanager
async def open_backend(
    url: str,
    committing: Around = nullcontext,
    leases: Leases = USUAL,
    followers: Sequence[str] = (),
    sealing: Sealing = OPEN,
) -> AsyncIterator[Backend]:
    """Bring the schema up to date and open the database.

    `committing` makes a context around each commit; `followers` are the record systems that keep up with it;
    `sealing` says whether messages are encrypted.

    Raises:
        Misconfigured: it cannot be used, or another process works on it.
        Unavailable: its server cannot be reached, or there is no room to write.
    """
    async with single_process(url):
        await migrate.upgrade(url)
        async with (
            _signals(url) as signals,
            open_database(
                url, signals, committing=committing, followers=followers, sealing=sealing
            ) as database,
        ):
            await database.check_room()
            await begin(database, utc_now())
            yield Backend(url, database, signals, leases)


@asynccontextmanager
async def _signals(url: str) -> AsyncIterator[Signals]:
    if not on_postgres(url):
        yield LocalSignals()
        return
    from storage.postgres_signals import postgres_signals

    async with postgres_signals(url) as signals:
        yield signals
