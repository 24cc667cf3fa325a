"""Values as JSON and back, and everything that is no such value."""

import json
from datetime import date

import pytest

from bot.core.context import Fact, Look, Outcome
from bot.core.model import Evidence, Flag, MovedMessage, Proposal, Reason, Source
from storage.codec import (
    decode_copies,
    decode_facts,
    decode_looks,
    decode_moved,
    decode_proposal,
    decode_reasons,
    encode_facts,
    encode_looks,
    encode_moved,
    encode_proposal,
    encode_reasons,
)
from tests.builders import AT, proposal

RICH = Proposal(
    text="Ja — „gern“ [1]\n\x07",
    confidence=1.0,
    sources=(Source(1, "a", "A", "https://a.example", date(2027, 2, 28)), Source(2, "b", "B", "")),
    evidence=(Evidence("for", 1.25), Evidence("against", -3.0)),
    flags=(Flag("soft", "s"), Flag("hard", "h", hard=True)),
    author="some-model",
)


def through_json(value):
    return json.loads(json.dumps(value))


@pytest.mark.parametrize("value", [RICH, proposal(), Proposal("", 0.0), Proposal("x", 0)])
def test_a_proposal_survives(value):
    assert decode_proposal(through_json(encode_proposal(value))) == value


def test_reasons_survive():
    reasons = (Reason("below", "too low"), Reason("legal", "“lawyer”"))
    assert decode_reasons(through_json(encode_reasons(reasons))) == reasons


def test_answers_of_before_had_no_copies():
    assert decode_copies(None) == ()
    assert decode_copies(["ben@customer.example"]) == ("ben@customer.example",)


def test_places_of_messages_survive():
    moved = (MovedMessage("m1", 1, 1), MovedMessage("m2", 2, 0))
    assert decode_moved(through_json(encode_moved(moved))) == moved


@pytest.mark.parametrize("garbage", [None, {}, [{}], [{"id": "m", "seq": "1", "turn": 1}]])
def test_garbage_is_no_place_of_a_message(garbage):
    with pytest.raises(ValueError, match=r"must be|expected"):
        decode_moved(garbage)


GARBAGE = [None, 0, 1.5, True, "text", [], {}, [[]], [None], [{}], {"text": 1}, {"text": None}]


@pytest.mark.parametrize("garbage", GARBAGE)
def test_garbage_is_no_proposal(garbage):
    with pytest.raises(ValueError, match=r"must be|expected"):
        decode_proposal(garbage)


@pytest.mark.parametrize(
    ("field", "garbage"),
    [
        ("text", None),
        ("confidence", "0.9"),
        ("confidence", True),
        ("confidence", float("nan")),
        ("author", 3),
        ("sources", None),
        ("sources", {}),
        ("sources", ["x"]),
        ("sources", [{"number": "1", "slug": "", "title": "", "url": ""}]),
        ("sources", [{"number": 1, "slug": "", "title": "", "url": "", "review_by": "soon"}]),
        ("sources", [{"number": 1, "slug": "", "title": "", "url": "", "review_by": 20270101}]),
        ("evidence", [{"text": "no weight"}]),
        ("evidence", [{"text": "x", "weight": None}]),
        ("flags", [{"name": "no text"}]),
        ("flags", "none"),
    ],
)
def test_one_bad_field_spoils_a_proposal(field, garbage):
    with pytest.raises(ValueError, match=r"must be|expected|Invalid isoformat"):
        decode_proposal(encode_proposal(RICH) | {field: garbage})


@pytest.mark.parametrize("field", ["text", "confidence", "author", "sources", "evidence", "flags"])
def test_no_field_may_be_missing(field):
    stored = encode_proposal(RICH)
    del stored[field]
    with pytest.raises(ValueError, match=r"must be|expected"):
        decode_proposal(stored)


@pytest.mark.parametrize("garbage", [None, {}, "x", 1, ["x"], [{"code": "c"}], [{"code": 1, "text": "t"}]])
def test_garbage_is_no_reasons(garbage):
    with pytest.raises(ValueError, match=r"must be|expected"):
        decode_reasons(garbage)


FACTS = (Fact("plan", "Gold", "Salesforce", AT, "Plan", personal=False, internal=True), Fact("", "x"))
LOOKS = (Look("Salesforce", Outcome.FOUND, AT, "", "https://crm.example/1", ("003",)),)


def test_facts_and_looks_survive():
    assert decode_facts(through_json(encode_facts(FACTS))) == FACTS
    assert decode_looks(through_json(encode_looks(LOOKS))) == LOOKS


def test_lines_of_an_earlier_version_are_facts():
    assert decode_facts(["Gold since 2019"]) == (Fact("", "Gold since 2019"),)


@pytest.mark.parametrize("garbage", [None, {}, "x", 1, [1], [None, "x"], [{"name": "n"}], [{"name": 1}]])
def test_garbage_is_no_facts(garbage):
    with pytest.raises(ValueError, match=r"must be|expected"):
        decode_facts(garbage)


@pytest.mark.parametrize(
    ("field", "garbage"),
    [("outcome", None), ("outcome", "x y"), ("at", None), ("at", "x y"), ("source", None), ("link", 1)],
)
def test_garbage_is_no_look(field, garbage):
    (stored,) = encode_looks(LOOKS)
    with pytest.raises(ValueError, match=r"must be|not a valid|isoformat"):
        decode_looks([stored | {field: garbage}])
