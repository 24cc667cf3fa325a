"""The model in numpy: a small one against the same arithmetic written out, and the real one where it was fetched."""

import json
from hashlib import sha256
from math import exp, pi, sqrt, tanh
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save

from bot.answering.minilm import PINS, TOKENIZER, WEIGHTS, MiniLm, embedded
from bot.core.errors import Misconfigured

HOME = Path(__file__).resolve().parents[2] / "var" / "minilm"
WIDTH, HEADS, LAYERS, INNER = 24, 12, 6, 8
WORDS = ["[UNK]", "where", "is", "my", "parcel", "the", "bread", "warm"]


def small() -> dict[str, np.ndarray]:
    """Return random weights of a model of the same shape, 24 numbers wide."""
    random = np.random.default_rng(3)

    def of(*shape: int) -> np.ndarray:
        return random.normal(0, 0.4, shape).astype(np.float32)

    weights = {
        "embeddings.word_embeddings.weight": of(len(WORDS), WIDTH),
        "embeddings.position_embeddings.weight": of(16, WIDTH),
        "embeddings.token_type_embeddings.weight": of(2, WIDTH),
        "embeddings.LayerNorm.weight": of(WIDTH),
        "embeddings.LayerNorm.bias": of(WIDTH),
    }
    for layer in (f"encoder.layer.{n}" for n in range(LAYERS)):
        parts = {f"attention.self.{part}": (WIDTH, WIDTH) for part in ("query", "key", "value")}
        parts |= {"attention.output.dense": (WIDTH, WIDTH), "intermediate.dense": (INNER, WIDTH)}
        parts |= {"output.dense": (WIDTH, INNER)}
        for part, shape in parts.items():
            weights |= {f"{layer}.{part}.weight": of(*shape), f"{layer}.{part}.bias": of(shape[0])}
        for part in ("attention.output", "output"):
            weights |= {f"{layer}.{part}.LayerNorm.{one}": of(WIDTH) for one in ("weight", "bias")}
    return weights


def written_out(weights: dict[str, np.ndarray], ids: list[int]) -> list[list[float]]:
    """Do what a BERT does, number by number."""

    def times(name: str, x: list[float]) -> list[float]:
        matrix, bias = weights[f"{name}.weight"], weights[f"{name}.bias"]
        return [
            sum(float(w) * v for w, v in zip(row, x, strict=True)) + float(b)
            for row, b in zip(matrix, bias, strict=True)
        ]

    def norm(name: str, x: list[float]) -> list[float]:
        mean = sum(x) / len(x)
        spread = sqrt(sum((v - mean) ** 2 for v in x) / len(x) + 1e-12)
        scale, shift = weights[f"{name}.LayerNorm.weight"], weights[f"{name}.LayerNorm.bias"]
        return [(v - mean) / spread * float(s) + float(b) for v, s, b in zip(x, scale, shift, strict=True)]

    def gelu(v: float) -> float:
        return 0.5 * v * (1 + tanh(sqrt(2 / pi) * (v + 0.044715 * v**3)))

    def add(one: list[float], other: list[float]) -> list[float]:
        return [a + b for a, b in zip(one, other, strict=True)]

    tables = [weights[f"embeddings.{name}_embeddings.weight"] for name in ("word", "position", "token_type")]
    x = [
        norm("embeddings", [float(v) for v in tables[0][i] + tables[1][n] + tables[2][0]])
        for n, i in enumerate(ids)
    ]
    for layer in (f"encoder.layer.{n}" for n in range(LAYERS)):
        query, key, value = (
            [times(f"{layer}.attention.self.{p}", t) for t in x] for p in ("query", "key", "value")
        )
        seen = []
        for token in range(len(x)):
            heads: list[float] = []
            for head in (slice(h * WIDTH // HEADS, (h + 1) * WIDTH // HEADS) for h in range(HEADS)):
                like = [
                    sum(a * b for a, b in zip(query[token][head], k[head], strict=True)) / sqrt(WIDTH / HEADS)
                    for k in key
                ]
                share = [exp(v) / sum(map(exp, like)) for v in like]
                heads += [
                    sum(s * v[head][i] for s, v in zip(share, value, strict=True))
                    for i in range(WIDTH // HEADS)
                ]
            seen.append(heads)
        x = [
            norm(f"{layer}.attention.output", add(t, times(f"{layer}.attention.output.dense", s)))
            for t, s in zip(x, seen, strict=True)
        ]
        inner = [[gelu(v) for v in times(f"{layer}.intermediate.dense", t)] for t in x]
        x = [
            norm(f"{layer}.output", add(t, times(f"{layer}.output.dense", i)))
            for t, i in zip(x, inner, strict=True)
        ]
    return x


def turned(weights: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {
        name: value.T if name.startswith("encoder") and value.ndim == 2 else value
        for name, value in weights.items()
    }


def test_the_arithmetic_is_that_of_a_bert():
    weights = small()
    found = embedded(turned(weights), np.array([[1, 2, 3, 4], [5, 6, 2, 7]]))
    assert found[0] == pytest.approx(np.array(written_out(weights, [1, 2, 3, 4])), abs=1e-4)
    assert found[1] == pytest.approx(np.array(written_out(weights, [5, 6, 2, 7])), abs=1e-4)


@pytest.fixture
def model(tmp_path, vectors) -> MiniLm:
    words = {"type": "WordLevel", "vocab": {word: i for i, word in enumerate(WORDS)}, "unk_token": "[UNK]"}
    unset = ("truncation", "padding", "post_processor", "decoder")
    split = {"normalizer": {"type": "Lowercase"}, "pre_tokenizer": {"type": "Whitespace"}}
    told = {"version": "1.0", "added_tokens": [], **dict.fromkeys(unset), **split, "model": words}
    files = {WEIGHTS: save(small()), TOKENIZER: json.dumps(told).encode()}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    return MiniLm(tmp_path, vectors, {name: sha256(content).hexdigest() for name, content in files.items()})


def test_texts_of_all_lengths_are_what_each_is_alone(model):
    texts = ["where is my parcel", "the bread", "Where is my parcel", "", "warm bread", "🎉", "bread " * 9]
    together = model.unit(texts)
    assert together.shape == (len(texts), WIDTH)
    assert np.linalg.norm(together, axis=1) == pytest.approx([1, 1, 1, 0, 1, 1, 1], abs=1e-5)
    for text, row in zip(texts, together, strict=True):
        assert model.unit([text])[0] == pytest.approx(row, abs=1e-5)
    assert model.unit([]).shape == (0, WIDTH)


def test_words_are_as_before(model, vectors):
    assert (model.sums(["parcel"]) == vectors.sums(["parcel"])).all()
    assert model.is_whole("order")


@pytest.mark.parametrize("name", [WEIGHTS, TOKENIZER])
@pytest.mark.parametrize("harm", ["missing", "short", "other"])
def test_never_other_weights(model, tmp_path, vectors, name, harm):
    pins = {one: sha256((tmp_path / one).read_bytes()).hexdigest() for one in (WEIGHTS, TOKENIZER)}
    content = (tmp_path / name).read_bytes()
    if harm == "missing":
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_bytes(content[:-1] if harm == "short" else content[:-1] + b"!")
    with pytest.raises(Misconfigured, match=f"{name} .*knowledge model"):
        MiniLm(tmp_path, vectors, pins)


@pytest.mark.model
@pytest.mark.skipif(not HOME.is_dir(), reason="no model: run `threadpilot knowledge model`")
def test_the_real_model_says_what_its_card_says(vectors):
    said = MiniLm(HOME, vectors, PINS).unit(
        ["The weather is lovely today.", "It's so sunny outside!", "He drove to the stadium."]
    )
    expected = [[1, 0.6660, 0.1046], [0.6660, 1, 0.1411], [0.1046, 0.1411, 1]]  # As published by its authors.
    assert said @ said.T == pytest.approx(np.array(expected), abs=1e-3)
