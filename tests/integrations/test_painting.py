"""Pictures are made elsewhere, and whatever happens there, we get pictures or one plain error, in time."""

import asyncio
import importlib.util
import struct
import time

import pytest

from bot.core.errors import Unavailable
from bot.core.insights.pictures import heatmap, reliability
from bot.core.ports.insights import HourVolume, SureTurns
from integrations.painting import VegaPainter

paints = pytest.mark.skipif(importlib.util.find_spec("vl_convert") is None, reason="needs the extra pictures")

HEAT = heatmap([HourVolume(day, hour, day + hour) for day in range(7) for hour in range(24)], "This week")
SURE = reliability([SureTurns(900, 100, 80, 10, 5, 5, 45, 5)], "This week")


def size(png):
    return struct.unpack(">II", png[16:24])


@paints
async def test_every_picture_we_have_is_painted():
    heat, sure = await VegaPainter().paint([HEAT.spec, SURE.spec])
    assert size(heat)[0] > 1_400
    assert size(sure)[0] > 800
    assert len(heat) > 10_000


@paints
@pytest.mark.parametrize(
    "spec",
    [
        {},
        {"mark": "nonsense"},
        {"a": "b" * 100_000},
        {"data": {"url": "http://127.0.0.1:9/x"}, "mark": "bar"},
    ],
)
async def test_garbage_is_one_plain_error(spec):
    with pytest.raises(Unavailable, match=r"The painter (ended with 1|made something else than pictures)"):
        await VegaPainter().paint([spec])


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import os; os.abort()", "The painter ended with -6"),
        ("import sys; sys.exit(3)", "The painter ended with 3"),
        ("print('not a picture')", "something else than pictures"),
        ("pass", "something else than pictures"),
    ],
)
@paints
async def test_a_painter_that_crashes_harms_nothing(code, said):
    with pytest.raises(Unavailable, match=said):
        await VegaPainter(command=("-c", code)).paint([HEAT.spec])


@paints
async def test_a_painter_that_hangs_is_ended_and_the_loop_goes_on():
    ticks = 0

    async def tick():
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0.01)

    ticking, begun = asyncio.create_task(tick()), time.monotonic()
    with pytest.raises(Unavailable, match=r"No picture within 0\.3 s"):
        await VegaPainter(0.3, ("-c", "import time; time.sleep(60)")).paint([HEAT.spec])
    ticking.cancel()
    assert time.monotonic() - begun < 10
    assert ticks > 5
