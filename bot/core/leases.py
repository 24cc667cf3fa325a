"""For how long a process may be silent before others take its work over."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Leases:
    """Seconds, where several processes work on one database.

    After `job` without a sign of life others run a process's jobs again. An answer begins to leave within `send` of
    its claim or not at all; then its channel may wait for the far side, at most half of the `margin`. `show` is
    longer than a card takes at a time: waiting in line, calling Slack, and what a long thread is given. In the last
    `call` of it nothing new is begun in Slack: waiting in line, and the call itself.
    """

    job: float = 10.0
    send: float = 30.0
    margin: float = 60.0
    show: float = 120.0
    call: float = 40.0

    @property
    def patience(self) -> timedelta:
        """How old an answer found under way must be before another process than its sender may look into it."""
        return timedelta(seconds=self.send + self.margin)


USUAL = Leases()
