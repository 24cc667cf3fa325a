"""HTML from values. Whatever is not `Markup` already is escaped, so that no text can become markup."""

from collections.abc import Iterable
from html import escape
from typing import TypeAlias

_VOID = frozenset({"br", "hr", "img", "input", "link", "meta"})


class Markup(str):
    """Text that is HTML as it stands."""

    __slots__ = ()


Child: TypeAlias = "str | int | Iterable[Child] | None"


def tag(name: str, /, *children: Child, **attributes: str | float | bool | None) -> Markup:
    """Return an element. `class_` loses its underscore, others become hyphens; None and False are left out."""
    said = "".join(_attribute(key, value) for key, value in attributes.items())
    if name in _VOID:
        return Markup(f"<{name}{said}>")
    return Markup(f"<{name}{said}>{text(*children)}</{name}>")


def text(*children: Child) -> Markup:
    """Return children one after another, what is no markup escaped."""
    return Markup("".join(_child(one) for one in children))


def unbroken(said: str) -> str:
    """Return words in which no line ends before a percent sign."""
    return said.replace(" %", "\N{NO-BREAK SPACE}%")


def prose(said: str) -> Markup:
    """Return a sentence whose parts between backticks are typed as they stand."""
    return text(*(tag("code", part) if n % 2 else part for n, part in enumerate(said.split("`"))))


def _child(child: Child) -> str:
    if child is None:
        return ""
    if isinstance(child, Markup):
        return child
    if isinstance(child, str | int):
        return escape(str(child))
    return text(*child)


def _attribute(key: str, value: str | float | bool | None) -> str:
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{escape(str(value))}"'
