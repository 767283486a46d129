"""Lines of a program's log, which are taken for its output."""

from __future__ import annotations

from kvaudit.sources.facts import Facts
from kvaudit.sources.shapes.base import Shape
from kvaudit.sources.wire import Row

_LINES = "lines of Terraform's log"


def read_line(facts: Facts, _row: Row, pointer: str) -> None:
    """A line of what `terraform plan -json` prints: it tells of changes, and leaves out what they are."""
    if not facts.rows[_LINES]:
        reason = (
            "a log of terraform plan -json, which does not hold the plan; "
            "write it with terraform plan -out FILE, and terraform show -json FILE"
        )
        facts.gap("files", facts.document.name, reason, pointer)


SHAPES = (Shape(_LINES, "", read_line, keys=(frozenset({"@level", "@message"}),)),)
