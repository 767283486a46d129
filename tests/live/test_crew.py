"""Threads that work, stop and go home."""

from __future__ import annotations

import threading

import pytest

from kvaudit.sources.live.crew import Crew
from kvaudit.sources.live.refusals import Stopped

SECONDS = 20  # that nothing here takes


@pytest.fixture
def crew():
    crew = Crew(1)
    yield crew
    crew.send_home()


def test_what_is_most_urgent_is_done_first_and_else_in_order(crew):
    gate, done = threading.Event(), []
    first = crew.do([gate.wait])
    later = crew.do([lambda: done.append("c"), lambda: done.append("d")], urgency=1)
    sooner = crew.do([lambda: done.append("a"), lambda: done.append("b")])
    gate.set()
    for batch in (first, later, sooner):
        batch.wait()
    assert done == ["a", "b", "c", "d"]


def test_no_tasks_are_done_at_once(crew):
    crew.do([]).wait()


def test_an_error_ends_the_work_and_is_raised_where_it_is_waited_for(crew):
    done = []

    def fail():
        raise LookupError("broken")

    batch = crew.do([fail, lambda: done.append("more")])
    with pytest.raises(LookupError, match="broken"):
        batch.wait()
    with pytest.raises(LookupError, match="broken"):
        crew.do([]).wait()
    assert done == []


def test_being_sent_home_wakes_a_pause_and_whoever_waits():
    crew = Crew(2)
    stopped = threading.Event()

    def pause():
        try:
            crew.pause(3600)
        except Stopped:
            stopped.set()
            raise

    batch = crew.do([pause])
    threading.Timer(0.05, crew.send_home).start()
    with pytest.raises(Stopped):
        batch.wait()
    assert stopped.wait(SECONDS)
    with pytest.raises(Stopped):
        crew.check()


def test_threads_end_when_they_are_sent_home():
    before = set(threading.enumerate())
    crew = Crew(4)
    crew.do([lambda: None]).wait()
    ours = set(threading.enumerate()) - before
    assert len(ours) == 4
    crew.send_home()
    for thread in ours:
        thread.join(SECONDS)
    assert not any(thread.is_alive() for thread in ours)


def test_a_pause_that_nobody_ends_lasts_as_long_as_it_is_meant_to(crew):
    crew.pause(0.001)
    crew.check()
