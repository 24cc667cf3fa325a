"""An answer that was not seen in the chat goes out by mail, once; a reply to that mail continues the chat."""

import pytest

from bot.core.errors import InvalidInput, OutcomeUnknown, Refused, Unavailable
from bot.core.model import AskEmail, Channel, Inbound
from bot.services.admission import SlowDown
from bot.services.chat import ChatRules, ChatService
from bot.services.continuity import Continuity
from bot.services.visitors import Identity
from storage.signals import LocalSignals
from tests.fakes import FakeChannel, known
from tests.services.conftest import KIM, World
from tests.services.test_chat_answers import Chat

ADA = "ada@customer.example"


class MailedChat(Chat):
    """A chat whose visitors can be reached by mail."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        rules = ChatRules(ask_email=AskEmail.OPTIONAL, mails=True)
        self.service = ChatService(world.database, world.intake, LocalSignals(), world.clock, rules=rules)
        self.mail = FakeChannel()
        self.continuity = Continuity(
            world.database, self.mail, world.clock, world.clock.seconds, brand="Northwind"
        )

    async def left(self, email: str = ADA):
        """Ask, leave an address, and be gone when the answer comes."""
        visit, conversation_id = await self.ask()
        if email:
            await self.service.introduce(visit.session, "k1", email)
        await self.advance(conversation_id, retried=False)
        return visit, conversation_id

    async def later(self, **passed: float) -> None:
        await super().later(**passed)
        await self.continuity.look()

    @property
    def mails(self):
        return [(o.delivery.address, o.delivery.text, o.subject) for o in self.mail.sent]

    async def events(self, conversation_id: str) -> list[str]:
        return [event.text for event in (await self.case(conversation_id)).events]


@pytest.fixture
async def chat(world: World) -> MailedChat:
    return MailedChat(world)


async def test_what_was_not_seen_is_mailed_once(chat: MailedChat) -> None:
    _, conversation_id = await chat.left()
    await chat.later(minutes=4)
    assert chat.mails == []

    await chat.later(minutes=2)
    await chat.later(minutes=2)

    (mail,) = chat.mails
    assert mail == (ADA, "You can return unused items within 60 days [1].", "Your chat with Northwind")
    assert (await chat.events(conversation_id))[
        -1
    ] == f"Not seen in the chat, so it went to {ADA} by mail too."
    assert "send.copy" in [row.action for row in await chat.world.audit()]


async def test_what_was_seen_is_not_mailed(chat: MailedChat) -> None:
    visit, _ = await chat.left()
    await chat.fetch(visit)
    await chat.later(minutes=10)
    assert chat.mails == []


async def test_who_left_no_address_gets_no_mail(chat: MailedChat) -> None:
    _, conversation_id = await chat.left(email="")
    await chat.later(minutes=10)
    assert chat.mails == []
    assert (await chat.case(conversation_id)).unseen


async def test_a_relay_that_is_down_is_asked_again_for_a_day(chat: MailedChat) -> None:
    _, conversation_id = await chat.left()
    chat.mail.closed.append(Unavailable("down"))
    chat.mail.fail.append(Unavailable("broke before the text"))
    await chat.later(minutes=6)
    await chat.later(seconds=10)
    await chat.later(minutes=1)
    assert chat.mails == []
    await chat.later(minutes=1)
    assert len(chat.mails) == 1

    _, conversation_id = await chat.left("ben@customer.example")
    chat.mail.closed.append(Unavailable("down"))
    await chat.later(minutes=6)
    await chat.later(hours=25)
    assert (await chat.events(conversation_id))[-1] == "It could not be mailed."


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (Refused("no such mailbox"), "It could not be mailed: no such mailbox"),
        (OutcomeUnknown("broke"), "Nobody knows whether it went out by mail too."),
    ],
)
async def test_what_cannot_be_mailed_is_said_and_not_tried_again(chat: MailedChat, error, said) -> None:
    _, conversation_id = await chat.left()
    chat.mail.fail.append(error)
    await chat.later(minutes=6)
    await chat.later(minutes=10)
    assert chat.mails == []
    assert (await chat.events(conversation_id))[-1] == said


async def test_a_mail_cut_short_is_never_sent_again(chat: MailedChat) -> None:
    _, conversation_id = await chat.left()

    class Killed(BaseException):
        pass

    async def die() -> None:
        raise Killed

    chat.mail.stopped.append(die)
    with pytest.raises(Killed):
        await chat.later(minutes=6)

    await chat.later(minutes=2)

    assert chat.mails == []
    assert (await chat.events(conversation_id))[-1] == "Nobody knows whether it went out by mail too."


async def test_a_strangers_address_gets_only_so_many_mails(chat: MailedChat) -> None:
    for _ in range(8):
        await chat.left()
    await chat.later(minutes=6)
    assert len(chat.mails) == 6
    await chat.later(hours=1)
    assert len(chat.mails) == 8


async def test_a_reply_to_the_mail_continues_the_chat(chat: MailedChat) -> None:
    visit, conversation_id = await chat.left()
    await chat.later(minutes=6)
    reply = Inbound(
        Channel.EMAIL, "<r1@customer.example>", ADA, "And how long?", conversation_hint=conversation_id
    )

    receipt = await chat.world.intake.receive(reply)
    await chat.advance(conversation_id, retried=False)

    assert receipt.conversation_id == conversation_id
    assert [m.content for m in (await chat.case(conversation_id)).messages][2] == "And how long?"
    events = await chat.service.events_after(visit.session, 0)
    mine = [e.payload for e in events if e.payload.get("sender") == "customer"]
    assert (mine[-1]["text"], mine[-1]["via"]) == ("And how long?", "email")
    assert (await chat.case(conversation_id)).current_draft is not None


async def test_rows_nobody_waits_for_are_dropped(chat: MailedChat) -> None:
    _, conversation_id = await chat.left()
    await chat.later(minutes=6)
    assert (await chat.case(conversation_id)).unseen
    await chat.later(days=31)
    assert not (await chat.case(conversation_id)).unseen


@pytest.mark.parametrize(
    "email", ["", "ada", "ada@", "@b.example", "a b@c.example", "a@b", "a@b.c\nBcc: x@y.z", "x" * 300]
)
async def test_what_is_no_address_is_refused(chat: MailedChat, email: str) -> None:
    visit, _ = await chat.ask()
    with pytest.raises(InvalidInput):
        await chat.service.introduce(visit.session, "k1", email)


async def test_a_given_address_is_on_the_card_and_not_looked_up(chat: MailedChat) -> None:
    _, conversation_id = await chat.left()
    case = await chat.case(conversation_id)
    assert (case.customer.email, case.customer.verified, case.customer.known) == (ADA, False, False)
    assert (await chat.events(conversation_id))[
        0
    ] == f"The visitor left the e-mail address {ADA} (not verified)."


async def test_whom_the_site_vouches_for_is_verified_and_looked_up(chat: MailedChat) -> None:
    chat.world.source.records = {ADA: known("Ada Quill", "Quill Ltd")}
    visit, conversation_id = await chat.ask()
    signed_in = await chat.service.open_session(visit.visitor, identity=Identity("id:42", ADA, "Ada"))
    assert (signed_in.visitor, signed_in.reachable) == (visit.visitor, True)

    await chat.advance(conversation_id, retried=False)

    customer = (await chat.case(conversation_id)).customer
    assert (customer.name, customer.company, customer.verified) == ("Ada Quill", "Quill Ltd", True)
    assert "The site vouches for Ada: the identity is verified." in await chat.events(conversation_id)
    await chat.service.introduce(visit.session, "k1", "mallory@evil.example")
    assert (await chat.case(conversation_id)).customer.email == ADA


async def test_a_person_has_one_stream_on_all_devices_and_nobody_else_has_it(chat: MailedChat) -> None:
    ada, ben = Identity("id:42", ADA), Identity("id:43")
    phone = await chat.service.open_session(identity=ada)
    await chat.service.receive(phone.session, "c1", "From my phone")
    laptop = await chat.service.open_session(identity=ada)
    assert len(await chat.service.events_after(laptop.session, 0)) == 1

    for identity in (ben, None):  # Somebody else at the same browser, or she has signed out.
        other = await chat.service.open_session(phone.visitor, identity=identity)
        assert other.visitor != phone.visitor
        assert await chat.service.events_after(other.session, 0) == ()


async def test_a_rating_is_on_record_on_the_card_and_counted_once(chat: MailedChat) -> None:
    visit, conversation_id = await chat.ask()
    with pytest.raises(InvalidInput, match="nothing to rate"):
        await chat.service.rate(visit.session, "r1", 5)
    await chat.world.review.resolve(conversation_id, 1, KIM)
    for score in (0, 6):
        with pytest.raises(InvalidInput):
            await chat.service.rate(visit.session, "r1", score)
    with pytest.raises(InvalidInput):
        await chat.service.rate(visit.session, "r1", 5, "x" * 1_001)

    first = await chat.service.rate(visit.session, "r2", 2, "slow, <!channel>")
    assert await chat.service.rate(visit.session, "r2", 2, "slow, <!channel>") == first
    await chat.service.rate(visit.session, "r3", 4)

    rating = (await chat.case(conversation_id)).rating
    assert rating is not None
    assert (rating.score, rating.comment) == (4, "")
    assert [row.payload["score"] for row in await chat.world.audit() if row.action == "rate"] == [2, 4]
    rated = [text for text in await chat.events(conversation_id) if "rates" in text]
    assert rated == ["The customer rates this 2 of 5: “slow, !channel”", "The customer rates this 4 of 5."]


async def test_remarks_are_limited(chat: MailedChat) -> None:
    visit, _ = await chat.ask()
    for number in range(10):
        await chat.service.introduce(visit.session, f"k{number}", ADA)
    with pytest.raises(SlowDown):
        await chat.service.introduce(visit.session, "k10", ADA)
