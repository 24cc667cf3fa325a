"""`threadpilot doctor`: a good environment, and one in which everything is wrong."""

import asyncio
import json
import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.cli import main
from bot.core.topics import SHIPPED
from bot.settings.placeholders import placeholders
from bot.verbs.doctor.examination import Finding, as_text, at_start, examine
from sandbox.server import Sandbox
from sandbox.slack import directory
from sandbox.zendesk import AGENT
from storage.sqlite import file_of
from storage.urls import parse
from tests.bot.world import env_file, environment, written_log
from tests.dovecot import running_dovecot, token
from tests.ports import free_port

pytestmark = pytest.mark.usefixtures("logging_kept")


async def findings(env: dict[str, str]) -> dict[str, Finding]:
    return {finding.part: finding for finding in await examine(env)}


@pytest.fixture
async def model_server() -> AsyncIterator[TestServer]:
    """Serve the list of models to whoever knows the key; `ill` gives 500."""

    async def models(request: web.Request) -> web.Response:
        status = {"right": 200, "ill": 500}.get(request.headers.get("Authorization", "")[7:], 401)
        return web.json_response({"data": [{"id": "small"}, {"id": "large"}]}, status=status)

    app = web.Application()
    app.add_routes([web.get("/v1/models", models)])
    async with TestServer(app) as server:
        yield server


async def test_a_good_environment(sandbox: Sandbox, tmp_path: Path) -> None:
    found = await findings(environment(sandbox, tmp_path))
    assert [part for part, finding in found.items() if not finding.ok] == []
    assert found["settings"].text == "complete"
    assert found["database"].text.startswith("empty; ")
    assert "Socket Mode" in found["slack"].text
    assert "SLACK_MANAGERS" not in found["slack"].text
    assert found["articles"].text == "1 articles, word vectors (wordllama), 0 skipped"
    assert found["escalation"].text == f"the {len(SHIPPED)} shipped rules"
    in_salesforce = (
        rf"threadpilot@northwind\.example at {sandbox.url}, \d of 100,000 API requests of 24 h used"
    )
    assert re.fullmatch(in_salesforce, found["salesforce"].text)
    relay, listen = sandbox.smtp_port, sandbox.config.smtp_listen
    assert found["mail"].text == f"127.0.0.1 answers on port {relay}; listening on {listen}"
    assert found["language model"].text.startswith("off: ")


async def test_a_model_of_other_vectors_that_is_no_such_model_is_named(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    home = tmp_path / "minilm"
    home.mkdir()
    for name, said in (("none", "does not exist"), ("minilm", "model.safetensors cannot be read")):
        found = await findings(environment(sandbox, tmp_path, MINILM_DIR=str(tmp_path / name)))
        wrong = [finding.text for finding in found.values() if not finding.ok]
        assert len(wrong) == 1
        assert said in wrong[0]


async def test_to_look_leaves_nothing_behind(sandbox: Sandbox, tmp_path: Path) -> None:
    env = environment(sandbox, tmp_path, DATABASE_URL=f"sqlite+aiosqlite:///{tmp_path}/var/desk.db")
    await findings(env)
    assert not (tmp_path / "var").exists()


async def test_a_migrated_database_names_its_schema(sandbox: Sandbox, tmp_path: Path) -> None:
    env = environment(sandbox, tmp_path)
    assert await asyncio.to_thread(main, ["migrate", "--env-file", env_file(tmp_path, env)]) == 0
    assert (await findings(env))["database"].text.startswith("schema ")


async def test_as_text_and_as_json(
    sandbox: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["doctor", "--env-file", env_file(tmp_path, environment(sandbox, tmp_path))]
    assert await asyncio.to_thread(main, arguments) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 12
    assert all(line.startswith("ok   ") for line in lines)
    assert await asyncio.to_thread(main, [*arguments, "--json"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    said = json.loads(line)
    assert said["ok"] is True
    assert {finding["part"] for finding in said["findings"]} >= {"settings", "database", "slack", "mail"}


async def test_what_is_worth_a_remark(sandbox: Sandbox, tmp_path: Path) -> None:
    env = environment(sandbox, tmp_path, SLACK_MANAGERS="", SLACK_APP_TOKEN="", SMTP_LISTEN="")
    (tmp_path / "articles" / "price list.xls").touch()
    found = await findings(env)
    assert "signed HTTP; nobody may change settings: set SLACK_MANAGERS" in found["slack"].text
    assert found["mail"].text.endswith("no SMTP_LISTEN")
    assert "1 articles, word vectors (wordllama), 1 skipped\n     " in found["articles"].text
    assert "price list.xls: Unknown format" in found["articles"].text


async def test_each_mailbox_is_looked_into(sandbox: Sandbox, tmp_path: Path) -> None:
    with running_dovecot() as dovecot:
        dovecot.deliver(b"Subject: one\r\n\r\n")
        urls = [dovecot.url(), dovecot.url().replace("%2Css", ""), dovecot.url(auth="xoauth2")]
        env = environment(sandbox, tmp_path, IMAP_URL=",".join(urls), MAIL_OAUTH_TOKEN=token())
        found = await findings(env)
        assert ["Seen" in flags for flags in dovecot.flags()] == [False]
    assert [found[f"mailbox {number}"].ok for number in (1, 2, 3)] == [True, False, True]
    assert found["mailbox 1"].text.endswith("/INBOX: 1 mails; the server says when mail comes")
    assert "does not take the login" in found["mailbox 2"].text


async def test_what_is_off_is_no_fault(sandbox: Sandbox, tmp_path: Path) -> None:
    env = environment(sandbox, tmp_path, KNOWLEDGE_DIR="", SUPPORT_ADDRESS="", SMTP_URL="", SMTP_LISTEN="")
    found = await findings(env)
    assert all(finding.ok for finding in found.values())
    assert found["articles"].text.startswith("off: ")
    assert found["mail"].text.startswith("off: ")


async def test_everything_is_wrong(
    sandbox: Sandbox, tmp_path: Path, model_server: TestServer, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "desk.db").write_bytes(b"not a database" * 100)
    nobody = free_port()
    env = environment(
        sandbox,
        tmp_path,
        DATABASE_URL=f"sqlite+aiosqlite:///{tmp_path}/desk.db",
        SLACK_BOT_TOKEN="xoxb-wrong",
        SMTP_URL=f"smtp://127.0.0.1:{nobody}",
        OPENAI_API_KEY="wrong",
        OPENAI_BASE_URL=str(model_server.make_url("/v1")),
        ZENDESK_CLIENT_SECRET="wrong",
    )
    found = await findings(env)
    assert {part for part, finding in found.items() if not finding.ok} == {
        *("database", "slack", "mail", "language model", "zendesk")
    }
    assert "DATABASE_URL" in found["database"].text
    assert found["slack"].text == "Slack does not accept SLACK_BOT_TOKEN."
    assert str(nobody) in found["mail"].text
    assert "does not accept OPENAI_API_KEY (401)" in found["language model"].text
    assert "does not accept ZENDESK_CLIENT_ID" in found["zendesk"].text

    code = await asyncio.to_thread(main, ["doctor", "--env-file", env_file(tmp_path, env)])
    out, err = capsys.readouterr()
    assert code == 1
    assert out.count("BAD  ") == 5
    assert "Traceback" not in err


async def test_nobody_answers_for_slack(sandbox: Sandbox, tmp_path: Path) -> None:
    env = environment(sandbox, tmp_path, SLACK_API_URL=f"http://127.0.0.1:{free_port()}/api/")
    found = (await findings(env))["slack"]
    assert not found.ok
    assert found.text.startswith("Slack cannot be reached. Look at SLACK_API_URL")


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"SLACK_BOT_TOKEN": "xoxb-\r\nX-Evil: 1"}, "slack"),
        ({"OPENAI_API_KEY": "sk\nx", "OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}, "language model"),
        ({"SMTP_URL": "smtp://a..b:25"}, "mail"),
        ({"SMTP_URL": "smtp://relay.example?tls=yes"}, "mail"),
    ],
)
async def test_garbage_is_a_finding_and_no_traceback(
    sandbox: Sandbox, tmp_path: Path, changes: dict[str, str], part: str
) -> None:
    found = await findings(environment(sandbox, tmp_path, **changes))
    assert not found[part].ok
    assert found[part].text


@pytest.mark.parametrize(
    ("key", "path", "name", "ok", "text"),
    [
        ("right", "/v1", "small", True, "answers 200"),
        ("right", "/v1", "medium", False, "set OPENAI_MODEL to one of its 2, such as small, large"),
        ("right", "", "small", False, "OPENAI_BASE_URL ends mostly in /v1"),
        ("ill", "/v1", "small", False, "is not well (500)"),
    ],
)
async def test_a_model(
    sandbox: Sandbox,
    tmp_path: Path,
    model_server: TestServer,
    key: str,
    path: str,
    name: str,
    ok: bool,
    text: str,
) -> None:
    env = environment(
        sandbox,
        tmp_path,
        OPENAI_API_KEY=key,
        OPENAI_BASE_URL=str(model_server.make_url(path or "/")),
        OPENAI_MODEL=name,
    )
    finding = (await findings(env))["language model"]
    assert (finding.ok, text in finding.text) == (ok, True), finding.text


async def test_a_far_side_that_keeps_silent(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.sky.report({"slack": {"latency_ms": 60_000}})
    found = {finding.part: finding for finding in await examine(environment(sandbox, tmp_path), patience=0.3)}
    assert not found["slack"].ok
    assert found["slack"].text.startswith("no answer within 0.3 s. Look at SLACK_API_URL")
    assert found["database"].ok


async def test_all_that_is_half_set_is_said_at_once_and_the_rest_is_still_tried() -> None:
    found = await examine(
        {
            "SLACK_BOT_TOKEN": "xoxb-1",
            "SLACK_MANGERS": "U1",
            "ZENDESK_SUBDOMAIN": "acme",
            "SMTP_LISTEN": "25",
            "ZENDESK_CLIENT_ID": "threadpilot",
            "SALESFORCE_URL": "https://shop.my.salesforce.com",
            "SALESFORCE_WRITE_BACK": "perhaps",
            "TWILIO_NUMBER": "12",
            "DATABASE_URL": "postgresql://127.0.0.1:1/desk",
        }
    )
    wrong = [finding.text for finding in found if not finding.ok]
    for named in (
        ("SLACK_APP_TOKEN",),
        ("SLACK_CHANNELS",),
        ("SUPPORT_ADDRESS",),
        ("SMTP_URL",),
        ("SMTP_LISTEN",),
        ("ZENDESK_URL",),
        ("ZENDESK_CLIENT_SECRET",),
        ("SALESFORCE_CLIENT_ID", "SALESFORCE_CLIENT_SECRET"),
        ("SALESFORCE_WRITE_BACK",),
        ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"),
        ("TWILIO_NUMBER",),
        ("THREADPILOT_SECRET_KEY",),
    ):
        assert [one for one in wrong if all(name in one for name in named)], named
    assert {finding.part for finding in found if not finding.ok} == {"settings", "database"}
    assert (
        "??   names            SLACK_MANGERS is no setting of threadpilot's: did you mean SLACK_M"
        in as_text(found)
    )
    assert as_text(found).startswith("BAD  settings         Set SLACK_APP_TOKEN")
    assert {finding.part for finding in found if finding.ok} == {
        *("names", "web", "articles", "escalation", "customers", "language model")
    }


@pytest.mark.parametrize(
    ("status", "ok", "said"),
    [
        (200, True, "leads to the app"),
        (404, False, "answers 404, which is not us"),
        (0, True, "nobody answers"),
    ],
)
async def test_our_own_address_is_tried(
    sandbox: Sandbox, tmp_path: Path, status: int, ok: bool, said: str
) -> None:
    async def health(_: web.Request) -> web.Response:
        return web.Response(status=status)

    app = web.Application()
    app.router.add_get("/healthz", health)
    async with TestServer(app) as server:
        url = str(server.make_url("")) if status else f"http://127.0.0.1:{free_port()}"
        found = (await findings(environment(sandbox, tmp_path, THREADPILOT_PUBLIC_URL=url)))["web"]
    assert (found.ok, said in found.text) == (ok, True), found.text


async def test_who_calls_us_needs_our_address() -> None:
    found = await findings(
        {
            "SLACK_BOT_TOKEN": "xoxb-1",
            "SLACK_SIGNING_SECRET": "s3cret",
            "SLACK_CHANNELS": "*=C0",
            "SLACK_API_URL": "http://127.0.0.1:9/slack.com/",
        }
    )
    assert not found["web"].ok
    assert found["web"].text.startswith("THREADPILOT_PUBLIC_URL is not set, so Slack cannot reach us")


async def test_what_run_would_refuse_is_found(sandbox: Sandbox, tmp_path: Path) -> None:
    customers = tmp_path / "none.csv"
    customers.write_text("x,y\n")
    env = environment(sandbox, tmp_path, CUSTOMERS_FILE=str(customers))
    await asyncio.to_thread(main, ["migrate", "--env-file", env_file(tmp_path, env)])
    with closing(sqlite3.connect(str(file_of(parse(env["DATABASE_URL"]))))) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    found = await findings(env)
    assert not found["customers"].ok
    assert "no column email and no column name" in found["customers"].text
    assert not found["database"].ok
    assert "9999" in found["database"].text


async def test_without_customers_and_articles_it_says_how_to_have_them(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    env = environment(sandbox, tmp_path)
    found = await findings({name: value for name, value in env.items() if name != "CUSTOMERS_FILE"})
    assert "set CUSTOMERS_FILE" in found["customers"].text


@pytest.mark.parametrize(
    ("changes", "part", "said"),
    [
        ({"SLACK_APP_TOKEN": "xapp-wrong"}, "slack", "Slack does not accept SLACK_APP_TOKEN."),
        ({"SLACK_APP_TOKEN": directory.BOT_TOKEN}, "settings", "SLACK_APP_TOKEN does not begin with xapp-"),
        ({"SLACK_BOT_TOKEN": directory.RESTRICTED_TOKEN}, "slack", "channels:history, chat:write, commands"),
    ],
)
async def test_tokens_that_will_not_do_are_named(
    sandbox: Sandbox, tmp_path: Path, changes: dict[str, str], part: str, said: str
) -> None:
    found = await findings(environment(sandbox, tmp_path, **changes))
    assert not found[part].ok
    assert said in found[part].text


async def test_a_login_the_relay_refuses_is_found(sandbox: Sandbox, tmp_path: Path) -> None:
    relay = f"smtp://kim:wrong@127.0.0.1:{sandbox.smtp_port}"
    found = await findings(environment(sandbox, tmp_path, SMTP_URL=relay))
    assert not found["mail"].ok
    assert found["mail"].text.startswith("The mail server cannot be used")


@pytest.mark.parametrize("seconds", [-600, 600])
async def test_a_clock_that_is_off_is_found(tmp_path: Path, seconds: int) -> None:
    async def auth_test(_: web.Request) -> web.Response:
        then = datetime.now(UTC) + timedelta(seconds=seconds)
        body = {"ok": True, "user": "threadpilot", "team": "Northwind"}
        return web.json_response(body, headers={"Date": format_datetime(then, usegmt=True)})

    app = web.Application()
    app.router.add_get("/api/auth.test", auth_test)
    async with TestServer(app) as server:
        found = await findings(
            {
                "SLACK_BOT_TOKEN": "xoxb-1",
                "SLACK_SIGNING_SECRET": "s3cret",
                "SLACK_CHANNELS": "*=C0",
                "SLACK_API_URL": str(server.make_url("/api/")),
                "DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path}/desk.db",
            }
        )
    assert not found["slack"].ok
    assert "clock is" in found["slack"].text
    assert ("ahead of" in found["slack"].text) == (seconds < 0)


async def test_a_slack_channel_we_are_not_let_into_is_found(sandbox: Sandbox, tmp_path: Path) -> None:
    found = await findings(environment(sandbox, tmp_path, SLACK_CHANNELS="*=C0NOWHERE"))
    assert not found["slack"].ok
    assert found["slack"].text.startswith("C0NOWHERE: Slack does not know this Slack channel")


async def test_a_folder_without_an_article_is_found(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    (tmp_path / "none" / "hello.md").write_text("# hello")
    found = await findings(environment(sandbox, tmp_path, KNOWLEDGE_DIR=str(tmp_path / "none")))
    assert not found["articles"].ok
    assert "hello.md" in found["articles"].text


async def test_what_is_wrong_in_salesforce_is_said_with_what_to_do(sandbox: Sandbox, tmp_path: Path) -> None:
    env = environment(sandbox, tmp_path, SALESFORCE_ANSWER_FIELDS="Contact.Nothing__c,Account.Gone__c")
    sandbox.salesforce.state.used, sandbox.salesforce.state.allowance = 9_960, 10_000
    found = (await findings(env))["salesforce"]
    assert not found.ok
    assert (
        "cannot read Contact.Nothing__c, Account.Gone__c: give the user's permission set access" in found.text
    )
    assert "100% of the day's API requests are used: only what an agent asks for is looked up" in found.text
    wrong = (await findings(environment(sandbox, tmp_path, SALESFORCE_CLIENT_SECRET="wrong")))["salesforce"]
    assert (wrong.ok, "check SALESFORCE_CLIENT_ID and SALESFORCE_CLIENT_SECRET" in wrong.text) == (
        False,
        True,
    )
    none = {name: value for name, value in env.items() if not name.startswith("SALESFORCE_")}
    assert "set SALESFORCE_URL" in (await findings(none))["salesforce"].text


async def test_what_is_wrong_in_zendesk_is_said_with_what_to_do(sandbox: Sandbox, tmp_path: Path) -> None:
    env = environment(sandbox, tmp_path)
    found = (await findings(env))["zendesk"]
    assert found.ok, found.text
    assert found.text.endswith("tickets become conversations and conversations become tickets")
    sandbox.zendesk.tokens.scopes_granted = "read"
    other = environment(sandbox, tmp_path, ZENDESK_WEBHOOK_SECRET="another one")
    found = (await findings(other))["zendesk"]
    assert not found.ok
    assert "may not write: give the OAuth client the scopes" in found.text
    assert "ZENDESK_WEBHOOK_SECRET is not the signing secret" in found.text
    sandbox.zendesk.hooks.active = False
    assert "no webhook calls /zendesk/webhook here" in (await findings(env))["zendesk"].text
    agentless = {
        **env,
        "ZENDESK_CLIENT_ID": "",
        "ZENDESK_CLIENT_SECRET": "",
        "ZENDESK_OAUTH_TOKEN": "agent-token",
    }
    sandbox.zendesk.state.find("zendesk-user", AGENT)["role"] = "end-user"
    assert "is no agent there" in (await findings(agentless))["zendesk"].text
    none = {name: value for name, value in env.items() if not name.startswith("ZENDESK_")}
    assert "set ZENDESK_URL" in (await findings(none))["zendesk"].text
    idle = {**env, "ZENDESK_WEBHOOK_SECRET": "", "ZENDESK_WRITE_BACK": ""}
    sandbox.zendesk.tokens.scopes_granted = ""
    assert "nothing is taken in" in (await findings(idle))["zendesk"].text


@pytest.mark.parametrize(("hit", "ok"), [("two pallets", True), ("two boxes", False)])
async def test_own_escalation_rules_are_tried(sandbox: Sandbox, tmp_path: Path, hit: str, ok: bool) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(
        f"[[rule]]\ncode = 'vip'\nlabel = 'Wholesale'\npatterns = ['pallets?']\nhits = ['{hit}']\n"
    )
    found = (await findings(environment(sandbox, tmp_path) | {"ESCALATION_RULES": str(path)}))["escalation"]
    assert found.ok is ok
    assert ("which pass their own tests" if ok else "does not find “two boxes”") in found.text


async def test_after_a_start_it_says_in_the_log_what_is_not_well(sandbox: Sandbox, tmp_path: Path) -> None:
    (nothing := tmp_path / "nothing").mkdir()
    with written_log("bot.verbs.doctor.examination") as log:
        await at_start(environment(sandbox, tmp_path, KNOWLEDGE_DIR=str(nothing), SLACK_MANGERS="U1"))
    (found, looked) = log.getvalue().splitlines()
    assert "WARNING doctor_found part=articles finding=no article in " in found
    assert re.search(r"INFO doctor_looked well=\d+ not_well=1$", looked)


@pytest.mark.parametrize(
    "value", ["xoxb-…", "xoxb-...", "xoxb-1234-abcd", "changeme", "xoxb-your-token", "<token>", "xoxb-"]
)
async def test_a_secret_that_was_not_filled_in_is_told(value: str) -> None:
    found = await examine(
        {"SLACK_BOT_TOKEN": value, "THREADPILOT_SECRET_KEY": "4c1d9a54c0f2e4d8b7a6f5e4d3c2b1a0"}
    )
    told = [finding.text for finding in found if not finding.ok]
    for name in ("SLACK_BOT_TOKEN", "THREADPILOT_SECRET_KEY"):
        assert f"{name} is an example or a placeholder, and not the secret that belongs there" in told


def test_secrets_that_are_some_are_left_alone() -> None:
    given = {
        "SLACK_BOT_TOKEN": "xoxb-17653672481-19874698323-pdFZKVeTuE8sk7oOcBrzbqgy",
        "TWILIO_AUTH_TOKEN": "9f" * 16,
    }
    assert (
        placeholders(
            given | {"DATABASE_URL": "postgresql://u:p@db/desk", "OPENAI_API_KEY": "sk-proj-Ab3dEf6h"}
        )
        == []
    )
