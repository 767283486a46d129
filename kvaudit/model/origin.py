"""Where a fact came from: a document and a pointer into it. Lines are worked out later, for what is reported."""

from __future__ import annotations

from kvaudit.model.value import Value


class Document(Value):
    """A file, an archive member or standard input, as the user would name it."""

    name: str
    shape: str = ""  # what it was recognised as, in words: "role assignments (az)"


class Origin(Value):
    """One place in one document."""

    document: Document
    pointer: str  # JSON pointer (RFC 6901), "" for the whole document


class Location(Value):
    """An origin with the line and column a person can go to, both counted from 1; 0 where they are not known."""

    file: str
    line: int
    column: int
    pointer: str
