"""A writer over any server that speaks OpenAI's chat completions."""

import secrets
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.core.model import Usage
from bot.core.ports.answering import Passage, Question, Written
from integrations.llm.endpoint import TIMEOUT, Endpoint, text_of
from integrations.llm.prompt import SCHEMA, VERSION, read_reply, system_prompt, user_turn

if TYPE_CHECKING:
    from openai.types.chat import ChatCompletion


class OpenAIWriter:
    """Writes answers with a model behind `base_url` (None means OpenAI itself).

    It asks once: `integrations.guarded` asks again where that is worth it.
    """

    def __init__(
        self,
        *,
        api_key: str,
        model: str,
        base_url: str | None = None,
        timeout: float = TIMEOUT,
        max_retries: int = 0,
        prices: tuple[float, float] = (0.0, 0.0),
    ) -> None:
        """`prices` are those of a million tokens that it reads, and that it writes."""
        self._endpoint = Endpoint(
            api_key=api_key,
            model=model,
            name="answer",
            schema=SCHEMA,
            base_url=base_url,
            timeout=timeout,
            max_retries=max_retries,
        )
        self._prices = prices

    async def open(self) -> None:
        """Load the library, which takes a second or more, in a thread; calls before that would wait for it."""
        await self._endpoint.open()

    async def aclose(self) -> None:
        await self._endpoint.aclose()

    async def write(self, question: Question, passages: Sequence[Passage], *, brand: str) -> Written:
        """Let the model write an answer from the passages only.

        Raises:
            Unavailable: the model did not answer, answered too late, or answered nonsense.
        """
        mark, canary = f"=={secrets.token_hex(12)}==", f"zq{secrets.token_hex(6)}"
        prompt, begun = system_prompt(canary), time.monotonic()
        turns = [
            {"role": "system", "content": prompt},
            {"role": "user", "content": user_turn(question, passages, brand=brand, mark=mark)},
        ]
        completion = await self._endpoint.complete(turns)
        written = read_reply(text_of(completion), model=completion.model or self._endpoint.model)
        usage = _usage(completion, written.model, time.monotonic() - begun, self._prices)
        return replace(written, prompt=prompt, canary=canary, usage=usage)


def _usage(completion: "ChatCompletion", model: str, seconds: float, prices: tuple[float, float]) -> Usage:
    """Say what a completion took; a server that does not count its tokens counts as none."""
    told = getattr(completion, "usage", None)
    counts = [getattr(told, name, None) for name in ("prompt_tokens", "completion_tokens")]
    read, wrote = (count if isinstance(count, int) and count > 0 else 0 for count in counts)
    cost = (read * prices[0] + wrote * prices[1]) / 1_000_000
    return Usage(model, VERSION, read, wrote, seconds, cost)
