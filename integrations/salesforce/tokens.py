"""The access token, shared by all threads: however many find it expired, one logs in and the others wait for it.

Nobody ever logs out: that would end the sessions of other processes and programs.
"""

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from time import monotonic

from bot.core.errors import Unreachable

_PAUSE = 30.0  # After a refused login nobody tries for so long: Salesforce locks out who tries too often.


class LoginRefused(Unreachable):
    """Salesforce does not let us in, which only a person can change."""


@dataclass(frozen=True)
class Token:
    """What a login gave: the token, and the host that takes it."""

    value: str
    host: str

    def __repr__(self) -> str:
        return f"Token(host={self.host!r})"


class Tokens:
    """Hands out the current token."""

    def __init__(self, login: Callable[[], Token], ticks: Callable[[], float] = monotonic) -> None:
        """`login` blocks; what it raises is raised to everybody who waits for it."""
        self._login = login
        self._ticks = ticks
        self._lock = Lock()
        self._token: Token | None = None
        self._failure: LoginRefused | None = None
        self._pause_ends = 0.0

    def current(self) -> Token:
        """Return the token, from a login if there is none yet."""
        with self._lock:
            return self._token or self._renewed()

    def instead_of(self, refused: Token) -> Token:
        """Return another token than the one that was refused; somebody may have got it meanwhile."""
        with self._lock:
            if self._token is not None and self._token != refused:
                return self._token
            return self._renewed()

    def _renewed(self) -> Token:
        if self._failure is not None and self._ticks() < self._pause_ends:
            raise self._failure
        self._token = None
        try:
            self._token, self._failure = self._login(), None
        except LoginRefused as error:
            self._failure, self._pause_ends = error, self._ticks() + _PAUSE
            raise
        return self._token
