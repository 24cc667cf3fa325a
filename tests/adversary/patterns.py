"""Every regular expression of the product: those that its modules hold, and those that stand in its functions."""

import ast
import dataclasses
import functools
import importlib
import pkgutil
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import FunctionType, MethodType, ModuleType
from typing import Any

PACKAGES = ("bot", "handlers", "integrations", "storage", "blocks", "sandbox")
ROOT = Path(__file__).parents[2]
_CALLS = {"compile", "match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer"}


def modules() -> Iterator[ModuleType]:
    """Import all modules of the product."""
    for package in PACKAGES:
        home = importlib.import_module(package)
        yield home
        for found in pkgutil.walk_packages(home.__path__, f"{package}."):
            if not found.name.endswith(("__main__", "migrations.env")):
                yield importlib.import_module(found.name)


def held() -> dict[re.Pattern[Any], str]:
    """Return the patterns that modules hold, in whatever they hold them, and where."""
    found: dict[re.Pattern[Any], str] = {}
    seen: set[int] = set()
    for module in modules():
        for name, value in vars(module).items():
            for pattern in _within(value, seen):
                found.setdefault(pattern, f"{module.__name__}.{name}")
    return found


def _within(value: object, seen: set[int]) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
        return
    if id(value) in seen:
        return
    seen.add(id(value))
    for inner in _parts(value):
        yield from _within(inner, seen)


def _parts(value: object) -> Iterator[object]:
    if isinstance(value, Mapping):
        yield from value.keys()
        yield from value.values()
    elif isinstance(value, tuple | list | set | frozenset):
        yield from value
    elif isinstance(value, functools.partial):
        yield from (value.func, value.args, value.keywords)
    elif isinstance(value, MethodType | type(re.compile("").search)):
        yield value.__self__
    elif isinstance(value, FunctionType) and _is_ours(value):
        yield from (value.__defaults__, value.__kwdefaults__)
        yield from (cell.cell_contents for cell in value.__closure__ or ())
    elif isinstance(value, type) and _is_ours(value):
        yield from vars(value).values()
    elif dataclasses.is_dataclass(value) and _is_ours(type(value)):
        yield from (getattr(value, field.name) for field in dataclasses.fields(value))


def _is_ours(value: Any) -> bool:
    return str(value.__module__).partition(".")[0] in PACKAGES


def written() -> dict[re.Pattern[Any], str]:
    """Return the patterns that are written out where `re` is called, and where."""
    return {
        re.compile(text, _flags(node)): place
        for place, node, _ in _calls()
        if (text := _literal(node.args[0])) is not None
    }


def made_in_functions() -> set[str]:
    """Return the calls of `re` in functions whose pattern is not written out there: `file: argument`."""
    return {
        f"{place.partition(':')[0]}: {ast.unparse(node.args[0])}"
        for place, node, in_function in _calls()
        if in_function and _literal(node.args[0]) is None
    }


def _calls() -> Iterator[tuple[str, ast.Call, bool]]:
    for path in (path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))):
        tree = ast.parse(path.read_text())
        functions = [one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)]
        inside = {id(node) for function in functions for node in ast.walk(function)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _is_of_re(node.func) and node.args:
                yield f"{path.relative_to(ROOT)}:{node.lineno}", node, id(node) in inside


def _literal(node: ast.expr) -> str | bytes | None:
    try:
        found = ast.literal_eval(node)
    except ValueError:
        return None
    return found if isinstance(found, str | bytes) else None


def _is_of_re(function: ast.expr) -> bool:
    return (
        isinstance(function, ast.Attribute)
        and function.attr in _CALLS
        and isinstance(function.value, ast.Name)
        and function.value.id == "re"
    )


def _flags(node: ast.Call) -> int:
    """Return the flags of a call, which are names of `re`."""
    flags = re.NOFLAG
    function = node.func
    assert isinstance(function, ast.Attribute)
    at = {"compile": 1, "sub": 4, "subn": 4, "split": 3}.get(function.attr, 2)
    given = [*node.args[at : at + 1], *(one.value for one in node.keywords if one.arg == "flags")]
    for name in (
        one for expression in given for one in ast.walk(expression) if isinstance(one, ast.Attribute)
    ):
        flags |= getattr(re, name.attr)
    return int(flags)
