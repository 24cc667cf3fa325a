"""Following a conversation through all that is done with it, for whoever operates the app."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import Protocol

Fact = str | bool | int | float


class Span(Protocol):
    """A piece of work while it lasts."""

    def of(self, conversation_id: str, *, begins: bool = False) -> None:
        """Say which conversation the work turned out to be about, and whether that begins with it."""
        ...

    def tell(self, **facts: Fact) -> None:
        """Add facts: names of ours and numbers, never what somebody wrote or how they are reached."""
        ...


class Tracer(Protocol):
    def __call__(
        self, name: str, conversation_id: str = "", *, since: datetime | None = None, **facts: Fact
    ) -> AbstractContextManager[Span]:
        """Follow a piece of work while the context is open; one that turns out to be about none leaves no trace.

        It began at `since`, if given: a wait is followed when it is over.
        """
        ...


class _Nothing:
    def of(self, conversation_id: str, *, begins: bool = False) -> None: ...

    def tell(self, **facts: Fact) -> None: ...


@contextmanager
def untraced(
    name: str,  # noqa: ARG001
    conversation_id: str = "",  # noqa: ARG001
    *,
    since: datetime | None = None,  # noqa: ARG001
    **facts: Fact,  # noqa: ARG001
) -> Iterator[Span]:
    """Follow nothing: where nobody watches."""
    yield _Nothing()
