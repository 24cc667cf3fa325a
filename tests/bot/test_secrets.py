"""Secrets: read from files, never told, whatever goes wrong."""

import ast
import contextlib
import dataclasses
import re
from pathlib import Path

import pytest

from bot.app import running
from bot.core.errors import Misconfigured, ThreadpilotError
from bot.settings import Settings, from_env
from bot.settings.reading import read_environment
from bot.settings.secrets import SECRETS
from bot.verbs.doctor import examination as doctor
from tests.bot.world import written_log
from tests.ports import free_port

ROOT = Path(__file__).parent.parent.parent
NO_SECRETS = {
    "MAIL_OAUTH_TOKEN_URL",
    "MAIL_SUBJECT_TOKEN",
    "SALESFORCE_PRIVATE_KEY_FILE",
}


def canaries() -> dict[str, str]:
    """Return an environment in which every secret is one that can be searched for."""
    nowhere = f"127.0.0.1:{free_port()}"
    secret = {name: f"canary-{number:02}-{'z' * 40}" for number, name in enumerate(SECRETS)}
    secret |= {
        "DATABASE_URL": f"postgresql+psycopg://desk:{secret['DATABASE_URL']}@{nowhere}/desk",
        "SMTP_URL": f"smtp://desk:{secret['SMTP_URL']}@{nowhere}",
        "IMAP_URL": f"imap://desk:{secret['IMAP_URL']}@{nowhere}",
    }
    for either in ("MAIL_OAUTH_TOKEN", "ZENDESK_OAUTH_TOKEN"):  # Their others exclude these.
        del secret[either]
    far = f"http://{nowhere}"
    kinds = {"SLACK_BOT_TOKEN": "xoxb-", "SLACK_APP_TOKEN": "xapp-"}
    secret |= {name: f"{kind}{secret[name]}" for name, kind in kinds.items()}
    return secret | {
        "SLACK_API_URL": f"{far}/api/",
        "SLACK_CHANNELS": "*=C0",
        "SLACK_CLIENT_ID": "1.2",
        "SLACK_WORKSPACE": "T0",
        "SUPPORT_ADDRESS": "support@shop.example",
        "MAIL_OAUTH_TOKEN_URL": f"{far}/token",
        "MAIL_OAUTH_CLIENT_ID": "desk",
        "SALESFORCE_URL": far,
        "SALESFORCE_CLIENT_ID": "desk",
        "ZENDESK_URL": far,
        "ZENDESK_CLIENT_ID": "desk",
        "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
        "TWILIO_NUMBER": "+15005550006",
        "TWILIO_API_URL": far,
        "THREADPILOT_PUBLIC_URL": "https://desk.example",
        "OPENAI_BASE_URL": far,
        "THREADPILOT_HTTP": f"127.0.0.1:{free_port()}",
    }


def test_every_setting_that_is_a_secret_is_known_as_one() -> None:
    read = set()
    for path in (ROOT / "bot" / "settings").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                read.update(re.findall(r"\b[A-Z]+(?:_[A-Z]+)*_(?:TOKEN|SECRET|KEY|PASSWORD)\b", node.value))
    assert len(read) > 10
    assert read - set(SECRETS) - NO_SECRETS == set(), "name it in bot/settings/secrets.py"


def test_settings_do_not_show_secrets() -> None:
    env = canaries()
    shown = repr(from_env(env))
    assert "support@shop.example" in shown
    assert re.findall(r"canary-\d\d", shown) == []
    assert {one.name for one in dataclasses.fields(Settings) if one.repr} >= {"brand", "http"}


async def test_no_secret_is_told_when_nothing_can_be_reached(
    capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    env = canaries()
    said = [doctor.as_text(await doctor.examine(env)), doctor.as_json(await doctor.examine(env))]
    assert said[0].count("\n") > 8
    with written_log() as log:
        for database in (env["DATABASE_URL"], f"sqlite+aiosqlite:///{tmp_path}/desk.db"):
            with contextlib.suppress(ThreadpilotError):
                async with running(from_env(env | {"DATABASE_URL": database})):
                    pass
        said.append(log.getvalue())
    out, err = capfd.readouterr()
    for text in (*said, out, err):
        assert re.findall(r"canary-\d\d", text) == []
    assert "slack_unreachable" in said[-1]


@pytest.mark.parametrize("name", SECRETS)
def test_no_secret_is_told_when_it_is_wrong(name: str) -> None:
    for wrong in ("canary", "\x00canary", "http://x:canary@[", "canary " * 9):
        told = ""
        try:
            from_env(canaries() | {name: wrong})
        except ThreadpilotError as error:
            told = str(error)
        assert "canary" not in told


def test_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("xoxb-in-a-file\n")
    nowhere = tmp_path / "none.env"
    nowhere.write_text("")
    env = read_environment({"SLACK_BOT_TOKEN_FILE": str(file)}, nowhere)
    assert env["SLACK_BOT_TOKEN"] == "xoxb-in-a-file"
    both = {"SLACK_BOT_TOKEN_FILE": str(file), "SLACK_BOT_TOKEN": "x"}
    with pytest.raises(Misconfigured, match="either SLACK_BOT_TOKEN or SLACK_BOT_TOKEN_FILE"):
        read_environment(both, nowhere)
    with pytest.raises(Misconfigured, match=r"SLACK_BOT_TOKEN_FILE=.* cannot be read"):
        read_environment({"SLACK_BOT_TOKEN_FILE": str(tmp_path / "gone")}, nowhere)
