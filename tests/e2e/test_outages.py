"""Each far side down, and all at once: what customers notice, what is named, and what is there afterwards."""

import resource
import smtplib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.harness import Outside, actions, end, said
from tests.e2e.talks import hold_talks, miscounted
from tests.e2e.test_chat import Visitor
from tests.e2e.test_kill import far_side, run
from tests.e2e.threads import threads, until_complete
from tests.waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("outages")]

QUESTION = "How do I reset my password?"
BUDGET = 8.0  # The model's.


@asynccontextmanager
async def app(tmp_path: Path, *, model: bool = False, **env: str) -> AsyncIterator[tuple[Outside, int]]:
    """Run the app beside a far side, with a language model when asked for; yield it with its process id."""
    async with far_side(tmp_path, **env) as (outside, environment):
        if model:
            environment["OPENAI_BASE_URL"] = f"{outside.contract['sandbox']}/llm/v1"
        process = await run(outside, environment)
        try:
            yield outside, process.pid
        finally:
            assert await end(process) == 0


async def probe(outside: Outside) -> tuple[int, Any]:
    """Ask /readyz, which answers within a second whatever hangs."""
    before = time.monotonic()
    async with outside.session.get(f"{outside.contract['app']}/readyz") as response:
        body = await response.json()
    assert time.monotonic() - before < 1.0
    return response.status, body


async def named(outside: Outside, part: str) -> str:
    """Wait until a part is named as down, and return what is said of it."""

    async def state() -> str:
        _, body = await probe(outside)
        return str(body["parts"][part]) if part in body["down"] else ""

    return str(await until(state))


async def works(outside: Outside, part: str) -> None:
    async def well() -> bool:
        return bool((await probe(outside))[1]["parts"][part] == "ok")

    await until(well, 90)


async def all_well(outside: Outside) -> None:
    async def well() -> bool:
        return not (await probe(outside))[1]["down"]

    await until(well, 90)


async def metric(outside: Outside, line: str) -> float:
    async with outside.session.get(f"{outside.contract['app']}/metrics") as response:
        lines = (await response.text()).splitlines()
    return next((float(one.rpartition(" ")[2]) for one in lines if one.startswith(line + " ")), 0.0)


async def ask(outside: Outside, text: str = QUESTION) -> str:
    """Ask in the chat and return the answer."""
    visitor = await Visitor(outside).connect()
    await visitor.send(type="msg", cid="q1", text=text)
    return str((await visitor.next("event", kind="message", sender="ai"))["text"])


async def settled(outside: Outside, subject: str) -> bool:
    """Wait until a question is answered or waits for an agent; tell whether it was answered."""

    async def decided() -> list[str]:
        shown = [said(card) for card in await outside.cards("email", subject)]
        return [text for text in shown if "Answered by itself" in text or "did not answer;" in text]

    return "Answered by itself" in (await until(decided))[0]


async def test_model_down_the_built_in_answerer_answers_within_the_budget(tmp_path: Path) -> None:
    async with app(tmp_path, model=True) as (outside, _):
        await outside.mail("By the model", QUESTION)
        await outside.card("email", "By the model", "Answered by itself")
        await outside.post("/control/weather", llm={"down": True})
        for number in range(4):
            before = time.monotonic()
            await outside.mail(f"Without {number}", QUESTION, sender=f"w{number}@customer.example")
            card = await outside.card("email", f"Without {number}", "did not answer;")
            assert time.monotonic() - before < BUDGET
            assert "approve" in actions(card)
        assert "did not answer" in await named(outside, "language model")
        status, body = await probe(outside)
        assert (status, body["ready"]) == (200, True)
        assert await metric(outside, 'threadpilot_breaker_open{part="language model"}') == 1
        told = await outside.command("status", outside.contract["manager"])
        assert "language model*: The model's server did not answer (since " in told
        await outside.post("/control/weather", llm={})

        async def by_the_model() -> bool:
            subject = f"Back {time.monotonic()}"
            await outside.mail(subject, QUESTION, sender=f"{subject.replace(' ', '')}@customer.example")
            return await settled(outside, subject)

        await until(by_the_model)
        await all_well(outside)


async def test_relay_down_answers_wait_and_leave_once_the_newest_only(tmp_path: Path) -> None:
    async with app(tmp_path) as (outside, _):
        await outside.post("/control/weather", smtp={"down": True})
        customers = [f"c{number}@customer.example" for number in range(4)]
        asked = [await outside.mail(f"Waiting {who}", QUESTION, sender=who) for who in customers]
        assert "mail server cannot be used" in await named(outside, "mail out")
        status, body = await probe(outside)
        assert (status, body["ready"]) == (200, True)
        assert "mail out*: The mail server" in await outside.command("status", outside.contract["manager"])
        # One of them asks something else meanwhile: only the newest answer may leave.
        subject, changed = f"Re: Waiting {customers[0]}", "How do I return an item?"
        await outside.mail(subject, changed, sender=customers[0], In_Reply_To=asked[0], References=asked[0])
        await outside.card("email", f"Waiting {customers[0]}", changed)
        for who in customers:
            assert await outside.inbox(who) == []
        await outside.post("/control/weather", smtp={})
        for who in customers:
            await outside.received(who, f"Waiting {who}")
        await all_well(outside)
        texts = [[mail["text"] for mail in await outside.inbox(who)] for who in customers]
        assert [len(received) for received in texts] == [1, 1, 1, 1]
        assert "Returning" in texts[0][0]  # The answer to both of their questions, not the one before it.
        assert "Returning" not in texts[1][0]

        async def counted() -> bool:
            return await metric(outside, 'threadpilot_deliveries_total{state="sent"}') == 4

        await until(counted)
        assert await metric(outside, 'threadpilot_deliveries_total{state="cancelled"}') == 1


async def test_slack_down_customers_are_answered_and_every_thread_is_complete_afterwards(
    tmp_path: Path,
) -> None:
    async with app(tmp_path) as (outside, _):
        await outside.post("/control/weather", slack={"down": True})
        # One asks by mail and one in the chat, both twice; one asks once, one for a person.
        talks = await hold_talks(outside, (1, 2, 3, 5), per_second=8, seconds=60)
        assert [len(talk.answers) for talk in talks] == [2, 1, 2, 0]  # Slack is still away.
        status, body = await probe(outside)
        assert (status, body["ready"]) == (200, True)
        assert await threads(outside) == {}
        await outside.post("/control/weather", slack={})
        await until_complete(outside, talks, 90)
        assert await miscounted(outside, talks) == []
        shown = await threads(outside)
        stood = sorted((shown[talk.mark].since, talk.number) for talk in talks if not talk.by_chat)
        assert stood[0][1] == 5  # Who waits for a person comes first.
        await all_well(outside)


async def test_no_room_on_the_disk_nothing_is_acknowledged_and_it_goes_on_by_itself(tmp_path: Path) -> None:
    async with app(tmp_path) as (outside, pid):
        visitor = await Visitor(outside).connect()
        before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, before[1]))
        with pytest.raises(smtplib.SMTPDataError) as refused:
            await outside.mail("No room", QUESTION)
        assert refused.value.smtp_code == 451
        await visitor.send(type="msg", cid="q1", text=QUESTION)
        error = await visitor.next("error")
        assert (error["code"], error["message"]) == (
            "unavailable",
            "That was not stored. Please try again.",
        )
        status, body = await probe(outside)
        assert (status, body["ready"]) == (503, False)
        assert "disk" in body["parts"]["database"]
        async with outside.session.post(f"{outside.contract['app']}/chat/v1/session", json={}) as session:
            assert session.status == 503
        assert await metric(outside, 'threadpilot_requests_turned_away_total{edge="smtp",reason="451"}') == 1
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)
        await all_well(outside)
        await outside.mail("No room", QUESTION)
        await outside.received("ada@customer.example", "No room")
        await visitor.send(type="msg", cid="q1", text=QUESTION)
        await visitor.next("ack")
        await visitor.next("event", kind="message", sender="ai")


async def test_everything_at_once(tmp_path: Path) -> None:
    async with app(tmp_path, model=True, THREADPILOT_MODE="auto") as (outside, _):
        await outside.post("/control/weather", llm={"down": True}, smtp={"down": True}, slack={"down": True})
        await outside.mail("All is down", QUESTION)
        visitor = await Visitor(outside).connect()
        await visitor.send(type="msg", cid="q1", text=QUESTION)
        assert (await visitor.next("ack"))["cid"] == "q1"
        assert "did not answer" in await named(outside, "language model")
        status, body = await probe(outside)
        assert (status, body["ready"]) == (200, True)
        await outside.post("/control/weather", llm={}, smtp={}, slack={})
        card = await outside.card("email", "All is down", "did not answer;", seconds=90)
        await works(outside, "slack")
        assert (await outside.click("email", card, "approve", outside.contract["agent"]))["ok"]
        await outside.received("ada@customer.example", "All is down")
        assert len(await outside.inbox(subject="All is down")) == 1
        assert len(await outside.cards("email", "All is down")) == 1
