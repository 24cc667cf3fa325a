"""A customer of the day: writes, looks what arrives, writes again when it does not help, and rates what did."""

import random
from collections.abc import Callable

from sandbox.day.lines import Line, NotTakenError
from sandbox.day.pace import Pace
from sandbox.day.talk import Arrival, Talk

_AGAIN = "That does not answer my question. Can a person please look at it?"
_READS = (20.0, 90.0)  # Seconds until a customer writes again.
_RATES = 0.6  # The share of customers who rate when they are asked.
_PROMPT, _SLOW = 30.0, 120.0  # Minutes of the day.


class Customer:
    def __init__(self, talk: Talk, line: Line, pace: Pace, lot: random.Random) -> None:
        self._talk, self._line, self._pace = talk, line, pace
        self._reads, self._rates = lot.uniform(*_READS), lot.random() < _RATES
        self._mood = lot.choice((0, 0, 1))
        self._changes_at: float | None = None

    async def begin(self) -> None:
        """Write for the first time."""
        self._talk.wrote_at = self._pace.now()
        try:
            await self._line.write(self._talk.ticket.text)
        except NotTakenError as refusal:
            self._talk.trouble = str(refusal)

    async def look(self) -> None:
        """See what has arrived since the last look, and do what follows from it."""
        talk, now = self._talk, self._pace.now()
        for text in self._line.received()[len(talk.arrivals) :]:
            by_agent = talk.agent_sends_at is not None and now >= talk.agent_sends_at
            talk.arrivals.append(Arrival(now, text, by_agent))
        if self._is_unhappy():
            self._changes_at = self._changes_at or now + self._pace.world(self._reads)
            if now >= self._changes_at:
                talk.wrote_again = True
                await self._try(lambda: self._line.write(_AGAIN))
        if self._rates and talk.score is None and self._line.may_rate():
            talk.score = self._opinion()
            await self._try(lambda: self._line.rate(talk.score or 0))

    def _is_unhappy(self) -> bool:
        talk = self._talk
        unanswered = not talk.wrote_again and talk.by_agent is None
        return (
            unanswered and talk.by_itself is not None and not talk.is_right and talk.ticket.expects_an_answer
        )

    def _opinion(self) -> int:
        """Score by what a customer feels: was it right, and how long did it take."""
        talk = self._talk
        answer = talk.by_agent or talk.by_itself
        waited = 0.0 if answer is None or talk.wrote_at is None else answer.at - talk.wrote_at
        minutes = waited * self._pace.speed / 60
        best = 5 if minutes <= _PROMPT else 4 if minutes <= _SLOW else 3
        return max(1, best - self._mood - talk.wrote_again)

    async def _try(self, act: Callable[[], object]) -> None:
        try:
            await act()  # type: ignore[misc]
        except NotTakenError as refusal:
            self._talk.trouble = str(refusal)

    async def close(self) -> None:
        await self._line.close()
