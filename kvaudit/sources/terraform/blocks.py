"""The blocks of resources in a source of Terraform: where each begins, and which names it sets.

Source: HCL's syntax: comments, texts with expressions in them, texts of several lines. No value is looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from kvaudit.sources.terraform.resource import DATA, MANAGED

_CODE = re.compile(
    r"""
      (?P<comment> \# [^\n]* | // [^\n]* | /\* .*? (?: \*/ | \Z ) )
    | << -? (?P<heredoc> [A-Za-z_] [\w-]* ) [ \t\r]* \n
    | (?P<plain> " [\w.-]* " )
    | (?P<sign> ["{}] )
    """,
    re.DOTALL | re.VERBOSE,
)
_TEXT = re.compile(r'\\. | \$\$\{ | %%\{ | (?P<sign> " | [$%]\{ )', re.DOTALL | re.VERBOSE)
_HEAD = re.compile(r'\b(resource|data)\s+"?([\w-]+)"?\s+"?([\w-]+)"?\s*$')
_SET = re.compile(r'^[ \t]*(?:dynamic[ \t]+"?([\w-]+)"?|([\w-]+)[ \t]*[={])', re.MULTILINE)
_MODES = {"resource": MANAGED, "data": DATA}


class Block(NamedTuple):
    """The block of a resource: what it is, the line it begins on, the arguments and blocks in it, dynamic ones too."""

    mode: str  # managed | data
    type: str
    name: str
    line: int
    sets: frozenset[str]


def blocks_of(text: str) -> Iterator[Block]:
    """The blocks of resources in a source; one that does not end is none."""
    head: re.Match[str] | None = None
    line, counted = 1, 0
    code: list[str] = []
    for depth, piece, at in _code(text):
        if depth == 0 and piece == "{":
            line += text.count("\n", counted, at)
            counted = at
            head = _HEAD.search("".join(code))
            code.clear()
        elif depth == 0 and piece == "}":
            if head is not None:
                sets = frozenset(dynamic or plain for dynamic, plain in _SET.findall("".join(code)))
                yield Block(_MODES[head[1]], head[2], head[3], line - head[0].count("\n"), sets)
            code.clear()
        elif depth < 2:
            code.append(piece)


def _code(text: str) -> Iterator[tuple[int, str, int]]:
    """What is written outside of comments and texts: how many braces are around it, and where it begins.

    A brace is a piece of its own, at the depth of what is around it.
    """
    around: list[str] = []
    at = 0
    while found := (_TEXT if (is_text := around[-1:] == ['"']) else _CODE).search(text, at):
        start, sign = found.start(), found["sign"]
        if not is_text:
            yield len(around), text[at:start], at
        at = found.end()
        if found.lastgroup == "heredoc":
            at = _after(text, at, found["heredoc"])
        elif found.lastgroup == "plain":
            yield len(around), found[0], start
        elif sign == '"' and not is_text:
            around.append(sign)
        elif sign in ('"', "}"):
            if around:
                around.pop()
            if sign == "}":
                yield len(around), sign, start
        elif sign:
            yield len(around), "{", start
            around.append("{")


def _after(text: str, at: int, marker: str) -> int:
    """Where a text of several lines ends: after the line that is its marker."""
    while at < len(text):
        end = text.find("\n", at) + 1 or len(text)
        if text[at:end].strip() == marker:
            return end - 1
        at = end
    return at
