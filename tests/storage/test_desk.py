"""What the stores keep for Slack and the web chat: posts, notes, settings and event streams."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.core.ports.storage import ChatEvent, ChatSession, DeskPost, Setting
from storage.tables import left_posts
from tests.builders import AT, conversation, customer, draft, note, verdict

ROOT = DeskPost(conversation().id, "root", "C0MAIL", "1763888400.000100", "d1")
REPLY = DeskPost(conversation().id, "message:1", "C0MAIL", "1763888401.000100", "d2")


@pytest.fixture(autouse=True)
async def talk(database):
    async with database.transaction() as tx:
        await tx.customers.add(customer())
        await tx.conversations.add(conversation())


async def test_posts_are_found_by_sheet_and_by_place(database):
    async with database.transaction() as tx:
        await tx.desk_posts.put(ROOT)
        await tx.desk_posts.put(REPLY)
        await tx.desk_posts.put(replace(ROOT, digest="d3"))
        assert await tx.desk_posts.of(conversation().id) == {
            "root": replace(ROOT, digest="d3"),
            "message:1": REPLY,
        }
        assert await tx.desk_posts.conversation_at("C0MAIL", REPLY.ts) == conversation().id
        assert await tx.desk_posts.conversation_at("C0ELSE", REPLY.ts) is None


async def test_posts_are_forgotten_together(database):
    async with database.transaction() as tx:
        await tx.desk_posts.put(ROOT)
        await tx.desk_posts.put(REPLY)
        await tx.desk_posts.drop(conversation().id)
        assert await tx.desk_posts.of(conversation().id) == {}


async def test_a_note_is_kept_once_edited_and_removed(database):
    async with database.transaction() as tx:
        assert await tx.notes.add(note()) is True
        assert await tx.notes.add(note(id="f" * 32, content="twice")) is False
        assert await tx.notes.edit(note().desk_ref, "better") == conversation().id
        assert (await tx.conversations.case(conversation().id)).notes == (note(content="better"),)
        assert await tx.notes.remove(note().desk_ref) == conversation().id
        assert (await tx.conversations.case(conversation().id)).notes == ()


async def test_a_note_nobody_knows_is_left_alone(database):
    async with database.transaction() as tx:
        assert await tx.notes.edit("C0:none", "text") is None
        assert await tx.notes.remove("C0:none") is None


async def test_the_last_verdict_counts(database):
    changed = verdict(good=False, actor="U2")
    async with database.transaction() as tx:
        await tx.drafts.add(draft())
        await tx.verdicts.set(verdict())
        await tx.verdicts.set(changed)
        assert (await tx.conversations.case(conversation().id)).verdict == changed


async def test_the_newest_setting_of_a_key_is_in_force(database):
    old, new = Setting("mode.chat", "assist", "U1", AT), Setting("mode.chat", "auto", "U2", AT)
    other = Setting("auto_above.email", 0.95, "U1", AT)
    nothing = Setting("signature", None, "U1", AT)
    async with database.transaction() as tx:
        assert await tx.settings.current() == {}
        for setting in (old, other, new, nothing):
            await tx.settings.set(setting)
        assert await tx.settings.current() == {
            "mode.chat": new,
            "auto_above.email": other,
            "signature": nothing,
        }


async def test_a_session_keeps_its_visitor(database):
    async with database.transaction() as tx:
        await tx.chat.open_session("a" * 64, "visitor-1", at=AT)
        await tx.chat.open_session("a" * 64, "visitor-2", at=AT)
        assert await tx.chat.session("a" * 64, since=AT) == ChatSession(
            "visitor-1", identified=False, created_at=AT
        )
        assert await tx.chat.session("a" * 64, since=AT + timedelta(seconds=1)) is None
        assert await tx.chat.session("b" * 64, since=AT) is None


async def test_chat_events_are_numbered_per_visitor_and_kept_once_per_key(database):
    async with database.transaction() as tx:
        assert await tx.chat.last_seq("ada") == 0
        assert await tx.chat.append("ada", "message", {"text": "one"}, key="k1", at=AT) == 1
        assert await tx.chat.append("ada", "message", {"text": "two"}, key="k2", at=AT) == 2
        assert await tx.chat.append("ada", "message", {"text": "changed"}, key="k1", at=AT) == 1
        assert await tx.chat.append("bob", "state", {}, key="k1", at=AT) == 1
        assert await tx.chat.last_seq("ada") == 2
        assert (await tx.chat.seq_of("ada", "k2"), await tx.chat.seq_of("ada", "k3")) == (2, None)
    async with database.snapshot() as tx:
        one, two = (ChatEvent(n, "message", {"text": text}, AT) for n, text in ((1, "one"), (2, "two")))
        assert list(await tx.chat.after("ada", 0, 10)) == [one, two]
        assert list(await tx.chat.after("ada", 0, 1)) == [one]
        assert list(await tx.chat.after("ada", 1, 10)) == [two]
        assert list(await tx.chat.after("ada", 2, 10)) == []


async def test_where_something_stood_before_it_was_posted_elsewhere_stays_known(database):
    async def left():
        async with database.snapshot() as tx:
            rows = await tx.connection.execute(select(left_posts))
            return {(row.slack_channel, row.ts, row.thread_ts) for row in rows}

    async with database.transaction() as tx:
        await tx.desk_posts.put(ROOT)
        await tx.desk_posts.put(REPLY)
        await tx.desk_posts.put(replace(REPLY, digest="d9"))
    assert await left() == set()
    async with database.transaction() as tx:
        await tx.desk_posts.put(replace(REPLY, slack_channel="C0ELSE", ts="9.9"))
    assert await left() == {("C0MAIL", REPLY.ts, ROOT.ts)}
    for _ in range(2):  # Where it stood before, it may stand again.
        async with database.transaction() as tx:
            await tx.desk_posts.drop(conversation().id)
            await tx.desk_posts.put(ROOT)
    assert await left() == {
        ("C0MAIL", REPLY.ts, ROOT.ts),
        ("C0ELSE", "9.9", ROOT.ts),
        ("C0MAIL", ROOT.ts, ROOT.ts),
    }
