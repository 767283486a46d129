"""Text for a shell."""

from __future__ import annotations

import shlex
import string

_SAFE = f"{string.ascii_letters}{string.digits}_@%+=:,./-".encode()  # what shlex leaves without quotes


def quoted(text: str) -> str:
    """One word of a command, as shlex.quote writes it; quick where no quotes are needed, as for ids."""
    if text and text.isascii() and not text.encode().translate(None, _SAFE):
        return text
    return shlex.quote(text)
