"""A progress bar on standard error, for people who wait: on a terminal only, and not in the first second."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from kvaudit.cli.session import Session
from kvaudit.report.escape import escape

Progress = Callable[[str, int, int], None]
"""Told how far a phase has come: its name, what is done, and of how much."""

_PATIENCE = 1.0  # seconds


@contextmanager
def progress(session: Session) -> Iterator[Progress | None]:
    """What to tell of the work's progress, or None where nobody would see it."""
    if session.quiet or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield None
        return
    bar = _Bar(color=session.colored(sys.stderr))
    try:
        yield bar.update
    finally:
        bar.stop()


class _Bar:
    """A bar that appears once the work has lasted a second, and leaves no trace."""

    def __init__(self, *, color: bool) -> None:
        self._color = color
        self._start = time.monotonic()
        self._stop: Callable[[], None] | None = None
        self._show: Progress | None = None

    def update(self, phase: str, done: int, total: int) -> None:
        """Show how far the work is."""
        if self._show is None:
            if time.monotonic() - self._start < _PATIENCE:
                return
            self._begin()
        if self._show is not None:
            self._show(phase, done, total)

    def stop(self) -> None:
        """Take the bar away."""
        if self._stop is not None:
            self._stop()

    def _begin(self) -> None:
        from rich import progress as rich_progress  # noqa: PLC0415
        from rich.console import Console  # noqa: PLC0415 - short runs never need it

        columns = (
            rich_progress.TextColumn("{task.description}", markup=False),
            rich_progress.BarColumn(),
            rich_progress.TimeElapsedColumn(),
        )
        bar = rich_progress.Progress(*columns, console=Console(stderr=True, no_color=not self._color), transient=True)
        task = bar.add_task("", total=None)
        bar.start()
        self._stop = bar.stop
        self._show = lambda phase, done, total: bar.update(
            task, description=escape(phase), completed=done, total=total or None
        )
