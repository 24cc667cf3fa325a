"""What the app counts and measures, in Prometheus' text format; the registry is our own."""

import platform
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from time import monotonic

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    ProcessCollector,
    generate_latest,
)

from bot.core.ports.breakers import Breaker
from bot.core.ports.tally import Counted
from bot.core.ports.tracing import Fact, Span, Tracer

# What is counted -> name without `threadpilot_` and `_total`, help, labels.
_COUNTERS: Mapping[Counted, tuple[str, str, tuple[str, ...]]] = {
    Counted.RECEIVED: ("messages_received", "Messages of customers that were stored", ("channel",)),
    Counted.DECIDED: ("decisions", "What the policy decided for a draft", ("action",)),
    Counted.DELIVERED: ("deliveries", "Answers by the state they came to", ("state",)),
    Counted.JOB: ("jobs", "Runs of jobs by how they ended", ("lane", "outcome")),
    Counted.TURNED_AWAY: (
        "requests_turned_away",
        "Requests that were refused at an edge",
        ("edge", "reason"),
    ),
    Counted.REFUSED: ("acts_refused", "What people tried in Slack and may not do", ("act", "role")),
    Counted.SLACK_CALL: ("slack_calls", "Calls of Slack's Web API", ("method", "outcome")),
}


# Series of one counter: far more than there are routes, methods and acts; what is above comes from outside.
MOST_KINDS = 200
OTHER = "other"
# The pieces of work that are measured, as they are named where they are followed.
WORKS = ("intake", "identify", "answer", "model", "decide", "deliver", "record", "show")
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class PrometheusTally:
    """`bot.core.ports.tally.Tally`, and the gauges beside the counters."""

    def __init__(self, version: str) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._counters = {
            what: Counter(f"threadpilot_{name}", text, labels, registry=self._registry)
            for what, (name, text, labels) in _COUNTERS.items()
        }
        self._kinds: dict[Counted, set[tuple[str, ...]]] = {what: set() for what in _COUNTERS}
        self._seconds = Histogram(
            "threadpilot_work_seconds",
            "How long pieces of work on a conversation take",
            ("work",),
            buckets=_BUCKETS,
            registry=self._registry,
        )
        for work in WORKS:
            self._seconds.labels(work)
        self._jobs = self._gauge("queued_jobs", "Jobs that are queued or running", "lane")
        self._age = self._gauge(
            "oldest_due_job_seconds", "For how long the oldest due job has waited", "lane"
        )
        self._pending = self._plain("pending_answers", "Answers that have not left yet")
        self._waiting = self._plain("oldest_pending_answer_seconds", "For how long the oldest of them waits")
        self._parts = self._gauge("part_up", "1 while a part that is configured works", "part")
        build = Info("threadpilot_build", "What is running", registry=self._registry)
        build.info({"version": version, "python": platform.python_version()})

    def __call__(self, what: Counted, *labels: str) -> None:
        """Count one; what has more kinds than a server should keep is counted together, as `other`."""
        known = self._kinds[what]
        if labels not in known:
            if len(known) >= MOST_KINDS:
                labels = (OTHER,) * len(labels)
            known.add(labels)
        self._counters[what].labels(*labels).inc()

    def timed(self, tracer: Tracer) -> Tracer:
        """Return `tracer`, and measure how long the pieces of work take that are named in WORKS."""

        @contextmanager
        def followed(
            name: str, conversation_id: str = "", *, since: datetime | None = None, **facts: Fact
        ) -> Iterator[Span]:
            begun = monotonic()
            with tracer(name, conversation_id, since=since, **facts) as span:
                try:
                    yield span
                finally:
                    if name in WORKS:
                        self._seconds.labels(name).observe(monotonic() - begun)

        return followed

    def queue(self, lane: str, waiting: int, oldest_seconds: float) -> None:
        """Set how much a lane of the engine has to do."""
        self._jobs.labels(lane).set(waiting)
        self._age.labels(lane).set(oldest_seconds)

    def pending(self, count: int, oldest_seconds: float) -> None:
        """Set how many answers have not left, and for how long the oldest waits."""
        self._pending.set(count)
        self._waiting.set(oldest_seconds)

    def parts(self, states: Iterable[tuple[str, str]]) -> None:
        """Set which parts work; one that is off has no figure."""
        for name, state in states:
            if state == "off":
                with suppress(KeyError):
                    self._parts.remove(name)
            else:
                self._parts.labels(name).set(state == "ok")

    def breakers(self, breakers: Mapping[str, Breaker]) -> None:
        """Tell of these circuit breakers from now on."""
        gauge = self._gauge("breaker_open", "1 while a far side is left alone", "part")
        for name, breaker in breakers.items():
            gauge.labels(name).set_function(_is_open(breaker))

    def loop_lag(self, worst: Callable[[], float]) -> None:
        """Tell of the event loop's lateness from now on."""
        text = "How late the event loop was at worst in the last minute"
        self._plain("event_loop_lag_seconds", text).set_function(worst)

    def text(self) -> bytes:
        """Return everything, as a scrape gets it."""
        return generate_latest(self._registry)

    def _plain(self, name: str, text: str) -> Gauge:
        return Gauge(f"threadpilot_{name}", text, registry=self._registry)

    def _gauge(self, name: str, text: str, label: str) -> Gauge:
        return Gauge(f"threadpilot_{name}", text, (label,), registry=self._registry)


def _is_open(breaker: Breaker) -> Callable[[], float]:
    return lambda: float(breaker.outage is not None and breaker.outage.until is not None)
