"""procrastinate's own tables and functions, beside ours. They hold wake-ups only, so dropping them loses nothing."""

from importlib import resources
from typing import Any

_THERE = "SELECT to_regclass('procrastinate_jobs') IS NOT NULL"
_TUNE = (
    # Deferring looks for the waiting job of a lock, fetching for an older one. procrastinate has no index for that.
    "CREATE INDEX ix_procrastinate_jobs_lock ON procrastinate_jobs (lock) WHERE status IN ('todo', 'doing')",
    # The table is empty most of the time, so it looks cheap to sort it, and fetching would look at every job of a
    # backlog to run one (25 instead of 230 jobs per second). Without sorting, the index with the right order is left.
    "ALTER FUNCTION procrastinate_fetch_job_v2 SET enable_sort = off",
)
_REMOVE = """
DO $$
DECLARE
    made_by_it text;
BEGIN
    DROP TABLE IF EXISTS
        procrastinate_events, procrastinate_periodic_defers, procrastinate_jobs, procrastinate_workers CASCADE;
    FOR made_by_it IN
        SELECT oid::regprocedure::text FROM pg_proc
        WHERE proname LIKE 'procrastinate\\_%' AND pronamespace = current_schema()::regnamespace
    LOOP
        EXECUTE 'DROP FUNCTION ' || made_by_it || ' CASCADE';
    END LOOP;
    DROP TYPE IF EXISTS
        procrastinate_job_to_defer_v1, procrastinate_job_status, procrastinate_job_event_type CASCADE;
END;
$$
"""


async def apply(connection: Any) -> None:
    """Make what is missing, in the transaction of this connection of psycopg's."""
    (there,) = await (await connection.execute(_THERE)).fetchone()
    if not there:
        # Its text is executed as it stands: as procrastinate's own command would, but in our transaction.
        await connection.execute(resources.files("procrastinate.sql").joinpath("schema.sql").read_bytes())
        for statement in _TUNE:
            await connection.execute(statement)


async def remove(connection: Any) -> None:
    """Drop everything `apply` has made."""
    await connection.execute(_REMOVE)
