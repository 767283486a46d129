"""Threads that do what is most urgent first, and can be sent home at any moment."""

from __future__ import annotations

import itertools
import queue
import threading
from collections.abc import Callable, Iterable

from kvaudit.sources.live.refusals import Stopped

Task = Callable[[], None]


class Batch:
    """Tasks that were given out together."""

    def __init__(self, crew: Crew, size: int) -> None:
        self._crew = crew
        self._left = size
        self._lock = threading.Lock()
        self._over = threading.Event()
        if not size:
            self._over.set()

    def wait(self) -> None:
        """Wait until all are done. Raises what a task raised, Stopped where the crew was sent home."""
        while not self._over.wait(0.2):
            self._crew.check()
        self._crew.check()

    def one_done(self) -> None:
        """Note that one of them is done."""
        with self._lock:
            self._left -= 1
            if self._left <= 0:
                self._over.set()


class Crew:
    """A number of threads that wait for work, until they are sent home or the process ends."""

    def __init__(self, size: int) -> None:
        self._tasks: queue.PriorityQueue[tuple[int, int, Task, Batch]] = queue.PriorityQueue()
        self._numbers = itertools.count()
        self._home = threading.Event()
        self._error: BaseException | None = None
        self._size = size
        for number in range(size):
            threading.Thread(target=self._work, name=f"collect-{number}", daemon=True).start()

    def do(self, tasks: Iterable[Task], *, urgency: int = 0) -> Batch:
        """Give tasks out, those of a lower number first; they run in the order they were given."""
        given = list(tasks)
        batch = Batch(self, len(given))
        for task in given:
            self._tasks.put((urgency, next(self._numbers), task, batch))
        return batch

    def check(self) -> None:
        """Raise what made a task fail, or Stopped where everybody was sent home."""
        if self._error is not None:
            raise self._error
        if self._home.is_set():
            raise Stopped("the collection was ended")

    def pause(self, seconds: float) -> None:
        """Sleep, unless everybody is sent home meanwhile: then raise Stopped."""
        if self._home.wait(seconds):
            raise Stopped("the collection was ended")

    def send_home(self) -> None:
        """Begin nothing more; whoever waits is woken."""
        self._home.set()
        self.do([lambda: None] * self._size)

    def _work(self) -> None:
        while not self._home.is_set():
            _, _, task, batch = self._tasks.get()
            if not self._home.is_set():
                try:
                    task()
                except Stopped:
                    pass
                except BaseException as error:  # noqa: BLE001 - not kept here: `check` raises it where the work is waited for
                    self._error = self._error or error
                    self._home.set()
            batch.one_done()
