"""Text messages as Twilio hands them over, and its news of what became of ours."""

import asyncio

from sqlalchemy import text as sql

from bot.core.model import Actor, DeliveryState, Status
from bot.services.arrivals import Arrivals
from tests.handlers.web.twilio_edge import (
    ADA,
    BASE,
    SID,
    Edge,
)


async def test_the_same_message_many_times_at_once_is_one(edge: Edge) -> None:
    answers = await asyncio.gather(*(edge.text() for _ in range(8)))
    assert {status for status, _ in answers} <= {200, 503}
    assert (await edge.text(NumSegments="2"))[0] == 200
    assert await edge.said() == ["Hello"]


async def test_a_number_that_floods_is_kept_and_not_answered(edge: Edge) -> None:
    for number in range(5):
        await edge.text(f"Message {number}", sid=f"SM{number:032d}")
    case = await edge.case()
    assert case is not None
    assert [bool(m.automatic) for m in case.messages] == [False, False, False, True, True]
    assert case.conversation.turn == 3


async def test_stop_and_start_are_heeded_once_each(edge: Edge) -> None:
    await edge.text("STOP", sid=f"SM{'a' * 32}", OptOutType="STOP")
    assert (await edge.case()).opted_out  # type: ignore[union-attr]
    await edge.text("yes", sid=f"SM{'b' * 32}")
    assert not (await edge.case()).opted_out  # type: ignore[union-attr]
    await edge.text("STOP", sid=f"SM{'a' * 32}", OptOutType="STOP")  # Replayed: it was heeded then.
    assert not (await edge.case()).opted_out  # type: ignore[union-attr]


async def test_whatsapp_and_media_are_told_in_the_metadata(edge: Edge) -> None:
    media = {"MediaUrl0": "https://api.twilio.com/ME0", "MediaContentType0": "image/png", "MediaUrl1": ""}
    await edge.text(
        "", From=f"whatsapp:{ADA}", ProfileName="Ada", NumMedia="3", OriginalRepliedMessageSid=SID, **media
    )
    case = await edge.case(address=f"whatsapp:{ADA}")
    assert case is not None
    assert case.customer.name == "Ada"
    (message,) = case.messages
    (attachment,) = message.attachments
    assert (attachment.name, attachment.type, attachment.size) == ("image 1.png", "image/png", 0)
    assert attachment.missing == "not fetched: its address is none of Twilio's"
    assert message.metadata["replies_to"] == SID


async def test_news_only_moves_forward_in_whatever_order_and_however_often_it_comes(edge: Edge) -> None:
    row = await edge.sent(DeliveryState.UNKNOWN)
    assert await edge.news(row, "queued") == 200
    assert (await edge.state(row))[0] is DeliveryState.UNKNOWN
    for _ in range(2):
        assert await edge.news(row, "delivered") == 200
        assert await edge.news(row, "sent") == 200
        assert await edge.state(row) == (DeliveryState.SENT, "", 1)


async def test_an_answer_that_was_not_delivered_stays_so(edge: Edge) -> None:
    row = await edge.sent(DeliveryState.SENDING)
    for status in ("undelivered", "undelivered", "sent", "delivered"):
        assert await edge.news(row, status, ErrorCode="30006") == 200
    state, error, messages = await edge.state(row)
    assert (state, messages) == (DeliveryState.BOUNCED, 1)
    assert error == "This number takes no text messages: a landline? (30006)"
    case = await edge.case()
    assert case is not None
    assert case.conversation.status is Status.UNDELIVERED


async def test_late_news_of_one_attempt_does_not_speak_for_the_next(edge: Edge) -> None:
    row = await edge.sent(DeliveryState.SENT)
    await edge.news(row, "undelivered", ErrorCode="30003")
    await edge.review.settle(row.id, False, Actor("UKIM"))
    for status in ("sent", "delivered", "undelivered", "failed"):
        assert await edge.news(row, status) == 200
        assert (await edge.state(row))[0] is DeliveryState.PENDING
    async with edge.database.transaction() as tx:
        assert await tx.deliveries.claim(row.id, f"twilio:{row.id}:2", at=edge.clock())
        await tx.deliveries.move(row.id, DeliveryState.SENDING, DeliveryState.SENT, at=edge.clock())
    await edge.news(row, "undelivered", ErrorCode="30003")
    await edge.news(row, "delivered")
    sent = (await edge.case()).deliveries[-1]  # type: ignore[union-attr]
    assert (sent.state, sent.attempt, sent.delivered_at) == (DeliveryState.SENT, 2, None)
    await edge.news(row, "delivered", attempt="2")
    assert (await edge.case()).deliveries[-1].delivered_at == edge.clock()  # type: ignore[union-attr]
    await edge.news(row, "undelivered", attempt="2", ErrorCode="30003")
    assert (await edge.state(row))[0] is DeliveryState.BOUNCED


async def test_an_answer_that_was_to_go_again_does_not_when_the_first_one_did_arrive(edge: Edge) -> None:
    row = await edge.sent(DeliveryState.UNKNOWN)
    await edge.review.settle(row.id, False, Actor("UKIM"))
    assert (await edge.state(row))[0] is DeliveryState.PENDING
    await edge.news(row, "delivered")
    assert (await edge.state(row))[0] is DeliveryState.SENT


async def test_that_it_arrived_is_shown_once_and_costs_a_card_that_may_change_anyway_nothing(
    edge: Edge,
) -> None:
    row = await edge.sent(DeliveryState.SENT)
    edge.clock.move(seconds=1)
    before, arrived = (await edge.case()).conversation.version, edge.clock()  # type: ignore[union-attr]
    for status in ("sent", "delivered", "read", "delivered"):
        await edge.news(row, status)
    for minutes, shown in ((0, 0), (4, 0), (1, 1), (5, 1)):
        edge.clock.move(minutes=minutes)
        await Arrivals(edge.database, edge.clock).look()
        case = await edge.case()
        assert case is not None
        assert (case.deliveries[-1].delivered_at, case.conversation.version) == (arrived, before + shown)


async def test_on_a_busy_desk_good_news_waits_for_the_next_reason_to_show_it(edge: Edge) -> None:
    row = await edge.sent(DeliveryState.SENT)
    edge.clock.move(seconds=1)
    for number in range(8):
        await edge.text(f"Message {number}", sid=f"SM{number:032d}", From=f"+4477009002{number:02d}")
    before = (await edge.case()).conversation.version  # type: ignore[union-attr]
    await edge.news(row, "delivered")
    case = await edge.case()
    assert case is not None
    assert (case.deliveries[-1].delivered_at, case.conversation.version) == (edge.clock(), before)

    async def looked() -> int:
        edge.clock.move(minutes=5)
        await Arrivals(edge.database, edge.clock).look()
        return (await edge.case()).conversation.version  # type: ignore[union-attr]

    assert await looked() == before
    async with edge.database.transaction() as tx:
        await tx.connection.execute(sql("UPDATE conversations SET shown_version = version"))
    assert [await looked(), await looked()] == [before + 1, before + 1]


async def test_many_pieces_of_news_at_once(edge: Edge) -> None:
    row = await edge.sent(DeliveryState.SENDING)
    statuses = ("sent", "delivered", "failed", "sent", "failed", "delivered")
    answers = await asyncio.gather(*(edge.news(row, status, ErrorCode="30008") for status in statuses))
    assert set(answers) == {200}
    assert (await edge.state(row))[::2] == (DeliveryState.BOUNCED, 1)


async def test_news_of_what_is_not_ours_is_taken_without_effect(edge: Edge) -> None:
    fields = {**BASE, "MessageSid": SID, "MessageStatus": "failed"}
    for path in (
        "/twilio/status",
        "/twilio/status?delivery=x&channel=sms",
        "/twilio/status?delivery=x&channel=mars",
    ):
        assert (await edge.post(path, fields))[0] == 200
