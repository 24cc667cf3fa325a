"""A start that cannot succeed stops with one sentence that says what to do, and changes nothing."""

import asyncio
import os
import socket
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.cli import main
from tests.bot.world import env_file
from tests.ports import free_port
from tests.waiting import PATIENCE

pytestmark = pytest.mark.usefixtures("logging_kept")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A database of this version."""
    path = tmp_path / "threadpilot.db"
    assert main(["migrate", "--env-file", env_file(tmp_path, environment(path))]) == 0
    return path


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        yield int(holder.getsockname()[1])


def environment(path: Path, **changes: str) -> dict[str, str]:
    return {
        "SLACK_BOT_TOKEN": "xoxb-1",
        "SLACK_APP_TOKEN": "xapp-1",
        "SLACK_CHANNELS": "*=C0",
        "SLACK_API_URL": f"http://127.0.0.1:{free_port()}/",
        "THREADPILOT_HTTP": f"127.0.0.1:{free_port()}",
        "DATABASE_URL": f"sqlite+aiosqlite:///{path}",
        **changes,
    }


def with_sql(statement: str) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute(statement)

    return change


def junk(path: Path) -> None:
    path.write_bytes(b"no database at all " * 500)


def overwrite_pages(path: Path) -> None:
    pages = bytearray(path.read_bytes())
    pages[4096 * 30 : 4096 * 60] = b"\xff" * 4096 * 30
    path.write_bytes(pages)


def of_another_program(path: Path) -> None:
    path.unlink()
    with_sql("CREATE TABLE recipes (name TEXT)")(path)


@pytest.mark.parametrize(
    ("break_it", "sentence"),
    [
        (junk, "is damaged (file is not a database). Restore a backup"),
        (overwrite_pages, "is damaged ("),
        (with_sql("DROP TABLE settings"), "lacks the table settings. Restore a backup"),
        (with_sql("UPDATE alembic_version SET version_num = '9999'"), "Install the version that wrote it"),
        (of_another_program, "is another program's database"),
    ],
    ids=["junk", "pages", "table", "newer", "foreign"],
)
def test_a_database_that_cannot_be_worked_on_stops_it(
    file: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    break_it: Callable[[Path], None],
    sentence: str,
) -> None:
    break_it(file)
    before = file.read_bytes()
    code = main(["run", "--env-file", env_file(tmp_path, environment(file))])
    said = capsys.readouterr().err
    assert (code, said.count("\n")) == (2, 1)
    assert said.startswith("threadpilot: DATABASE_URL: ")
    assert sentence in said
    assert file.read_bytes() == before
    assert main(["doctor", "--env-file", env_file(tmp_path, environment(file))]) == 1
    assert any(line.startswith("BAD  database") for line in capsys.readouterr().out.splitlines())


def test_an_older_schema_is_brought_up_to_date(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from storage import migrate

    path = tmp_path / "old.db"
    asyncio.run(migrate.upgrade(f"sqlite+aiosqlite:///{path}", "0020"))
    assert main(["migrate", "--env-file", env_file(tmp_path, environment(path))]) == 0
    assert capsys.readouterr().out.startswith("The schema went from 0020 to ")


@pytest.mark.parametrize("blocks", [8, 0])
async def test_a_full_disk_stops_it_with_1_as_it_may_have_room_later(
    file: Path, tmp_path: Path, blocks: int
) -> None:
    env = env_file(tmp_path, environment(file))
    process = await asyncio.create_subprocess_exec(
        *(
            "/bin/sh",
            "-c",
            f'ulimit -f {blocks}; exec "$0" -m bot.cli run --env-file "$1"',
            sys.executable,
            env,
        ),
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(PATIENCE):
        _, said = await process.communicate()
    last = said.decode().splitlines()[-1]
    assert (process.returncode, b"Traceback" in said) == (1, False), said.decode()
    assert "Look whether its disk is full" in last or "Make room on its disk" in last


def test_another_key_than_before_stops_it_until_somebody_takes_the_new_one(
    file: Path, tmp_path: Path, taken: int, capsys: pytest.CaptureFixture[str]
) -> None:
    so_far = environment(file, THREADPILOT_HTTP=f"127.0.0.1:{taken}")  # It gets as far as its port.
    for key, sentence in (
        ("the key of the first start", "THREADPILOT_HTTP"),
        ("another key of the same length", "is not the key this database was used with"),
        ("the key of the first start", "THREADPILOT_HTTP"),
    ):
        env = env_file(tmp_path, so_far | {"THREADPILOT_SECRET_KEY": key})
        assert main(["run", "--env-file", env]) == 2
        assert sentence in capsys.readouterr().err
    env = env_file(tmp_path, so_far | {"THREADPILOT_SECRET_KEY": "another key of the same length"})
    assert main(["migrate", "--new-key", "--env-file", env]) == 0
    assert main(["run", "--env-file", env]) == 2
    assert "THREADPILOT_HTTP" in capsys.readouterr().err
