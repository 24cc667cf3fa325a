"""Any server that speaks OpenAI's chat completions, asked for one JSON object.

Servers differ in how well they keep to a form. The strictest way that an endpoint accepts is found on the first call
and kept: a JSON schema, then any JSON object, then free text. In each case our own parser reads the reply.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from bot.core.errors import Unavailable

if TYPE_CHECKING:
    from openai import AsyncOpenAI
    from openai.types.chat import ChatCompletion

TIMEOUT, CONNECT_TIMEOUT = 8.0, 2.0

# What servers say to a form they do not know; a context that is too long says 400 as well and fails on every form.
_NOT_ACCEPTED = frozenset({400, 404, 415, 422, 501})


class Endpoint:
    """A model behind `base_url` (None means OpenAI itself) that answers in the form of `schema`. It asks once."""

    def __init__(
        self,
        *,
        api_key: str,
        model: str,
        name: str,
        schema: Mapping[str, Any],
        base_url: str | None = None,
        timeout: float = TIMEOUT,
        max_retries: int = 0,
    ) -> None:
        self.model = model
        self._options: dict[str, Any] = {"api_key": api_key, "base_url": base_url, "max_retries": max_retries}
        self._forms = _forms(name, schema)
        self._timeout = timeout
        self._client: AsyncOpenAI | None = None
        self._opening = asyncio.Lock()
        self._form: int | None = None

    async def open(self) -> None:
        """Load the library, which takes a second or more, in a thread; calls before that would wait for it."""
        async with self._opening:
            if self._client is None:
                self._client = await asyncio.to_thread(_client, self._timeout, self._options)

    async def aclose(self) -> None:
        if self._client is not None:
            await self._client.close()

    async def complete(self, turns: Sequence[Any]) -> "ChatCompletion":
        """Ask in the form this endpoint accepts; on the first call, find out which one that is.

        Raises:
            Unavailable: the server did not answer, refused, or answered nonsense.
        """
        import openai

        forms = range(len(self._forms)) if self._form is None else [self._form]
        for form in forms:
            try:
                completion = await self._ask(turns, form)
            except Unavailable as error:
                cause = error.__cause__
                refused = isinstance(cause, openai.APIStatusError) and cause.status_code in _NOT_ACCEPTED
                if not refused or form == forms[-1]:
                    raise
            else:
                self._form = form
                break
        return completion

    async def _ask(self, turns: Sequence[Any], form: int) -> "ChatCompletion":
        """Make one request; every error of the vendor's library becomes `Unavailable` here and nowhere else."""
        import openai
        import pydantic

        await self.open()
        assert self._client is not None, "open() makes the client."  # noqa: S101
        try:
            completion: ChatCompletion = await self._client.chat.completions.create(
                model=self.model,
                messages=list(turns),
                **self._forms[form],
            )
        except openai.APIStatusError as error:
            told = f"The model's server answered {error.status_code}."
            raise Unavailable(told, retry_after=_retry_after(error)) from error
        except (openai.APITimeoutError, openai.APIConnectionError) as error:
            raise Unavailable("The model's server did not answer.") from error
        except (openai.OpenAIError, pydantic.ValidationError, json.JSONDecodeError) as error:
            raise Unavailable("The model's server answered nonsense.") from error
        return completion


def _forms(name: str, schema: Mapping[str, Any]) -> tuple[dict[str, Any], ...]:
    strict = {"name": name, "strict": True, "schema": schema}
    return (
        {"response_format": {"type": "json_schema", "json_schema": strict}},
        {"response_format": {"type": "json_object"}},
        {},
    )


def _client(timeout: float, options: dict[str, Any]) -> "AsyncOpenAI":
    import openai

    limits = openai.Timeout(timeout, connect=min(timeout, CONNECT_TIMEOUT))
    return openai.AsyncOpenAI(timeout=limits, **options)


def _retry_after(error: Any) -> float | None:
    try:
        return max(float(error.response.headers.get("retry-after", "")), 0.0)
    except ValueError:
        return None


def text_of(completion: "ChatCompletion") -> str:
    """Return what the model said, if it said all of it.

    Raises:
        Unavailable: nothing was said, it was cut off, or the model refused.
    """
    # A server may leave out whatever it likes: the library does not check.
    choice: Any = next(iter(getattr(completion, "choices", None) or ()), None)
    message = getattr(choice, "message", None)
    if getattr(message, "refusal", None):
        raise Unavailable("The model refused to answer.")
    finished = getattr(choice, "finish_reason", None)
    if finished not in {"stop", None}:
        raise Unavailable(f"The model's reply was cut off ({finished}).")
    content = getattr(message, "content", None)
    if not isinstance(content, str) or not content.strip():
        raise Unavailable("The model's reply is empty.")
    return content
