"""Waivers added to and taken out of a text without touching the rest: comments, order and layout stay.

What comes out is read again, and must say what was asked for; a text in which that cannot be done by lines, such as a
list in brackets, is refused rather than rewritten.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from kvaudit.errors import ConfigError, InputError
from kvaudit.rules.document import YamlFile
from kvaudit.sources.yaml_text import parse_yaml

_KEY = "waivers"
_EMPTY = re.compile(rf"({_KEY}\s*:)\s*(?:\[\s*\]|~|null)?\s*(#.*)?")
_HINT = "Write each waiver as an item of its own, beginning with a hyphen, or edit the file by hand."


def with_waiver(name: str, text: str, fields: Mapping[str, str]) -> str:
    """The text with one more waiver, at the end of its list. Raises ConfigError where that cannot be done."""
    before = _waivers(name, text)
    lines = text.splitlines()
    column = _dash(name, lines, before[0][0])[1] if before else 2
    item = [
        f"{' ' * column}{'  ' if number else '- '}{key}: {_scalar(value)}"
        for number, (key, value) in enumerate(fields.items())
    ]
    starts = [line for line, _ in before]
    at = _end(name, lines, starts, len(before) - 1) if before else _empty_list(lines)
    lines[at:at] = item
    return _checked(name, lines, [*(value for _, value in before), dict(fields)])


def without_waivers(name: str, text: str, numbers: Collection[int]) -> str:
    """The text without the waivers of these numbers. Raises ConfigError where that cannot be done."""
    before = _waivers(name, text)
    lines = text.splitlines()
    starts = [line for line, _ in before]
    kept = [value for number, (_, value) in enumerate(before) if number not in numbers]
    for number in sorted(numbers, reverse=True):
        begin, column = _dash(name, lines, starts[number])
        end = _end(name, lines, starts, number)
        while lines[begin - 1].startswith(f"{' ' * column}#"):
            begin -= 1  # a comment right above speaks of the item
        del lines[begin:end]
    if not kept:
        lines = [re.sub(rf"^{_KEY}\s*:", f"{_KEY}: []", line) for line in lines]
    return _checked(name, lines, kept)


def _waivers(name: str, text: str) -> list[tuple[int, Any]]:
    """The waivers of a text, each with the number of the line in which it begins, from 0."""
    file = YamlFile(name, text, ConfigError)
    found = file.value.get(_KEY) if isinstance(file.value, dict) else None
    if not isinstance(found, list):
        return []
    return [(file.place(f"/{_KEY}/{number}")[0] - 1, value) for number, value in enumerate(found)]


def _dash(name: str, lines: list[str], line: int) -> tuple[int, int]:
    """The line and column of the hyphen before an item; it may stand in a line of its own."""
    for number in (line, line - 1):
        found = re.match(r"(\s*)-(?:\s|$)", lines[number])
        if found:
            return number, len(found[1])
    raise _refused(name)


def _end(name: str, lines: list[str], starts: list[int], number: int) -> int:
    """The line behind an item; comments and empty lines before the next belong to that one."""
    begin, column = _dash(name, lines, starts[number])
    at = begin + 1
    last = at
    while at < len(lines):
        stripped = lines[at].lstrip()
        indent = len(lines[at]) - len(stripped)
        if stripped and not (stripped.startswith("#") and indent <= column):
            if indent <= column:
                break
            last = at + 1
        at += 1
    return last


def _empty_list(lines: list[str]) -> int:
    """The line behind the key of the list, which is made ready for items."""
    for number, line in enumerate(lines):
        found = _EMPTY.fullmatch(line)
        if found:
            lines[number] = f"{found[1]} {found[2]}" if found[2] else found[1]
            return number + 1
    lines.append(f"{_KEY}:")
    return len(lines)


def _checked(name: str, lines: list[str], expected: list[Any]) -> str:
    text = "".join(f"{line}\n" for line in lines)
    try:
        value = parse_yaml(text, name).value
    except InputError as error:
        raise _refused(name) from error
    if not isinstance(value, dict) or (value.get(_KEY) or []) != expected:
        raise _refused(name)
    return text


def _refused(name: str) -> ConfigError:
    return ConfigError("the waivers are written in a way that cannot be edited by lines", where=name, hint=_HINT)


def _scalar(text: str) -> str:
    """Text as a YAML scalar: plain where that reads as the same text, else in quotes."""
    try:
        if text.isprintable() and parse_yaml(f"- k: {text}", "").value == [{"k": text}]:
            return text
    except InputError:
        pass  # it means something to YAML, so it needs quotes
    return '"' + "".join(map(_quoted, text)) + '"'


def _quoted(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
