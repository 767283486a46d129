"""Run every `kvaudit` command that a page shows, and put its output below it.

    python scripts/page_commands.py

A page shows a command as a line beginning with `$ ` in a console block, with its output below; a line of `…` stands for
lines left out. Commands of other programs (make, az, pip) are shown for reading and are not run. Where the output has
changed, as many lines are shown again before and after the `…`.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([ROOT / "README.md", *ROOT.glob("docs/**/*.md"), *ROOT.glob("sample-configs/*/README.md")])
LEFT_OUT = "…"
_BLOCK = re.compile(r"(?<=^```console\n)(.*?)(?=^```$)", re.MULTILINE | re.DOTALL)
_RUN = ("kvaudit ", "echo $?")
_SWAYING = ("KVAUDIT_", "GITHUB_", "TF_BUILD")  # what a page shows is the same in every CI


class Shown(NamedTuple):
    """A command on a page, and the lines of output below it."""

    command: str
    output: list[str]

    @property
    def is_run(self) -> bool:
        """Whether the command is one of ours, with output to compare."""
        return self.command.startswith(_RUN) and bool(self.output)

    def fits(self, came: list[str]) -> bool:
        """Whether this output is what the page shows, left-out lines aside."""
        lines = (r"(?:.*\n)*" if line == LEFT_OUT else f"{re.escape(line)}\n" for line in self.output)
        return re.fullmatch("".join(lines), "".join(f"{line}\n" for line in came)) is not None

    def renewed(self, came: list[str]) -> list[str]:
        """The lines to show of this output, as many as were shown before."""
        if self.fits(came):
            return self.output
        if LEFT_OUT not in self.output:
            return came
        head = self.output.index(LEFT_OUT)
        tail = self.output[::-1].index(LEFT_OUT)
        return [*came[:head], LEFT_OUT, *came[len(came) - tail :]]


def blocks(text: str) -> Iterator[tuple[int, list[Shown]]]:
    """The console blocks of a page: the line each begins in, and its commands."""
    for block in _BLOCK.finditer(text):
        commands: list[Shown] = []
        for line in block[0].splitlines():
            if line.startswith("$ "):
                commands.append(Shown(line[2:], []))
            elif commands:
                commands[-1].output.append(line.rstrip())
        yield text.count("\n", 0, block.start()) + 1, commands


def run(command: str, last: int) -> tuple[int, list[str]]:
    """Run a command as a shell would after one that ended with `last`; its exit code and lines of output."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith(_SWAYING)}
    environment |= {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", "COLUMNS": "120"}
    done = subprocess.run(
        ["bash", "-c", f"(exit {last}); {command}"],  # noqa: S607 -- whatever bash the reader has
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    return done.returncode, [line.rstrip() for line in done.stdout.rstrip("\n").split("\n")]


def renew(text: str) -> str:
    """A page with the output of each command as it is now."""

    def block(match: re.Match[str]) -> str:
        lines: list[str] = []
        last = 0
        for shown in next(blocks(f"```console\n{match[0]}```\n"))[1]:
            output = shown.output
            if shown.is_run:
                last, came = run(shown.command, last)
                output = shown.renewed(came)
            lines += [f"$ {shown.command}", *output]
        return "".join(f"{line}\n" for line in lines)

    return _BLOCK.sub(block, text)


def main() -> None:
    """Run the script."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        renewed = renew(text)
        if renewed != text:
            page.write_text(renewed, encoding="utf-8")
            print(f"wrote {page.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
