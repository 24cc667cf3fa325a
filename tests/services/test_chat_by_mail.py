"""A chat that goes on by mail: the real channel, a real SMTP server on either side, and the real intake."""

from email import message_from_bytes, policy
from email.message import EmailMessage

from bot.core.model import Channel
from bot.services.continuity import Continuity
from integrations.email.channel import EmailChannel
from integrations.email.compose import Mailbox
from tests.handlers.mail.test_smtp_listener import SECRET, SUPPORT, listening, sent
from tests.integrations.email.test_channel import Sink, serving
from tests.services.conftest import World
from tests.services.test_continuity import ADA, MailedChat


async def test_an_answer_that_was_not_seen_is_mailed_and_its_reply_is_in_the_chat(world: World) -> None:
    chat, sink = MailedChat(world), Sink()
    async with serving(sink) as url, listening(world.intake) as listener:
        channel = EmailChannel(url, Mailbox("Northwind", SUPPORT), SECRET)
        chat.continuity = Continuity(
            world.database, channel, world.clock, world.clock.seconds, brand="Northwind"
        )
        visit, conversation_id = await chat.left()
        await chat.later(minutes=6)

        (envelope,) = sink.mails
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert (envelope.rcpt_tos, mail["Subject"]) == ([ADA], "Re: Your chat with Northwind")
        assert "You can return unused items" in mail.get_body(("plain",)).get_content()

        reply = EmailMessage(policy=policy.SMTP)
        reply["From"], reply["To"], reply["Subject"] = ADA, mail["Reply-To"], mail["Subject"]
        reply["Message-ID"], reply["In-Reply-To"] = "<r1@customer.example>", mail["Message-ID"]
        reply.set_content("And who pays the postage?")
        address = mail["Reply-To"].addresses[0].addr_spec
        code, _ = await sent(listener, reply.as_bytes(), sender=ADA, recipients=(address,))
        assert code == 250

    case = await chat.case(conversation_id)
    assert (case.conversation.channel, case.conversation.turn) == (Channel.CHAT, 2)
    assert case.messages[-1].content == "And who pays the postage?"
    events = await chat.service.events_after(visit.session, 0)
    assert events[-1].payload["text"] == "And who pays the postage?"
