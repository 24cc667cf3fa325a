"""An upgrade with traffic: the version before the newest migration and this one, side by side on PostgreSQL.

The old version is built from this repository's history, so where there is none (or only its tip) this is skipped.
On SQLite, which has one process, the old one is stopped and this one started on its file.
"""

# ruff: noqa: ASYNC240 - nobody waits for these.
import asyncio
import contextlib
import subprocess
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.core.errors import Misconfigured
from storage import migrate
from tests.e2e.harness import Outside, actions, end, start
from tests.e2e.processes import far_side, run
from tests.e2e.test_chat import Visitor
from tests.ports import free_port
from tests.postgres import Server
from tests.waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("kill")]

HERE = Path(__file__).parents[2]
VERSIONS = HERE / "storage" / "migrations" / "versions"
QUESTION = "How do I reset my password?"
EACH = 3  # Mails in each phase.


def git(*arguments: str) -> str:
    done = subprocess.run(["git", "-C", HERE, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no earlier version to be had: git {arguments[0]} says {done.stderr.strip()[:200]}")
    return done.stdout.strip()


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The source of the version that did not know the newest migration."""
    known = {path.name for path in VERSIONS.glob("*.py")}
    history = git("log", "--first-parent", "--format=%H", "--", str(VERSIONS)).split()
    commit = next((commit for commit in history if migrations(commit) < known), None)
    if commit is None:
        pytest.skip("no earlier version to be had: the history of migrations is not there")
    folder = tmp_path_factory.mktemp("old") / "tree"
    git("worktree", "add", "--detach", str(folder), commit)
    yield folder
    git("worktree", "remove", "--force", str(folder))


def migrations(commit: str) -> set[str]:
    """Return the migrations that a version knows."""
    files = git("ls-tree", "--name-only", commit, "storage/migrations/versions/").split()
    return {Path(file).name for file in files if file.endswith(".py")}


class Traffic:
    """Customers who write one after the other, each when the one before has an answer, until the context ends."""

    def __init__(self, outside: Outside, sent: int = 0) -> None:
        self.outside = outside
        self.sent = sent
        self._enough = False
        self._going: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Traffic":
        self._going = asyncio.create_task(self._go_on())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._enough = True
        assert self._going is not None
        await self._going

    async def _go_on(self) -> None:
        while not self._enough:
            await self.outside.mail(subject(self.sent), QUESTION, sender=address(self.sent))
            await answered(self.outside, self.sent)
            self.sent += 1

    async def more(self) -> None:
        """Wait until some more have been sent and answered."""
        assert self._going is not None
        enough, going = self.sent + EACH, self._going

        async def came() -> bool:
            if going.done():
                going.result()
            return self.sent > enough

        await until(came, 120)


def subject(number: int) -> str:
    return f"Steady {number}"


def address(number: int) -> str:
    return f"s{number}@customer.example"


async def answered(outside: Outside, number: int) -> None:
    await outside.received(address(number), subject(number), seconds=90)


async def all_once(outside: Outside, sent: int) -> None:
    """Every customer who was heard has one answer and one card, and nobody was asked whether anything went out."""
    for number in range(sent):
        await outside.card("email", subject(number))
        assert len(await outside.inbox(address(number))) == 1
        (card,) = await outside.cards("email", subject(number))
        assert "went_out" not in actions(card)


@pytest.fixture
async def shared(postgres_server: Server, tmp_path: Path) -> AsyncIterator[tuple[Outside, dict[str, str]]]:
    name = postgres_server.create()
    env = {"DATABASE_URL": postgres_server.url(name), "THREADPILOT_SECRET_KEY": "the same for all"}
    async with far_side(tmp_path, **env) as sides:
        yield sides
    postgres_server.drop(name)


async def test_old_and_new_work_side_by_side(
    old: Path, shared: tuple[Outside, dict[str, str]], tmp_path: Path
) -> None:
    outside, env = shared
    log = tmp_path / "new.log"
    web = await run(outside, env, "--role", "all", source=old)
    before = await migrate.current(env["DATABASE_URL"])
    async with Traffic(outside) as traffic:
        await traffic.more()
        new = [await worker(env, role, log) for role in ("worker", "scheduler")]
        assert await migrate.current(env["DATABASE_URL"]) != before
        await traffic.more()  # The old one listens and works on, on the schema of the new ones.
        visitor = await Visitor(outside).connect()
        await visitor.send(type="msg", cid="q1", text=QUESTION)
        await visitor.next("event", kind="message", sender="ai")
        there, beside = elsewhere(outside, env)
        new.append(await run(there, beside, "--role", "web"))
        traffic.outside = there  # As a balancer does it: the new door is open before the old one closes.
        await traffic.more()
        assert await end(web) == 0
        await traffic.more()
    await all_once(there, traffic.sent)
    assert [await end(process) for process in new] == [0, 0, 0]


def elsewhere(outside: Outside, env: dict[str, str]) -> tuple[Outside, dict[str, str]]:
    """Return the same world and environment for a process that listens on other ports."""
    http, smtp = (f"127.0.0.1:{free_port()}" for _ in range(2))
    contract = {**outside.contract, "app": f"http://{http}", "smtp": smtp}
    return Outside(contract, outside.session), env | {"THREADPILOT_HTTP": http, "SMTP_LISTEN": smtp}


async def worker(env: dict[str, str], role: str, log: Path) -> Process:
    """Start a process of this version, and wait until the schema is that of this version."""
    with log.open("wb") as said:
        process = await start("run", "--role", role, "--env-file", "/dev/null", env=env, stderr=said.fileno())

    async def migrated() -> bool:
        assert process.returncode is None, log.read_text()[-2000:]
        with contextlib.suppress(Misconfigured):
            await migrate.check_newest(env["DATABASE_URL"])
            return True
        return False

    await until(migrated)
    return process


async def test_on_sqlite_the_new_one_goes_on_where_the_old_one_stopped(old: Path, tmp_path: Path) -> None:
    async with far_side(tmp_path) as (outside, env):
        before = await run(outside, env, source=old)
        async with Traffic(outside) as traffic:
            await traffic.more()
        await outside.mail("Open", "I will sue you for this!", sender="open@customer.example")
        assert await end(before) == 0
        after = await run(outside, env)
        await outside.card("email", "Open")
        async with Traffic(outside, traffic.sent) as later:
            await later.more()
        await all_once(outside, later.sent)
        assert await end(after) == 0
