"""How each shell writes text: as it is, and with the script's variables filled in.

Source: the manual of bash, section Quoting; PowerShell, about_Quoting_Rules, and its tokenizer, for which typographic
quotes are quotes as well.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

_VARIABLE = re.compile(r"<(\w+)>")


class Shell(NamedTuple):
    """A shell that a script can be written for."""

    template: str
    literal: Callable[[str], str]  # a value from outside as one word that stands for itself
    escaped: Callable[[str], str]  # text of our own between double quotes
    go_on: str  # at the end of a line whose command goes on
    read_all: str  # what the template calls its functions
    read_pair: str

    def text(self, text: str) -> str:
        """Text of our own as one word, with the variables that it names in angle brackets."""
        parts = _VARIABLE.split(text)
        parts[::2] = map(self.escaped, parts[::2])
        parts[1::2] = (f"${{{name}}}" for name in parts[1::2])
        return f'"{"".join(parts)}"'


def bash_literal(value: str) -> str:
    """A value in single quotes, between which bash knows no sign but the closing one."""
    return "'" + value.replace("'", "'\\''") + "'"


def pwsh_literal(value: str) -> str:
    """A value in single quotes; the quote itself is doubled.

    Anything but printable ASCII is written by its number: Windows PowerShell reads a file without a byte-order mark in
    a code page of its own, and takes typographic quotes for quotes.
    """
    if value.isascii() and value.isprintable():
        return "'" + value.replace("'", "''") + "'"
    units = value.encode("utf-16-be", "surrogatepass")
    return f"(-join [char[]]({', '.join(str(int.from_bytes(units[at : at + 2])) for at in range(0, len(units), 2))}))"


def _escaping(signs: str, escape: str) -> Callable[[str], str]:
    table = str.maketrans({sign: escape + sign for sign in signs})
    return lambda text: text.translate(table)


SHELLS = {
    "bash": Shell("export.sh.j2", bash_literal, _escaping('\\"$`', "\\"), " \\", "read_all", "read_pair"),
    "pwsh": Shell("export.ps1.j2", pwsh_literal, _escaping('`"$', "`"), " `", "Read-All", "Read-Pair"),
}
