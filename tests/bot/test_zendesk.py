"""Zendesk through the whole app, against the sandbox's: OAuth, signed webhooks, tickets in both directions."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.bot.world import Outside, environment, far_side, started
from tests.waiting import until

ASKED = "How do I return an item?"
ANSWERED = "60 days"
ADA = "ada@customer.example"


class Town(Outside):
    """People in Zendesk, and the Slack in which agents see what they do."""

    async def ticket(self, *texts: str, **wanted: Any) -> Any:
        """Wait for the ticket whose comments hold all of these texts, and that is like this."""

        async def claim() -> Any:
            for one in (await self.get("/control/zendesk/state"))["tickets"]:
                said = json.dumps(one["comments"])
                if all(text in said for text in texts) and wanted.items() <= one.items():
                    return one
            return None

        return await until(claim)

    async def write(self, subject: str, text: str = ASKED) -> None:
        await self.post(
            "/control/mail/send", **{"from": ADA, "name": "Ada Quill", "subject": subject, "text": text}
        )


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with far_side() as sandbox:
        env = environment(sandbox, tmp_path)
        async with started(env) as app:
            await app.ready()
            yield Town(app, sandbox, env)


async def test_a_mail_is_a_ticket_that_is_the_same_on_both_sides(town: Town) -> None:
    await town.write("Return")
    ticket = await town.ticket(ASKED, ANSWERED, status="pending")
    assert ticket["requester"] == "Ada Quill"
    assert ticket["tags"] == ["threadpilot", "threadpilot_email"]
    assert [comment["public"] for comment in ticket["comments"]] == [False, False]

    note, answer = "She is a good customer.", "I have sent you a label."
    await town.post("/control/weather", zendesk={"duplicate": True})
    await town.post("/control/zendesk/comment", ticket=ticket["id"], text=note, public=False)
    await town.post("/control/zendesk/comment", ticket=ticket["id"], text=answer)
    await town.shown("*Robin Park* noted in Zendesk", note, answer, f"Zendesk ticket {ticket['id']}")
    await town.post("/control/zendesk/status", ticket=ticket["id"], status="solved")
    said = await town.shown("*Resolved* in Zendesk")
    # The note in the thread; the answer there, and on the card.
    assert [said.count(f'"text": "{words}"') for words in (note, answer)] == [1, 2]

    ticket = await town.ticket(status="solved")
    assert len(ticket["comments"]) == 4
    log = await town.get("/control/zendesk/log")
    assert log["tokens"] == 1
    assert {hook["status"] for hook in log["webhooks"]} == {200}


async def test_a_ticket_is_answered_where_it_was_written(town: Town) -> None:
    opened = await town.post("/control/zendesk/ticket", **{"from": ADA, "subject": "Return", "text": ASKED})
    ticket = await town.ticket(ANSWERED, status="pending")
    assert ticket["id"] == opened["ticket"]
    assert [(c["author"], c["public"]) for c in ticket["comments"]] == [(ADA, True), ("threadpilot", True)]
    await town.post(
        "/control/zendesk/comment", ticket=ticket["id"], text="And how do I return two?", **{"as": "customer"}
    )
    ticket = await town.ticket("And how do I return two?", status="pending")
    assert len(ticket["comments"]) == 4
    await town.shown("And how do I return two?")


async def test_answers_go_on_while_zendesk_is_down_and_it_catches_up_in_order(town: Town) -> None:
    await town.post("/control/weather", zendesk={"down": True})
    await town.write("First")

    async def answered() -> bool:
        return any(ANSWERED in mail["text"] for mail in await town.get("/control/mail"))

    await until(answered)
    await town.shown("*Not in Zendesk yet:*")
    await town.post("/control/weather", zendesk={})
    ticket = await town.ticket(ASKED, ANSWERED, status="pending")
    first, second = (comment["body"] for comment in ticket["comments"])
    assert first.startswith("Ada Quill wrote by email")
    assert second.startswith("Answered by threadpilot")

    async def mended() -> bool:
        said = json.dumps((await town.get("/control/slack/state"))["messages"])
        return "Not in Zendesk yet" not in said

    await until(mended)


async def test_what_is_not_signed_is_turned_away(town: Town) -> None:
    async with town.app.session.post(f"{town.app.url}/zendesk/webhook", data=b"{}") as response:
        assert response.status == 401
