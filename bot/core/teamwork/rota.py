"""Who is on call: shifts by the wall clock of one time zone, and who comes next when they do not react."""

from dataclasses import dataclass, replace
from datetime import datetime

from bot.core.errors import InvalidInput
from bot.core.teamwork.hours import Hours, Span, overlap

USUAL_LIMIT = 15
LONGEST_LIMIT = 24 * 60


@dataclass(frozen=True)
class Shift:
    """When somebody (a Slack user, or a user group) is on call."""

    who: str
    span: Span


@dataclass(frozen=True)
class Rota:
    """Whoever has the shift is called first; after `limit` minutes the first of `backups`, then the next."""

    zone: str = "UTC"
    shifts: tuple[Shift, ...] = ()
    backups: tuple[str, ...] = ()
    limit: int = USUAL_LIMIT

    def __bool__(self) -> bool:
        """Tell whether anybody can be called at all."""
        return bool(self.shifts or self.backups)

    def on_shift(self, at: datetime) -> str | None:
        """Return who has the shift at this moment."""
        return next((s.who for s in self.shifts if self._hours(s).is_open(at)), None)

    def until(self, at: datetime) -> datetime | None:
        """Return when the shift of this moment ends, or the next one begins; None when there is no other."""
        moments = [self._hours(s).closes(at) if self._hours(s).is_open(at) else None for s in self.shifts]
        begins = [self._hours(s).opens(at) for s in self.shifts]
        return min((m for m in (*moments, *begins) if m is not None and m > at), default=None)

    def line(self, at: datetime) -> tuple[str, ...]:
        """Return who is called for what was escalated at this moment, in order, each once."""
        first = self.on_shift(at)
        return tuple(dict.fromkeys((*([first] if first else []), *self.backups)))

    def with_shifts(self, *added: Shift) -> "Rota":
        """Return the rota with more shifts.

        Raises:
            InvalidInput: one of them overlaps with a shift that is there; the message says with whose.
        """
        for new in added:
            taken = next((s for s in self.shifts if s != new and overlap(s.span, new.span)), None)
            if taken is not None:
                raise InvalidInput(
                    f"That overlaps with the shift of {mention(taken.who)}. Shifts follow each other: "
                    f"take theirs away first with `/cockpit oncall remove`, or write other times."
                )
        apart = [new for number, new in enumerate(added) if not _in_the_way(new, added[:number])]
        if len(apart) < len(added):
            raise InvalidInput("Two of these shifts overlap. Write each time once, like `mon-fri 9-17`.")
        return replace(self, shifts=tuple(sorted({*self.shifts, *added}, key=lambda s: (s.span, s.who))))

    def without(self, who: str) -> "Rota":
        """Return the rota without somebody, as a shift and as a backup."""
        shifts = tuple(s for s in self.shifts if s.who != who)
        return replace(self, shifts=shifts, backups=tuple(b for b in self.backups if b != who))

    def people(self) -> tuple[str, ...]:
        """Return everybody who stands in it, each once."""
        return tuple(dict.fromkeys([*(shift.who for shift in self.shifts), *self.backups]))

    def _hours(self, shift: Shift) -> Hours:
        return Hours(self.zone, (shift.span,))


def mention(who: str) -> str:
    """Write a Slack user, or a user group, so that Slack calls them."""
    return f"<!subteam^{who}>" if who.startswith("S") else f"<@{who}>"


def _in_the_way(new: Shift, others: tuple[Shift, ...]) -> bool:
    return any(overlap(new.span, other.span) for other in others)
