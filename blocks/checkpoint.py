"""The post about where the audit chain ends."""

from blocks import kit
from blocks.kit import Json
from bot.core.audit import Head


def checkpoint(head: Head) -> tuple[str, list[Json]]:
    """Return text and blocks of the post."""
    said = f"The audit log has {head.seq:,} rows and ends in `{head}`"
    how = f"`threadpilot audit verify --noted {head}` proves later that nothing before has changed."
    return said, kit.message([kit.section("checkpoint", said), kit.context("how", how)])
