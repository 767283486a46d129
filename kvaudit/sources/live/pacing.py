"""How often Azure may be asked, so that it need not say no.

Source of the figures: Microsoft Learn, request limits and throttling of Resource Manager (2024: reads of a principal in
a subscription come from a bucket of 250 that refills with 25 a second, tenant-wide ones from another), and guidance
for throttled requests of Resource Graph (15 queries in 5 seconds for a user).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from kvaudit.model.value import Value

Wait = Callable[[float], None]
"""Sleeps for some seconds; raises Stopped where the collection ends meanwhile."""


class Limit(Value):
    """A bucket of requests: so many at once, and so many a second after them."""

    burst: float
    rate: float


READS = Limit(250, 25)
"""Reads of Resource Manager, for each subscription and for the tenant."""

QUERIES = Limit(15, 3)
"""Queries of Resource Graph."""

FREE = Limit(1_000_000, 1_000_000)
"""Microsoft Graph and the data plane of HSMs count costs, not requests: they say when to wait."""


class Bucket:
    """Requests that share one limit, from any number of threads."""

    def __init__(self, limit: Limit, wait: Wait, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._wait = wait
        self._clock = clock
        self._lock = threading.Lock()
        self._left = limit.burst
        self._seen = clock()

    def take(self) -> None:
        """Take one request out of the bucket, and wait until it may be sent. Raises Stopped as `wait` does."""
        pause = self._due()
        if pause > 0:
            self._wait(pause)

    def hold(self, seconds: float) -> None:
        """Azure said to wait: nobody asks before that."""
        with self._lock:
            self._refill()
            self._left = min(self._left, -seconds * self._limit.rate)

    def _due(self) -> float:
        with self._lock:
            self._refill()
            self._left -= 1
            return -self._left / self._limit.rate if self._left < 0 else 0.0

    def _refill(self) -> None:
        now = self._clock()
        self._left = min(self._limit.burst, self._left + (now - self._seen) * self._limit.rate)
        self._seen = now


class Buckets:
    """One bucket for each subscription, made when it is first asked about."""

    def __init__(self, limit: Limit, wait: Wait) -> None:
        self._limit = limit
        self._wait = wait
        self._lock = threading.Lock()
        self._buckets: dict[str, Bucket] = {}

    def of(self, path: str) -> Bucket:
        """The bucket of a path: its subscription's, or the tenant's."""
        parts = path.split("/", 3)
        key = parts[2].lower() if len(parts) > 2 and parts[1].lower() == "subscriptions" else ""
        with self._lock:
            if key not in self._buckets:
                self._buckets[key] = Bucket(self._limit, self._wait)
            return self._buckets[key]
