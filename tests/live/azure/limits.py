"""The published limits, enforced: who asks too fast is sent away for a while.

Sources: https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling;
https://learn.microsoft.com/azure/governance/resource-graph/concepts/guidance-for-throttled-requests
"""

from __future__ import annotations

import math

from tests.live.azure.connection import Response, refusal

BUCKET, REFILL = 250, 25
QUERIES, WINDOW = 15, 5.0


class ReadLimits:
    """A bucket of reads for every subscription, and one for the tenant."""

    def __init__(self) -> None:
        self._buckets: dict[str, tuple[float, float]] = {}

    def refused(self, subscription: str, now: float) -> Response | None:
        left, since = self._buckets.get(subscription, (float(BUCKET), now))
        left = min(BUCKET, left + (now - since) * REFILL)
        if left >= 1:
            self._buckets[subscription] = (left - 1, now)
            return None
        self._buckets[subscription] = (left, now)
        seconds = math.ceil((1 - left) / REFILL)
        words = (
            f"Number of requests for subscription '{subscription}' and operation 'READ' exceeded the backend storage "
            f"limit. Please try again after '{seconds}' seconds."
        )
        return refusal(429, "SubscriptionRequestsThrottled", words, retry_after=str(seconds))

    def left(self, subscription: str) -> int:
        return int(self._buckets.get(subscription, (float(BUCKET), 0.0))[0])


class Quota:
    """So many queries in a window, which begins with the first of them."""

    def __init__(self) -> None:
        self._began = -math.inf
        self._used = 0

    def used(self, now: float) -> tuple[int, float]:
        """Count a query: what is left (below zero: too many), and the seconds until the quota is whole again."""
        if now - self._began >= WINDOW:
            self._began, self._used = now, 0
        self._used += 1
        return QUERIES - self._used, self._began + WINDOW - now


def throttled(seconds: float) -> Response:
    """Resource Graph's answer to too many queries."""
    words = "Client application has been throttled and should not attempt to repeat the request for a while."
    return refusal(429, "RateLimiting", words, retry_after=str(math.ceil(seconds)))


def clock(seconds: float) -> str:
    """hh:mm:ss, rounded up."""
    whole = math.ceil(seconds)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}"
