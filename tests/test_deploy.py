"""The files in deploy/ name verbs, roles, settings, routes and folders that exist."""

import configparser
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.cli import main
from bot.process.roles import Role

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
    assert min(graces) > 19 + 5  # What `bot/process/stopping.py` gives an end, and what comes before it.


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
    assert unit(path)["Restart"] == "on-failure"


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_service_may_do_no_more_than_it_needs(path: Path) -> None:
    on = (
        "NoNewPrivileges",
        "PrivateTmp",
        "PrivateDevices",
        "ProtectHome",
        "ProtectKernelTunables",
        "LockPersonality",
    )
    assert {name for name in on if unit(path)[name] != "true"} == set()
    assert unit(path)["ProtectSystem"] == "strict"
    assert unit(path)["CapabilityBoundingSet"] == ""
    assert unit(path)["User"] != "root"
    assert {"MemoryMax", "TasksMax"} <= set(unit(path))


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_systemd_takes_the_unit(path: Path, tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not there")
    copy = tmp_path / path.name.replace("@", "@web")
    # Neither the program nor its user are on this machine.
    copy.write_text(
        re.sub(r"ExecStart=\S+", "ExecStart=/bin/true", path.read_text()).replace(
            "User=threadpilot", "User=daemon"
        )
    )
    done = subprocess.run([analyze, "verify", copy], capture_output=True, text=True, check=False)
    assert [line for line in done.stderr.splitlines() if path.stem.rstrip("@") in line] == []


def test_containers_run_as_nobody_special_on_a_file_system_that_stays_as_it_is() -> None:
    steps = (DEPLOY / "Containerfile").read_text().splitlines()
    assert "USER threadpilot" in steps
    assert "STOPSIGNAL SIGTERM" in steps
    for name in ("web", "worker", "scheduler"):
        service, pod = compose()["services"][name], deployments()[name]
        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert {"mem_limit", "pids_limit", "healthcheck"} <= service.keys()
        assert "/readyz" in service["healthcheck"]["test"][-1]
        assert pod["securityContext"]["runAsNonRoot"]
        (container,) = pod["containers"]
        assert container["securityContext"]["readOnlyRootFilesystem"]
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert container["resources"]["limits"]["memory"]
        assert {"readinessProbe", "livenessProbe", "startupProbe"} <= container.keys()


def test_only_the_web_service_can_be_reached_and_only_from_this_machine() -> None:
    ports = {name: service.get("ports", []) for name, service in compose()["services"].items()}
    assert {name for name, open_ in ports.items() if open_} == {"web"}
    assert all(port.startswith("127.0.0.1:") for port in ports["web"])


def test_a_new_version_rolls_over_without_a_pause() -> None:
    for one in kubernetes():
        if one["kind"] == "Deployment":
            assert one["spec"]["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
    budgets = [one["spec"] for one in kubernetes() if one["kind"] == "PodDisruptionBudget"]
    assert [budget["minAvailable"] for budget in budgets] == [1]
    web = deployments()["web"]
    labels = budgets[0]["selector"]["matchLabels"].items()
    assert labels <= {"app": "threadpilot", "role": "web"}.items()
    pause = int(web["containers"][0]["lifecycle"]["preStop"]["exec"]["command"][-1])
    assert web["terminationGracePeriodSeconds"] > pause + 19
