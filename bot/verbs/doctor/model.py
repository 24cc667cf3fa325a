"""What `threadpilot doctor` looks at in the language model: the key, and whether the endpoint offers this model."""

from collections.abc import Sequence

import aiohttp

from bot.core.errors import Misconfigured, Refused, Unavailable
from bot.settings.answers import ModelSettings

_NAMED = 5  # More names of models would hide the sentence.


async def examine_model(model: ModelSettings | None) -> str:
    """Return what was found. Raises an error of ours whose message says what to do."""
    if model is None:
        return "off: the built-in answerer is used; set OPENAI_API_KEY for answers in a model's own words"
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {model.api_key}"}) as session,
        session.get(f"{model.base_url.rstrip('/')}/models") as response,
    ):
        _check(response.status, model)
        offered = await _offered(response)
    if offered and model.name not in offered:
        some = f"one of its {len(offered)}, such as {', '.join(offered[:_NAMED])}"
        raise Misconfigured(f"{model.base_url} does not offer {model.name}: set OPENAI_MODEL to {some}")
    return f"{model.name} at {model.base_url} answers {response.status}"


def _check(status: int, model: ModelSettings) -> None:
    if status in {401, 403}:
        raise Refused(f"{model.base_url} does not accept OPENAI_API_KEY ({status}): make a new key there")
    if status == 404:
        raise Misconfigured(f"{model.base_url} has no /models: OPENAI_BASE_URL ends mostly in /v1")
    if status >= 400:
        raise Unavailable(f"{model.base_url} is not well ({status}): try again, or look at its status page")


async def _offered(response: aiohttp.ClientResponse) -> Sequence[str]:
    """Return the names of the models, nothing where the endpoint does not list them as OpenAI does."""
    try:
        said = await response.json(content_type=None)
        return [str(one["id"]) for one in said["data"]]
    except (ValueError, KeyError, TypeError):
        return []
