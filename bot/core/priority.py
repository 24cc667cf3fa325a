"""How urgent a conversation is."""

from enum import StrEnum


class Priority(StrEnum):
    """What an agent says of a conversation, or what follows from it."""

    HIGH = "high"
    NORMAL = "normal"
