"""A stand-in for the Bolt app that writes down what is registered."""

from collections.abc import Callable
from dataclasses import fields
from typing import Any

from handlers.slack import Services, register


class Recorder:
    def __init__(self) -> None:
        self.listeners: list[tuple[str, Any, Callable[..., Any]]] = []

    def __getattr__(self, kind: str) -> Callable[..., Any]:
        def listen(name: Any) -> Callable[..., None]:
            return lambda listener: self.listeners.append((kind, name, listener))

        return listen


def listeners() -> list[tuple[str, Any, Callable[..., Any]]]:
    """Return all listeners: their kind, and the id they are registered for."""
    recorder = Recorder()
    register(recorder, Services(*[None] * len(fields(Services))))
    return recorder.listeners


def all_registered() -> dict[str, set[Any]]:
    """Return kind of listener -> the ids it is registered for."""
    registered: dict[str, set[Any]] = {}
    for kind, name, _listener in listeners():
        registered.setdefault(kind, set()).add(name)
    return registered
