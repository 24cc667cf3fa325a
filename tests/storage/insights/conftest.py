"""A random week at the desk in the databases of the storage tests."""

import pytest

from bot.services.insights import FactKeeper, Insights
from tests.storage.insights.histories import NOW, random_week, store


@pytest.fixture
async def week(database, clock):
    """A stored week whose facts are made."""
    clock.now = NOW
    week = random_week(3, 30)
    await store(database, week)
    await FactKeeper(database, clock).refresh()
    return week


@pytest.fixture
def insights(database, clock):
    return Insights(database, clock)
