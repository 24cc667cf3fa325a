"""The audit chain finds a changed, missing or moved row."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.core.audit import (
    EMPTY,
    ERASE,
    GENESIS,
    TOMBSTONE,
    AuditRow,
    Head,
    chain_hash,
    emptied_by,
    first_broken,
    head_of,
)

AT = datetime(2026, 11, 23, tzinfo=UTC)


def chain(length: int) -> list[AuditRow]:
    rows: list[AuditRow] = []
    for seq in range(1, length + 1):
        previous = rows[-1].hash if rows else GENESIS
        said = {"seq": seq, "at": AT, "actor": "U1", "action": "send", "subject": "c", "payload": {"n": seq}}
        rows.append(AuditRow(**said, previous=previous, hash=chain_hash(previous, **said)))
    return rows


def test_an_untouched_chain_is_whole() -> None:
    assert first_broken(chain(5)) is None
    assert first_broken([]) is None


@pytest.mark.parametrize("field", ["actor", "action", "subject", "hash", "previous"])
def test_a_changed_field_is_found(field: str) -> None:
    rows = chain(4)
    rows[2] = replace(rows[2], **{field: "x"})
    assert first_broken(rows) == rows[2]


def test_a_changed_payload_is_found() -> None:
    rows = chain(3)
    rows[0] = replace(rows[0], payload={"n": 99})
    assert first_broken(rows) == rows[0]


def test_a_missing_and_a_moved_row_are_found() -> None:
    rows = chain(4)
    assert first_broken([rows[0], *rows[2:]]) == rows[2]
    assert first_broken([rows[0], rows[2], rows[1], rows[3]]) == rows[2]
    assert first_broken(rows[1:]) == rows[1]


def test_a_chain_may_be_looked_at_in_parts() -> None:
    rows = chain(5)
    assert first_broken(rows[2:], Head(2, rows[1].hash)) is None
    assert first_broken(rows[2:], Head(2, rows[0].hash)) == rows[2]


def test_an_end_is_read_from_what_people_copy() -> None:
    head = Head(1204, "a1" * 32)
    assert head_of(f"The end is `{head}`.") == head
    assert head_of(str(head).upper()) == head


@pytest.mark.parametrize(
    "text", ["", "12", f"x:{'a' * 64}", f"1:{'a' * 63}", f"1:{'a' * 65}", f"{'9' * 19}:{'a' * 64}"]
)
def test_what_is_no_end_is_none(text: str) -> None:
    assert head_of(text) is None


def test_a_row_that_was_emptied_on_record_keeps_the_chain_and_one_that_was_not_breaks_it():
    rows = chain(3)
    emptied = [rows[0], replace(rows[1], payload=TOMBSTONE), rows[2]]
    assert first_broken(emptied) == emptied[1]
    assert first_broken(emptied, EMPTY, {2: rows[1].hash}) is None
    assert first_broken(emptied, EMPTY, {2: "0" * 64}) == emptied[1]


def test_an_erasure_names_what_it_emptied():
    row = replace(chain(1)[0], action=ERASE, payload={"audit": {"2": "ab", "x": "cd"}})
    assert emptied_by(row) == {2: "ab"}
    assert emptied_by(replace(row, action="send")) == {}
    assert emptied_by(replace(row, payload={"audit": 5})) == {}
