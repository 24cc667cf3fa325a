"""A customer in Zendesk: one request for the whole card, counted at the stand-in."""

from datetime import UTC, datetime

import pytest

from bot.core.context import Keys, Outcome, Urgency
from bot.core.errors import Unavailable
from integrations.zendesk.source import ZendeskSource
from tests.integrations.zendesk.test_client import ANNA, ticket_of_anna

NOW = datetime(2026, 11, 26, tzinfo=UTC)


@pytest.fixture
def source(api):
    return ZendeskSource(api, lambda: NOW)


async def look_up(source, *emails, **keys):
    return await source.look_up(Keys(emails, **keys), Urgency.ANSWER)


async def test_one_request_brings_the_whole_card(api, source, service):
    await ticket_of_anna(api)
    service.state.by_email(ANNA)["organization"] = "Visser & Co"
    service.state.by_email(ANNA)["organization_id"] = 7
    service.api.log.clear()
    found = await look_up(source, ANNA)
    assert [one["path"] for one in service.api.log] == ["/zendesk/api/v2/users/search.json"]
    assert (found.outcome, found.name, found.company) == (Outcome.FOUND, "Anna Visser", "Visser & Co")
    assert (found.ids, found.link) == (("20001",), f"{api.url}/agent/users/20001")
    assert {fact.name: (fact.text, fact.internal) for fact in found.facts} == {
        "open_tickets": ("1 open ticket in Zendesk", False),
        "tags": ("gold", True),
        "notes": ("Prefers email", True),
    }
    assert {(fact.source, fact.at) for fact in found.facts} == {("Zendesk", NOW)}


async def test_by_number_and_by_id(source, service):
    service.state.by_email(ANNA)["phone"] = "+447700900199"
    service.state.by_email(ANNA)["suspended"] = True
    by_number = await look_up(source, phones=("+447700900199",))
    by_id = await look_up(source, "another@address.example", ids=(("Zendesk", "20001"),))
    assert by_number.ids == by_id.ids == ("20001",)
    assert "suspended in Zendesk" in [fact.text for fact in by_id.facts]


async def test_nobody_and_several_are_said_as_such(source, service):
    assert (await look_up(source, "nobody@else.example")).outcome is Outcome.NOBODY
    for one in service.state.all("zendesk-user")[2:4]:
        one["phone"] = "+447700900199"
    several = await look_up(source, phones=("+447700900199",))
    assert (several.outcome, several.matches, several.facts) == (Outcome.SEVERAL, 2, ())


@pytest.mark.parametrize("email", ["", "no address", "a@b.example role:admin", 'a"@b.example', "*"])
async def test_what_is_no_address_asks_nothing(source, service, email):
    service.api.log.clear()
    assert (await look_up(source, email)).outcome is Outcome.NOBODY
    assert (
        await look_up(source, ids=(("Zendesk", "1 or 2"),), phones=("+44 (0)",))
    ).outcome is Outcome.NOBODY
    assert not service.api.log


async def test_while_it_is_down_there_is_no_answer(far, source):
    far.sky.report({"zendesk": {"down": True}})
    with pytest.raises(Unavailable):
        await look_up(source, ANNA)
