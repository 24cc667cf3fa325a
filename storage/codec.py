"""Values of the model as JSON and back. What is no such value raises ValueError."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from datetime import date, datetime
from math import isfinite
from typing import Any, TypeVar

from bot.core.context import Fact, Look, Outcome
from bot.core.model import Evidence, Flag, MovedMessage, Proposal, Reason, Source
from storage.columns import storable

T = TypeVar("T")


def encode_proposal(proposal: Proposal) -> dict[str, Any]:
    """Return the JSON form of a proposal."""
    return {
        "text": proposal.text,
        "confidence": proposal.confidence,
        "author": proposal.author,
        "sources": [_encode_source(source) for source in proposal.sources],
        "evidence": [{"text": item.text, "weight": item.weight} for item in proposal.evidence],
        "flags": [{"name": flag.name, "text": flag.text, "hard": flag.hard} for flag in proposal.flags],
        "facts": encode_facts(proposal.facts),
    }


def decode_proposal(stored: Any) -> Proposal:
    """Return the proposal that `encode_proposal` turned into `stored`."""
    values = _mapping(stored)
    return Proposal(
        text=_text(values, "text"),
        confidence=_number(values, "confidence"),
        author=_text(values, "author"),
        sources=_each(_decode_source, values.get("sources")),
        evidence=_each(_decode_evidence, values.get("evidence")),
        flags=_each(_decode_flag, values.get("flags")),
        facts=decode_facts(values.get("facts", [])),
    )


def encode_reasons(reasons: Iterable[Reason]) -> list[dict[str, str]]:
    """Return the JSON form of a decision's reasons."""
    return [{"code": reason.code, "text": reason.text} for reason in reasons]


def decode_reasons(stored: Any) -> tuple[Reason, ...]:
    """Return the reasons that `encode_reasons` turned into `stored`."""
    return _each(lambda values: Reason(_text(values, "code"), _text(values, "text")), stored)


def decode_lines(stored: Any) -> tuple[str, ...]:
    """Return short lines of text that were kept as a JSON list."""
    if not isinstance(stored, list) or not all(isinstance(line, str) for line in stored):
        raise ValueError("a list of texts was expected")
    return tuple(stored)


def encode_parts(parts: Iterable[tuple[str, str]]) -> list[list[str]]:
    """Return the JSON form of what stands in the inputs of a window: block id and text of each."""
    return [[block, storable(typed)] for block, typed in parts]


def decode_parts(stored: Any) -> tuple[tuple[str, str], ...]:
    """Return the inputs that `encode_parts` turned into `stored`."""
    if not isinstance(stored, list) or not all(isinstance(pair, list) and len(pair) == 2 for pair in stored):
        raise ValueError("a list of pairs was expected")
    return tuple((str(block), str(typed)) for block, typed in stored)


def encode_facts(facts: Iterable[Fact]) -> list[dict[str, Any]]:
    """Return the JSON form of what is known about a customer."""
    return [{**asdict(fact), "at": _moment(fact.at)} for fact in facts]


def decode_facts(stored: Any) -> tuple[Fact, ...]:
    """Return the facts that `encode_facts` turned into `stored`; earlier versions kept lines of text."""
    if not isinstance(stored, list):
        raise ValueError("a list was expected")
    return tuple(Fact("", one) if isinstance(one, str) else _decode_fact(_mapping(one)) for one in stored)


def encode_looks(looks: Iterable[Look]) -> list[dict[str, Any]]:
    """Return the JSON form of what came of asking those who know customers."""
    return [{**asdict(look), "at": _moment(look.at), "ids": list(look.ids)} for look in looks]


def decode_looks(stored: Any) -> tuple[Look, ...]:
    """Return the looks that `encode_looks` turned into `stored`."""
    return _each(_decode_look, stored)


def _decode_fact(values: Mapping[str, Any]) -> Fact:
    at = values.get("at")
    return Fact(
        name=_text(values, "name"),
        text=_text(values, "text"),
        source=_text(values, "source"),
        at=None if at is None else datetime.fromisoformat(_text(values, "at")),
        label=_text(values, "label"),
        personal=values.get("personal") is not False,
        internal=values.get("internal") is True,
    )


def _decode_look(values: Mapping[str, Any]) -> Look:
    ids = values.get("ids")
    return Look(
        source=_text(values, "source"),
        outcome=Outcome(_text(values, "outcome")),
        at=datetime.fromisoformat(_text(values, "at")),
        why=_text(values, "why"),
        link=_text(values, "link"),
        ids=tuple(map(str, ids)) if isinstance(ids, list) else (),
    )


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def encode_moved(moved: Iterable[MovedMessage]) -> list[dict[str, Any]]:
    """Return the JSON form of where messages stood."""
    return [{"id": one.id, "seq": one.seq, "turn": one.turn} for one in moved]


def decode_moved(stored: Any) -> tuple[MovedMessage, ...]:
    """Return the places that `encode_moved` turned into `stored`."""
    return _each(_decode_place, stored)


def _decode_place(values: Mapping[str, Any]) -> MovedMessage:
    return MovedMessage(_text(values, "id"), int(_number(values, "seq")), int(_number(values, "turn")))


def decode_copies(stored: Any) -> tuple[str, ...]:
    """Return who gets a copy of an answer; of older answers nobody did."""
    return () if stored is None else decode_lines(stored)


def _encode_source(source: Source) -> dict[str, Any]:
    review_by = source.review_by.isoformat() if source.review_by else None
    return {
        "number": source.number,
        "slug": source.slug,
        "title": source.title,
        "url": source.url,
        "review_by": review_by,
    }


def _decode_source(values: Mapping[str, Any]) -> Source:
    due = values.get("review_by")
    return Source(
        number=int(_number(values, "number")),
        slug=_text(values, "slug"),
        title=_text(values, "title"),
        url=_text(values, "url"),
        review_by=None if due is None else date.fromisoformat(_text(values, "review_by")),
    )


def _decode_evidence(values: Mapping[str, Any]) -> Evidence:
    return Evidence(_text(values, "text"), _number(values, "weight"))


def _decode_flag(values: Mapping[str, Any]) -> Flag:
    return Flag(_text(values, "name"), _text(values, "text"), hard=values.get("hard") is True)


def _each(decode: Callable[[Mapping[str, Any]], T], stored: Any) -> tuple[T, ...]:
    if not isinstance(stored, list):
        raise ValueError("a list was expected")
    return tuple(decode(_mapping(item)) for item in stored)


def _mapping(stored: Any) -> Mapping[str, Any]:
    if not isinstance(stored, dict):
        raise ValueError("an object was expected")
    return stored


def _text(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name)
    if not isinstance(value, str):
        raise ValueError(f"{name} must be text")
    return value


def _number(values: Mapping[str, Any], name: str) -> float:
    value = values.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise ValueError(f"{name} must be a number")
    return value
