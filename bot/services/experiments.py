"""Experiments: started, read and stopped; one that harms is stopped by itself."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from bot.core.errors import InvalidInput
from bot.core.model import Actor, Channel, Conversation, Rules, new_id
from bot.core.ports.engine import Clock
from bot.core.ports.storage import Database, Setting
from bot.core.steering.bounds import Break, broken
from bot.core.steering.experiments import (
    Experiment,
    Finding,
    Kind,
    Verdict,
    assess,
    check,
    key_of,
    stored,
)
from bot.core.steering.outcomes import Outcome
from bot.services.controls import SYSTEM, Controls
from bot.services.settingbook import Change, Said, Values

LATEST = 200  # Of B's conversations, so many tell whether it keeps the channel's bounds.


@dataclass(frozen=True)
class Trial:
    """A conversation's part in an experiment, if it has any."""

    experiment: Experiment | None = None
    variant: str = ""

    def rules_of(self, rules: Rules) -> Rules:
        """Return the rules that the conversation lives under."""
        return self.experiment.rules_of(self.variant, rules) if self.experiment else rules


def trial_of(conversation: Conversation, current: Mapping[str, Setting]) -> Trial:
    """Return a conversation's part in the experiment of its channel; what began before takes no part."""
    setting = current.get(key_of(conversation.channel))
    experiment = stored(conversation.channel, setting.value if setting else None)
    if experiment is None or conversation.created_at < experiment.begun_at:
        return Trial()
    return Trial(experiment, experiment.variant(conversation.id))


@dataclass(frozen=True)
class Reading:
    """An experiment and what is known of it so far; `broken` is the channel's bound that B has broken, if any."""

    experiment: Experiment
    finding: Finding
    broken: Break | None = None


class Experiments:
    """At most one for each channel; `has_model` says whether a language model is connected."""

    def __init__(self, database: Database, controls: Controls, clock: Clock, *, has_model: bool) -> None:
        self._database = database
        self._controls = controls
        self._clock = clock
        self._has_model = has_model

    async def start(
        self, channel: Channel, kind: Kind, value: float | str, share: float, actor: Actor, seen: int | None
    ) -> list[Change]:
        """Give a share of a channel's conversations variant B.

        Raises:
            NotAllowed: only managers may.
            InvalidInput: it makes no sense, or one is running there.
        """
        check(kind, value, share, (await self._controls.rules())[channel], has_model=self._has_model)
        begun = Experiment(new_id()[:12], channel, kind, value, share, self._clock(), actor.id)

        def make(old: Values) -> Values:
            if stored(channel, old.get(key_of(channel))):
                raise InvalidInput(
                    f"One experiment at a time: stop the one on {channel} first, with "
                    f"`/cockpit experiment stop {channel}`."
                )
            return {key_of(channel): begun.as_value()}

        return await self._controls.write(make, actor, seen)

    async def running(self) -> Sequence[Reading]:
        """Return the experiments that run, each with what is known."""
        async with self._database.snapshot() as tx:
            current = await tx.settings.current()
            kept = {c: current[key_of(c)].value for c in Channel if key_of(c) in current}
            found = [one for channel, value in kept.items() if (one := stored(channel, value))]
            arms = {one.id: await tx.outcomes.of_experiment(one.id) for one in found}
            newest = {one.id: await tx.outcomes.newest_of_b(one.id, LATEST) for one in found}
        rules = await self._controls.rules()
        return [
            Reading(one, assess(*arms[one.id]), _broken(newest[one.id], rules[one.channel])) for one in found
        ]

    async def reading(self, channel: Channel) -> Reading:
        """Return the experiment of a channel. Raises InvalidInput where none runs."""
        found = (one for one in await self.running() if one.experiment.channel is channel)
        if (one := next(found, None)) is None:
            raise InvalidInput(f"No experiment runs on {channel}. `/cockpit experiment` lists those that do.")
        return one

    async def stop(
        self, channel: Channel, keep_b: bool, actor: Actor, seen: int | None = None
    ) -> tuple[Reading, list[Change]]:
        """End the experiment of a channel; with `keep_b` what B had counts for all from now on."""
        reading = await self.reading(channel)
        return reading, await self._end(reading.experiment, keep_b, actor, seen)

    async def _end(
        self,
        experiment: Experiment,
        keep_b: bool,
        actor: Actor,
        seen: int | None = None,
        said: Said | None = None,
    ) -> list[Change]:
        """End this experiment and no other. Raises InvalidInput where it runs no more."""
        key = key_of(experiment.channel)
        kept = {f"{experiment.field}.{experiment.channel}": experiment.value} if keep_b else {}

        def make(old: Values) -> Values:
            running = stored(experiment.channel, old.get(key))
            if running is None or running.id != experiment.id:
                raise InvalidInput(f"That experiment on {experiment.channel} runs no more.")
            return {key: None, **kept}

        return await self._controls.write(make, actor, seen, said)

    async def look(self) -> None:
        """Stop experiments that do harm, once each, and say so.

        B does harm when it is proven worse than A, and when it breaks a bound of the channel by itself: where A
        sends hardly anything there is nothing to compare with.
        """
        for reading in await self.running():
            if reading.finding.verdict is Verdict.HARM or reading.broken:
                await self._stop_harm(reading)

    async def _stop_harm(self, reading: Reading) -> None:
        said = Said(f"experiment.{reading.experiment.channel}", stopped(reading))
        with suppress(InvalidInput):  # Somebody else has stopped it meanwhile.
            await self._end(reading.experiment, False, SYSTEM, said=said)


_WORSE = {
    "wrong": "is wrong more often",
    "reopened": "brings customers back more often",
    "unhappy": "gets more bad ratings",
}


def stopped(reading: Reading) -> str:
    """Say why an experiment was stopped by itself."""
    return (
        f"The experiment on {reading.experiment.channel} was stopped: {_why(reading)}. "
        f"All conversations are answered as with A again. `/cockpit history` has the record."
    )


def _why(reading: Reading) -> str:
    finding = reading.finding
    if not finding.harm:
        return f"with B {reading.broken.text}" if reading.broken else ""
    a, b = getattr(finding.a, finding.harm), getattr(finding.b, finding.harm)
    return f"B {_WORSE[finding.harm]} ({b.k} of {b.n}, with A {a.k} of {a.n})"


def _broken(newest: Sequence[Outcome], rules: Rules) -> Break | None:
    """Return which bound of the channel the newest answers that B sent by itself have broken."""
    return broken([one.right for one in newest if one.right is not None], newest, rules)
