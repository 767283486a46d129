"""Buckets, by a clock of the test's own."""

from __future__ import annotations

import pytest

from kvaudit.sources.live.pacing import Bucket, Buckets, Limit


class Clock:
    def __init__(self):
        self.now = 0.0
        self.waits = []

    def __call__(self):
        return self.now

    def wait(self, seconds):
        self.waits.append(seconds)
        self.now += seconds


@pytest.fixture
def clock():
    return Clock()


def test_a_bucket_gives_its_burst_at_once_and_then_its_rate(clock):
    bucket = Bucket(Limit(3, 2), clock.wait, clock)
    for _ in range(5):
        bucket.take()
    assert clock.waits == [0.5, 0.5]


def test_a_bucket_fills_up_to_its_burst_and_no_further(clock):
    bucket = Bucket(Limit(2, 1), clock.wait, clock)
    bucket.take()
    clock.now += 100
    for _ in range(3):
        bucket.take()
    assert clock.waits == [1.0]


def test_who_is_told_to_wait_holds_all_who_share_the_limit(clock):
    bucket = Bucket(Limit(100, 10), clock.wait, clock)
    bucket.hold(5)
    bucket.take()
    assert clock.waits == [pytest.approx(5.1)]
    bucket.hold(1)
    bucket.hold(0.5)  # does not shorten the first
    bucket.take()
    assert clock.waits[1:] == [pytest.approx(1.1)]


def test_threads_that_take_before_anybody_waited_get_turns_of_their_own(clock):
    waits = []
    bucket = Bucket(Limit(1, 1), waits.append, clock)
    for _ in range(4):
        bucket.take()
    assert waits == [1, 2, 3]


def test_each_subscription_has_a_bucket_and_the_tenant_one(clock):
    buckets = Buckets(Limit(1, 1), clock.wait)
    one = buckets.of("/subscriptions/A/providers/x")
    assert one is buckets.of("/Subscriptions/a/resourceGroups/y")
    assert one is not buckets.of("/subscriptions/B")
    assert buckets.of("/subscriptions") is buckets.of("/providers/Microsoft.Management/getEntities")
    assert buckets.of("/subscriptions") is not one
