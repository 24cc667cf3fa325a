"""What we ask of Zendesk, against the sandbox's and against a server that says anything."""

import asyncio
import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
import requests
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.core.errors import Gone, OutcomeUnknown, Refused, TooLate, Unavailable, Unreachable
from integrations.zendesk.client import ZendeskApi
from integrations.zendesk.session import Pause, in_words, retry_after
from integrations.zendesk.things import Change, moment
from integrations.zendesk.tokens import ClientTokens, FixedToken
from sandbox.zendesk import AGENT, CLIENT_ID, CLIENT_SECRET, STATIC_TOKEN

CONTENT = b"a shoe"
ANNA = "anna.visser@mailbox.example"


async def ticket_of_anna(api, key="key", **change):
    (anna,) = await api.users(f"email:{ANNA}")
    first = Change(comment="My laces broke.", entry="entry 1", tags=("a",), **change)
    return await api.create_ticket(
        first, key, subject="Laces", requester_id=anna.id, external_id=f"threadpilot:{key}"
    )


async def test_a_ticket_is_made_once_and_found_by_our_id(api):
    first, again = await ticket_of_anna(api), await ticket_of_anna(api)
    assert first.id == again.id
    assert [one.id for one in await api.tickets_of("threadpilot:key")] == [first.id]
    assert await api.tickets_of("threadpilot:other") == []


async def test_a_comment_is_internal_unless_somebody_says_otherwise(api):
    ticket = await ticket_of_anna(api)
    inside = await api.change_ticket(ticket.id, Change(comment="for us", entry="entry 2"))
    outside = await api.change_ticket(ticket.id, Change(comment="for her", public=True))
    found = {one.id: one.public for one in await api.comments(ticket.id)}
    assert (found[inside], found[outside]) == (False, True)
    assert await api.has_entry(ticket.id, "entry 2")
    assert not await api.has_entry(ticket.id, "entry 3")


async def test_of_a_long_ticket_the_newest_is_read_as_well(api, service):
    ticket = await ticket_of_anna(api)
    for number in range(510):
        service.desk.update(int(ticket.id), {"comment": {"body": str(number)}}, AGENT)
    await api.change_ticket(ticket.id, Change(comment="the newest", entry="entry 2"))
    assert (await api.comments(ticket.id))[-1].body == "the newest"
    assert await api.has_entry(ticket.id, "entry 2")


async def test_tags_are_added_to_those_of_others(api):
    ticket = await ticket_of_anna(api)
    await api.add_tags(ticket.id, "vip")
    assert (await api.ticket(ticket.id)).tags == ("a", "vip")


async def test_a_ticket_that_somebody_changed_meanwhile_is_left_alone(api, service):
    ticket = await ticket_of_anna(api)
    service.desk.ticket(int(ticket.id))["updated_at"] = "2026-01-01T00:00:00Z"
    with pytest.raises(Unavailable, match="just changed"):
        await api.change_ticket(ticket.id, Change(status="solved", stamp=ticket.stamp))


async def test_files_go_with_a_comment_and_custom_fields_with_a_ticket(api, service):
    token = await api.upload("shoe.txt", "text/plain", CONTENT)
    ticket = await ticket_of_anna(api, uploads=(token,), fields={"360": "email"})
    (comment,) = await api.comments(ticket.id)
    (file,) = comment.files
    assert (file.name, file.type, file.size) == ("shoe.txt", "text/plain", len(CONTENT))
    assert await api.content(file.url, 6) == CONTENT
    for url, limit in ((file.url, 5), (f"{file.url[:-40]}x/shoe.txt", 1_000), ("file:///etc/passwd", 1_000)):
        with pytest.raises(Refused):
            await api.content(url, limit)
    service.tokens.revoke()
    with pytest.raises(Unavailable, match="401"):
        await api.content(file.url, 1_000)
    assert service.desk.ticket(int(ticket.id))["custom_fields"] == [{"id": 360, "value": "email"}]


async def test_our_token_goes_to_no_other_host(asked, scripted):
    """A file may be anywhere: whoever keeps it is asked without credentials, also after a redirection."""
    seen = []

    async def answer(request):
        seen.append(request.headers.get("Authorization"))
        return web.Response(body=b"a shoe")

    elsewhere = web.Application()
    elsewhere.router.add_get("/{path:.*}", answer)
    async with TestServer(elsewhere) as server:
        scripted.answers.append((302, "", {"Location": str(server.make_url("/shoe.txt"))}))
        assert await asked.content(f"{scripted.url}/attachments/1", 100) == b"a shoe"
        with pytest.raises(Refused, match="no address"):
            await asked.content(str(server.make_url("/shoe.txt")), 100)
    assert seen == [None]
    scripted.answers.append((503, "", {}))
    with pytest.raises(Unavailable):
        await asked.content(f"{scripted.url}/attachments/1", 100)
    scripted.hang_up = True
    with pytest.raises(Unavailable):
        await asked.content(f"{scripted.url}/attachments/1", 100)


async def test_a_ticket_may_go_on_from_a_closed_one(api):
    closed = await ticket_of_anna(api)
    with pytest.raises(Refused, match="not a closed ticket"):
        await api.create_ticket(
            Change(comment="And now?"),
            "another",
            subject="Laces",
            requester_id=closed.requester_id,
            external_id="x",
            follows=closed.id,
        )
    await api.change_ticket(closed.id, Change(status="closed"))
    made = await api.create_ticket(
        Change(comment="And now?"),
        "yet another",
        subject="Laces",
        requester_id=closed.requester_id,
        external_id="x",
        follows=closed.id,
    )
    assert (await api.newest(closed.id)).id == made.id
    assert (await api.ticket(made.id)).follows == closed.id


async def test_users_are_found_or_made(api):
    made = await api.put_user(name="Zoe", external_id="threadpilot:9", phone="+447700900101")
    again = await api.put_user(name="Zoe Q", external_id="threadpilot:9")
    assert (made.id, again.name) == (again.id, "Zoe Q")
    assert (await api.user(made.id)).phone == "+447700900101"
    with pytest.raises(Refused, match="Phone Number"):
        await api.put_user(name="Zoe", phone="0123")


async def test_changes_are_read_page_by_page(api):
    since = datetime.now(UTC) - timedelta(hours=1)
    ticket = await ticket_of_anna(api)
    page = await api.changed_tickets("", since)
    assert [one.id for one in page.tickets] == [ticket.id]
    assert page.last
    assert not (await api.changed_tickets(page.cursor, since)).tickets


async def test_what_is_not_there_and_what_is_refused(api):
    with pytest.raises(Gone):
        await api.ticket("999")
    ticket = await ticket_of_anna(api)
    with pytest.raises(Refused, match="Status: nonsense is not valid"):
        await api.change_ticket(ticket.id, Change(status="nonsense"))
    with pytest.raises(Refused, match="too long"):
        await api.change_ticket(ticket.id, Change(comment="ä" * 40_000))


async def test_twenty_who_find_the_token_ended_fetch_one(api, service):
    ticket = await ticket_of_anna(api)
    service.tokens.revoke()
    before = service.tokens.fetched
    found = await asyncio.gather(*(api.ticket(ticket.id) for _ in range(20)))
    assert {one.id for one in found} == {ticket.id}
    assert service.tokens.fetched == before + 1


async def test_a_token_is_fetched_anew_before_it_ends(far, service):
    now = [0.0]
    url = f"{far.url}/zendesk"
    tokens = ClientTokens(url, CLIENT_ID, CLIENT_SECRET, ticks=lambda: now[0])
    first = await asyncio.to_thread(tokens.current)
    now[0] = 0.79 * 7200
    assert await asyncio.to_thread(tokens.current) == first
    now[0] = 0.8 * 7200
    assert await asyncio.to_thread(tokens.current) != first
    assert service.tokens.fetched == 2


async def test_a_fixed_token_does_as_well_and_is_never_renewed(far, service):
    url = f"{far.url}/zendesk"
    good, bad = ZendeskApi(url, FixedToken(STATIC_TOKEN)), ZendeskApi(url, FixedToken("wrong"))
    assert (await good.we()).name == "threadpilot"
    with pytest.raises(Unreachable, match="does not accept our token"):
        await bad.we()
    assert service.tokens.fetched == 0
    await good.aclose()
    await bad.aclose()


@pytest.mark.parametrize(
    ("status", "said", "why"),
    [
        (401, {"error": "invalid_client"}, "does not accept ZENDESK_CLIENT_ID"),
        (200, {"token_type": "bearer"}, "gives no token"),
        (200, ["no object"], "gives no token"),
        (503, "<html>down</html>", "gives no token"),
    ],
)
async def test_no_token(scripted, status, said, why):
    scripted.answers = [(status, said, {})]
    tokens = ClientTokens(scripted.url, "id", "secret")
    with pytest.raises(Unreachable, match=why):
        await asyncio.to_thread(tokens.current)


async def test_no_token_from_where_nobody_is():
    tokens = ClientTokens("http://127.0.0.1:9", "id", "secret")
    with pytest.raises(Unreachable, match="gives no token"):
        await asyncio.to_thread(tokens.current)


async def test_a_token_without_an_end_is_taken_for_what_was_asked_for(scripted):
    now = [0.0]
    scripted.answers = [(200, {"access_token": "a"}, {}), (200, {"access_token": "b"}, {})]
    tokens = ClientTokens(scripted.url, "id", "secret", ticks=lambda: now[0])
    assert await asyncio.to_thread(tokens.current) == "a"
    now[0] = 6_000.0
    assert await asyncio.to_thread(tokens.current) == "b"


@pytest.mark.parametrize(
    ("status", "said", "asking", "sending"),
    [
        (500, "oops", Unreachable, OutcomeUnknown),
        (503, "down", Unreachable, Unreachable),
        (302, "", Unreachable, OutcomeUnknown),
        (404, {"error": "RecordNotFound"}, Gone, Gone),
        (401, "<html>who are you?</html>", Unreachable, Unreachable),
        (403, {"error": {"title": "Forbidden", "message": "no"}}, Refused, Refused),
        (422, {"error": "invalid", "description": "no"}, Refused, Refused),
        (409, {}, Unavailable, Unavailable),
        (200, "<html>a proxy</html>", Unreachable, OutcomeUnknown),
        (200, ["no object"], Unreachable, OutcomeUnknown),
        (200, {"ticket": {"id": "no number"}}, Unreachable, OutcomeUnknown),
        (200, {}, Unreachable, OutcomeUnknown),
    ],
)
async def test_each_answer_has_its_error(scripted, asked, status, said, asking, sending):
    scripted.answers = [(status, said, {})] * 2
    with pytest.raises(asking):
        await asked.ticket("7")
    with pytest.raises(sending):
        await asked.create_ticket(Change(comment="x"), "k", subject="s", requester_id="1", external_id="e")
    assert len(scripted.seen) == 2  # Nothing is repeated.


async def test_who_hangs_up_leaves_a_doubt_about_what_was_sent_only(scripted, asked):
    scripted.hang_up = True
    with pytest.raises(Unreachable):
        await asked.ticket("7")
    with pytest.raises(OutcomeUnknown):
        await asked.change_ticket("7", Change(comment="x"))


async def test_where_nobody_is_nothing_was_sent():
    api = ZendeskApi("http://127.0.0.1:9", FixedToken("t"))
    with pytest.raises(Unreachable):
        await api.change_ticket("7", Change(comment="x"))
    await api.aclose()


async def test_an_answer_that_does_not_come_is_not_waited_for():
    gate = asyncio.Event()

    async def slow(_request: web.Request) -> web.StreamResponse:
        await gate.wait()
        return web.Response()

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", slow)
    async with TestServer(app) as server:
        api = ZendeskApi(str(server.make_url("")).rstrip("/"), FixedToken("t"), timeout=0.2)
        with pytest.raises(Unreachable):
            await api.ticket("7")
        with pytest.raises(OutcomeUnknown):
            await api.change_ticket("7", Change(comment="x"))
        gate.set()
    await api.aclose()


async def test_whoever_asks_for_patience_is_left_alone(scripted, asked):
    scripted.answers = [(429, {}, {"Retry-After": "30"})]
    with pytest.raises(Unavailable) as first:
        await asked.ticket("7")
    assert first.value.retry_after == 30.0
    with pytest.raises(Unavailable) as second:
        await asked.we()
    assert 29 < second.value.retry_after <= 30
    assert len(scripted.seen) == 1


async def test_the_limit_of_one_ticket_leaves_the_others_alone(scripted, asked):
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    scripted.answers = [(429, {}, {"Retry-After": later, "X-Rate-Limit-Remaining": "600"})]
    with pytest.raises(Unavailable) as full:
        await asked.change_ticket("7", Change(comment="x"))
    assert 80 < full.value.retry_after <= 90
    with pytest.raises(Unavailable):
        await asked.change_ticket("7", Change(comment="x"))
    assert (await asked.we()).id == "7"
    assert len(scripted.seen) == 2


async def test_what_is_too_late_does_not_leave(scripted, asked):
    def too_late() -> None:
        raise TooLate("stopped for too long")

    with pytest.raises(TooLate):
        await asked.change_ticket("7", Change(comment="x"), too_late)


async def test_it_works_in_threads_of_its_own(api):
    before = {thread.name for thread in threading.enumerate()}
    await asyncio.gather(*(api.we() for _ in range(20)))
    ours = {thread.name for thread in threading.enumerate()} - before
    assert 1 <= len([name for name in ours if name.startswith("zendesk")]) <= 8


@pytest.mark.parametrize(("said", "seconds"), [("7", 7.0), ("", None), ("soon", None), ("999999999", 3600.0)])
def test_retry_after(said, seconds):
    assert retry_after(said) == seconds


def test_retry_after_a_date_that_is_over():
    assert retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0.0


def test_a_pause_ends():
    now = [0.0]
    pause = Pause(lambda: now[0])
    pause.begin(5.0)
    with pytest.raises(Unavailable):
        pause.check("GET /x")
    now[0] = 5.0
    pause.check("GET /x")


def test_errors_in_words():
    def answer(text):
        made = requests.Response()
        made.status_code, made._content = 422, text
        return made

    assert in_words(answer(b"<html>")) == "status 422"
    assert in_words(answer(b"{}")) == "status 422"
    assert in_words(answer(b'{"error": {"title": "No"}, "details": [1]}')) == "No"
    details = b'{"error": "E", "description": "D", "details": {"x": [{"description": "F"}, 3], "y": 4}}'
    assert in_words(answer(details)) == "E. D. F"


@pytest.mark.parametrize("said", [None, 7, "yesterday", "2026-01-01T00:00:00"])
def test_what_is_no_moment(said):
    assert moment(said) is None
