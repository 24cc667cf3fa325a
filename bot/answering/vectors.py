"""Static word vectors from the `wordllama` wheel, read without importing it.

The wheel carries 16 MB of half-precision weights and a tokenizer. A text's vector is the sum of its tokens' vectors:
their lengths grow with how much a token says, so function words hardly count. Importing the package itself would pull
in its own HTTP client, and its loader looks for the tokenizer where the wheel does not put it.
"""

import importlib.util
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bot.core.errors import Misconfigured

Vector = NDArray[np.float32]
WORDLLAMA, MINILM = KINDS = ("wordllama", "minilm")
_WEIGHTS = "weights/l2_supercat_256.safetensors"
_TOKENIZER = "tokenizers/l2_supercat_tokenizer_config.json"


class Vectors(Protocol):
    """Turns texts into unit vectors, and knows how much a word says."""

    @property
    def kind(self) -> str:
        """The name of what makes them: a confidence is fitted with one kind."""
        ...

    def sums(self, texts: Sequence[str]) -> Vector:
        """Return one row per text: the sum of its tokens' vectors, zero for an empty text."""
        ...

    def unit(self, texts: Sequence[str]) -> Vector:
        """Return one row per text, of length 1 (or 0 for an empty text)."""
        ...

    def is_whole(self, word: str) -> bool:
        """Tell whether a word is one piece: then it is common, and spelt correctly."""
        ...


class WordVectors:
    """`Vectors` that know words only, and no order."""

    kind = WORDLLAMA

    def __init__(self, folder: Path) -> None:
        # Both libraries take a tenth of a second to import; only those who answer questions pay for it.
        from safetensors import safe_open
        from tokenizers import Tokenizer

        with safe_open(folder / _WEIGHTS, framework="numpy") as weights:
            self._vectors: NDArray[np.float16] = weights.get_tensor("embedding.weight")
        self._tokenizer = Tokenizer.from_file(str(folder / _TOKENIZER))

    @property
    def dimensions(self) -> int:
        return int(self._vectors.shape[1])

    def sums(self, texts: Sequence[str]) -> Vector:
        """Return one row per text: the sum of its tokens' vectors, zero for an empty text."""
        rows = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            tokens = self._tokenizer.encode(text.lower(), add_special_tokens=False)
            if tokens.ids:
                row[:] = self._vectors[tokens.ids].sum(axis=0, dtype=np.float32)
        return rows

    def unit(self, texts: Sequence[str]) -> Vector:
        """Return one row per text, of length 1 (or 0 for an empty text)."""
        return normalised(self.sums(texts))

    def is_whole(self, word: str) -> bool:
        """Tell whether the tokenizer knows the word as one piece: then it is common, and spelt correctly."""
        return len(self._tokenizer.encode(word, add_special_tokens=False).ids) == 1


def normalised(rows: Vector) -> Vector:
    """Scale every row to length 1; rows of zeros stay zero."""
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    return (rows / np.where(lengths > 0, lengths, 1)).astype(np.float32)


@lru_cache(maxsize=1)
def shared_vectors() -> WordVectors:
    """Load the vectors once per process: they never change and take 16 MB."""
    found = importlib.util.find_spec("wordllama")
    if found is None or found.origin is None:
        raise Misconfigured("The package “wordllama”, which carries the word vectors, is not installed.")
    return WordVectors(Path(found.origin).parent)
