"""One conversation is one trace, whichever process works on it and whenever."""

from datetime import UTC, datetime, timedelta

import pytest

pytest.importorskip("opentelemetry.sdk", reason="needs the extra otel")

from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from integrations.otel import OtelTracer, ids_of

TALK, OTHER = "a" * 32, "b" * 32


@pytest.fixture
def seen():
    return InMemorySpanExporter()


@pytest.fixture
def trace(seen):
    return OtelTracer(SimpleSpanProcessor(seen), "1")


def spans(seen):
    return {span.name: span for span in seen.get_finished_spans()}


def begun(trace):
    with trace("POST /inbound/email"), trace("intake", channel="email") as span:
        span.of(TALK, begins=True)


def test_what_is_about_no_conversation_leaves_no_trace(trace, seen):
    with trace("GET /healthz"), trace("inner") as span:
        span.tell(n=1)
    assert spans(seen) == {}


def test_a_request_is_traced_from_its_beginning_once_it_is_known_what_it_is_about(trace, seen):
    begun(trace)
    edge, intake = spans(seen)["POST /inbound/email"], spans(seen)["intake"]
    assert edge.parent is None
    assert (edge.context.trace_id, edge.context.span_id) == ids_of(TALK)
    assert intake.parent.span_id == edge.context.span_id
    assert edge.start_time <= intake.start_time <= intake.end_time <= edge.end_time
    assert intake.attributes == {"threadpilot.conversation": TALK, "threadpilot.channel": "email"}


def test_another_process_goes_on_with_the_same_trace(trace, seen):
    begun(trace)
    later = OtelTracer(SimpleSpanProcessor(seen), "1")
    with later("advance", TALK), later("draft", TALK):
        pass
    found = spans(seen)
    assert {span.context.trace_id for span in found.values()} == {ids_of(TALK)[0]}
    assert found["advance"].parent.span_id == found["POST /inbound/email"].context.span_id
    assert found["draft"].parent.span_id == found["advance"].context.span_id


def test_a_second_conversation_in_one_piece_of_work_has_its_own_trace(trace, seen):
    with trace("mailbox", TALK), trace("intake", OTHER):
        pass
    assert spans(seen)["intake"].context.trace_id == ids_of(OTHER)[0]


def test_a_wait_is_as_long_as_it_was(trace, seen):
    with trace("approval", TALK, since=datetime.now(UTC) - timedelta(hours=3)):
        pass
    span = spans(seen)["approval"]
    assert (span.end_time - span.start_time) / 1e9 == pytest.approx(10_800, abs=5)


def test_an_error_is_named_and_its_words_are_not_told(trace, seen):
    with pytest.raises(ValueError, match="ada"), trace("draft", TALK):
        raise ValueError("ada@customer.example wrote this")
    span = spans(seen)["draft"]
    assert span.status.description == "ValueError"
    assert "ada" not in span.to_json()


def test_a_sampled_trace_is_whole(seen, monkeypatch):
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "parentbased_traceidratio")
    monkeypatch.setenv("OTEL_TRACES_SAMPLER_ARG", "0.5")
    trace = OtelTracer(SimpleSpanProcessor(seen), "1")
    talks = [f"{n:032x}" for n in range(200)]
    for talk in talks:
        with trace("intake") as span:
            span.of(talk, begins=True)
        with trace("advance", talk):
            pass
    found = [span.attributes["threadpilot.conversation"] for span in seen.get_finished_spans()]
    assert 60 <= len(set(found)) <= 140
    assert all(found.count(talk) == 2 for talk in set(found))
