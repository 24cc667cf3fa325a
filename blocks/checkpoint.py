"""The post about where the audit chain ends."""

from blocks import kit
from blocks.kit import Json
from bot.core.audit import Head


def checkpoint(head: Head, signed: str) -> tuple[str, list[Json]]:
    """Return text and blocks of the post; `signed` is the end with its signature."""
    said = f"The audit log has {head.seq:,} rows and ends in `{head}`"
    how = f"`threadpilot audit verify --noted {signed}` proves later that nothing before has changed."
    return said, kit.message([kit.section("checkpoint", said), kit.context("how", how)])
