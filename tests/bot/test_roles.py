"""The app on PostgreSQL, whole and in parts, and the verbs that look after its database."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from bot.app import running
from bot.core.audit import first_broken
from bot.core.errors import Misconfigured
from bot.core.sealing import OPEN
from bot.process.roles import Role
from bot.process.schedule import leased
from bot.settings import from_env
from bot.verbs.audit import auditing
from bot.verbs.database import records
from sandbox.server import Sandbox
from storage import migrate as schema
from storage.database import open_database, utc_now
from storage.signals import LocalSignals
from tests.bot.test_app import received, write
from tests.bot.test_doctor import findings
from tests.bot.world import App, Env, environment, written_log
from tests.fakes import FakeClock
from tests.ports import free_port
from tests.postgres import Server
from tests.waiting import until


@pytest.fixture
def env(sandbox: Sandbox, tmp_path: Path, postgres_url: str) -> Env:
    return environment(sandbox, tmp_path, DATABASE_URL=postgres_url, THREADPILOT_SECRET_KEY="k" * 32)


@asynccontextmanager
async def started(env: Env, *roles: Role) -> AsyncIterator[App]:
    async with aiohttp.ClientSession() as session, AsyncExitStack() as stack:
        for role in roles:
            await stack.enter_async_context(running(from_env(env), role))
        yield App(env, session)


@pytest.mark.parametrize("roles", [[Role.ALL], [Role.SCHEDULER, Role.WORKER, Role.WEB]])
async def test_a_mail_is_answered_whoever_does_what(sandbox: Sandbox, env: Env, roles: list[Role]) -> None:
    async with started(env, *roles) as app:
        assert (await app.ready())["down"] == []
        await write(env, "Return")
        assert "60 days" in (await received(sandbox, "Return"))["text"]
    verdict = await auditing.verify(env["DATABASE_URL"])
    assert (verdict.end.seq > 1, verdict.broken) == (True, "")


async def test_what_is_down_where_nobody_listens_is_told_by_who_does(
    sandbox: Sandbox, env: Env, tmp_path: Path
) -> None:
    health = f"127.0.0.1:{free_port()}"
    deaf = {**env, "SMTP_URL": f"smtp://127.0.0.1:{free_port()}", "THREADPILOT_HEALTH": health}
    async with started(env, Role.WEB) as app:

        async def told() -> dict[str, str]:
            return dict((await app.get("/readyz"))[1]["parts"])

        await until(lambda: says(told, "workers", "none is running: start `threadpilot run --role worker`"))
        async with AsyncExitStack() as stack:
            log = stack.enter_context(written_log("bot.app"))
            await stack.enter_async_context(running(from_env(deaf), Role.WORKER))
            assert f"INFO ready role=worker http=off health={health}\n" in log.getvalue()
            await until(lambda: says(told, "workers", "ok"))
            for number in range(3):
                await write(env, f"Return {number}")
            await until(lambda: says(told, "mail out", "The mail server cannot be used"))
            assert (await told())["mail out"].count("(since ") == 1
            worker = App({"THREADPILOT_HTTP": health}, app.session)
            assert "The mail server cannot be used" in (await worker.get("/readyz"))[1]["parts"]["mail out"]
            async with app.session.get(f"http://{health}/metrics") as response:
                assert 'threadpilot_decisions_total{action="send"}' in await response.text()
        await until(lambda: says(told, "workers", "none is running"))


async def serves(app: App) -> bool:
    """Tell whether all is well but that not every part runs."""
    body = (await app.get("/readyz"))[1]
    return bool(body["ready"] and set(body["down"]) <= {"workers", "schedulers"})


async def says(told: Callable[[], Awaitable[dict[str, str]]], part: str, words: str) -> bool:
    return words in (await told())[part]


@pytest.mark.parametrize("role", [Role.WORKER, Role.SCHEDULER])
async def test_who_does_not_face_the_outside_takes_no_port(env: Env, role: Role) -> None:
    async with started(env, Role.WEB, role) as app:  # With the same environment, and so the same ports.
        await until(lambda: serves(app))
    async with started(env, role):
        for place in (env["THREADPILOT_HTTP"], env["SMTP_LISTEN"]):
            with pytest.raises(OSError):  # noqa: PT011 - refused, reset: whatever this system says
                await asyncio.open_connection(*place.split(":"))


@pytest.mark.parametrize("role", [Role.WEB, Role.WORKER, Role.SCHEDULER])
async def test_on_sqlite_one_process_does_it_all(sandbox: Sandbox, tmp_path: Path, role: Role) -> None:
    with pytest.raises(Misconfigured, match=rf"^--role {role} needs PostgreSQL: [^\n]*$"):
        async with started(environment(sandbox, tmp_path), role):
            pass


async def test_the_schema_is_made_and_named(sandbox: Sandbox, env: Env, postgres_server: Server) -> None:
    name = postgres_server.create()
    env["DATABASE_URL"] = postgres_server.url(name)
    assert (await findings(env))["database"].text.startswith("empty; ")
    with pytest.raises(
        Misconfigured, match=r"There is no database of threadpilot's at postgresql\+psycopg://"
    ):
        await auditing.verify(env["DATABASE_URL"])
    assert (await records.migrate(env["DATABASE_URL"])).startswith("The schema went from nothing to ")
    assert (await records.migrate(env["DATABASE_URL"])).startswith("The schema is up to date (")
    assert (await findings(env))["database"].text == f"schema {await schema.current(env['DATABASE_URL'])}"
    postgres_server.drop(name)


async def test_a_changed_row_of_the_audit_log_is_found(postgres_server: Server, postgres_url: str) -> None:
    async with open_database(postgres_url, LocalSignals(), sealing=OPEN) as database:
        async with database.transaction() as tx:
            for number in range(3):
                payload = {"n": number}
                await tx.audit.append(at=utc_now(), actor="U1", action="a", subject="s", payload=payload)
        async with database.snapshot() as tx:
            assert first_broken(await tx.audit.rows()) is None
    postgres_server.execute(
        "UPDATE audit SET actor = 'UEVE' WHERE seq = 2", postgres_url.split("/")[3].split("?")[0]
    )
    verdict = await auditing.verify(postgres_url)
    assert (verdict.end.seq, verdict.broken[:11]) == (1, "row 2 (a, 2")


@pytest.mark.parametrize("backend", ["sqlite", "postgres"])
async def test_of_many_processes_one_does_what_is_due(
    tmp_path: Path, request: pytest.FixtureRequest, backend: str
) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/desk.db"
    if backend == "postgres":
        url = request.getfixturevalue("postgres_url")
    await schema.upgrade(url)
    clock, done = FakeClock(), []

    async def work() -> None:
        done.append(clock())

    async with open_database(url, LocalSignals(), sealing=OPEN) as database:
        ticks = [leased("sweep", work, database, clock, seconds=15) for _ in range(4)]
        other = leased("digest", work, database, clock, seconds=15)
        assert sorted(await asyncio.gather(*(tick() for tick in ticks))) == [False, False, False, True]
        assert await other() is True
        clock.now += timedelta(seconds=5)
        assert await asyncio.gather(*(tick() for tick in ticks)) == [False] * 4
        clock.now += timedelta(seconds=10)
        assert sorted(await asyncio.gather(*(tick() for tick in ticks))) == [False, False, False, True]
    assert len(done) == 3
