"""The language model, and what makes text vectors."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.core.errors import Misconfigured
from bot.settings.reading import existing, web_address

MINILM_HOME = Path("var/minilm")  # Where `threadpilot knowledge model` puts it.


@dataclass(frozen=True)
class ModelSettings:
    """An OpenAI-compatible endpoint. `prices` are those of a million tokens that it reads, and that it writes."""

    api_key: str = field(repr=False)
    base_url: str
    name: str
    budget: float = 8.0
    prices: tuple[float, float] = (0.0, 0.0)


def model_settings(env: Mapping[str, str]) -> ModelSettings | None:
    """Return which model writes, None when none is set; raises Misconfigured for what cannot be read."""
    key, base_url = env.get("OPENAI_API_KEY", ""), web_address(env, "OPENAI_BASE_URL")
    if not key and not base_url:
        if env.get("OPENAI_MODEL"):
            raise Misconfigured("OPENAI_MODEL is set, but neither OPENAI_API_KEY nor OPENAI_BASE_URL is.")
        return None
    return ModelSettings(
        api_key=key or "none",
        base_url=base_url or "https://api.openai.com/v1",
        name=env.get("OPENAI_MODEL") or "gpt-4.1-mini",
        prices=_prices(env),
    )


def minilm_dir(env: Mapping[str, str]) -> Path | None:
    """Return the folder of the MiniLM model; None where word vectors are to do.

    `auto` takes it where `threadpilot knowledge model` has put it, and does without where that never ran.
    """
    if env.get("MINILM_DIR") == "auto":
        return MINILM_HOME if MINILM_HOME.is_dir() else None
    return existing(env, "MINILM_DIR", "folder", Path.is_dir)


def _prices(env: Mapping[str, str]) -> tuple[float, float]:
    told = env.get("OPENAI_PRICES", "")
    found = re.fullmatch(r"(\d{1,6}(?:\.\d{1,6})?)\s*/\s*(\d{1,6}(?:\.\d{1,6})?)", told or "0/0")
    if found is None:
        raise Misconfigured(
            f"OPENAI_PRICES={told!r} is not two prices for a million tokens, read and written, for example 0.40/1.60."
        )
    return float(found[1]), float(found[2])
