"""Every `kvaudit` command that a page shows does what the page says.

A page shows a command as a line beginning with `$ ` in a console block, with its output below; a line of `…` stands for
any number of lines. Commands of other programs (make, az, pip) are shown for reading and are not run here.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([ROOT / "README.md", *ROOT.glob("docs/*.md"), *ROOT.glob("sample-configs/*/README.md")])
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LEFT_OUT = "…"


class Shown(NamedTuple):
    """A command on a page, and the output below it."""

    page: str
    line: int
    command: str
    output: tuple[str, ...]


def shown(page: Path) -> Iterator[list[Shown]]:
    """The commands of each block of a page, in order."""
    text = page.read_text(encoding="utf-8")
    for block in BLOCK.finditer(text):
        first = text.count("\n", 0, block.start()) + 2
        commands: list[Shown] = []
        for number, line in enumerate(block[1].splitlines()):
            if line.startswith("$ "):
                commands.append(Shown(page.relative_to(ROOT).as_posix(), first + number, line[2:], ()))
            elif commands:
                commands[-1] = commands[-1]._replace(output=(*commands[-1].output, line))
        yield commands


def blocks() -> list[list[Shown]]:
    found = [block for page in PAGES for block in shown(page)]
    return [block for block in found if any(each.command.startswith("kvaudit ") for each in block)]


def run(command: str, last: int) -> tuple[int, list[str]]:
    """Run a command as a shell would after one that ended with `last`; its exit code and lines of output."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("KVAUDIT_")}
    environment |= {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", "COLUMNS": "120"}
    script = ["bash", "-c", f"(exit {last}); {command}"]
    merged = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    done = subprocess.run(script, cwd=ROOT, env=environment, text=True, encoding="utf-8", check=False, **merged)
    return done.returncode, done.stdout.rstrip("\n").split("\n")


def fits(wanted: list[str], came: list[str]) -> bool:
    """Whether the output is what the page shows, left-out lines aside."""
    pattern = "".join(r"(?:.*\n)*" if line.strip() == LEFT_OUT else f"{re.escape(line.rstrip())}\n" for line in wanted)
    return re.fullmatch(pattern, "".join(f"{line.rstrip()}\n" for line in came)) is not None


@pytest.mark.parametrize("block", blocks(), ids=lambda block: f"{block[0].page}:{block[0].line}")
def test_commands_give_what_the_page_shows(block):
    last = 0
    for page, line, command, output in block:
        if not command.startswith(("kvaudit ", "echo $?")):
            continue
        last, came = run(command, last)
        if output:
            wanted = list(output)
            assert fits(wanted, came), "\n".join([f"{page}:{line}: {command}", "came:", *came])


def test_the_readme_shows_commands():
    assert any(block[0].page == "README.md" for block in blocks())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_between_pages_lead_somewhere(page):
    links = re.findall(r"\]\((?!https?:|mailto:)([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []
