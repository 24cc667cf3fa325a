"""A stand-in for the Bolt app that writes down what is registered."""

from collections.abc import Callable
from dataclasses import fields
from typing import Any

from handlers.slack import Services, register


class Recorder:
    def __init__(self) -> None:
        self.registered: dict[str, set[Any]] = {}

    def __getattr__(self, kind: str) -> Callable[..., Any]:
        def listen(name: Any) -> Callable[..., None]:
            self.registered.setdefault(kind, set()).add(name)
            return lambda _listener: None

        return listen


def all_registered() -> dict[str, set[Any]]:
    """Return kind of listener -> the ids it is registered for."""
    recorder = Recorder()
    register(recorder, Services(*[None] * len(fields(Services))))
    return recorder.registered
