"""What a YAML file of ours may hold, as a table: read from it with exact errors, and written from it as JSON Schema."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from kvaudit.model.value import Value
from kvaudit.rules.document import YamlFile, below

Schema = dict[str, Any]


class Shape(Protocol):
    """A kind of value."""

    def read(self, file: YamlFile, pointer: str, value: Any) -> Any:
        """The value as the program wants it; raises the file's error where it has another shape."""
        ...

    def schema(self) -> Schema:
        """The same as JSON Schema (draft 2020-12)."""
        ...


class Text(Value):
    """Text that is not empty."""

    pattern: str = ""
    what: str = "text"

    def read(self, file: YamlFile, pointer: str, value: Any) -> str:
        """The text, blanks at both ends removed."""
        if not isinstance(value, str) or not value.strip():
            hint = "Put it in quotes." if isinstance(value, (bool, int)) else ""
            raise file.wrong(pointer, f"expected {self.what}, not {kind_of(value)}", hint=hint)
        if self.pattern and not re.fullmatch(self.pattern, value):
            raise file.wrong(pointer, f"expected {self.what}, not {value!r}")
        return value.strip()

    def schema(self) -> Schema:
        """The same as JSON Schema."""
        return {"type": "string", "pattern": f"^(?:{self.pattern})$" if self.pattern else r"\S"}


class Flag(Value):
    """True or false."""

    def read(self, file: YamlFile, pointer: str, value: Any) -> bool:
        """The truth value."""
        if not isinstance(value, bool):
            raise file.wrong(pointer, f"expected true or false, not {kind_of(value)}")
        return value

    def schema(self) -> Schema:
        """The same as JSON Schema."""
        return {"type": "boolean"}


class Whole(Value):
    """A whole number from a least one."""

    least: int = 0

    def read(self, file: YamlFile, pointer: str, value: Any) -> int:
        """The number."""
        if isinstance(value, bool) or not isinstance(value, int):
            raise file.wrong(pointer, f"expected a whole number, not {kind_of(value)}")
        if value < self.least:
            raise file.wrong(pointer, f"expected {self.least} or more, not {value}")
        return value

    def schema(self) -> Schema:
        """The same as JSON Schema."""
        return {"type": "integer", "minimum": self.least}


class Word(Value):
    """One of some words, each with what it stands for."""

    words: Mapping[str, Any]
    what: str

    def read(self, file: YamlFile, pointer: str, value: Any) -> Any:
        """What the word stands for."""
        if not isinstance(value, str):
            raise file.wrong(pointer, f"expected a {self.what}, not {kind_of(value)}")
        if value not in self.words:
            raise file.unknown(pointer, self.what, value, self.words)
        return self.words[value]

    def schema(self) -> Schema:
        """The same as JSON Schema."""
        return {"enum": list(self.words)}


class Listing(Value):
    """A list of one shape."""

    item: Shape

    def read(self, file: YamlFile, pointer: str, value: Any) -> tuple[Any, ...]:
        """The items."""
        if not isinstance(value, list):
            raise file.wrong(pointer, f"expected a list, not {kind_of(value)}")
        return tuple(self.item.read(file, below(pointer, number), item) for number, item in enumerate(value))

    def schema(self) -> Schema:
        """The same as JSON Schema."""
        return {"type": "array", "items": self.item.schema()}


class Table(Value):
    """A mapping from names one may choose to values of one shape."""

    value: Shape
    pattern: str = r"\S.*"
    what: str = "name"

    def read(self, file: YamlFile, pointer: str, value: Any) -> dict[str, Any]:
        """The values by name."""
        if not isinstance(value, dict):
            raise file.wrong(pointer, f"expected names with values, not {kind_of(value)}")
        for key in value:
            if not re.fullmatch(self.pattern, key):
                raise file.wrong(below(pointer, key), f"{key!r} is no {self.what}", key=True)
        return {key: self.value.read(file, below(pointer, key), item) for key, item in value.items()}

    def schema(self) -> Schema:
        """The same as JSON Schema."""
        return {
            "type": "object",
            "additionalProperties": self.value.schema(),
            "propertyNames": {"pattern": f"^(?:{self.pattern})$"},
        }


class Entry(Value):
    """One key of a record."""

    shape: Shape
    help: str
    required: bool = False
    default: Any = None


class Record(Value):
    """A mapping with known keys."""

    entries: Mapping[str, Entry]
    what: str = "key"

    def read(self, file: YamlFile, pointer: str, value: Any) -> dict[str, Any]:
        """Every key with its value or default."""
        if not isinstance(value, dict):
            raise file.wrong(pointer, f"expected keys with values, not {kind_of(value)}")
        for key in value:
            if key not in self.entries:
                raise file.unknown(below(pointer, key), self.what, key, self.entries, key=True)
        read = {}
        for key, entry in self.entries.items():
            if key in value:
                read[key] = entry.shape.read(file, below(pointer, key), value[key])
            elif entry.required:
                raise file.wrong(pointer, f"{key!r} is missing", hint=entry.help)
            else:
                read[key] = entry.default
        return read

    def schema(self) -> Schema:
        """The same as JSON Schema."""
        properties = {key: {"description": entry.help, **entry.shape.schema()} for key, entry in self.entries.items()}
        required = [key for key, entry in self.entries.items() if entry.required]
        return {
            "type": "object",
            "properties": properties,
            "additionalProperties": False,
            **({"required": required} if required else {}),
        }


class Either(Value):
    """One of several shapes, told apart by what the value is: a test of the value and the shape that fits."""

    choices: tuple[tuple[Callable[[Any], bool], Shape], ...]
    what: str

    def read(self, file: YamlFile, pointer: str, value: Any) -> Any:
        """The value as the first fitting shape has it."""
        for fits, shape in self.choices:
            if fits(value):
                return shape.read(file, pointer, value)
        raise file.wrong(pointer, f"expected {self.what}, not {kind_of(value)}")

    def schema(self) -> Schema:
        """The same as JSON Schema."""
        return {"anyOf": [shape.schema() for _, shape in self.choices]}


def kind_of(value: Any) -> str:
    """A value as an error names it."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float, str)):
        return repr(value) if value != "" else "empty text"
    return "a list" if isinstance(value, list) else "keys with values"
