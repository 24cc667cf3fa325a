"""What docs/contributing.md tells people to change is there, and its example of a rule does what it says."""

import ast
import re
from pathlib import Path

import pytest

from bot.core.errors import Misconfigured
from bot.core.topics import SHIPPED, read_rules, sensitive

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "contributing.md").read_text()
PLACES = re.findall(
    r"`((?:bot|handlers|integrations|storage|blocks|sandbox|tests)/[\w./]*)(?::(\w+))?`", PAGE
)
(RULE,) = re.findall(r"^```toml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(("path", "symbol"), PLACES)
def test_every_place_it_names_exists(path: str, symbol: str) -> None:
    assert (ROOT / path).exists()
    assert not symbol or symbol in symbols(ROOT / path)


def symbols(path: Path) -> set[str]:
    """Return what a module defines."""
    found = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            found.add(node.name)
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        found |= {target.id for target in targets if isinstance(target, ast.Name)}
    return found


def test_it_leads_through_all_three() -> None:
    assert re.findall(r"^## (.+)", PAGE, re.MULTILINE) == ["Add a channel", "Add a rule", "Add a command"]
    assert len(PLACES) > 25
    assert sum(1 for _, symbol in PLACES if symbol) > 15


def test_the_rule_of_the_page_works_and_the_wrong_one_is_refused() -> None:
    rules = read_rules(RULE, SHIPPED)
    assert [reason.text for reason in sensitive("Is this part of the recall?", rules)] != []
    assert sensitive("I cannot recall my password.", rules) == ()
    wrong = RULE.replace("(?:the|a|product) recalls?", "recalls?")
    assert wrong != RULE
    with pytest.raises(Misconfigured, match="recall"):
        read_rules(wrong, SHIPPED)
