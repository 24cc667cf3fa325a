"""Quality: what people's verdicts say about thresholds, on a channel's own history.

A manager names a risk; the lowest threshold that is proven to keep it is put in force, and looked at again as
verdicts come in. Where none is proven, nothing goes out by itself: “not yet” beats a promise that nobody can keep.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from bot.core.assessing import Assessed, fair_sample
from bot.core.certificates import Certified, Finding, Reviewed, at_least, at_most, certify
from bot.core.errors import InvalidInput, NotAllowed
from bot.core.model import Actor, Channel, Mode
from bot.core.policy import percent
from bot.core.ports.storage import Database, Transaction
from bot.core.recalibration import better
from bot.services.controls import Change, Controls, recalibration

WINDOW = 2_000  # The newest verdicts count; older ones tell of other questions and other articles.
LATEST = 200  # Of the answers that went out by themselves, so many tell whether the promise holds today.
LOOK_SECONDS = 600
LOWEST_RISK, HIGHEST_RISK = 0.001, 0.25
NOTHING_GOES_OUT = 1.0  # No confidence reaches it.
_DRIFT = 0.05
_SYSTEM = Actor("threadpilot", is_manager=True)
Alarm = Callable[[str], Awaitable[None]]


@dataclass(frozen=True)
class Risk:
    """A channel's promise: the share `wanted`, what was found for it, and what was changed."""

    channel: Channel
    wanted: float | None
    finding: Finding | None
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True)
class Replay:
    """What a threshold would have done: of `decided` drafts it sends the share `sent`.

    Of these, `n` were judged and so many of them `wrong`; the true share of wrong ones lies between `low` and `high`
    with 90 % confidence.
    """

    channel: Channel
    threshold: float
    decided: int
    sent: float
    n: int
    wrong: int
    low: float
    high: float


class Quality:
    """Certifies thresholds, replays history, and falls back to people when a promise breaks."""

    def __init__(self, database: Database, controls: Controls, alarm: Alarm) -> None:
        self._database = database
        self._controls = controls
        self._alarm = alarm

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
            await self._controls.set_recalibration(new, _SYSTEM)

    async def set_risk(self, channel: Channel | None, wanted: float, actor: Actor) -> list[Risk]:
        """Promise that at most this share of the automatic answers is wrong; None means every channel.

        Raises:
            NotAllowed: only managers may.
            InvalidInput: no share that can be promised.
        """
        if not LOWEST_RISK <= wanted <= HIGHEST_RISK:
            raise InvalidInput(
                "Promise between 0.1% and 25% wrong answers, for example `/cockpit risk email 2%`."
            )
        if not actor.is_manager:
            raise NotAllowed("Only managers may change this. Ask one of them, or see `/cockpit risk`.")
        channels = list(Channel) if channel is None else [channel]
        return [await self._promise(one, wanted, actor) for one in channels]

    async def whatif(self, channel: Channel, threshold: float) -> Replay:
        """Replay a channel's own history with another threshold."""
        async with self._database.snapshot() as tx:
            confidences = await tx.assessments.confidences(channel, WINDOW)
            shown, cases = recalibration(await tx.settings.current()), await _cases(tx, channel)
        sent = sum(shown(confidence) >= threshold for confidence in confidences)
        judged = [case.right for case in cases if case.confidence >= threshold]
        wrong = judged.count(False)
        return Replay(
            channel=channel,
            threshold=threshold,
            decided=len(confidences),
            sent=sent / len(confidences) if confidences else 0.0,
            n=len(judged),
            wrong=wrong,
            low=at_least(wrong, len(judged), 0.05),
            high=at_most(wrong, len(judged), 0.05),
        )

    async def look(self) -> None:
        """Learn from verdicts, certify every promise anew, and hand a channel to people where it is broken."""
        await self.learn()
        for risk in await self.risks():
            if risk.wanted is None:
                continue
            rules = (await self._controls.rules())[risk.channel]
            if rules.mode is Mode.AUTO and await self._is_broken(risk.channel, risk.wanted, rules.auto_above):
                await self._fall_back(risk.channel, risk.wanted)
            elif rules.auto_above != _threshold(risk.finding):
                await self._controls.set_threshold(
                    risk.channel, _threshold(risk.finding), _SYSTEM, keep_risk=True
                )

    async def _promise(self, channel: Channel, wanted: float, actor: Actor) -> Risk:
        await self._controls.set_risk(channel, wanted, actor)
        async with self._database.snapshot() as tx:
            risk = await _risk(tx, channel, wanted)
        changes = await self._controls.set_threshold(channel, _threshold(risk.finding), actor, keep_risk=True)
        return Risk(channel, wanted, risk.finding, tuple(changes))

    async def _is_broken(self, channel: Channel, wanted: float, threshold: float) -> bool:
        """Tell whether the newest answers that went out by themselves speak against the promise."""
        async with self._database.snapshot() as tx:
            cases = await _cases(tx, channel, only_sent=True)
        sent = [case.right for case in cases if case.confidence >= threshold][:LATEST]
        return at_least(sent.count(False), len(sent), _DRIFT) > wanted

    async def _fall_back(self, channel: Channel, wanted: float) -> None:
        await self._controls.set_mode(channel, Mode.ASSIST, _SYSTEM)
        await self._alarm(
            f"More than {percent(wanted)} of the automatic answers on {channel} are wrong, so a person sends them "
            f"now (mode assist). See what was marked Wrong; `/cockpit mode {channel} auto` starts them again."
        )


async def _risk(tx: Transaction, channel: Channel, wanted: float | None) -> Risk:
    if wanted is None:
        return Risk(channel, None, None)
    return Risk(channel, wanted, certify(await _cases(tx, channel), wanted))


async def _cases(tx: Transaction, channel: Channel, *, only_sent: bool = False) -> list[Reviewed]:
    """Return a channel's fair sample, the newest first, as sure as these drafts would be today."""
    rows = await tx.assessments.judged(channel, WINDOW)
    shown = recalibration(await tx.settings.current())
    return fair_sample((row for row in rows if row.sent or not only_sent), shown)


def _judged_at(row: Assessed) -> datetime:
    return row.judged_at or row.decided_at


def _threshold(finding: Finding | None) -> float:
    return finding.threshold if isinstance(finding, Certified) else NOTHING_GOES_OUT
