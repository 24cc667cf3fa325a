"""The database server dies under load, again and again; the processes stay, and every customer has one answer."""

import asyncio
import itertools
from pathlib import Path

import pytest

from tests.e2e.fleet import ROLES, Fleet, crash
from tests.e2e.processes import far_side
from tests.e2e.talks import Load, beside, miscounted
from tests.e2e.threads import until_complete
from tests.postgres import Server
from tests.waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("kill")]

CRASHES = 2
ONE_QUESTION = itertools.count(2, 2)


async def test_a_database_that_dies_under_load_costs_nobody_an_answer(
    tmp_path: Path, postgres_server: Server
) -> None:
    url = postgres_server.url(postgres_server.create())
    async with far_side(tmp_path, DATABASE_URL=url, THREADPILOT_SECRET_KEY="k" * 32) as (outside, env):
        load, over = Load(outside), asyncio.Event()

        async def crashes() -> None:
            for number in range(CRASHES):

                async def somebody_writes(number: int = number) -> bool:
                    return len(load.talks) > 2 * number

                await until(somebody_writes)
                await crash(postgres_server, outside)
            over.set()

        async with Fleet(outside, env, ROLES):  # It makes sure that each process has lived until it is ended.
            async with beside(crashes()):
                await load.hold(ONE_QUESTION, 2.0, over.is_set)
            await until_complete(outside, load.talks, 120)
            assert await miscounted(outside, load.talks) == []
