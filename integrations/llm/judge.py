"""A second opinion on answers: a model says of each statement whether what it cites carries it.

Only `threadpilot eval tickets --judge` asks it. What it says is compared with our own check; it decides nothing.
"""

import json
import re
import secrets
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

from bot.core.errors import Unavailable
from integrations.llm.endpoint import Endpoint, text_of

VERSION = "judge_v1"
TIMEOUT = 30.0  # Nobody waits for it.
SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {"supported": {"type": "array", "items": {"type": "boolean"}}},
    "required": ["supported"],
    "additionalProperties": False,
}


class Judge:
    """Judges statements with a model behind `base_url` (None means OpenAI itself)."""

    def __init__(
        self, *, api_key: str, model: str, base_url: str | None = None, timeout: float = TIMEOUT
    ) -> None:
        self._endpoint = Endpoint(
            api_key=api_key,
            model=model,
            name="verdicts",
            schema=SCHEMA,
            base_url=base_url,
            timeout=timeout,
            max_retries=2,
        )

    async def aclose(self) -> None:
        await self._endpoint.aclose()

    async def supported(
        self, statements: Sequence[tuple[str, Sequence[int]]], passages: Mapping[int, str]
    ) -> tuple[bool, ...]:
        """Say of each statement, given with the numbers it cites, whether these passages carry it.

        Raises:
            Unavailable: the model did not answer, or not for every statement.
        """
        if not statements:
            return ()
        turns = [
            {"role": "system", "content": task()},
            {"role": "user", "content": user_turn(statements, passages, f"=={secrets.token_hex(12)}==")},
        ]
        return read_verdicts(text_of(await self._endpoint.complete(turns)), len(statements))


def task() -> str:
    """Return the task as it is worded in this version."""
    return (files("integrations.llm") / "prompts" / f"{VERSION}.md").read_text(encoding="utf-8")


def user_turn(statements: Sequence[tuple[str, Sequence[int]]], passages: Mapping[int, str], mark: str) -> str:
    """Wrap statements and passages as data between two lines with `mark`."""
    told = {
        "passages": [{"number": number, "text": text} for number, text in passages.items()],
        "statements": [{"text": text, "passages": list(cited)} for text, cited in statements],
    }
    return f"{mark}\n{json.dumps(told, ensure_ascii=False, indent=1)}\n{mark}"


def read_verdicts(text: str, count: int) -> tuple[bool, ...]:
    """Read the model's JSON, also when it stands between other words.

    Raises:
        Unavailable: there is no such object, or not one verdict for each of `count` statements.
    """
    decoder = json.JSONDecoder()
    for start in [match.start() for match in re.finditer(r"\{", text)][:20]:
        try:
            found, _ = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            continue
        verdicts = found.get("supported") if isinstance(found, dict) else None
        if (
            isinstance(verdicts, list)
            and len(verdicts) == count
            and all(isinstance(v, bool) for v in verdicts)
        ):
            return tuple(verdicts)
    raise Unavailable("The judge's reply has not one verdict for each statement.")
