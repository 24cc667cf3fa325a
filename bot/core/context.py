"""The words for what is known about a customer: who says so, since when, and what of it is personal."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True)
class Keys:
    """What a customer can be looked up by: mail addresses (lower case), numbers (E.164), ids as (source, id)."""

    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    ids: tuple[tuple[str, str], ...] = ()

    def __bool__(self) -> bool:
        """Tell whether there is anything to look up."""
        return bool(self.emails or self.phones or self.ids)

    def id_in(self, source: str) -> str:
        """Return what the source of this name calls the customer, or nothing."""
        return next((one for name, one in self.ids if name == source), "")


class Urgency(StrEnum):
    """Who waits for a look-up. A source whose quota runs out serves the later ones longer."""

    REFRESH = "refresh"  # nobody: what is known gets old
    ANSWER = "answer"  # a customer
    CLICKED = "clicked"  # an agent


@dataclass(frozen=True)
class Fact:
    """One thing that `source` said of a customer `at` a moment (None for never dated).

    `name` is for machines ("plan"), `label` and `text` are for people ("Plan", "Gold since 2019"); `text` alone must
    make sense. What is `personal` is kept from whoever may not be who they say; what is `internal` is for our people
    and never told to a customer or to what writes answers.
    """

    name: str
    text: str
    source: str = ""
    at: datetime | None = None
    label: str = ""
    personal: bool = True
    internal: bool = False


class Outcome(StrEnum):
    """What came of asking a source."""

    FOUND = "found"
    NOBODY = "nobody"
    SEVERAL = "several"
    MISSING = "missing"  # It gave no answer, in time or at all.


@dataclass(frozen=True)
class Look:
    """What came of asking one source, for the card: `at` a moment, with the reason where there is one.

    `link` is where a person finds the customer there, `ids` are what the source calls them.
    """

    source: str
    outcome: Outcome
    at: datetime
    why: str = ""
    link: str = ""
    ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Entry:
    """One thing that a source has on record with a customer; `kind` is "case", "ticket", "task" and so on."""

    kind: str
    title: str
    at: datetime | None = None
    state: str = ""
    link: str = ""
    open: bool = False


@dataclass(frozen=True)
class CustomerRecord:
    """What one source knows. `matches` counts the customers that fit the keys: with 0 or several the rest is empty.

    Of several, `link` may lead to where a person tells them apart.
    """

    source: str
    fetched_at: datetime
    matches: int = 1
    ids: tuple[str, ...] = ()
    name: str = ""
    company: str = ""
    link: str = ""
    facts: tuple[Fact, ...] = ()
    entries: tuple[Entry, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """Say in a word what was found."""
        if self.matches == 1:
            return Outcome.FOUND
        return Outcome.SEVERAL if self.matches else Outcome.NOBODY
