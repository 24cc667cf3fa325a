"""Who is on call: shifts by the wall clock of one time zone, and who comes next when they do not react."""

from collections.abc import Iterator
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
        """Return when somebody else, or nobody, has the shift; None when that does not change within a week."""
        who, moment = self.on_shift(at), at
        for _ in range(2 * len(self.shifts) + 1):
            moment = min(self._changes(moment), default=moment)
            if self.on_shift(moment) != who:
                return moment
        return None

    def _changes(self, after: datetime) -> Iterator[datetime]:
        """Yield the next moment at which each shift begins or ends."""
        for hours in (self._hours(shift) for shift in self.shifts):
            opens = hours.opens(after)
            if opens is not None and opens > after:
                yield opens
            elif (closes := hours.closes(after)) is not None:
                yield closes

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
