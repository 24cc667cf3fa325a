"""The far side as a fixture, and a clean slate for logging and for the environment."""

import logging
import os
from collections.abc import AsyncIterator, Iterator

import pytest

from sandbox.server import Sandbox
from tests.bot.world import far_side

_OURS = (
    *("SLACK_", "THREADPILOT_", "SMTP_", "OPENAI_", "TWILIO_", "SALESFORCE_", "ZENDESK_", "CHAT_"),
    *("IMAP_", "DATABASE_", "KNOWLEDGE_", "CUSTOMERS_", "SUPPORT_", "BRAND_", "MAIL_"),
)


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the developer's shell has set, these tests start without it."""
    for name in [name for name in os.environ if name.startswith(_OURS)]:
        monkeypatch.delenv(name)


@pytest.fixture
def logging_kept() -> Iterator[None]:
    """`main` configures logging for a process of its own; this process goes on after it."""
    loggers = [logging.getLogger(name) for name in ("bot", "handlers", "integrations", "storage", "sandbox")]
    root = logging.getLogger()
    before = [(logger, logger.level) for logger in (root, *loggers)]
    handlers = list(root.handlers)
    yield
    root.handlers[:] = handlers
    for logger, level in before:
        logger.setLevel(level)


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with far_side() as sandbox:
        yield sandbox
