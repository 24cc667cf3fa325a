"""The threat model names a test for each threat, and every such test is there and runs with `make test-adversary`."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")


def rows():
    """Return the rows of the table behind `make test-adversary`."""
    table = PAGE.partition("`make test-adversary` plays it:")[2].partition("\n## ")[0]
    return [line for line in table.splitlines() if line.startswith("| ") and not line.startswith("| who")]


def test_each_threat_is_played_by_tests_that_are_there():
    assert len(rows()) >= 15
    for row in rows():
        named = re.findall(r"`(tests/[\w/]+\.py)`", row)
        assert named, row
        for one in named:
            source = (ROOT / one).read_text(encoding="utf-8")
            assert re.search(r"^(async )?def test_|^    (async )?def test_", source, re.MULTILINE), one


def test_all_of_this_folder_is_named():
    here = {f"tests/adversary/{path.name}" for path in Path(__file__).parent.glob("test_*.py")}
    assert here - set(re.findall(r"tests/adversary/\w+\.py", PAGE)) == {"tests/adversary/test_threats.py"}


def test_the_command_runs_all_of_them():
    said = subprocess.run(
        ["make", "-n", "-o", ".venv/.dev-ready", "test-adversary"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "docs/security.md" in said
    assert "-m pytest" in said
