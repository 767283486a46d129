"""A YAML file of ours, or a table of TOML, being read: what is wrong in it is said with file, line and column."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Protocol

from kvaudit.errors import InputError, KvauditError
from kvaudit.sources.rows import escape
from kvaudit.sources.yaml_text import parse_yaml


class Parsed(Protocol):
    """A text that was read: its value, and where in the text each part of it stands."""

    value: Any

    def position(self, pointer: str) -> tuple[int, int]:
        """Line and column of the value at a pointer."""
        ...

    def key_position(self, pointer: str) -> tuple[int, int]:
        """Line and column of its key."""
        ...


class YamlFile:
    """A file, its value, and the kind of error its mistakes are."""

    def __init__(
        self, name: str, text: str, error: type[KvauditError], parse: Callable[[str, str], Parsed] = parse_yaml
    ) -> None:
        """Raise `error` where the text is no YAML, or whatever else `parse` reads."""
        self.name = name
        self.text = text
        self._error = error
        try:
            self._document = parse(text, name)
        except InputError as wrong:
            raise error(wrong.message, where=wrong.where, hint=wrong.hint) from wrong
        self.value: Any = self._document.value

    def wrong(self, pointer: str, message: str, *, hint: str = "", key: bool = False) -> KvauditError:
        """An error about the value at a pointer, or about its key."""
        line, column = (self._document.key_position if key else self._document.position)(pointer)
        return self._error(message, where=f"{self.name}:{line}:{column}", hint=hint)

    def unknown(self, pointer: str, what: str, word: str, known: Iterable[str], *, key: bool = False) -> KvauditError:
        """An error about a word that is none of the known ones, with the nearest of them."""
        return self.wrong(pointer, f"unknown {what} {word!r}{did_you_mean(word, known)}", key=key)

    def line(self, pointer: str) -> str:
        """Where a value stands: "file:line:column"."""
        line, column = self.place(pointer)
        return f"{self.name}:{line}:{column}"

    def place(self, pointer: str) -> tuple[int, int]:
        """Line and column of a value."""
        return self._document.position(pointer)


def open_yaml(path: Path, error: type[KvauditError], parse: Callable[[str, str], Parsed] = parse_yaml) -> YamlFile:
    """Read a file as UTF-8; raise `error` where it cannot be read or is no YAML, or whatever else `parse` reads."""
    return YamlFile(str(path), read_text(path, error), error, parse)


def read_text(path: Path, error: type[KvauditError]) -> str:
    """The text of a file in UTF-8; raise `error` where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as wrong:
        raise error(f"cannot be read: {wrong.strerror}", where=str(path)) from wrong
    except UnicodeDecodeError as wrong:
        raise error("is not UTF-8 text", where=str(path)) from wrong


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The nearest word as the end of a sentence; where none is near, all there are, if they are few."""
    words = sorted(known)
    near = difflib.get_close_matches(word, words, n=1, cutoff=0.6)
    if near:
        return f"; did you mean {near[0]!r}?"
    return f"; there are {', '.join(words)}" if 0 < len(words) <= 8 else ""


def below(pointer: str, key: str | int) -> str:
    """The pointer of an entry or item."""
    return f"{pointer}/{escape(str(key))}"
