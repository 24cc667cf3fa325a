"""all-MiniLM-L6-v2 in numpy: better text vectors for those who fetch its 91 MB once; nothing is asked of a network.

The model is a small BERT: six layers of attention and a two-layer network each, then the mean over all tokens. Texts
of equally many tokens run together, so that no token is padding. Its files are pinned by their hashes: other weights
would answer other customers, and the confidence is fitted with these.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from itertools import islice
from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from bot.answering.vectors import MINILM, Vector, WordVectors, normalised, shared_vectors
from bot.core.errors import Misconfigured

WEIGHTS, TOKENIZER = "model.safetensors", "tokenizer.json"
PINS = {
    WEIGHTS: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    TOKENIZER: "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
_LAYERS, _HEADS = 6, 12
_MOST_TOKENS = 128  # What the model was trained with.
_BATCH = 32  # With more texts at once, what is between two steps leaves the processor's cache.
_MOST_KEPT = 50_000  # 77 MB
_EPSILON = np.float32(1e-12)
_TOKENS = "embeddings.word_embeddings.weight"
_REMEDY = "Fetch it with `threadpilot knowledge model`, or unset MINILM_DIR."

Weights = Mapping[str, NDArray[np.float32]]


class MiniLm:
    """`Vectors` of whole texts by the model, of words by `words`; what was asked before is not computed again."""

    kind = MINILM

    def __init__(self, folder: Path, words: WordVectors, pins: Mapping[str, str] = PINS) -> None:
        """Load the model.

        Raises:
            Misconfigured: a file is missing, cut short, or another one than the pinned.
        """
        from safetensors.numpy import load
        from tokenizers import Tokenizer

        files = {name: pinned(folder / name, pin) for name, pin in pins.items()}
        self._weights = {name: _turned(name, value) for name, value in load(files[WEIGHTS]).items()}
        self._tokenizer = Tokenizer.from_str(files[TOKENIZER].decode())
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(_MOST_TOKENS)
        self._width = self._weights[_TOKENS].shape[1]
        self._words = words
        self._kept: dict[str, Vector] = {}
        self._lock = Lock()  # An index is built in one thread while another answers.

    def sums(self, texts: Sequence[str]) -> Vector:
        """Return one row per text: the sum of its tokens' vectors, zero for an empty text."""
        return self._words.sums(texts)

    def is_whole(self, word: str) -> bool:
        """Tell whether a word is one piece: then it is common, and spelt correctly."""
        return self._words.is_whole(word)

    def unit(self, texts: Sequence[str]) -> Vector:
        """Return one row per text, of length 1 (or 0 for an empty text)."""
        with self._lock:
            found = {text: self._kept[text] for text in texts if text in self._kept}
        new = self._computed([text for text in dict.fromkeys(texts) if text not in found])
        with self._lock:
            self._kept.update(new)
            for text in list(islice(self._kept, max(len(self._kept) - _MOST_KEPT, 0))):
                del self._kept[text]
        found |= new
        return np.array([found[text] for text in texts], dtype=np.float32).reshape(-1, self._width)

    def _computed(self, texts: Sequence[str]) -> dict[str, Vector]:
        by_length: dict[int, list[tuple[str, list[int]]]] = defaultdict(list)
        for text in filter(str.strip, texts):
            ids = self._tokenizer.encode(text).ids
            by_length[len(ids)].append((text, ids))
        batches = [
            alike[i : i + _BATCH] for alike in by_length.values() for i in range(0, len(alike), _BATCH)
        ]
        nothing = dict.fromkeys(texts, np.zeros(self._width, dtype=np.float32))
        return nothing | dict(pair for batch in batches for pair in self._batch(batch))

    def _batch(self, batch: Sequence[tuple[str, list[int]]]) -> Iterator[tuple[str, Vector]]:
        ids = np.array([ids for _, ids in batch])
        rows = normalised(embedded(self._weights, ids).mean(axis=1))
        return zip((text for text, _ in batch), rows, strict=True)


@lru_cache(maxsize=1)
def shared_minilm(folder: Path) -> MiniLm:
    """Load the model once per process: it never changes and takes 91 MB.

    Raises:
        Misconfigured: a file is missing, cut short, or another one than the pinned.
    """
    return MiniLm(folder, shared_vectors())


def pinned(path: Path, pin: str) -> bytes:
    """Return what a file of the model holds.

    Raises:
        Misconfigured: it is missing, cut short, or another one than the pinned.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise Misconfigured(f"{path} cannot be read ({error.strerror}). {_REMEDY}") from error
    if sha256(content).hexdigest() != pin:
        raise Misconfigured(f"{path} is cut short, or not the file threadpilot was measured with. {_REMEDY}")
    return content


def _turned(name: str, value: NDArray[np.float32]) -> NDArray[np.float32]:
    """Lay a layer's matrix as it is multiplied: with few tokens that takes half the time."""
    return np.ascontiguousarray(value.T) if name.startswith("encoder") and value.ndim == 2 else value


def embedded(weights: Weights, ids: NDArray[np.int64]) -> NDArray[np.float32]:
    """Run texts of equally many tokens through the model; return a vector per token."""
    x = weights[_TOKENS][ids]
    x = x + weights["embeddings.position_embeddings.weight"][: ids.shape[1]]
    x = _norm(weights, "embeddings", x + weights["embeddings.token_type_embeddings.weight"][0])
    for layer in (f"encoder.layer.{n}" for n in range(_LAYERS)):
        x = _norm(weights, f"{layer}.attention.output", x + _attended(weights, layer, x))
        inner = _gelu(_dense(weights, f"{layer}.intermediate", x))
        x = _norm(weights, f"{layer}.output", x + _dense(weights, f"{layer}.output", inner))
    return x


def _attended(weights: Weights, layer: str, x: NDArray[np.float32]) -> NDArray[np.float32]:
    texts, tokens, width = x.shape
    query, key, value = (
        _linear(weights, f"{layer}.attention.self.{part}", x)
        .reshape(texts, tokens, _HEADS, width // _HEADS)
        .transpose(0, 2, 1, 3)
        for part in ("query", "key", "value")
    )
    likeness = query @ key.swapaxes(-1, -2) / np.float32((width // _HEADS) ** 0.5)
    share = np.exp(likeness - likeness.max(axis=-1, keepdims=True))
    share /= share.sum(axis=-1, keepdims=True)
    seen = (share @ value).transpose(0, 2, 1, 3).reshape(texts, tokens, width)
    return _dense(weights, f"{layer}.attention.output", seen)


def _dense(weights: Weights, name: str, x: NDArray[np.float32]) -> NDArray[np.float32]:
    return _linear(weights, f"{name}.dense", x)


def _linear(weights: Weights, name: str, x: NDArray[np.float32]) -> NDArray[np.float32]:
    flat = x.reshape(-1, x.shape[-1]) @ weights[f"{name}.weight"] + weights[f"{name}.bias"]
    return flat.reshape(*x.shape[:-1], -1)


def _norm(weights: Weights, name: str, x: NDArray[np.float32]) -> NDArray[np.float32]:
    centred = x - x.mean(axis=-1, keepdims=True)
    scale = np.sqrt(np.square(centred).mean(axis=-1, keepdims=True) + _EPSILON)
    normal = centred / scale * weights[f"{name}.LayerNorm.weight"] + weights[f"{name}.LayerNorm.bias"]
    return np.asarray(normal, dtype=np.float32)


def _gelu(x: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return what the model calls gelu, by its usual approximation: numpy has no error function."""
    half = np.float32(0.5) * x
    return half + half * np.tanh(np.float32(0.7978846) * x * (1 + np.float32(0.044715) * x * x))
