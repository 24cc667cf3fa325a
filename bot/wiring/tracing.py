"""Traces, where the settings say that they go somewhere: without them, nothing of OpenTelemetry is even loaded."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from importlib.metadata import version

from bot.core.errors import Misconfigured
from bot.core.ports.answering import Passage, Question, Writer, Written
from bot.core.ports.engine import Handler
from bot.core.ports.tracing import Tracer, untraced
from bot.process.logs import correlated
from bot.settings.watching import WatchSettings

_PATIENCE = 3.0


def tracer_of(settings: WatchSettings, stack: AsyncExitStack) -> Tracer:
    """Return what follows conversations, for the log and, where they are wanted, for traces.

    Raises:
        Misconfigured: traces are wanted, and the packages for it are not there.
    """
    return correlated(_otel(settings, stack) if settings.otel else untraced)


def _otel(settings: WatchSettings, stack: AsyncExitStack) -> Tracer:
    try:
        from integrations.otel import over_http
    except ImportError as error:
        raise Misconfigured(
            "OTEL_EXPORTER_OTLP_ENDPOINT is set, but OpenTelemetry is not installed: pip install 'threadpilot[otel]'."
        ) from error
    tracer = over_http(settings.otel, version("threadpilot"))
    stack.push_async_callback(asyncio.to_thread, tracer.close, _PATIENCE)
    return tracer


class TracedWriter:
    """A language model whose calls are followed."""

    def __init__(self, writer: Writer, trace: Tracer) -> None:
        self._writer = writer
        self._trace = trace

    async def write(self, question: Question, passages: Sequence[Passage], *, brand: str) -> Written:
        with self._trace("model") as span:
            written = await self._writer.write(question, passages, brand=brand)
            if written.usage is not None:
                span.tell(
                    gen_ai__response__model=written.usage.model,
                    gen_ai__usage__input_tokens=written.usage.tokens_in,
                    gen_ai__usage__output_tokens=written.usage.tokens_out,
                )
            return written


def traced(name: str, handler: Callable[..., Awaitable[None]], trace: Tracer) -> Handler:
    """Return a handler of jobs whose key is a conversation's id, which is followed."""

    async def followed(key: str, *, retried: bool) -> None:
        with trace(name, key, retried=retried):
            await handler(key, retried=retried)

    return followed
