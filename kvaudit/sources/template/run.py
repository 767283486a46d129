"""What all evaluation of one template shares: how much it may cost, and what was wrong."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kvaudit.model.origin import Document
    from kvaudit.sources.template.frame import Frame
    from kvaudit.sources.template.links import Links

DEEPEST = 250
"""Expressions within expressions, through variables, parameters and outputs."""

_STEPS = 1_000_000
_STEPS_OF_A_RESOURCE = 2_000
_FRAMES = 20_000


class Run:
    """The evaluation of one template. Nothing here is unbounded, whatever the template says."""

    def __init__(self, resources: int, links: Links | None = None) -> None:
        self.links = links
        self.elsewhere: dict[str, Document] = {}  # pointers of linked templates, each with its document
        self.frames: list[Frame] = []  # the deployments
        self.problems: dict[tuple[str, str], None] = {}
        self.depth = 0
        self.at = ""  # pointer of the text that is being evaluated
        self.identifiers = 0  # how many newGuid gave
        self.passing = 0  # how many values were made that may be others the next time: of a round, of a moment
        self.left = _STEPS + _STEPS_OF_A_RESOURCE * resources

    @property
    def is_spent(self) -> bool:
        """Whether the template has cost more than it may; nothing more of it is evaluated then."""
        return self.left < 0

    def let_go(self) -> None:
        """Forget what was worked out: it refers back to itself, and would be left to the garbage collector."""
        for frame in self.frames:
            frame.let_go()
        self.frames.clear()

    def spend(self, steps: int = 1) -> None:
        """Count the cost of something."""
        self.left -= steps

    def weigh(self, value: Any) -> None:
        """Count the cost of a value that was made: lists in lists may be one list, a billion times."""
        stack = [value]
        left = self.left
        while stack and left >= 0:
            each = stack.pop()
            left -= 1
            kind = type(each)
            if kind is list:
                stack += each
            elif kind is dict:
                stack += each.values()
            elif kind is str:
                left -= len(each) >> 8
        self.left = left

    def problem(self, pointer: str, reason: str) -> None:
        """Something in the template that is wrong, at a place in it."""
        self.problems[pointer, reason] = None


@contextmanager
def deep_stack() -> Iterator[None]:
    """Room for DEEPEST expressions, each of which takes several frames; calls of Python in Python need no other."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, _FRAMES))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)
