"""Which part of the work a process takes. On SQLite one process does it all."""

from enum import StrEnum

from bot.core.errors import Misconfigured


class Role(StrEnum):
    """`web` talks to the outside, `worker` works jobs off, `scheduler` looks for what is due; `all` is all three."""

    ALL = "all"
    WEB = "web"
    WORKER = "worker"
    SCHEDULER = "scheduler"

    @property
    def listens(self) -> bool:
        """Whether this one serves HTTP, takes mail and is connected to Slack."""
        return self in {Role.ALL, Role.WEB}

    @property
    def works(self) -> bool:
        """Whether this one works jobs off."""
        return self in {Role.ALL, Role.WORKER}

    @property
    def schedules(self) -> bool:
        """Whether this one does what is periodic."""
        return self in {Role.ALL, Role.SCHEDULER}

    @property
    def duties(self) -> "tuple[Role, ...]":
        """What this one does, of all that has to be done."""
        return (Role.WEB, Role.WORKER, Role.SCHEDULER) if self is Role.ALL else (self,)


def check_role(role: Role, *, on_postgres: bool) -> None:
    """See that several processes can work on this database.

    Raises:
        Misconfigured: they cannot.
    """
    if role is not Role.ALL and not on_postgres:
        raise Misconfigured(
            f"--role {role} needs PostgreSQL: set DATABASE_URL=postgresql+psycopg://… or run without --role, because "
            "on SQLite one process does it all."
        )
