"""What the az command has been told: the cloud it is in, and clouds that were registered with `az cloud register`.

In $AZURE_CONFIG_DIR, else ~/.azure, `config` has the name of the cloud and `clouds.config` a section for each cloud
that was registered or changed (azure-cli, src/azure-cli-core/azure/cli/core/cloud.py).
"""

from __future__ import annotations

import configparser
import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from kvaudit.errors import ConfigError

_HEADER = re.compile(r"\[(.+)\]")
_OPTION = re.compile(r"([^=:\s][^=:]*?)\s*[=:]")


class Said(NamedTuple):
    """A value, and where it was said."""

    value: str
    where: str


class AzFile:
    """One of az's files; empty where there is none."""

    def __init__(self, path: Path, text: str = "") -> None:
        """Read the text of a file. Raises ConfigError with its line for what is no such text."""
        self.path = path
        self._text = text
        self._parser = configparser.ConfigParser(interpolation=None)
        try:
            self._parser.read_string(text)
        except configparser.Error as error:
            raise _damaged(f"{path}:{_line_of(error)}", "this is no line of az's configuration") from error

    @property
    def sections(self) -> list[str]:
        """The names of its sections."""
        return self._parser.sections()

    def get(self, section: str, option: str) -> Said | None:
        """What it says of an option; None where it says nothing."""
        value = self._parser.get(section, option, fallback="").strip()
        return Said(value, f"{self.path}:{self._line(section, option)}") if value else None

    def _line(self, section: str, option: str) -> int:
        """The line of an option, which the parser does not tell; the first where it cannot be found."""
        at = ""
        for number, line in enumerate(self._text.split("\n"), 1):
            if header := _HEADER.match(line):
                at = header[1]
            elif at == section and (key := _OPTION.match(line)) and key[1].lower() == option:
                return number
        return 1


def read(name: str, environ: Mapping[str, str], home: Path) -> AzFile:
    """One of az's files by its name. Raises ConfigError where there is one that cannot be read."""
    folder = environ.get("AZURE_CONFIG_DIR")
    path = (Path(folder) if folder else home / ".azure") / name
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return AzFile(path)
    except OSError as error:
        raise _damaged(str(path), f"cannot be read: {error.strerror}") from error
    try:
        return AzFile(path, content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _damaged(f"{path}:{line}", "this is not UTF-8") from error


def _line_of(error: configparser.Error) -> int:
    """The line that a parser stumbled over."""
    lines = [number for number, _ in getattr(error, "errors", ())]
    return int(getattr(error, "lineno", None) or min(lines, default=1))


def _damaged(where: str, message: str) -> ConfigError:
    return ConfigError(
        message,
        where=where,
        hint="It says which cloud az is in, and no other may be looked at instead. Repair it, or say --cloud.",
    )
