"""What answers are made from, as the settings say: articles, a language model."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from bot.answering.answerer import BUDGET, EmbeddedAnswerer
from bot.answering.knowledge import ArticleFolder, Library, as_markdown
from bot.answering.shelf import Shelf, load_macros
from bot.answering.taught import TaughtAnswerer, with_lessons
from bot.answering.vectors import Vectors
from bot.core import topics
from bot.core.errors import Misconfigured, Rejected
from bot.core.policy import RulesByChannel, default_rules
from bot.core.ports.answering import Lesson, Writer
from bot.core.ports.breakers import Breaker
from bot.core.ports.tracing import Tracer, untraced
from bot.process.memory import give_back
from bot.services.suggesting import WriteArticle
from bot.settings import Settings
from bot.settings.answers import ModelSettings
from bot.wiring.rereading import Articles, Source, tell_problems
from bot.wiring.textvectors import IN_WORDS
from bot.wiring.tracing import TracedWriter
from integrations.guarded import GuardedWriter
from integrations.llm.client import OpenAIWriter
from integrations.llm.judge import Judge
from storage.database import utc_now

_REVIEWED_EVERY = timedelta(days=365)  # What was true when an agent wrote it is looked at again after a year.

log = logging.getLogger(__name__)


async def articles_of(settings: Settings, vectors: Vectors) -> Articles:
    """Read the articles, and say what answers from them."""
    log.info("text_vectors", extra={"kind": vectors.kind})
    source = source_of(settings)
    library = await source()
    tell_problems(library)
    shelf = Shelf(library.articles, await asyncio.to_thread(load_macros, settings.macros_dir))
    return Articles(source, library, shelf, IN_WORDS[vectors.kind], utc_now)


def source_of(settings: Settings) -> Source:
    """Return what reads all articles; what has not changed since is not parsed again."""
    if settings.knowledge_dir is None:
        log.warning("no_articles", extra={"set": "KNOWLEDGE_DIR"})
        return _nothing
    return partial(asyncio.to_thread, ArticleFolder(settings.knowledge_dir).read)


def article_writer(settings: Settings) -> WriteArticle:
    """Return what writes an article into the knowledge folder: first hidden, and then whole or not at all."""

    def write(name: str, title: str, question: str, text: str) -> Callable[[], None]:
        folder = settings.knowledge_dir
        if folder is None:
            raise Rejected("KNOWLEDGE_DIR is not set, so there is no folder to write articles to.")
        review_by = datetime.now(UTC).date() + _REVIEWED_EVERY
        told = as_markdown(title, question, text, review_by)
        path = folder / f"{name}.md"
        beside = path.with_name(f".{path.name}.new")
        try:
            beside.write_text(told, encoding="utf-8")
        except OSError as error:
            raise Rejected(f"KNOWLEDGE_DIR cannot be written to: {error.strerror}.") from error
        return partial(_publish, beside, path)

    return write


def _publish(beside: Path, path: Path) -> None:
    try:
        beside.replace(path)
    except OSError as error:
        raise Rejected(
            f"It is decided, but nothing is answered from it yet: {error.strerror}. In KNOWLEDGE_DIR, rename "
            f"{beside.name} to {path.name}."
        ) from error


async def _nothing() -> Library:
    return Library(())


def rules_of(settings: Settings) -> RulesByChannel:
    """Return the rules of every channel before managers change any.

    Raises:
        Misconfigured: the file of escalation rules cannot be used; one sentence that names the rule.
    """
    path = settings.escalation_rules
    if path is None:
        return default_rules(settings.default_mode)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured(f"ESCALATION_RULES={path} cannot be read as text.") from error
    return default_rules(settings.default_mode, topics.read_rules(text, topics.SHIPPED))


async def answerer_of(
    settings: Settings, library: Library, vectors: Vectors, writer: Writer | None
) -> TaughtAnswerer:
    """Return what answers, and takes in lessons and other articles later."""
    budget = settings.model.budget if settings.model is not None else BUDGET
    make = partial(
        EmbeddedAnswerer.build, brand=settings.brand, writer=writer, budget=budget, vectors=vectors
    )
    first = await make(library)
    give_back()
    newest, calibration = library, first.calibration

    async def build(library: Library, lessons: Sequence[Lesson]) -> EmbeddedAnswerer:
        nonlocal newest, calibration  # Lessons do not change what the articles taught, and that may be dear.
        fitted = calibration if library is newest else None
        made = await make(with_lessons(library, lessons), calibration=fitted)
        give_back()
        newest, calibration = library, made.calibration
        return made

    return TaughtAnswerer(first, library, build)


async def writer_of(
    model: ModelSettings | None, breaker: Breaker, stack: AsyncExitStack, trace: Tracer = untraced
) -> Writer | None:
    if model is None:
        return None
    writer = OpenAIWriter(
        api_key=model.api_key,
        model=model.name,
        base_url=model.base_url,
        timeout=model.budget,
        prices=model.prices,
    )
    stack.push_async_callback(writer.aclose)
    await writer.open()
    return TracedWriter(GuardedWriter(writer, breaker), trace)


@asynccontextmanager
async def judge_of(model: ModelSettings | None) -> AsyncIterator[Judge]:
    """Give the model of the usual settings as a judge of answers.

    Raises:
        Misconfigured: no model is set.
    """
    if model is None:
        raise Misconfigured("--judge needs a model: set OPENAI_API_KEY or OPENAI_BASE_URL.")
    judge = Judge(api_key=model.api_key, model=model.name, base_url=model.base_url)
    try:
        yield judge
    finally:
        await judge.aclose()
