"""Lines of text on a page of some width: wrapping that never cuts an id, trees, and names made safe."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import BinaryIO, NamedTuple

from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.text import Text

from kvaudit.model.finding import Severity, Verdict
from kvaudit.model.value import Value
from kvaudit.report.escape import escape
from kvaudit.report.formats import Look

SEVERITY_STYLES = {
    Severity.CRITICAL: "bold magenta",
    Severity.HIGH: "bold red",
    Severity.MEDIUM: "yellow",
    Severity.LOW: "cyan",
    Severity.INFO: "blue",
}
VERDICT_STYLES = {
    Verdict.DIRECT: "bold red",
    Verdict.CONDITIONAL: "red",
    Verdict.ELIGIBLE: "yellow",
    Verdict.ESCALATION: "bold magenta",
    Verdict.UNKNOWN: "bold cyan",
    Verdict.LATENT: "blue",
    Verdict.NONE: "green",
}

NARROWEST = 60
"""Columns below which a page is not squeezed; the terminal then breaks lines itself."""

_WORD = re.compile(r"\S+\s*")


class Signs(Value):
    """The few signs that are no letters, as far as the stream's encoding can say them."""

    tee: str
    corner: str
    bar: str
    arrow: str
    dash: str


_DRAWN = Signs("├─ ", "└─ ", "│  ", "→ ", "\N{EN DASH}")
_ASCII = Signs("|- ", "`- ", "|  ", "-> ", "-")


class Node(NamedTuple):
    """A node of a tree: its lines, and what hangs below it."""

    lines: Sequence[Text]
    children: Sequence[Node] = ()


class Page:
    """Where text is put. Everything goes through `Text`, so that nothing in a name is taken for markup."""

    def __init__(self, console: Console, look: Look) -> None:
        self.verbosity = look.verbosity
        self.signs = _DRAWN if codecs.lookup(look.encoding).name.startswith("utf") else _ASCII
        self._console = console
        self._width = max(look.width, NARROWEST)

    @classmethod
    @contextmanager
    def on(cls, stream: BinaryIO, look: Look) -> Iterator[Page]:
        """A page on a byte stream, which stays open; what its encoding cannot say is spelled out."""
        text = io.TextIOWrapper(stream, look.encoding, errors="backslashreplace", newline="\n", write_through=True)
        console = Console(
            file=text,
            force_terminal=look.color,
            color_system="standard" if look.color else None,
            no_color=not look.color,
            width=max(look.width, NARROWEST),
            height=100,
            legacy_windows=False,
            markup=False,
            highlight=False,
            emoji=False,
        )
        try:
            yield cls(console, look)
        finally:
            text.detach()

    def title(self, words: str) -> None:
        """A heading, with room above it."""
        self.put([Text(), Text(words, "bold underline")])

    def put(self, lines: Sequence[Text]) -> None:
        """These lines as they are, however long."""
        self._console.print(Text("\n").join(lines), soft_wrap=True)

    def render(self, renderable: RenderableType) -> None:
        """Something of rich's own, such as a table."""
        self._console.print(renderable)

    def wrapped(self, text: Text, first: str = "", rest: str | None = None) -> list[Text]:
        """The text in lines that fit the page behind these indents. A word longer than a line is left whole."""
        rest = " " * cell_len(first) if rest is None else rest
        lines = _wrap(text, self._width - cell_len(rest))
        indents = (first if number == 0 else rest for number in range(len(lines)))
        return [
            Text.assemble((indent, "" if indent.isspace() else "dim"), line)
            for indent, line in zip(indents, lines, strict=True)
        ]

    def tree(self, node: Node, indent: str = "") -> list[Text]:
        """A node with all below it, drawn with guides."""
        return self._labels(node, indent, indent) + self.branches(node.children, indent)

    def branches(self, nodes: Sequence[Node], indent: str = "") -> list[Text]:
        """Nodes that hang below something already written."""
        lines: list[Text] = []
        for number, node in enumerate(nodes):
            is_last = number == len(nodes) - 1
            bar = "   " if is_last else self.signs.bar
            inner = indent + bar
            first = indent + (self.signs.corner if is_last else self.signs.tee)
            lines += self._labels(node, first, inner) + self.branches(node.children, inner)
        return lines

    def _labels(self, node: Node, first: str, inner: str) -> list[Text]:
        below = inner + (self.signs.bar if node.children else "")
        lines = self.wrapped(node.lines[0], first, below + "  ")
        for label in node.lines[1:]:
            lines += self.wrapped(label, below, below + "  ")
        return lines

    def some(self, names: Sequence[str], limit: int) -> str:
        """The first of these names, and how many more there are; all of them on a page that tells all."""
        if self.verbosity or len(names) <= limit + 1:
            return ", ".join(map(escape, names))
        return f"{', '.join(map(escape, names[:limit]))} and {len(names) - limit:,} more"


def _wrap(text: Text, width: int) -> list[Text]:
    """Break between words only: an id that is cut in two can be neither searched for nor copied."""
    offsets, column = [], 0
    for word in _WORD.finditer(text.plain):
        if column and column + cell_len(word[0].rstrip()) > width:
            offsets.append(word.start())
            column = 0
        column += cell_len(word[0])
    lines = list(text.divide(offsets))
    for line in lines:
        line.rstrip()
    return lines
