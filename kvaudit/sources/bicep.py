"""Bicep sources: which of them to compile, and the user's own compiler to do it.

The compiler runs without restoring modules, so that it reaches for no network, and for a bounded time.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePath

import msgspec

from kvaudit.errors import InputError
from kvaudit.sources.files import MAX_BYTES, Found

ENDING = ".bicep"
_SECONDS = 60
_DECLARATION = re.compile(r"^[ \t]*(?P<word>resource|module)[ \t]+(?P<name>[A-Za-z_]\w*)[ \t]+'", re.MULTILINE)
_MODULE = re.compile(r"""^\s*module\s+\w+\s+'([^'\n]+\.bicep)'""", re.MULTILINE)


class BicepError(InputError):
    """A Bicep source that could not be compiled; the rest can be judged all the same."""


def compiled(name: str) -> bytes:
    """The template that a Bicep source compiles to. Raises BicepError where there is no compiler, or it refuses."""
    remedy = f"az bicep build --file {name}"
    program = shutil.which("bicep")
    if program is None or not Path(program).is_absolute():  # never one of the folder that is looked at
        raise BicepError(
            "a Bicep source, and there is no bicep program on the PATH to compile it", where=name, hint=remedy
        )
    try:
        done = subprocess.run(  # noqa: S603 - the user's own compiler, with a fixed command line
            [program, "build", "--stdout", "--no-restore", str(Path(name).resolve())],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise BicepError(f"bicep took more than {_SECONDS} seconds to compile it", where=name, hint=remedy) from error
    except OSError as error:
        raise BicepError(f"bicep could not be started: {error.strerror or error}", where=name, hint=remedy) from error
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise BicepError(
            f"bicep could not compile it: {said[0][:300] if said else 'no word why'}", where=name, hint=remedy
        )
    if len(done.stdout) > MAX_BYTES:
        raise BicepError(f"it compiles to more than {MAX_BYTES >> 20:,} MiB", where=name)
    return done.stdout


def declarations(source: str) -> dict[str, tuple[int, int]]:
    """The symbolic names of resources and modules in a source, each with the line and column of its declaration."""
    found: dict[str, tuple[int, int]] = {}
    line, counted = 1, 0
    for match in _DECLARATION.finditer(source):
        start = match.start("word")
        line += source.count("\n", counted, start)
        counted = start
        found.setdefault(match["name"], (line, start - source.rfind("\n", 0, start)))
    return found


def chosen(files: Sequence[Found]) -> list[Found]:
    """The files to read, where there are Bicep sources among them.

    One whose compiled template is among the files, or that is a module of another, is passed over. One that is named
    alone where there is no compiler is read from the compiled template beside it.
    """
    sources = [file for file in files if file.name.lower().endswith(ENDING) and not file.skipped and not file.error]
    if not sources:
        return list(files)
    names = {file.name for file in files if not file.skipped}
    modules = _modules(sources)
    made = []
    for file in files:
        beside = str(PurePath(file.name).with_suffix(".json"))
        if file not in sources:
            made.append(file)
        elif beside in names:
            made.append(
                msgspec.structs.replace(file, skipped=f"{PurePath(beside).name}, which it compiles to, is read")
            )
        elif str(Path(file.name).resolve()) in modules and not file.named:
            made.append(msgspec.structs.replace(file, skipped="a module of another Bicep source"))
        elif shutil.which("bicep") is None and Path(beside).is_file():
            made.append(Found(beside, Path(beside).stat().st_size, file.named))
        else:
            made.append(file)
    return made


def _modules(sources: Iterable[Found]) -> set[str]:
    """The files that these use as modules."""
    found = set()
    for file in sources:
        try:
            text = Path(file.name).read_text("utf-8", "replace")
        except OSError:
            continue  # reading it will say so
        found |= {str((Path(file.name).parent / module).resolve()) for module in _MODULE.findall(text)}
    return found
