"""The reference of all settings is fresh, and says what the code does."""

import re
from pathlib import Path

import pytest

from bot.settings import as_far_as_possible, from_env
from bot.settings.catalog import CATALOG, reference
from bot.settings.secrets import SECRETS

ROOT = Path(__file__).parents[2]
SLACK = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1", "SLACK_CHANNELS": "*=C0"}
# Either these or others.
ALTERNATIVES = {
    "SALESFORCE_USERNAME",
    "SALESFORCE_PRIVATE_KEY_FILE",
    "ZENDESK_OAUTH_TOKEN",
    "MAIL_OAUTH_TOKEN",
}
INSTEAD_OF = {"SALESFORCE_CLIENT_SECRET", "ZENDESK_CLIENT_ID", "ZENDESK_CLIENT_SECRET"} | {
    variable.name
    for variable in CATALOG
    if variable.name.startswith("MAIL_OAUTH_") and variable.name != "MAIL_OAUTH_TOKEN"
}


def test_the_page_is_what_the_catalog_makes() -> None:
    assert (ROOT / "docs" / "configuration.md").read_text() == reference(), "run `make reference`"


def test_it_names_each_setting_once_and_says_all_of_it() -> None:
    names = [variable.name for variable in CATALOG]
    assert len(names) == len(set(names)) > 80
    assert set(SECRETS) <= set(names)
    assert all(v.default and v.example and v.meaning and "\n" not in v.meaning for v in CATALOG)


@pytest.mark.parametrize("without", [ALTERNATIVES, INSTEAD_OF], ids=["by client", "by token"])
def test_the_examples_make_a_whole_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, without: set[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("knowledge", "macros"):
        (tmp_path / name).mkdir()
    for name in ("customers.csv", "rules.toml", "letterhead.html", "signature.txt", "salesforce.pem"):
        (tmp_path / name).touch()
    _, faults = as_far_as_possible({v.name: v.example for v in CATALOG if v.name not in without})
    assert faults == {}


@pytest.mark.parametrize(
    ("name", "default"),
    [(v.name, v.default[1:-1]) for v in CATALOG if re.fullmatch(r"`[^`]*`", v.default)],
)
def test_a_default_is_what_holds_without_it(name: str, default: str) -> None:
    base = SLACK | {
        v.name: v.example for v in CATALOG if v.part == part_of(name) and v.default.startswith(NEEDED)
    }
    base |= {"THREADPILOT_PUBLIC_URL": "https://support.example.com"}
    if name == "OPENAI_MODEL" or name == "OPENAI_PRICES":
        base |= {"OPENAI_API_KEY": "sk-1"}
    base.pop(name, None)
    assert from_env(base | {name: default}) == from_env(base)


NEEDED = ("needed", "this ", "mail is off", "text messages", "Salesforce is off", "Zendesk is off")


def part_of(name: str) -> str:
    return next(v.part for v in CATALOG if v.name == name)
