"""Messages that are encrypted in the database: who reads it learns nothing, who works with it notices nothing."""

import asyncio
import json
import tracemalloc
from contextlib import asynccontextmanager
from datetime import timedelta
from hashlib import sha256

import pytest
from sqlalchemy import JSON, LargeBinary, Text, text

from bot.core.errors import Misconfigured, NotStored
from bot.core.model import Channel, DeliveryState, Rating, Reason, Suggestion
from bot.core.ports.desk_work import Writing
from bot.core.sealing import OPEN, Sealing
from bot.core.steering.reviews import Scorecard
from bot.core.teamwork.state import Acknowledgement
from bot.verbs.audit import auditing
from bot.verbs.database.rotating import rotate_keys
from bot.verbs.privacy.erasing import erase_customer
from bot.verbs.privacy.exporting import everything
from storage.bodies import Body
from storage.database import open_database, utc_now
from storage.resealing import Sealer, begin, rotate
from storage.signals import LocalSignals
from storage.tables import metadata
from tests.builders import (
    AT,
    conversation,
    customer,
    decision,
    delivery,
    draft,
    message,
    note,
    proposal,
)
from tests.waiting import PATIENCE

WORD = "zanzibarite"
OLD, NEW = "o" * 32, "n" * 32
SEALED = Sealing((OLD,), bodies=True)
FILE = f"a file about {WORD}".encode()
NAME = sha256(FILE).hexdigest()
PLACES = {
    f"{table.name}.{column.name}"
    for table in metadata.sorted_tables
    for column in table.columns
    if isinstance(column.type, Body)
}

# Compared in the database, or nothing that people wrote to each other: docs/security.md tells that it is legible.
PLAIN = set(
    "access_tokens.sealed acknowledgements.address audit.action audit.actor audit.subject blocked_senders.address "
    "chat_events.key chat_events.visitor chat_sessions.visitor chat_unseen.visitor chat_visitors.email "
    "chat_visitors.name chat_visitors.subject chat_visitors.visitor conversations.address conversations.subject "
    "customers.address customers.company customers.email customers.facts customers.looks customers.name "
    "data_keys.wrapped day_sheets.sheet decisions.policy_version deliveries.address deliveries.author deliveries.cc "
    "deliveries.error deliveries.external_id deliveries.uncopied events.text external_refs.external_id "
    "external_refs.mark external_refs.trouble external_refs.url installation.value mailboxes.left mailboxes.name "
    "merges.moved messages.author messages.external_id model_uses.model model_uses.prompt notes.author notices.said "
    "processes.down processes.duties rating_requests.address reviews.verdict settings.actor settings.key "
    "settings.value suggestions.article turn_facts.agent turn_facts.article turn_facts.reason watches.called "
    "watches.followers".split()
)

TABLES = len({place.partition(".")[0] for place in PLACES})  # With a row in each.


@asynccontextmanager
async def opened(url, sealing=SEALED):
    async with open_database(url, LocalSignals(), sealing=sealing) as database:
        await begin(database, utc_now())
        yield database


async def fill(database):
    """Have the word stand wherever words of customers and agents are kept."""
    quoted = {"quoted": f"> {WORD}", "automatic": "", "attachments": [{"sha256": NAME, "name": "a.txt"}]}
    talk = conversation().id
    async with database.transaction() as tx:
        await tx.customers.add(customer())
        await tx.conversations.add(conversation())
        await tx.messages.add(message(content=f"Where is my {WORD}?", metadata=quoted), Channel.EMAIL)
        await tx.raw_mails.keep("0" * 64, FILE, AT)
        await tx.attachments.keep(NAME, FILE, AT)
        await tx.drafts.add(draft(proposal=proposal(text=WORD)))
        await tx.decisions.add(decision(reasons=(Reason("legal", f"A matter for lawyers (“{WORD}”)"),)))
        await tx.scorecards.put(Scorecard(draft().id, "UBOSS", True, None, None, None, None, WORD, AT))
        await tx.deliveries.add(delivery(text=WORD, decision_id=decision().id))
        await tx.notes.add(note(content=WORD))
        await tx.suggestions.add(Suggestion("s1", talk, WORD, WORD, "U1", AT))
        await tx.ratings.put(Rating(talk, 5, WORD, AT))
        await tx.chat.append("visitor", "message", {"text": WORD}, key="1", at=AT)
        await tx.writings.put(Writing(talk, "U1", 1, None, (("b", WORD),), AT))
        await tx.acknowledgements.add(
            Acknowledgement(talk, Channel.EMAIL, "ada@customer.example", WORD, DeliveryState.PENDING, AT)
        )
        await tx.audit.append(at=AT, actor="U1", action="send", subject=talk, payload={"text": WORD})


async def stored(database, place):
    """Return what lies in a column, as it lies there."""
    table, column = place.split(".")
    async with database.snapshot() as tx:
        rows = await tx.connection.execute(text(f"SELECT {column} FROM {table}"))  # noqa: S608 - our own names.
        found = [row[0] for row in rows]
    assert found, place
    return json.dumps(
        [bytes(one).decode("latin-1") if isinstance(one, bytes | memoryview) else one for one in found]
    )


async def in_clear(database):
    return {place for place in PLACES if WORD in await stored(database, place)}


async def read_back(database):
    async with database.snapshot() as tx:
        case = await tx.conversations.case(conversation().id)
        (event,) = await tx.chat.after("visitor", 0, 5)
        (row,) = [row for row in await tx.audit.rows() if row.action == "send"]
        writing = await tx.writings.get(conversation().id, "U1")
        told = await tx.acknowledgements.get(conversation().id)
        (card,) = await tx.scorecards.of([case.draft.id])
        assert await tx.raw_mails.get("0" * 64) == FILE
        assert await tx.attachments.get(NAME) == FILE
    said = case.messages[0]
    assert (said.content, said.metadata["quoted"]) == (f"Where is my {WORD}?", f"> {WORD}")
    assert (case.draft.proposal.text, case.deliveries[0].text, case.notes[0].content) == (WORD, WORD, WORD)
    assert (case.decision.reasons[0].text, card.note) == (f"A matter for lawyers (“{WORD}”)", WORD)
    assert (event.payload, row.payload, writing.parts, told.text) == (
        {"text": WORD},
        {"text": WORD},
        (("b", WORD),),
        WORD,
    )


def test_of_each_column_of_texts_it_is_said_whether_it_is_encrypted():
    """A new one is a body, or stands in the list above: nobody forgets it."""
    large = JSON | Text | LargeBinary
    kinds = {f"{t.name}.{c.name}": c.type for t in metadata.sorted_tables for c in t.columns}
    texts = {name for name, kind in kinds.items() if isinstance(getattr(kind, "impl_instance", kind), large)}
    assert texts - PLACES == PLAIN


async def test_without_the_option_everything_lies_there_as_it_is(url):
    async with opened(url, OPEN) as database:
        await fill(database)
        assert await in_clear(database) == PLACES


async def test_with_the_option_nothing_is_legible_and_all_of_it_is_read(url):
    async with opened(url) as database:
        await fill(database)
        assert await in_clear(database) == set()
        await read_back(database)
    async with opened(url) as again:
        await read_back(again)


async def test_what_was_there_before_the_option_is_encrypted_and_after_it_decrypted(url):
    async with opened(url, OPEN) as before:
        await fill(before)
    async with opened(url) as database:
        await read_back(database)
        await Sealer(database).look()
        assert await in_clear(database) == set()
        await read_back(database)
    async with opened(url, Sealing((OLD,))) as after:
        await read_back(after)
        await Sealer(after).look()
        assert await in_clear(after) == PLACES
        await read_back(after)


async def test_keys_are_rotated_and_what_the_old_ones_closed_cannot_be_opened_with_a_copy_of_them(url):
    async with opened(url) as database:
        await fill(database)
        before = await stored(database, "messages.content")
    said = await rotate_keys(url, Sealing((NEW, OLD), bodies=True), "somebody")
    assert said.startswith(f"{TABLES} rows were encrypted with a new key.")
    with pytest.raises(Misconfigured, match="opens with none of the keys given"):
        async with opened(url):
            pass
    async with opened(url, Sealing((NEW,), bodies=True)) as database:
        await read_back(database)
        assert await stored(database, "messages.content") != before
        async with database.snapshot() as tx:
            assert await tx.connection.scalar(text("SELECT count(*) FROM data_keys")) == 1
    assert not (await auditing.verify(url, sealing=Sealing((NEW,)))).broken


async def test_rotation_without_the_option_decrypts_and_then_no_key_is_needed(url):
    async with opened(url) as database:
        await fill(database)
    assert (await rotate_keys(url, Sealing((OLD,)), "somebody")).startswith(f"{TABLES} rows were decrypted.")
    async with opened(url, OPEN) as database:
        await read_back(database)
        assert await in_clear(database) == PLACES


@pytest.mark.parametrize("sealing", [OPEN, SEALED])
async def test_what_is_as_it_has_to_be_is_only_looked_at(url, sealing):
    """A start keeps nobody waiting, and waits for nobody: another process is in the middle of writing."""
    async with opened(url, sealing) as database, opened(url, sealing) as other:
        await fill(database)
        async with other.transaction() as tx:
            await tx.connection.execute(text("UPDATE messages SET seq = seq"))
            await asyncio.wait_for(Sealer(database).look(), PATIENCE)


async def test_large_files_are_encrypted_without_having_all_of_them_in_memory(url):
    size, number = 1_000_000, 24
    files = {sha256(b"%d" % one).hexdigest(): one for one in range(number)}
    async with opened(url, OPEN) as database:
        for name, one in files.items():
            async with database.transaction() as tx:
                await tx.attachments.keep(name, bytes([one]) * size, AT)
    async with opened(url) as database:
        tracemalloc.start()
        await Sealer(database).look()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        async with database.snapshot() as tx:
            assert await tx.attachments.get(next(iter(files))) == bytes(size)
            plain = text("SELECT count(*) FROM attachments WHERE length(content) <= :size")
            assert await tx.connection.scalar(plain, {"size": size}) == 0
    assert peak < number * size


async def test_the_newest_key_is_the_one_that_was_made_last_whatever_the_clock_says(url):
    async with opened(url) as database:
        await fill(database)
        async with database.snapshot() as tx:
            old = await tx.connection.scalar(text("SELECT id FROM data_keys"))
        await rotate(database, utc_now() - timedelta(days=30), "somebody", lambda *_: None)
        async with database.snapshot() as tx:
            (new,) = (await tx.connection.scalars(text("SELECT id FROM data_keys"))).all()
        assert new != old
        await read_back(database)


@pytest.mark.parametrize("keys", [(), (NEW,)])
async def test_a_wrong_key_is_told_at_the_start_and_changes_nothing(url, keys):
    async with opened(url) as database:
        await fill(database)
    for bodies in (False, bool(keys)):
        with pytest.raises(Misconfigured, match="THREADPILOT_ENCRYPTION_KEY"):
            async with opened(url, Sealing(keys, bodies)):
                pass
    async with opened(url) as database:
        await read_back(database)


async def test_another_process_learns_of_a_new_key_by_meeting_it(url):
    async with opened(url, Sealing((OLD,))) as other, opened(url) as database:
        await fill(database)
        with pytest.raises(NotStored, match="a key we do not have"):
            await read_back(other)
        await read_back(other)


async def test_what_was_changed_or_put_elsewhere_is_not_taken_for_what_it_was(url):
    async with opened(url) as database:
        await fill(database)
        swapped = "UPDATE messages SET content = (SELECT content FROM notes)"
        async with database.transaction() as tx:
            await tx.connection.execute(text(swapped))
        with pytest.raises(ValueError, match="what is encrypted there was changed"):
            await read_back(database)


@pytest.mark.parametrize(
    "said", ["\x01", "\x01:", "\x01deadbeef:AAAA", "\x01:\x01deadbeef:AA==", "", "\x01deadbeef:é"]
)
@pytest.mark.parametrize("sealing", [OPEN, SEALED])
async def test_a_customer_cannot_write_what_is_taken_for_a_box(url, said, sealing):
    async with opened(url, sealing) as database:
        async with database.transaction() as tx:
            await tx.customers.add(customer())
            await tx.conversations.add(conversation())
            await tx.messages.add(message(content=said, metadata={"quoted": said}), Channel.EMAIL)
            await tx.attachments.keep(NAME, said.encode(), AT)
        async with database.snapshot() as tx:
            case = await tx.conversations.case(conversation().id)
            assert await tx.attachments.get(NAME) == said.encode()
        assert (case.messages[0].content, case.messages[0].metadata["quoted"]) == (said, said)


async def test_a_search_does_not_take_what_is_encrypted_for_words(url):
    """A part of a box is no word of anybody's; names, addresses and subjects are still searched."""
    async with opened(url, OPEN) as database:
        await fill(database)
        async with database.snapshot() as tx:
            assert tx.outcomes.reads_messages
            assert len(await tx.outcomes.find(WORD, 5)) == 1
    async with opened(url) as database:
        await Sealer(database).look()
        box = json.loads(await stored(database, "messages.content"))[0].partition(":")[2]
        async with database.snapshot() as tx:
            assert not tx.outcomes.reads_messages
            for asked in (box[:3], box[4:12], WORD):
                assert not await tx.outcomes.find(asked, 5)
            assert len(await tx.outcomes.find("ada@customer", 5)) == 1


async def test_audit_export_and_erase_work_as_before(url):
    async with opened(url) as database:
        await fill(database)
    with pytest.raises(Misconfigured, match="THREADPILOT_ENCRYPTION_KEY"):
        await auditing.verify(url)
    assert str(await auditing.verify(url, sealing=SEALED)) == "The audit chain is whole: 1 rows."
    told = await everything(url, "ada@customer.example", SEALED)
    assert told.files == {NAME: FILE}
    assert told.tables["messages"][0]["content"] == f"Where is my {WORD}?"
    await erase_customer(url, "ada@customer.example", None, yes=True, actor="dpo", sealing=SEALED)
    assert str(await auditing.verify(url, sealing=SEALED)) == "The audit chain is whole: 2 rows."
    async with opened(url) as database, database.snapshot() as tx:
        assert await tx.conversations.case(conversation().id) is None
        assert await tx.attachments.get(NAME) is None


async def test_the_key_does_not_lie_in_the_database(path, sqlite_url):
    async with opened(sqlite_url) as database:
        await fill(database)
    kept = b"".join(one.read_bytes() for one in path.parent.glob("threadpilot.db*"))
    assert OLD.encode() not in kept
    assert WORD.encode() not in kept
