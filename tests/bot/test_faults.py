"""Crash points end the process where they are told to, and nowhere else."""

from contextlib import asynccontextmanager

import pytest

from bot.core.errors import Misconfigured
from bot.core.ports.channels import Deadline, Reconciled
from bot.process.faults import CrashingChannel, CrashingDesk, CrashPoint
from tests import builders as make
from tests.builders import AT
from tests.fakes import FakeDesk


class PowerCut(BaseException):
    """Stands for the end of the process."""


def cut() -> None:
    raise PowerCut


def effects(point: CrashPoint, number: int) -> tuple[int, int]:
    """Return how many effects were begun and done until the power was cut."""
    begun = done = 0
    try:
        for _ in range(number):
            begun += 1
            with point.around("commit"):
                done += 1
    except PowerCut:
        pass
    return begun, done


@pytest.mark.parametrize(
    ("text", "begun", "done"),
    [("commit:2:before", 2, 1), ("commit:2:after", 2, 2), ("send:1:before", 5, 5), ("", 5, 5)],
)
def test_the_end_comes_before_or_after_that_one(text: str, begun: int, done: int) -> None:
    assert effects(CrashPoint(text, cut), 5) == (begun, done)


def test_where_it_only_stops_it_goes_on() -> None:
    stops = []
    point = CrashPoint("commit:2:after:stop", cut, lambda: stops.append(len(stops)))
    assert effects(point, 5) == (5, 5)
    assert stops == [0]


@pytest.mark.parametrize(
    "text", ["commit", "commit:0:after", "commit:1:during", "mail:1:after", "commit:1:after "]
)
def test_what_is_no_crash_point_is_said(text: str) -> None:
    with pytest.raises(Misconfigured, match="THREADPILOT_CRASH_AT"):
        CrashPoint(text)


class Relay:
    def __init__(self) -> None:
        self.sent = 0

    @asynccontextmanager
    async def ready(self, outgoing):
        async def send(deadline):
            self.sent += 1
            return self.external_id(outgoing)

        yield send

    async def reconcile(self, outgoing):
        return Reconciled.UNKNOWN

    def external_id(self, outgoing):
        return "<1@us>"


@pytest.mark.parametrize(("side", "sent"), [("before", 0), ("after", 1)])
async def test_a_send_is_an_effect(side: str, sent: int) -> None:
    relay = Relay()
    channel = CrashingChannel(relay, CrashPoint(f"send:1:{side}", cut))
    async with channel.ready(None) as send:  # type: ignore[arg-type]
        with pytest.raises(PowerCut):
            await send(Deadline(1.0, lambda: 0.0))
    assert relay.sent == sent
    assert channel.external_id(None) == "<1@us>"  # type: ignore[arg-type]
    assert await channel.reconcile(None) is Reconciled.UNKNOWN  # type: ignore[arg-type]


async def test_a_change_in_slack_is_an_effect_and_a_look_is_none() -> None:
    plain, case = FakeDesk(), make.case()
    desk = CrashingDesk(plain, CrashPoint("slack:2:before", cut))
    (root, *_) = desk.sheets(case, threshold=0.9, now=AT, standing={})
    ts = await desk.post(root, case, root_ts=None)
    assert await desk.find(root, case, root_ts=None) == ts
    with pytest.raises(PowerCut):
        await desk.update(root, case, ts, root_ts=None)
    assert len(plain.messages) == 1
