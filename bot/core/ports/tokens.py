"""Access tokens of far sides, shared by all processes that work on one database."""

from typing import Protocol


class TokenShelf(Protocol):
    """One token, and the right to fetch the next one, which one process has at a time. All of it raises NotStored."""

    async def newest(self) -> str:
        """Return the token that was kept last; "" when there is none, or none that we can read."""
        ...

    async def claim(self) -> bool:
        """Take the right to fetch a token; it ends by itself where whoever has it does not say what came of it."""
        ...

    async def keep(self, token: str) -> None:
        """Keep a new token for everybody, and give the right back."""
        ...

    async def give_back(self, after: float = 0.0) -> None:
        """Give the right back without a token; nobody gets it for `after` seconds."""
        ...
