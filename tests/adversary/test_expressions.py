"""Every regular expression of ours on text that is made to keep it busy: none takes longer than its text is long."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from time import process_time

import pytest

FOLDERS = ("bot", "handlers", "integrations", "storage", "blocks")
LENGTH = 10_000
SECONDS = 0.4  # What is quadratic takes longer, what is exponential never ends.
_PUMPS = (
    *(
        "a",
        "A",
        "1",
        " ",
        "\n",
        "\t",
        ".",
        "-",
        "_",
        "@",
        "<",
        ">",
        "&",
        "/",
        "=",
        '"',
        "'",
        "(",
        ")",
        "*",
        "é",
    ),
    *(
        "a ",
        "1 ",
        "1-",
        "1.",
        "a.",
        "a@",
        "a-",
        "a_",
        "> ",
        "<a",
        "<!",
        "&a",
        "a=",
        "://",
        "a/",
        "\r\n",
        "\n>",
        "\n ",
    ),
    *(
        "Re: ",
        "On a wrote:\n",
        "From: a\n",
        "password is ",
        "pin ",
        "DE89 3704 ",
        "+49 1 ",
        "a@b.",
        "⟦",
        "http://a",
        "[1] ",
    ),
)
_ENDS = ("", "!\n")


def patterns() -> Iterator[tuple[str, "re.Pattern[str]"]]:
    """Yield every compiled expression that stands at the top of a module of ours, or in a tuple or mapping there."""
    for folder in FOLDERS:
        package = importlib.import_module(folder)
        for found in pkgutil.walk_packages(package.__path__, f"{folder}."):
            if ".migrations" in found.name:
                continue
            module = importlib.import_module(found.name)
            for name, value in vars(module).items():
                for number, pattern in enumerate(_in(value)):
                    yield f"{found.name}.{name}[{number}]", pattern


def _in(value: object) -> Iterator["re.Pattern[str]"]:
    if isinstance(value, re.Pattern):
        if isinstance(value.pattern, str):
            yield value
    elif isinstance(value, tuple | list | frozenset):
        for one in value:
            yield from _in(one)
    elif isinstance(value, dict):
        for one in value.values():
            yield from _in(one)
    elif isinstance(held := getattr(value, "pattern", None), re.Pattern):
        yield from _in(held)


def slow(pattern: "re.Pattern[str]") -> list[str]:
    """Return the pumps on which an expression takes too long; it stops at the first."""
    for pump in _PUMPS:
        for end in _ENDS:
            text = pump * (LENGTH // len(pump)) + end
            began = process_time()
            pattern.search(text)
            pattern.fullmatch(text)
            if process_time() - began > SECONDS:
                return [repr(pump + end)]
    return []


def test_no_expression_takes_longer_than_its_text_is_long() -> None:
    found = {pattern.pattern: (name, pattern) for name, pattern in patterns()}
    assert len(found) > 100
    late = {name: slow(pattern) for name, pattern in found.values()}
    assert {name: pumps for name, pumps in late.items() if pumps} == {}


@pytest.mark.parametrize("bad", [r"(a+)+$", r"\s+$x"])
def test_one_that_does_would_be_found(bad: str) -> None:
    text = "a" * 24 + "!" if "a" in bad else " " * LENGTH
    began = process_time()
    re.search(bad, text)
    assert process_time() - began > 0.1
