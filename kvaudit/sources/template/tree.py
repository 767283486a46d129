"""The tree of a template's expression."""

from __future__ import annotations

from kvaudit.model.value import Value


class Literal(Value):
    """A text or a number."""

    value: str | int


class Call(Value):
    """A function with its arguments; one of the user's own has its namespace before it: "contoso.name"."""

    name: str  # as written
    arguments: tuple[Node, ...] = ()


class Property(Value):
    """What an object has by a name."""

    target: Node
    name: str


class Index(Value):
    """What an object or a list has by a key or number."""

    target: Node
    key: Node


Node = Literal | Call | Property | Index


def source(node: Node) -> str:
    """An expression as it is written."""
    match node:
        case Literal():
            return quoted(node.value) if isinstance(node.value, str) else str(node.value)
        case Call():
            return f"{node.name}({', '.join(map(source, node.arguments))})"
        case Property():
            return f"{source(node.target)}.{node.name}"
        case Index():
            return f"{source(node.target)}[{source(node.key)}]"


def quoted(text: str) -> str:
    """A text as an expression has it."""
    return "'" + text.replace("'", "''") + "'"
