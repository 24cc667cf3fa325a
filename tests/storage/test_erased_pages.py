"""Erased, and after what docs/privacy.md asks for, nothing of a customer is left in the files of PostgreSQL.

What SQLite's file still holds is looked at in `tests/bot/test_privacy.py`.
"""

from bot.core.model import Channel
from bot.core.sealing import OPEN
from bot.verbs.privacy.erasing import erase_customer
from storage.database import open_database
from storage.signals import LocalSignals
from storage.urls import parse
from tests.builders import AT, conversation, customer, decision, delivery, draft, message, note, proposal

WORD, ADA, BEN = "zanzibarite", "ada@customer.example", "ben@customer.example"


async def write(tx, name, address, word):
    """Have a word stand in all that is kept of a conversation."""
    talk = {"conversation_id": f"t-{name}"}
    proposed = draft(id=f"d-{name}", proposal=proposal(text=word), **talk)
    decided = decision(id=f"e-{name}", draft_id=proposed.id, **talk)
    await tx.customers.add(customer(id=name, address=address, name=f"{name} {word}"))
    await tx.conversations.add(
        conversation(id=f"t-{name}", customer_id=name, address=address, subject=f"About {word}")
    )
    said = message(id=f"m-{name}", external_id=f"<{name}@x>", content=f"{word} " * 2_000, **talk)
    await tx.messages.add(said, Channel.EMAIL)
    await tx.drafts.add(proposed)
    await tx.decisions.add(decided)
    await tx.deliveries.add(
        delivery(
            id=f"a-{name}", draft_id=proposed.id, decision_id=decided.id, address=address, text=word, **talk
        )
    )
    await tx.notes.add(note(id=f"n-{name}", content=word, **talk))
    await tx.audit.append(at=AT, actor="U1", action="send", subject=f"t-{name}", payload={"text": word})


async def test_nothing_of_who_was_erased_lies_in_the_files_of_postgresql(postgres_server, postgres_url):
    name = str(parse(postgres_url).database)
    async with (
        open_database(postgres_url, LocalSignals(), sealing=OPEN) as database,
        database.transaction() as tx,
    ):
        await write(tx, "ada", ADA, WORD)
        await write(tx, "ben", BEN, "baobab")
    postgres_server.execute("ANALYZE", name)  # As it does by itself: samples of what is there are kept.
    told = await erase_customer(postgres_url, ADA, None, yes=True, actor="dpo")
    assert "run ANALYZE, VACUUM FULL and CHECKPOINT on the database" in str(told)
    assert WORD.encode() in postgres_server.bytes_of(name)  # That is why they have to be run.
    for statement in ("ANALYZE", "VACUUM FULL"):
        postgres_server.execute(statement, name)
    left = postgres_server.bytes_of(name)
    assert BEN.encode() in left
    assert b"baobab" in left
    assert [word for word in (WORD, ADA) if word.encode() in left] == []
