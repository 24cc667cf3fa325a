"""The command line as its user meets it: exit codes, sentences on stderr, and no traceback."""

import csv
import io
import json
import re
import sqlite3
from importlib.metadata import version
from pathlib import Path

import pytest

from bot.cli import main
from bot.core.access import ACCESS
from bot.core.sealing import OPEN
from tests.bot.world import env_file

pytestmark = pytest.mark.usefixtures("logging_kept")

SLACK = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1", "SLACK_CHANNELS": "*=C0"}


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Run a verb; return its exit code and what it said."""
    try:
        code = main(arguments)
    except SystemExit as ended:  # argparse's way to say that the usage was wrong
        code = int(ended.code or 0)
    out, err = capsys.readouterr()
    return code, out, err


def database(tmp_path: Path) -> dict[str, str]:
    return {"DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path}/desk.db"}


def test_help_names_every_verb_and_the_first_steps(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = told(capsys, "--help")
    assert code == 0
    for verb in ("demo", "sandbox", "run", "migrate", "doctor", "audit", "parse-email", "knowledge", "eval"):
        assert f"\n    {verb}" in out
    assert "threadpilot demo      see it work" in out


@pytest.mark.parametrize(
    ("verb", "words"),
    [
        ("demo", ["--port", "--sandbox-port", "--smtp-port", "--state DIR", "Nothing leaves this machine"]),
        ("sandbox", ["--json", "--app HOST:PORT", "far side alone"]),
        ("run", ["--role", "--env-file", "`threadpilot doctor`"]),
        ("migrate", ["--env-file", "schema"]),
        ("doctor", ["--json", "--env-file", "every integration"]),
        ("audit", ["verify", "--env-file", "any change, gap, reorder"]),
        ("eval", ["intents", "tickets", "Sends nothing"]),
        ("parse-email", ["PATH", "--json", "--reply-text", "what intake would see"]),
    ],
)
def test_the_help_of_a_verb_teaches_it(
    capsys: pytest.CaptureFixture[str], verb: str, words: list[str]
) -> None:
    code, out, _ = told(capsys, verb, "--help")
    assert code == 0
    assert [word for word in words if word not in " ".join(out.split())] == []
    assert "stop-on-eof" not in out


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["fly"],
        ["run", "--role", "pilot"],
        ["run", "extra"],
        ["audit"],
        ["audit", "believe"],
        ["audit", "verify", "nonsense"],
        ["audit", "export", "nonsense"],
        ["demo", "--port", "http"],
        ["demo", "--port", "-1"],
        ["demo", "--sandbox-port", "65536"],
        ["demo", "--smtp-port", "²"],
        ["sandbox", "--port", "9" * 5_000],
        ["sandbox", "--app", "nonsense"],
        ["sandbox", "--app", ":8480"],
        ["sandbox", "--app", "127.0.0.1:0"],
    ],
)
def test_wrong_usage_is_explained_and_ends_with_2(
    capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    code, out, err = told(capsys, *arguments)
    assert (code, out) == (2, "")
    assert err.startswith("usage: threadpilot")
    assert "Traceback" not in err


def test_it_tells_its_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, "--version") == (0, f"threadpilot {version('threadpilot')}\n", "")


@pytest.mark.parametrize(
    ("arguments", "usage", "meant"),
    [
        (["demo", "--prot", "1"], "usage: threadpilot demo ", "--prot 1 (did you mean --port?)\n"),
        (["demo", "--prot=1"], "usage: threadpilot demo ", "--prot=1 (did you mean --port?)\n"),
        (
            ["eval", "intents", "a", "b", "--jsno"],
            "usage: threadpilot eval intents ",
            "--jsno (did you mean --json?)\n",
        ),
        (["run", "prod.env"], "usage: threadpilot run ", "unrecognized arguments: prod.env\n"),
        (["--versoin", "run"], "usage: threadpilot ", "--versoin (did you mean --version?)\n"),
    ],
)
def test_an_option_it_does_not_have_is_answered_by_its_verb_with_the_nearest(
    capsys: pytest.CaptureFixture[str], arguments: list[str], usage: str, meant: str
) -> None:
    code, _, err = told(capsys, *arguments)
    assert code == 2
    assert err.startswith(usage)
    assert err.endswith(meant)


@pytest.mark.parametrize("arguments", [["demo", "--port", "70000"], ["sandbox", "--sink-port", "x"]])
def test_a_port_that_is_none_is_quoted(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    assert f"'{arguments[-1]}' is not a port (0 to 65535)" in told(capsys, *arguments)[2]


@pytest.mark.parametrize(
    ("env", "named"),
    [
        (SLACK | {"SLACK_BOT_TOKEN": ""}, "SLACK_BOT_TOKEN"),
        (SLACK | {"SLACK_CHANNELS": "nonsense"}, "SLACK_CHANNELS"),
        (SLACK | {"THREADPILOT_HTTP": "8480"}, "THREADPILOT_HTTP"),
        (SLACK | {"DATABASE_URL": "mysql://x"}, "DATABASE_URL"),
        (SLACK | {"DATABASE_URL": "sqlite+aiosqlite:////proc/none/desk.db"}, "DATABASE_URL"),
    ],
)
def test_a_wrong_environment_stops_run_with_one_sentence(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, env: dict[str, str], named: str
) -> None:
    code, out, err = told(capsys, "run", "--env-file", env_file(tmp_path, env))
    assert (code, out) == (2, "")
    assert err.startswith("threadpilot: ")
    assert named in err
    assert err.count("\n") == 1


def test_several_faults_are_a_line_each(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    wrong = SLACK | {"SLACK_CHANNELS": "", "SLACK_MANGERS": "U1", "THREADPILOT_HTTP": "8480"}
    code, _, err = told(capsys, "run", "--env-file", env_file(tmp_path, wrong))
    assert code == 2
    misspelt, first, *faults = err.splitlines()
    assert misspelt.endswith("setting_unknown setting=SLACK_MANGERS nearest=SLACK_MANAGERS")
    assert first == "threadpilot: these settings are wrong or missing:"
    assert [fault.split()[0].partition("=")[0] for fault in faults] == ["THREADPILOT_HTTP", "SLACK_CHANNELS"]


@pytest.mark.parametrize("verb", [["run"], ["migrate"], ["doctor"], ["audit", "verify"]])
def test_an_env_file_that_is_not_there_is_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, verb: list[str]
) -> None:
    code, _, err = told(capsys, *verb, "--env-file", str(tmp_path / "typo.env"))
    assert code == 2
    assert (
        err
        == f"threadpilot: The settings file {tmp_path}/typo.env cannot be read: No such file or directory.\n"
    )


def test_migrate_makes_the_schema_once(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = env_file(tmp_path, database(tmp_path / "new"))
    code, out, _ = told(capsys, "migrate", "--env-file", file)
    assert code == 0
    assert out.startswith("The schema went from nothing to ")
    revision = out.split()[-1].rstrip(".")
    code, out, _ = told(capsys, "migrate", "--env-file", file)
    assert (code, out) == (0, f"The schema is up to date ({revision}).\n")


def test_migrate_copies_another_database(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    told(capsys, "migrate", "--env-file", env_file(tmp_path, database(tmp_path)))
    write_three(f"sqlite+aiosqlite:///{tmp_path}/desk.db")
    file = env_file(tmp_path, database(tmp_path / "new"))
    code, out, _ = told(capsys, "migrate", "--env-file", file, "--copy-from", f"sqlite:///{tmp_path}/desk.db")
    assert code == 0
    assert "\naudit: 3\n" in out
    assert "\n4 rows are copied. The audit chain is whole: 3 rows.\nKeep the key: " in out
    code, _, err = told(capsys, "migrate", "--env-file", file, "--copy-from", f"sqlite:///{tmp_path}/desk.db")
    assert (code, "something in that database already" in err) == (2, True)


def test_migrate_of_something_else_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "desk.db").write_bytes(b"This is a letter, not a database. " * 50)
    code, out, err = told(capsys, "migrate", "--env-file", env_file(tmp_path, database(tmp_path)))
    assert (code, out) == (2, "")
    assert err.startswith("threadpilot: DATABASE_URL: the database cannot be ")
    assert (tmp_path / "desk.db").read_bytes().startswith(b"This is a letter")


@pytest.mark.parametrize("kind", ["file", "database"])
def test_a_state_folder_that_is_none_is_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, kind: str
) -> None:
    state = tmp_path / "state"
    if kind == "file":
        state.touch()
    else:
        state.mkdir()
        (state / "sandbox.db").write_bytes(b"not a database at all" * 100)
    code, out, err = told(capsys, "sandbox", "--port", "0", "--state", str(state))
    assert (code, out) == (2, "")
    assert f"--state {state}" in err


class TestAuditVerify:
    @pytest.fixture
    def env(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> str:
        """Make a database whose audit log has three rows, written by the stores themselves."""
        file = env_file(tmp_path, database(tmp_path))
        assert told(capsys, "migrate", "--env-file", file)[0] == 0
        write_three(f"sqlite+aiosqlite:///{tmp_path}/desk.db")
        return file

    def test_whole(self, env: str, capsys: pytest.CaptureFixture[str]) -> None:
        code, out, _ = told(capsys, "audit", "verify", "--env-file", env)
        assert code == 0
        assert out.startswith("The audit chain is whole: 3 rows.\n")
        assert re.search(r" note its end elsewhere: 3:[0-9a-f]{64}:[\w=-]{88}\n", out)

    @pytest.mark.parametrize(
        ("deed", "where"),
        [
            ("UPDATE audit SET actor = 'UEVE' WHERE seq = 2", "row 2 (done, 20"),
            ("UPDATE audit SET payload = '{\"n\": 9}' WHERE seq = 3", "row 3 (done, 20"),
            ("DELETE FROM audit WHERE seq = 2", "row 3 (done, 20"),
            ("DELETE FROM audit WHERE seq = 1", "row 2 (done, 20"),
            ("UPDATE audit SET payload = 'no json' WHERE seq = 2", "row 2 (it cannot be read)"),
            ("UPDATE audit SET at = 'long ago' WHERE seq = 3", "row 3 (it cannot be read)"),
            ("UPDATE audit SET payload = x'ff' WHERE seq = 1", "row 1 (it cannot be read)"),
            ("UPDATE audit SET at = 5 WHERE seq = 1", "row 1 (it cannot be read)"),
            ("DELETE FROM audit WHERE seq = 3", "its end: there were 3 rows, and 2 are left"),
            ("DELETE FROM audit", "its end: there were 3 rows, and 0 are left"),
            ("DELETE FROM audit_head", "its end: where that has to be was removed"),
        ],
    )
    def test_broken(
        self, env: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], deed: str, where: str
    ) -> None:
        tamper(tmp_path / "desk.db", deed)
        code, out, err = told(capsys, "audit", "verify", "--env-file", env)
        assert (code, err) == (1, "")
        assert out.startswith(f"The audit chain is broken at {where}")

    def test_an_end_that_was_cut_off_everywhere_is_missed_by_whoever_noted_it(
        self, env: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        noted = told(capsys, "audit", "verify", "--env-file", env)[1].splitlines()[1].split()[-1]
        assert told(capsys, "audit", "verify", "--noted", f"`{noted}`", "--env-file", env)[0] == 0
        tamper(tmp_path / "desk.db", "DELETE FROM audit WHERE seq = 3")
        tamper(
            tmp_path / "desk.db",
            "UPDATE audit_head SET seq = 2, hash = (SELECT hash FROM audit WHERE seq = 2)",
        )
        assert told(capsys, "audit", "verify", "--env-file", env)[0] == 0
        code, out, _ = told(capsys, "audit", "verify", "--noted", noted, "--env-file", env)
        assert (code, out) == (
            1,
            "The audit chain is broken at its end: there were 3 rows, and 2 are left.\n",
        )
        forged = noted.replace("3:", "2:", 1)
        code, _, err = told(capsys, "audit", "verify", "--noted", forged, "--env-file", env)
        assert (code, "is not signed by this installation" in err) == (2, True)
        other = f"2:{'a' * 64}"
        code, out, _ = told(capsys, "audit", "verify", "--noted", other, "--env-file", env)
        assert (code, out[:38]) == (1, "The audit chain is broken at row 2 (do")
        code, _, err = told(capsys, "audit", "verify", "--noted", "the third", "--env-file", env)
        assert (code, err.count("\n"), "is not ROWS:HASH" in err) == (2, 1, True)

    def test_export(self, env: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        code, out, err = told(capsys, "audit", "export", "--env-file", env)
        rows = [json.loads(line) for line in out.splitlines()]
        assert (code, err) == (0, "The audit chain is whole: 3 rows.\n")
        assert [row["seq"] for row in rows] == [1, 2, 3]
        assert rows[1]["previous"] == rows[0]["hash"]
        _, out, _ = told(capsys, "audit", "export", "--format", "csv", "--env-file", env)
        table = list(csv.DictReader(io.StringIO(out, newline="")))
        assert [(row["actor"], json.loads(row["payload"])) for row in table] == [
            (row["actor"], row["payload"]) for row in rows
        ]
        tamper(tmp_path / "desk.db", "UPDATE audit SET actor = 'UEVE' WHERE seq = 2")
        code, out, err = told(capsys, "audit", "export", "--env-file", env)
        assert (code, len(out.splitlines()), err[:38]) == (1, 1, "The audit chain is broken at row 2 (do")

    def test_absent(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        code, out, err = told(
            capsys, "audit", "verify", "--env-file", env_file(tmp_path, database(tmp_path / "x"))
        )
        assert (code, out) == (2, "")
        assert err == f"threadpilot: There is no database of threadpilot's at {tmp_path}/x/desk.db.\n"
        assert not (tmp_path / "x").exists()

    def test_of_another_program(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        tamper(tmp_path / "desk.db", "CREATE TABLE other (x)")
        code, _, err = told(capsys, "audit", "verify", "--env-file", env_file(tmp_path, database(tmp_path)))
        assert code == 2
        assert "There is no database of threadpilot's" in err

    def test_without_its_table(self, env: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        tamper(tmp_path / "desk.db", "DROP TABLE audit")
        code, out, err = told(capsys, "audit", "verify", "--env-file", env)
        assert (code, out) == (1, "")
        assert err == "threadpilot: The database failed: no such table: audit\n"


def tamper(path: Path, deed: str) -> None:
    connection = sqlite3.connect(path)
    with connection:
        for (trigger,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall():
            connection.execute(f"DROP TRIGGER {trigger}")
        connection.execute(deed)
    connection.close()


def write_three(url: str) -> None:
    import asyncio

    from storage.database import open_database, utc_now
    from storage.signals import LocalSignals

    async def write() -> None:
        async with open_database(url, LocalSignals(), sealing=OPEN) as opened, opened.transaction() as tx:
            for number in range(3):
                await tx.audit.append(
                    at=utc_now(), actor="UKIM", action="done", subject="c1", payload={"n": number}
                )

    asyncio.run(write())


def test_every_verb_is_classified_and_every_line_is_for_a_verb(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = told(capsys, "--help")
    verbs = re.findall(r"^    ([a-z-]+)(?: |$)", out.partition("verbs:")[2], re.MULTILINE)
    assert len(verbs) >= 11
    assert {f"verb {verb}" for verb in verbs} == {act for act in ACCESS if act.startswith("verb ")}, (
        "add a line for each verb to bot/core/access.py"
    )


def test_settings_go_out_and_in_on_the_command_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    env, file = env_file(tmp_path, database(tmp_path)), tmp_path / "settings.json"
    words = ("--env-file", str(env))
    code, _, err = told(capsys, "settings", "export", *words)
    assert (code, "There is no database of threadpilot's" in err) == (2, True)
    assert told(capsys, "migrate", *words)[0] == 0
    code, out, _ = told(capsys, "settings", "export", *words)
    assert (code, json.loads(out)["settings"]) == (0, {})
    file.write_text(json.dumps({"threadpilot_settings": 1, "settings": {"auto_above.email": 0.85}}))
    code, out, _ = told(capsys, "settings", "import", str(file), *words)
    assert (code, "add --yes to do it" in out) == (0, True)
    code, out, _ = told(capsys, "settings", "import", str(file), "--yes", *words)
    assert (code, out.splitlines()[-1]) == (0, "Done.")
    file.write_text(json.dumps({"threadpilot_settings": 1, "settings": {"auto_above.email": 1.5}}))
    code, out, err = told(capsys, "settings", "import", str(file), "--yes", *words)
    assert (code, out) == (2, "")
    assert "Nothing was imported. auto_above.email: A threshold lies between 10% and 100%" in err
    code, out, _ = told(capsys, "settings", "export", *words)
    assert json.loads(out)["settings"] == {"auto_above.email": 0.85}


def test_verbs_ask_for_no_more_than_they_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = env_file(tmp_path, {"DATABASE_URL": f"sqlite:///{tmp_path}/desk.db", "RETENTION_DAYS": "email=30"})
    assert told(capsys, "migrate", "--env-file", file)[0] == 0
    for verb, says in (
        (["audit", "replay"], "0 decisions of the policy"),
        (["audit", "verify"], "0 rows"),
        (["retention"], "This would go"),
        (["settings", "export"], "{"),
    ):
        code, out, err = told(capsys, *verb, "--env-file", file)
        assert (code, "threadpilot: " in err) == (0, False), err
        assert says in out
    code, _, err = told(capsys, "knowledge", "sync", "--env-file", file)
    assert code == 2
    assert "SLACK" not in err


@pytest.mark.parametrize(
    "verb",
    [["erase", "ada@shop.example"], ["keys", "rotate"], ["restore", "none.backup", "--yes"], ["retention"]],
)
def test_a_verb_that_fails_leaves_no_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], verb: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "cwd"
    place.mkdir()
    monkeypatch.chdir(place)
    file = env_file(tmp_path, {"DATABASE_URL": "sqlite:///desk.db", "RETENTION_DAYS": "email=30"})
    assert told(capsys, *verb, "--env-file", file)[0] == 2
    assert list(place.iterdir()) == []
