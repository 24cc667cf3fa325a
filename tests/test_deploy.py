"""The files in deploy/ name verbs, roles, settings, routes and folders that exist."""

import configparser
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.cli import main
from bot.roles import Role

HERE = Path(__file__).parent.parent
DEPLOY = HERE / "deploy"
MANUAL = (HERE / "docs" / "configuration.md").read_text()
UNITS = sorted(DEPLOY.glob("*.service"))


def compose() -> dict[str, Any]:
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text())


def kubernetes() -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text()))


def deployments() -> dict[str, dict[str, Any]]:
    return {
        d["spec"]["template"]["metadata"]["labels"]["role"]: d["spec"]["template"]["spec"]
        for d in kubernetes()
        if d["kind"] == "Deployment"
    }


def unit(path: Path) -> configparser.SectionProxy:
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(path)
    return parser["Service"]


def commands() -> Iterator[list[str]]:
    yield from (s["command"] for s in compose()["services"].values() if "command" in s)
    yield from (d["containers"][0]["args"] for d in deployments().values())
    for path in UNITS:
        for role in Role:
            yield unit(path)["ExecStart"].replace("%i", role).split()[1:]


@pytest.mark.parametrize("command", list(commands()), ids=" ".join)
def test_commands_are_understood(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*command, "--help"])  # Whatever comes before is read first.
    assert (ended.value.code, capsys.readouterr().err) == (0, "")


def test_every_part_runs() -> None:
    parts = {"web", "worker", "scheduler"}
    assert set(deployments()) == parts
    assert {name for name, service in compose()["services"].items() if "command" in service} == parts


def test_settings_are_in_the_manual() -> None:
    text = "\n".join(path.read_text() for path in DEPLOY.iterdir() if path.is_file())
    names = set(re.findall(r"\b(?:THREADPILOT|SLACK|DATABASE|OPENAI)_[A-Z_]+\b", text))
    assert names >= {"DATABASE_URL", "THREADPILOT_SECRET_KEY", "THREADPILOT_HTTP"}
    assert {name for name in names if f"`{name}`" not in MANUAL} == set()


def test_probes_ask_routes_that_exist_and_leave_time_to_end() -> None:
    web = deployments()["web"]["containers"][0]
    assert {web[probe]["httpGet"]["path"] for probe in ("readinessProbe", "livenessProbe")} == {
        "/readyz",
        "/healthz",
    }
    graces = [d["terminationGracePeriodSeconds"] for d in deployments().values()]
    graces += [int(unit(path)["TimeoutStopSec"]) for path in UNITS]
    graces += [int(s["stop_grace_period"].rstrip("s")) for s in compose()["services"].values()]
    assert min(graces) > 19 + 5  # What `bot/stopping.py` gives an end, and what comes before it.


def test_what_is_copied_into_the_image_exists() -> None:
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (DEPLOY / "Containerfile").read_text(), re.MULTILINE)
    names = {name for line in copied for name in line.split()}
    assert {name for name in names if not (HERE / name).exists()} == set()
    packages = re.search(r"^packages = \[(.*)\]$", (HERE / "pyproject.toml").read_text(), re.MULTILINE)
    assert packages is not None
    assert set(re.findall(r'"(\w+)"', packages[1])) <= names


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_misconfigured_service_is_not_started_over_and_over(path: Path) -> None:
    assert unit(path)["RestartPreventExitStatus"] == "2"
    assert unit(path)["UMask"] == "0077"
