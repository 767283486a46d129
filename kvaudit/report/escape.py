"""Names from a tenant made safe to show: whoever may name a group must not be able to write on our terminal."""

from __future__ import annotations

import re

# Letters and symbols by category that draw nothing: jamo and hangul fillers, the blank of braille, the grapheme
# joiner, and the invisible vowels of Khmer. Everything else that must be escaped is not printable to Python.
_BLANK = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
_ANY_BLANK = re.compile(f"[{_BLANK}]")

# Where a log is read by the agent of a CI, a line may be a command to it: "##vso[…]" (Azure DevOps), "##[…]" (GitHub's
# runner, anywhere in a line), "##teamcity[…]", "::error::…" (GitHub, at the beginning of a line, indented or not).
# An IPv6 address in the middle of a line is none.
_COMMAND = re.compile(r"#(?=#\w*\[)|(?<!\S):(?=:[a-zA-Z])|:(?=:[a-zA-Z][\w-]*(?:\s.*?)?::)")


def escape(text: str) -> str:
    r"""The text with everything that is invisible, moves the cursor or turns the reading direction spelled out.

    Control characters and escape sequences, line breaks, bidirectional marks, zero-width characters, odd spaces and
    lone surrogates come out as \x1b, \u202e or \U000e0001, and so does the first sign of what a CI's agent would take
    for a command; all else, emoji and every script included, comes out as it is.
    """
    if not text.isprintable() or _ANY_BLANK.search(text):
        text = "".join(character if _is_shown(character) else _spelled(character) for character in text)
    return _COMMAND.sub(lambda sign: _spelled(sign[0]), text) if "##" in text or "::" in text else text


def _is_shown(character: str) -> bool:
    return character.isprintable() and character not in _BLANK


def _spelled(character: str) -> str:
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
