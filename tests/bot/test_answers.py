"""The escalation rules of an installation, from its file."""

from pathlib import Path

import pytest

from bot.core.errors import Misconfigured
from bot.core.model import Channel, Mode
from bot.settings import Settings
from bot.settings.slack import SlackSettings
from bot.wiring.answers import rules_of


def wanted(path: Path | None) -> Settings:
    return Settings(SlackSettings("xoxb"), default_mode=Mode.AUTO, escalation_rules=path)


def test_without_a_file_the_shipped_rules_count() -> None:
    rules = rules_of(wanted(None))[Channel.CHAT]
    assert (rules.mode, rules.topics) == (Mode.AUTO, ())


def test_own_rules_come_on_top(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(
        "[[rule]]\ncode = 'vip'\nlabel = 'Wholesale'\npatterns = ['pallets?']\n", encoding="utf-8"
    )
    codes = [topic.code for topic in rules_of(wanted(path))[Channel.EMAIL].topics]
    assert codes[-1] == "vip"
    assert "legal" in codes


@pytest.mark.parametrize("content", [b"[[rule]]\ncode = 'x'", b"\xff\xfe"])
def test_a_file_that_is_none_stops_the_start_with_a_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "rules.toml"
    path.write_bytes(content)
    with pytest.raises(Misconfigured, match=r"rule|ESCALATION_RULES"):
        rules_of(wanted(path))
