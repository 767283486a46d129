"""A progress bar on standard error, for people who wait: on a terminal only, and not in the first second."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from kvaudit.cli.session import Session
from kvaudit.report.escape import escape

Progress = Callable[[str, int, int], None]
"""Told how far a phase has come: its name, what is done, and of how much."""

_PATIENCE = 1.0  # seconds


@contextmanager
def progress(session: Session, *, counts: bool = False) -> Iterator[Progress | None]:
    """What to tell of the work's progress, or None where nobody would see it.

    With `counts` each phase has a bar of its own, with how many of how many are done, and how many a second.
    """
    if session.quiet or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield None
        return
    bar = _Bar(color=session.colored(sys.stderr), counts=counts)
    try:
        yield bar.update
    finally:
        bar.stop()


class _Bar:
    """Bars that appear once the work has lasted a second, and leave no trace. Threads may tell of their work."""

    def __init__(self, *, color: bool, counts: bool) -> None:
        self._color = color
        self._counts = counts
        self._start = time.monotonic()
        self._lock = threading.Lock()
        self._stop: Callable[[], None] | None = None
        self._show: Progress | None = None

    def update(self, phase: str, done: int, total: int) -> None:
        """Show how far the work is."""
        with self._lock:
            if self._show is None:
                if time.monotonic() - self._start < _PATIENCE:
                    return
                self._show = self._begin()
            self._show(phase, done, total)

    def stop(self) -> None:
        """Take the bars away."""
        if self._stop is not None:
            self._stop()

    def _begin(self) -> Progress:
        from rich import progress as rich_progress  # noqa: PLC0415
        from rich.console import Console  # noqa: PLC0415 - short runs never need it

        columns: list[rich_progress.ProgressColumn] = [
            rich_progress.TextColumn("{task.description}", markup=False),
            rich_progress.BarColumn(),
        ]
        if self._counts:
            columns += [
                rich_progress.MofNCompleteColumn(),
                rich_progress.TextColumn("{task.fields[rate]}", markup=False),
            ]
        columns.append(rich_progress.TimeElapsedColumn())
        bar = rich_progress.Progress(*columns, console=Console(stderr=True, no_color=not self._color), transient=True)
        tasks: dict[str, rich_progress.TaskID] = {}
        bar.start()
        self._stop = bar.stop

        def show(phase: str, done: int, total: int) -> None:
            key = phase if self._counts else ""  # without counts the phases of a scan share one bar
            if key not in tasks:
                tasks[key] = bar.add_task("", total=None, rate="")
            elapsed = bar.tasks[bar.task_ids.index(tasks[key])].elapsed or 0.0
            rate = f"{done / elapsed:,.0f}/s" if elapsed > _PATIENCE else ""
            bar.update(tasks[key], description=escape(phase), completed=done, total=total or None, rate=rate)

        return show
