"""What a condition of Azure ABAC is made of. Written out as text, a tree reads back as the same tree."""

from __future__ import annotations

from kvaudit.model.value import Value

Key = tuple[str, str]
"""An attribute as it is looked up: source and name in lower case, ("resource", "microsoft.keyvault/vaults:name")."""


class Attribute(Value):
    """An attribute of the request, the resource, the principal or the environment."""

    source: str  # Resource | Request | Principal | Environment
    name: str

    @property
    def key(self) -> Key:
        """How it is looked up: in any case."""
        return self.source.lower(), self.name.lower()

    def __str__(self) -> str:
        return f"@{self.source}[{self.name}]"


class Constants(Value):
    """One constant or several, as text; the operator says what they are read as."""

    values: tuple[str, ...]

    def __str__(self) -> str:
        quoted = ", ".join(map(_quoted, self.values))
        return quoted if len(self.values) == 1 else f"{{{quoted}}}"


class ActionMatches(Value):
    """Whether the requested action is covered by a pattern."""

    pattern: str

    def __str__(self) -> str:
        return f"ActionMatches{{{_quoted(self.pattern)}}}"


class SubOperationMatches(Value):
    """Whether the request is this sub-operation of its action."""

    pattern: str

    def __str__(self) -> str:
        return f"SubOperationMatches{{{_quoted(self.pattern)}}}"


class Exists(Value):
    """Whether the request has an attribute at all."""

    attribute: Attribute

    def __str__(self) -> str:
        return f"Exists {self.attribute}"


class Comparison(Value):
    """Two operands under an operator; of several values each, `quantifier` says which pairs must agree."""

    left: Attribute | Constants
    operator: str  # StringEquals
    right: Attribute | Constants
    quantifier: str = ""  # ForAnyOfAnyValues

    def __str__(self) -> str:
        operator = f"{self.quantifier}:{self.operator}" if self.quantifier else self.operator
        return f"{self.left} {operator} {self.right}"


class Not(Value):
    """The opposite."""

    operand: Node

    def __str__(self) -> str:
        return f"!({self.operand})"


class And(Value):
    """All of them."""

    operands: tuple[Node, ...]

    def __str__(self) -> str:
        return " AND ".join(f"({each})" for each in self.operands)


class Or(Value):
    """Any of them."""

    operands: tuple[Node, ...]

    def __str__(self) -> str:
        return " OR ".join(f"({each})" for each in self.operands)


Node = ActionMatches | SubOperationMatches | Exists | Comparison | Not | And | Or


def _quoted(text: str) -> str:
    escaped = text.replace("'", "\\'")
    return f"'{escaped}'"
