"""Whatever bytes come, there is a message for people and the original beside it; the same again changes nothing."""

import random
from hashlib import sha256

from bot.core.sealing import OPEN
from bot.services.intake import Intake
from handlers.mail.inbound import Envelope, House, inbound_of
from handlers.mail.keeping import MailDesk
from integrations.email.address import reply_address, subject_token
from storage.database import open_database, utc_now
from storage.signals import LocalSignals
from tests.handlers.mail.test_forwards import HOUSE, MX, SUPPORT, mail
from tests.integrations.email.test_mutations import SEEDS

SECRET, SOME = "a secret", "ab" * 16
ADDRESSED = (
    f"From: ada@customer.example\r\nTo: {reply_address(SUPPORT, SOME, SECRET)}, ben@customer.example\r\n"
    f"Subject: Re: Parcel {subject_token(SOME, SECRET)}\r\nReferences: <a@x> <b@x>\r\n\r\nHello\r\n"
).encode()
OURS = [*SEEDS, mail(), ADDRESSED, b"", b"\x00", b"\xff" * 50]
SPICE = [
    b"\x00",
    b"\xff\xfe",
    b"\r",
    b"\n\n",
    b"--x\n",
    b"=?utf-8?b?",
    b"?=",
    b"[#",
    b"]",
    b"<",
    b"@",
    b"\xe2\x80\xae",
    b"+",
    b";",
]


def damaged(rng: random.Random) -> bytes:
    raw = bytearray(rng.choice(OURS))
    for _ in range(rng.randint(0, 8)):
        at = rng.randint(0, len(raw))
        raw[at : at + rng.randint(0, 30)] = rng.choice([*SPICE, rng.randbytes(rng.randint(0, 9))])
    return bytes(raw)


def test_any_mail_is_read_with_everything_the_settings_can_ask_for():
    rng = random.Random(7)
    for _ in range(400):
        inbound = inbound_of(damaged(rng), Envelope("", (SUPPORT,)), HOUSE)
        assert inbound.address
        assert inbound.external_id
    assert inbound_of(mail(), Envelope(), House(SUPPORT, "x", MX)).address == "kim@northwind.example"


async def test_every_mail_is_a_message_with_its_original_beside_it():
    rng, kept = random.Random(11), {}
    async with open_database("sqlite+aiosqlite://", LocalSignals(), sealing=OPEN) as database:
        desk = MailDesk(Intake(database, utc_now), SUPPORT, SECRET, authserv_id=MX, agents=HOUSE.agents)
        for _ in range(120):
            raw = damaged(rng)
            first = await desk.keep(raw, Envelope("x@customer.example", (SUPPORT,)))
            again = await desk.keep(raw, Envelope("x@customer.example", (SUPPORT,)))
            assert (again.conversation_id, again.duplicate) == (first.conversation_id, True)
            kept.setdefault(raw, first.conversation_id)
        async with database.snapshot() as tx:
            for raw, conversation_id in kept.items():
                case = await tx.conversations.case(conversation_id)
                assert case is not None
                assert case.messages
                mine = {m.metadata.get("raw_sha256") for m in case.messages}
                digest = sha256(raw).hexdigest()
                if digest in mine:  # Else the same mail came before with other bytes around it.
                    assert await tx.raw_mails.get(digest) == raw
            found = sum([await tx.raw_mails.get(sha256(raw).hexdigest()) == raw for raw in kept])
    assert found > 100
