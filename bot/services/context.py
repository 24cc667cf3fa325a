"""The context engine: asks everybody who knows a customer at once, and waits no longer than the customer may.

Answers are kept: for some minutes they are taken as they are, for a day they stand in while a newer one is fetched,
and "we know nobody" is believed for two minutes. However many ask for the same customer, each source is asked once.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.core.context import CustomerRecord, Keys, Outcome, Urgency
from bot.core.errors import ThreadpilotError
from bot.core.ports.customers import CustomerSource
from bot.core.ports.engine import Clock

log = logging.getLogger(__name__)

BUDGET = 0.3
FRESH = timedelta(minutes=10)
_NOBODY = timedelta(minutes=2)
_KEPT = timedelta(days=1)
_MOST = 10_000

Asking = asyncio.Task[CustomerRecord]


@dataclass(frozen=True)
class Told:
    """What one source says: a record, maybe an old one, or why there is none."""

    source: str
    record: CustomerRecord | None
    why: str = ""


@dataclass(frozen=True)
class Gathered:
    """What all sources say, in their order, and whether some have not answered yet but still may."""

    told: tuple[Told, ...] = ()
    late: tuple[Asking, ...] = ()


class Context:
    """Gathers what is known about customers. Close it when the app ends."""

    def __init__(
        self, sources: Sequence[CustomerSource], clock: Clock, *, budget: float = BUDGET, most: int = _MOST
    ) -> None:
        """Wait for `budget` seconds at most, and keep `most` customers; the weightiest of `sources` comes first."""
        self._shelves = [_Shelf(source, clock, most) for source in sources]
        self._budget = budget
        self._tasks: set[asyncio.Task[Any]] = set()

    @property
    def sources(self) -> Sequence[str]:
        """The names of those who are asked."""
        return [shelf.name for shelf in self._shelves]

    async def aclose(self) -> None:
        """Wait for nobody any more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def gather(
        self, keys: Keys, urgency: Urgency = Urgency.ANSWER, *, patience: float | None = None
    ) -> Gathered:
        """Return what is known, within the budget or the `patience` (seconds) of whoever asks.

        What an agent asks for by a click is always fetched anew, and waited for.
        """
        if not self._shelves or not keys:
            return Gathered()
        asked = {shelf.name: asking for shelf in self._shelves if (asking := self._ask(shelf, keys, urgency))}
        awaited = [
            asked[shelf.name] for shelf in self._shelves if self._must_wait(shelf, keys, asked, urgency)
        ]
        if awaited:
            budget = self._budget if patience is None else patience
            await asyncio.wait(awaited, timeout=None if urgency is Urgency.CLICKED else budget)
        return Gathered(
            tuple(shelf.told(keys, asked.get(shelf.name)) for shelf in self._shelves),
            tuple(asking for asking in asked.values() if not asking.done()),
        )

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        """Have something done beside everything else, at the latest until `aclose`."""
        self._watch(asyncio.create_task(work))

    def _ask(self, shelf: "_Shelf", keys: Keys, urgency: Urgency) -> Asking | None:
        """Begin to ask a source, unless what is kept is fresh."""
        kept = shelf.kept(keys)
        if shelf.is_fresh(keys) and urgency is not Urgency.CLICKED:
            return None
        in_the_background = kept is not None and urgency is Urgency.ANSWER
        asking = shelf.ask(keys, Urgency.REFRESH if in_the_background else urgency)
        self._watch(asking)
        return asking

    @staticmethod
    def _must_wait(shelf: "_Shelf", keys: Keys, asked: Mapping[str, Asking], urgency: Urgency) -> bool:
        return shelf.name in asked and (urgency is Urgency.CLICKED or shelf.kept(keys) is None)

    def _watch(self, task: asyncio.Task[Any]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) and not isinstance(error, ThreadpilotError):
            log.error("context_failed", exc_info=error)


class _Shelf:
    """What one source has told, and what it is being asked."""

    def __init__(self, source: CustomerSource, clock: Clock, most: int) -> None:
        self.name = source.name
        self._most = most
        self._source = source
        self._clock = clock
        self._records: dict[Keys, tuple[CustomerRecord, datetime]] = {}
        self._asking: dict[Keys, Asking] = {}

    def kept(self, keys: Keys) -> CustomerRecord | None:
        """Return what is known of a customer, unless it is too old to be of use."""
        record, age = self._found(keys)
        return record if age < _KEPT else None

    def is_fresh(self, keys: Keys) -> bool:
        """Tell whether there is no need to ask again."""
        record, age = self._found(keys)
        return age < (_NOBODY if record is not None and record.outcome is Outcome.NOBODY else FRESH)

    def ask(self, keys: Keys, urgency: Urgency) -> Asking:
        """Ask the source, or wait with whoever asks it just now."""
        known_by = _known_by(keys)
        asking = self._asking.get(known_by)
        if asking is None:
            asking = asyncio.create_task(self._look_up(keys, urgency), name=f"look up in {self.name}")
            self._asking[known_by] = asking
            asking.add_done_callback(self._forget(known_by))
        return asking

    def told(self, keys: Keys, asking: Asking | None) -> Told:
        """Return the newest there is: an answer that has come, else what is kept, else why there is nothing."""
        record = self.kept(keys)
        if asking is None or not asking.done():
            return Told(self.name, record, "" if record else "no answer in time")
        error = asking.exception() if not asking.cancelled() else None
        if error is None:
            return Told(self.name, record or (None if asking.cancelled() else asking.result()))
        why = str(error) if isinstance(error, ThreadpilotError) else "a fault of ours"
        return Told(self.name, record, why)

    async def _look_up(self, keys: Keys, urgency: Urgency) -> CustomerRecord:
        record = await self._source.look_up(keys, urgency)
        self._records.pop(_known_by(keys), None)
        self._records[_known_by(keys)] = record, self._clock()
        while len(self._records) > self._most:
            self._records.pop(next(iter(self._records)))
        return record

    def _forget(self, known_by: Keys) -> Callable[[Asking], None]:
        def forget(_: Asking) -> None:
            self._asking.pop(known_by, None)

        return forget

    def _found(self, keys: Keys) -> tuple[CustomerRecord | None, timedelta]:
        """Return what was told last, and how long ago."""
        record, at = self._records.get(_known_by(keys), (None, None))
        return record, timedelta.max if at is None else self._clock() - at


def _known_by(keys: Keys) -> Keys:
    """Addresses come first: ids are learnt from answers, and must not make another question of the same customer."""
    return Keys(keys.emails, keys.phones) if keys.emails or keys.phones else keys
