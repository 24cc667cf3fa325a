"""How what customers wrote is kept: as it is, or encrypted."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Sealing:
    """`keys` open what is encrypted, and the first of them closes it; `bodies` is whether messages are encrypted."""

    keys: tuple[str, ...] = field(default=(), repr=False)
    bodies: bool = False


OPEN = Sealing()
