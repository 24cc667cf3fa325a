"""The app dies at a chosen effect and is started again: the customer has one answer, Slack has one card."""

from pathlib import Path

import pytest

from tests.e2e.harness import end, gone
from tests.e2e.processes import far_side, run
from tests.e2e.test_kill import QUESTION, settled
from tests.waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("crash points")]


@pytest.mark.parametrize(
    "point", ["commit:7:before", "commit:8:after", "send:1:before", "send:1:after", "slack:1:after"]
)
async def test_an_app_that_dies_there_finishes_its_work_after_a_restart(tmp_path: Path, point: str) -> None:
    async with far_side(tmp_path) as (outside, env):
        dying = await run(outside, {**env, "THREADPILOT_CRASH_AT": point})

        async def taken() -> bool:
            try:
                await outside.mail(
                    "Killed 0", QUESTION, sender="c0@customer.example", message_id="<0@customer>"
                )
            except OSError:
                return False
            return True

        await taken()
        assert await gone(dying) == -9
        app = await run(outside, env)
        await until(taken)  # A mail server tries again until it is told that the mail is kept.
        await settled(outside, 0)
        assert await end(app) == 0
