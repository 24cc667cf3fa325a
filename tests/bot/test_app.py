"""The whole app in this process, against a real far side: it starts, works, says how it is, and ends cleanly."""

import asyncio
import json
import smtplib
import sqlite3
import stat
import time
from collections.abc import AsyncIterator
from contextlib import closing
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.app import running
from bot.core.errors import Misconfigured
from bot.settings import from_env
from bot.verbs.audit import auditing
from handlers.web.inbound_email import SIGNATURE, TIMESTAMP, signature
from sandbox.server import Sandbox
from tests.bot.world import App, Env, environment, started, written_log
from tests.dovecot import running_dovecot
from tests.waiting import PATIENCE, until


async def write(env: Env, subject: str, text: str = "How do I return an item?") -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "ada@customer.example", env["SUPPORT_ADDRESS"], subject
    mail["Message-ID"] = f"<{abs(hash(subject))}@customer.example>"
    mail.set_content(text)
    await asyncio.to_thread(send, env, mail)


def send(env: Env, mail: EmailMessage) -> None:
    host, port = env["SMTP_LISTEN"].split(":")
    with smtplib.SMTP(host, int(port), timeout=PATIENCE) as smtp:
        smtp.send_message(mail)


async def received(sandbox: Sandbox, subject: str) -> dict[str, Any]:
    async def claim() -> dict[str, Any] | None:
        return next((mail for mail in sandbox.sink.received if subject in mail["subject"]), None)

    return await until(claim)  # type: ignore[no-any-return]


async def collected(app: App, line: str) -> bool:
    """Tell whether a Prometheus server would collect this line now."""
    async with app.session.get(f"{app.url}/metrics") as response:
        return line in (await response.text()).splitlines()


def keys_in(folder: Path) -> list[Path]:
    return list(folder.glob("*.key*"))


async def log_says(app: App, sandbox: Sandbox, text: str) -> None:
    async def claim() -> bool:
        async with app.session.get(f"{sandbox.url}/control/slack/log") as response:
            return text in json.dumps(await response.json(), ensure_ascii=False)

    await until(claim)


async def test_it_starts_answers_a_mail_shows_it_in_slack_and_ends_without_a_trace(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    env = environment(sandbox, tmp_path)
    before = asyncio.all_tasks()
    with written_log("bot") as log:
        async with started(env) as app:
            assert (await app.get("/healthz"))[0] == 200
            body = await app.ready()
            assert body["down"] == []
            parts = body["parts"]
            assert {parts[name] for name in ("database", "slack", "mail out", "mail in", "articles")} == {
                "ok"
            }
            assert {parts[name] for name in ("language model", "customer directory")} == {"off"}
            assert {parts[name] for name in ("sms", "phone", "zendesk", "salesforce")} == {"ok"}
            await write(env, "Return")
            answer = await received(sandbox, "Return")
            assert "60 days" in answer["text"]
            await until(lambda: collected(app, 'threadpilot_deliveries_total{state="sent"} 1.0'))
            for line in (
                'threadpilot_messages_received_total{channel="email"} 1.0',
                'threadpilot_decisions_total{action="send"} 1.0',
                'threadpilot_part_up{part="database"} 1.0',
                'threadpilot_breaker_open{part="mail out"} 0.0',
            ):
                assert await collected(app, line)
            await until(lambda: collected(app, 'threadpilot_queued_jobs{lane="sync"} 0.0'))
            await log_says(app, sandbox, "How do I return an item?")

    await sandbox.stop()  # What the far side still wanted to say is no task of ours.

    async def alone() -> bool:
        return asyncio.all_tasks() <= before

    await until(alone)
    with pytest.raises(OSError):  # noqa: PT011 - refused, reset: whatever this system says
        await asyncio.open_connection(*env["SMTP_LISTEN"].split(":"))
    events = [line.split()[1] for line in log.getvalue().splitlines() if line.startswith("INFO")]
    assert events[-2:] == ["ready", "stopping"]


async def test_it_starts_again_on_the_same_database_with_the_same_key(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    env, key = environment(sandbox, tmp_path), tmp_path / "threadpilot.db.key"
    keys = []
    for _ in range(2):
        async with started(env) as app:
            await app.ready()
        keys.append(key.read_text())
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert len(keys[0]) == 64
    assert keys[0] == keys[1]


async def test_the_end_of_the_audit_log_is_posted_where_it_cannot_be_taken_back(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    env = environment(sandbox, tmp_path)
    async with started(env):
        await write(env, "Return")
        await received(sandbox, "Return")
    async with started({**env, "SLACK_AUDIT_CHANNEL": sandbox.contract()["channels"]["email"]}) as app:
        end = (await auditing.verify(env["DATABASE_URL"])).end
        await log_says(app, sandbox, f"--noted {end}")


async def test_a_key_of_the_settings_is_kept_nowhere(sandbox: Sandbox, tmp_path: Path) -> None:
    env = environment(sandbox, tmp_path, THREADPILOT_SECRET_KEY="k" * 64)
    async with started(env) as app:
        await app.ready()
    assert not keys_in(tmp_path)


async def test_a_database_in_memory_needs_no_file(sandbox: Sandbox, tmp_path: Path) -> None:
    env = environment(sandbox, tmp_path, DATABASE_URL="sqlite+aiosqlite://")
    async with started(env) as app:
        await app.ready()
    assert not keys_in(tmp_path)


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xfe"])
async def test_a_key_file_that_holds_no_key_is_not_signed_with(
    sandbox: Sandbox, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "threadpilot.db.key").write_bytes(content)
    with pytest.raises(Misconfigured, match=r"threadpilot\.db\.key"):
        async with running(from_env(environment(sandbox, tmp_path))):
            pass


async def test_a_key_that_was_half_made_is_made_anew(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "threadpilot.db.key.new").write_text("half")
    async with started(environment(sandbox, tmp_path)) as app:
        await app.ready()
    assert len((tmp_path / "threadpilot.db.key").read_text()) == 64


@pytest.mark.parametrize("variable", ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"])
async def test_a_token_that_slack_does_not_know_stops_the_start_with_its_name(
    sandbox: Sandbox, tmp_path: Path, variable: str
) -> None:
    with pytest.raises(Misconfigured, match=variable):
        async with running(from_env(environment(sandbox, tmp_path, **{variable: "xapp-wrong"}))):
            raise AssertionError("it has started")


@pytest.mark.parametrize("variable", ["THREADPILOT_HTTP", "SMTP_LISTEN"])
async def test_a_port_in_use_stops_the_start_with_its_name(
    sandbox: Sandbox, tmp_path: Path, variable: str
) -> None:
    env = environment(sandbox, tmp_path)
    host, port = env[variable].split(":")
    holder = await asyncio.start_server(lambda _r, w: w.close(), host, int(port))
    try:
        with pytest.raises(Misconfigured, match=variable):
            async with running(from_env(env)):
                pass
    finally:
        holder.close()
        await holder.wait_closed()
    async with started(env) as app:  # And nothing is left of the attempt.
        await app.ready()


async def test_slack_may_be_down_at_the_start_and_come_later(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.sky.report({"slack": {"down": True}})
    env = environment(sandbox, tmp_path)
    async with started(env) as app:

        async def told() -> dict[str, Any] | None:
            status, body = await app.get("/readyz")
            trouble = body["parts"]["slack"].startswith("Slack ")
            return body if status == 200 and trouble else None

        body = await until(told)
        assert body["ready"] is True  # Customers are answered, so a load balancer may send them here.
        assert body["down"] == ["slack"]
        assert "(since " in body["parts"]["slack"]
        assert (await app.get("/healthz"))[0] == 200
        await write(env, "While Slack is down")
        assert "60 days" in (await received(sandbox, "While Slack is down"))["text"]
        sandbox.sky.report({"slack": {}})
        assert (await app.ready())["parts"]["slack"] == "ok"
        await log_says(app, sandbox, "While Slack is down")


async def test_over_http_slack_is_taken_when_it_has_signed(sandbox: Sandbox, tmp_path: Path) -> None:
    env = environment(sandbox, tmp_path, SLACK_APP_TOKEN="")
    async with started(env) as app:
        assert (await app.ready())["parts"]["slack"] == "ok"
        async with app.session.post(f"{app.url}/slack/events", json={"type": "url_verification"}) as forged:
            assert forged.status == 401
        command = {
            "command": "/cockpit",
            "text": "status",
            "channel": sandbox.contract()["channels"]["chat"],
            "user": sandbox.contract()["manager"],
        }
        async with app.session.post(f"{sandbox.url}/control/slack/command", json=command) as response:
            assert "language model" in json.dumps(await response.json())


async def test_whatever_slack_hands_over_twice_has_one_effect(sandbox: Sandbox, tmp_path: Path) -> None:
    env = environment(sandbox, tmp_path, THREADPILOT_MODE="assist")
    sandbox.sky.report({"slack": {"duplicate": True}})
    async with started(env) as app:
        await app.ready()
        await write(env, "Twice")
        await log_says(app, sandbox, "How do I return an item?")
        channel = sandbox.contract()["channels"]["email"]

        async def card() -> dict[str, Any] | None:
            messages = sandbox.slack.workspace.messages.get(channel, {})
            return next((m for m in messages.values() if "approve" in json.dumps(m.get("blocks"))), None)

        ts = (await until(card))["ts"]
        agent = {"channel": channel, "user": sandbox.contract()["agent"]}
        for deed in (
            {"path": "message", "thread_ts": ts, "text": "a note of ours"},
            {"path": "click", "ts": ts, "action_id": "approve"},
            {"path": "click", "ts": ts, "action_id": "approve"},
        ):
            path = deed.pop("path")
            async with app.session.post(f"{sandbox.url}/control/slack/{path}", json=agent | deed) as answer:
                assert (await answer.json())["ok"]
        await received(sandbox, "Twice")
    assert len(sandbox.sink.received) == 1
    with closing(sqlite3.connect(tmp_path / "threadpilot.db")) as database:
        counted = {
            table: database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608
            for table in ("notes", "deliveries")
        }
    assert counted == {"notes": 1, "deliveries": 1}


async def test_over_socket_mode_there_is_no_door_for_slack(sandbox: Sandbox, tmp_path: Path) -> None:
    async with (
        started(environment(sandbox, tmp_path)) as app,
        app.session.post(f"{app.url}/slack/events", json={}) as response,
    ):
        assert response.status == 404


async def test_without_articles_it_runs_and_says_so(sandbox: Sandbox, tmp_path: Path) -> None:
    env = environment(sandbox, tmp_path, KNOWLEDGE_DIR="", CUSTOMERS_FILE="")
    with written_log("bot") as log:
        async with started(env) as app:
            assert (await app.ready())["parts"]["articles"] == "off"
            await write(env, "Nobody knows")
            await log_says(app, sandbox, "Nobody knows")
    assert "WARNING no_articles set=KNOWLEDGE_DIR\n" in log.getvalue()
    assert sandbox.sink.received == []


async def test_a_bad_article_is_skipped_with_a_line_in_the_log(sandbox: Sandbox, tmp_path: Path) -> None:
    env = environment(sandbox, tmp_path)
    bad = tmp_path / "articles" / "bad.md"
    bad.write_bytes(b"\xff\xfe no text")
    with written_log("bot") as log:
        async with started(env) as app:
            assert (await app.ready())["parts"]["articles"] == "ok"
    assert f"WARNING article_skipped file={bad} why=The file is not UTF-8 text.\n" in log.getvalue()


async def test_a_bad_customers_file_stops_the_start(sandbox: Sandbox, tmp_path: Path) -> None:
    bad = tmp_path / "customers.csv"
    bad.write_text("first,last\nAda,Quill\n")
    with pytest.raises(Misconfigured, match="CUSTOMERS_FILE"):
        async with running(from_env(environment(sandbox, tmp_path, CUSTOMERS_FILE=str(bad)))):
            pass


async def test_without_mail_only_the_chat_is_open(sandbox: Sandbox, tmp_path: Path) -> None:
    env = environment(sandbox, tmp_path, SUPPORT_ADDRESS="", SMTP_URL="", SMTP_LISTEN="")
    async with started(env) as app:
        parts = (await app.ready())["parts"]
        assert (parts["mail in"], parts["mail out"], parts["chat"]) == ("off", "off", "ok")


async def test_a_mail_in_a_mailbox_is_answered(sandbox: Sandbox, tmp_path: Path) -> None:
    with running_dovecot() as dovecot:
        env = environment(sandbox, tmp_path, SMTP_LISTEN="", IMAP_URL=dovecot.url())
        async with started(env) as app:
            assert (await app.ready())["parts"]["mail in"] == "ok"
            mail = b"From: ada@customer.example\r\nSubject: Box\r\n\r\nHow do I return an item?\r\n"
            await asyncio.to_thread(dovecot.deliver, mail)
            assert "60 days" in (await received(sandbox, "Box"))["text"]
            dovecot.stop()

            async def told() -> bool:
                status, body = await app.get("/readyz")
                return status == 200 and "mailbox cannot be read" in body["parts"]["mail in"]

            await until(told)


async def test_mails_bear_the_letterhead(sandbox: Sandbox, tmp_path: Path) -> None:
    page, signature = tmp_path / "page.html", tmp_path / "signature.md"
    page.write_text("<main>{{content}}</main>{{signature}}")
    signature.write_text("Northwind, Rotterdam")
    files = {"MAIL_TEMPLATE_FILE": str(page), "MAIL_SIGNATURE_FILE": str(signature)}
    env = environment(sandbox, tmp_path, **files)
    async with started(env) as app:
        await app.ready()
        await write(env, "Return")
        mail = await received(sandbox, "Return")
    assert mail["text"].rstrip().endswith("-- \nNorthwind, Rotterdam")
    assert mail["html"].startswith("<main><p>")
    page.write_bytes(b"\xff")
    with pytest.raises(Misconfigured, match="MAIL_TEMPLATE_FILE"):
        async with running(from_env(env)):
            pass


async def test_what_is_attached_stands_in_the_thread_once(sandbox: Sandbox, tmp_path: Path) -> None:
    env = environment(sandbox, tmp_path)
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "ada@customer.example", env["SUPPORT_ADDRESS"], "Broken"
    mail.set_content("It broke, see the pictures.")
    for name in ("one.png", "two.png"):
        mail.add_attachment(name.encode() * 1000, maintype="image", subtype="png", filename=name)

    async def uploads() -> list[dict[str, Any]]:
        async with app.session.get(f"{sandbox.url}/control/slack/state") as response:
            return [message for message in (await response.json())["messages"] if message.get("files")]

    async with started(env) as app:
        await asyncio.to_thread(send, env, mail)
        (message,) = await until(uploads)
        assert [file["name"] for file in message["files"]] == ["one.png", "two.png"]
        assert message["thread_ts"]
        async with app.session.get(f"{sandbox.url}/slack/files/{message['files'][0]['id']}") as response:
            assert await response.read() == b"one.png" * 1000
        await write(env, "Broken again")
        await log_says(app, sandbox, "Broken again")
    async with started(env) as app:
        await app.ready()
        assert len(await uploads()) == 1


async def test_a_mail_over_http_is_answered(sandbox: Sandbox, tmp_path: Path) -> None:
    secret = "a secret of some length"
    mail = b"From: ada@customer.example\r\nSubject: Web\r\n\r\nHow do I return an item?\r\n"
    env = environment(sandbox, tmp_path, SMTP_LISTEN="", INBOUND_EMAIL_SECRET=secret)
    async with started(env) as app:
        assert (await app.ready())["parts"]["mail in"] == "ok"
        stamp = str(int(time.time()))
        signed = {TIMESTAMP: stamp, SIGNATURE: signature(secret, stamp, mail)}
        url = f"{app.url}/inbound/email"
        async with app.session.post(url, data=mail, headers=signed) as response:
            assert response.status == 200
        assert "60 days" in (await received(sandbox, "Web"))["text"]


async def test_a_database_that_fails_is_named_by_the_probe(sandbox: Sandbox, tmp_path: Path) -> None:
    async with started(environment(sandbox, tmp_path)) as app:
        await app.ready()
        # Beside the app, which may have to run on to let go of the lock.
        await asyncio.to_thread(lose_settings, tmp_path / "threadpilot.db")
        status, body = await app.get("/readyz")
        assert (status, body["down"]) == (503, ["database"])
        assert "no such table" in body["parts"]["database"]


def lose_settings(path: Path) -> None:
    with closing(sqlite3.connect(path, timeout=30)) as connection, connection:
        connection.execute("ALTER TABLE settings RENAME TO settings_gone")


class FakeModel:
    """An endpoint that writes one answer, in the form that is asked for."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []

    async def complete(self, request: web.Request) -> web.Response:
        self.asked.append(await request.json())
        answer = {
            "answered": True,
            "answer": "Gladly: return an item within 60 days. [1]",
            "sources": [1],
            "missing": "",
        }
        choice = {
            "index": 0,
            "finish_reason": "stop",
            "message": {"role": "assistant", "content": json.dumps(answer)},
        }
        return web.json_response(
            {"id": "c1", "object": "chat.completion", "created": 1, "model": "tiny-1", "choices": [choice]}
        )


@pytest.fixture
async def model() -> AsyncIterator[tuple[FakeModel, str]]:
    fake, pages = FakeModel(), web.Application()
    pages.add_routes([web.post("/v1/chat/completions", fake.complete)])
    async with TestServer(pages) as server:
        yield fake, str(server.make_url("/v1"))


async def test_a_language_model_that_is_set_writes_the_draft(
    sandbox: Sandbox, tmp_path: Path, model: tuple[FakeModel, str]
) -> None:
    fake, url = model
    env = environment(sandbox, tmp_path, OPENAI_BASE_URL=url, OPENAI_MODEL="tiny", THREADPILOT_MODE="assist")
    async with started(env) as app:
        assert (await app.ready())["parts"]["language model"] == "ok"
        await write(env, "To the model")
        await log_says(app, sandbox, "Gladly: return an item")
    assert fake.asked[0]["model"] == "tiny"
    assert sandbox.sink.received == []  # In assist mode an agent has the last word.
