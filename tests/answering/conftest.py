import pytest

from bot.answering.index import Index
from bot.answering.vectors import WordVectors, shared_vectors
from tests.answering.library import ARTICLES


@pytest.fixture(scope="session")
def vectors() -> WordVectors:
    return shared_vectors()


@pytest.fixture(scope="session")
def index(vectors: WordVectors) -> Index:
    return Index(ARTICLES, vectors)
