"""Wake-ups within one process."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class LocalSubscription:
    """Remembers a publication until the next wait, so that none is lost between two waits."""

    def __init__(self) -> None:
        self._published = asyncio.Event()

    def wake(self) -> None:
        """Note a publication."""
        self._published.set()

    async def wait(self, timeout: float | None = None) -> bool:
        """Wait for a publication since the last wait; False when `timeout` seconds went by without."""
        try:
            async with asyncio.timeout(timeout):
                await self._published.wait()
        except TimeoutError:
            return False
        self._published.clear()
        return True


class LocalSignals:
    """Wakes the subscribers of a topic. All of them live on one event loop."""

    def __init__(self) -> None:
        self._subscriptions: defaultdict[str, set[LocalSubscription]] = defaultdict(set)

    @asynccontextmanager
    async def subscribe(self, topic: str) -> AsyncIterator[LocalSubscription]:
        """Listen to a topic for as long as the context lasts."""
        subscription = LocalSubscription()
        self._subscriptions[topic].add(subscription)
        try:
            yield subscription
        finally:
            self._subscriptions[topic].discard(subscription)
            if not self._subscriptions[topic]:
                del self._subscriptions[topic]

    def publish(self, topic: str) -> None:
        """Wake whoever listens to a topic."""
        for subscription in self._subscriptions.get(topic, ()):
            subscription.wake()

    def publish_all(self) -> None:
        """Wake everybody, as when nobody knows what has been published."""
        for topic in tuple(self._subscriptions):
            self.publish(topic)
