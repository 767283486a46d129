"""Where a fact came from: a document and a pointer into it. Lines are worked out later, for what is reported."""

from __future__ import annotations

from kvaudit.model.value import Value


class Document(Value):
    """A file, an archive member or standard input, as the user would name it."""

    name: str
    shape: str = ""  # what it was recognised as, in words: "role assignments (az)"
    declares: bool = False  # infrastructure as code: what it says is mended in its source


class Declaration(Value):
    """The resource of infrastructure as code that a place belongs to, and where its source is, if that is there."""

    address: str  # as its tool names it: module.app.azurerm_key_vault.main["x"]
    file: str = ""
    line: int = 0


class Origin(Value):
    """One place in one document."""

    document: Document
    pointer: str  # JSON pointer (RFC 6901), "" for the whole document
    declaration: Declaration | None = None


class Location(Value):
    """An origin with the line and column a person can go to, both counted from 1; 0 where they are not known."""

    file: str
    line: int
    column: int
    pointer: str
    declaration: Declaration | None = None
