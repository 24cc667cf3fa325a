"""OpenTelemetry: what is done with a conversation as one trace, however long people take in between.

The trace's id, and that of the span with which the conversation begins, follow from the conversation's id. So a
process that goes on with it after hours, or after a restart, adds to the same trace, and nothing has to be kept. What
is not known to be about a conversation until it was read, such as a request, is begun late, with the time it began.
"""

import hashlib
import os
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import Decision
from opentelemetry.trace import SpanContext, StatusCode, TraceFlags

from bot.core.ports.tracing import Fact, Span

_NANO = 1_000_000_000
_PREFIX = "threadpilot."


def over_http(told: Mapping[str, str], version: str) -> "OtelTracer":
    """Return a tracer that hands spans over by OTLP, as the standard variables say that are `told`."""
    with _environment(told):
        return OtelTracer(BatchSpanProcessor(OTLPSpanExporter()), version)


@contextmanager
def _environment(told: Mapping[str, str]) -> Iterator[None]:
    """Let the SDK find these where it looks for them: ours may stand in a file."""
    before = dict(os.environ)
    os.environ.update(told)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


class OtelTracer:
    """`bot.core.ports.tracing.Tracer` by OpenTelemetry's SDK."""

    def __init__(self, processor: SpanProcessor, version: str) -> None:
        """Give what is done to `processor`."""
        self._ids = _Ids()
        # What the environment says (OTEL_SERVICE_NAME) comes before what we say.
        ours = Resource({"service.name": "threadpilot", "service.version": version})
        told = Resource.create()
        if str(told.attributes.get("service.name", "")).startswith("unknown_service"):
            ours, told = told, ours
        self._provider = TracerProvider(
            resource=ours.merge(told), id_generator=self._ids, shutdown_on_exit=False
        )
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("threadpilot", version)

    @contextmanager
    def __call__(
        self, name: str, conversation_id: str = "", *, since: datetime | None = None, **facts: Fact
    ) -> Iterator[Span]:
        """Follow a piece of work."""
        begun = int(since.timestamp() * _NANO) if since is not None else time.time_ns()
        work = _Work(self, name, begun, facts, _around.get())
        if conversation_id:
            work.of(conversation_id)
        token = _around.set(work)
        try:
            yield work
        except Exception as error:
            work.failed = type(error).__name__  # Never its words: they may be a customer's.
            raise
        finally:
            _around.reset(token)
            work.end()

    def begin(self, work: "_Work", conversation_id: str, *, root: bool) -> trace.Span:
        """Begin the span of a piece of work: beneath what it is part of, else beneath the conversation's first."""
        trace_id, first = ids_of(conversation_id)
        above = work.above.span if work.above is not None else None
        if above is not None and above.get_span_context().trace_id == trace_id:
            context = trace.set_span_in_context(above)
        elif root:
            context = trace.set_span_in_context(trace.INVALID_SPAN)
            self._ids.next = (trace_id, first)
        else:
            context = trace.set_span_in_context(trace.NonRecordingSpan(self._first(trace_id, first)))
        return self._tracer.start_span(
            work.name,
            context=context,
            start_time=work.begun,
            attributes=_named({"conversation": conversation_id, **work.facts}),
        )

    def _first(self, trace_id: int, span_id: int) -> SpanContext:
        """Return the conversation's first span, sampled if the sampler would take this trace: all of it, or none."""
        taken = self._provider.sampler.should_sample(None, trace_id, "conversation").decision
        flags = TraceFlags.SAMPLED if taken is Decision.RECORD_AND_SAMPLE else TraceFlags.DEFAULT
        return SpanContext(trace_id, span_id, is_remote=True, trace_flags=TraceFlags(flags))

    def close(self, patience: float) -> None:
        """Hand over what is left, for at most so many seconds; blocks."""
        ending = threading.Thread(target=self._provider.shutdown, daemon=True, name="otel shutdown")
        ending.start()
        ending.join(patience)


class _Work:
    """A piece of work: its span exists from the moment at which the conversation is known."""

    def __init__(
        self, tracer: OtelTracer, name: str, begun: int, facts: Mapping[str, Fact], above: "_Work | None"
    ) -> None:
        self.name, self.begun, self.facts, self.above = name, begun, dict(facts), above
        self.span: trace.Span | None = None
        self.failed = ""
        self._tracer = tracer

    def of(self, conversation_id: str, *, begins: bool = False) -> None:
        if self.span is not None:
            return
        if self.above is not None:
            self.above.of(conversation_id, begins=begins)
        self.span = self._tracer.begin(self, conversation_id, root=begins)

    def tell(self, **facts: Fact) -> None:
        self.facts |= facts
        if self.span is not None:
            self.span.set_attributes(_named(facts))

    def end(self) -> None:
        if self.span is not None:
            if self.failed:
                self.span.set_status(StatusCode.ERROR, self.failed)
            self.span.end()


_around: ContextVar[_Work | None] = ContextVar("around", default=None)


class _Ids(RandomIdGenerator):
    """Random ids, but for the span with which a conversation begins."""

    next: tuple[int, int] | None = None

    def generate_trace_id(self) -> int:
        return self.next[0] if self.next else super().generate_trace_id()

    def generate_span_id(self) -> int:
        given, self.next = self.next, None
        return given[1] if given else super().generate_span_id()


def ids_of(conversation_id: str) -> tuple[int, int]:
    """Return the ids of a conversation's trace and of its first span.

    They are hashed: samplers go by the bits of a trace's id, and those of a UUID are not all random.
    """
    digest = hashlib.sha256(f"trace:{conversation_id}".encode()).digest()
    return int.from_bytes(digest[:16], "big"), int.from_bytes(digest[16:24], "big")


def _named(facts: Mapping[str, Fact]) -> dict[str, Fact]:
    """Name facts as ours, unless their name is a standard one already (it has a dot, written as `__`)."""
    return {name.replace("__", ".") if "__" in name else _PREFIX + name: fact for name, fact in facts.items()}
