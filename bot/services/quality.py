"""Quality: what people's verdicts say about thresholds, on a channel's own history.

A manager names a risk; the lowest threshold that is proven to keep it is put in force, and looked at again as
verdicts come in. Where none is proven, nothing goes out by itself: “not yet” beats a promise that nobody can keep.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from bot.core.assessing import Assessed, as_checked, fair_sample
from bot.core.certificates import Certified, Finding, Reviewed, at_least, at_most, certify
from bot.core.model import Actor, Channel, Mode, Rules
from bot.core.ports.storage import Database, Setting, Transaction
from bot.core.recalibration import better
from bot.core.steering.bounds import Break, broken
from bot.core.steering.knobs import checked
from bot.services.controls import SYSTEM, Controls, recalibration
from bot.services.settingbook import Change

WINDOW = 2_000  # The newest verdicts count; older ones tell of other questions and other articles.
LATEST = 200  # Of the answers that went out by themselves, so many tell whether the promise holds today.
NOTHING_GOES_OUT = 1.0  # No confidence reaches it.


@dataclass(frozen=True)
class Risk:
    """A channel's promise: the share `wanted`, what was found for it, and what was changed."""

    channel: Channel
    wanted: float | None
    finding: Finding | None
    changes: tuple[Change, ...] = ()

    @property
    def threshold(self) -> float:
        """From which confidence answers go out by themselves with this promise."""
        return self.finding.threshold if isinstance(self.finding, Certified) else NOTHING_GOES_OUT


@dataclass(frozen=True)
class Replay:
    """What a threshold would have done: of `decided` drafts it sends the share `sent`, at most.

    `held` others people get at any threshold. Of those sent, `n` were judged and so many of them `wrong`; the true
    share of wrong ones lies between `low` and `high` with 90 % confidence.
    """

    channel: Channel
    threshold: float
    decided: int
    sent: float
    n: int
    wrong: int
    low: float
    high: float
    held: int = 0


class Quality:
    """Certifies thresholds, replays history, and falls back to people when a promise breaks."""

    def __init__(self, database: Database, controls: Controls) -> None:
        self._database = database
        self._controls = controls

    async def risks(self) -> list[Risk]:
        """Return every channel's promise and how it stands."""
        rules = await self._controls.rules()
        async with self._database.snapshot() as tx:
            return [await _risk(tx, channel, rules[channel].risk) for channel in Channel]

    async def learn(self) -> None:
        """Fit the confidence to all channels' verdicts, and put it in force if that foretells them better."""
        async with self._database.snapshot() as tx:
            current = recalibration(await tx.settings.current())
            rows = [row for channel in Channel for row in await tx.assessments.judged(channel, WINDOW)]
        # Thousands of verdicts take a moment, and customers wait for nobody.
        new = await asyncio.to_thread(better, fair_sample(sorted(rows, key=_judged_at)), current)
        if new is not None:
            await self._controls.set_recalibration(new, SYSTEM)

    async def promising(self, channel: Channel | None, wanted: float) -> list[Risk]:
        """Return what would be found for a promise; None means every channel."""
        async with self._database.snapshot() as tx:
            return [await _risk(tx, one, wanted) for one in _each(channel)]

    async def set_risk(
        self, channel: Channel | None, wanted: float, actor: Actor, seen: int | None = None
    ) -> list[Risk]:
        """Promise that at most this share of the automatic answers is wrong; None means every channel.

        Raises:
            NotAllowed: only managers may.
            InvalidInput: no share that can be promised.
            Superseded: settings have changed since `seen`, the number of the newest change then.
        """
        found = await self.promising(channel, checked("risk", wanted))
        # In one: whoever takes the promise back takes back the threshold that it brought, too.
        promised = {f"risk.{one.channel}": wanted for one in found}
        brought = {f"auto_above.{one.channel}": one.threshold for one in found}
        changes = await self._controls.set_values(promised | brought, actor, seen)
        return [replace(one, changes=tuple(_brought(changes, one.channel))) for one in found]

    async def whatif(self, channel: Channel, threshold: float) -> Replay:
        """Replay a channel's own history with another threshold."""
        async with self._database.snapshot() as tx:
            confidences = await tx.assessments.confidences(channel, WINDOW)
            beside = await tx.assessments.beside(channel, WINDOW)
            shown, cases = recalibration(await tx.settings.current()), await _cases(tx, channel)
        sure = [*map(shown, confidences), *beside.unsure]
        sent = sum(one >= threshold for one in sure)
        judged = [case.right for case in cases if case.confidence >= threshold]
        wrong = judged.count(False)
        return Replay(
            channel=channel,
            threshold=threshold,
            decided=len(sure),
            sent=sent / len(sure) if sure else 0.0,
            n=len(judged),
            wrong=wrong,
            low=at_least(wrong, len(judged), 0.05),
            high=at_most(wrong, len(judged), 0.05),
            held=beside.held,
        )

    async def look(self) -> None:
        """Learn from verdicts, certify every promise anew, and hand a channel to people where a bound is broken."""
        await self.learn()
        for risk in await self.risks():
            rules = (await self._controls.rules())[risk.channel]
            if rules.mode is Mode.AUTO and (found := await self._broken(risk.channel, rules)):
                await self._fall_back(risk.channel, found)
            elif risk.wanted is not None and rules.auto_above != risk.threshold:
                await self._controls.certify(risk.channel, risk.threshold, SYSTEM)

    async def _broken(self, channel: Channel, rules: Rules) -> Break | None:
        """Return which bound the newest answers that went out by themselves have broken.

        What happened before somebody started the channel (again) is known to them: it does not count twice.
        What variant B of an experiment sent is on the experiment, which it stops.
        """
        async with self._database.snapshot() as tx:
            current = await tx.settings.current()
            since = _started(current, channel, promised=rules.risk is not None)
            cases = await _checked(tx, channel, since)
            outcomes = await tx.outcomes.automatic(channel, since, LATEST)
        checked = [case.right for case in cases if case.confidence >= rules.auto_above][:LATEST]
        return broken(checked, outcomes, rules)

    async def _fall_back(self, channel: Channel, found: Break) -> None:
        await self._controls.fall_back(
            channel,
            f"On {channel} people send all answers from now on (mode assist): {found.text}. Look at what went wrong; "
            f"`/cockpit mode {channel} auto` starts it again.",
        )


def _started(current: Mapping[str, Setting], channel: Channel, *, promised: bool) -> datetime | None:
    """Return since when the channel has sent answers as it does now, None for since ever.

    A promise sets its threshold itself, all the time, so only the mode tells then.
    """
    names = ("mode",) if promised else ("mode", "auto_above")
    return max((current[k].at for name in names if (k := f"{name}.{channel}") in current), default=None)


def _brought(changes: Iterable[Change], channel: Channel) -> Iterator[Change]:
    return (one for one in changes if one.channel == channel and one.key == "auto_above")


async def _risk(tx: Transaction, channel: Channel, wanted: float | None) -> Risk:
    if wanted is None:
        return Risk(channel, None, None)
    return Risk(channel, wanted, certify(await _cases(tx, channel), wanted))


async def _cases(tx: Transaction, channel: Channel) -> list[Reviewed]:
    """Return a channel's fair sample, the newest first, as sure as these drafts would be today."""
    rows = await tx.assessments.judged(channel, WINDOW)
    return fair_sample(rows, recalibration(await tx.settings.current()))


async def _checked(tx: Transaction, channel: Channel, since: datetime | None) -> list[Reviewed]:
    """Return what people said of the automatic answers since then, without what an experiment has sent.

    What customers do has bounds of its own.
    """
    rows = await tx.assessments.judged(channel, WINDOW, tried=False)
    sent = (as_checked(row) for row in rows if row.sent and (since is None or row.decided_at >= since))
    return fair_sample(sent, recalibration(await tx.settings.current()))


def _judged_at(row: Assessed) -> datetime:
    return row.judged_at or row.decided_at


def _each(channel: Channel | None) -> list[Channel]:
    return list(Channel) if channel is None else [channel]
