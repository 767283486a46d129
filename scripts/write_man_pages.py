"""Write a manual page for each command, from its help.

    python scripts/write_man_pages.py [FOLDER]

FOLDER is docs/man where none is named; the wheel installs what is there.
"""

from __future__ import annotations

import sys
from pathlib import Path

import click
from click_man.core import write_man_pages

from kvaudit import __version__
from kvaudit.cli.app import app

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "man"
_DATE = "unreleased"  # the day of writing would make the same help another page


def whole(group: click.Group, name: str) -> click.Group:
    """A group with all its commands loaded, as the writer of pages wants it."""
    context = click.Context(group, info_name=name)
    loaded = {each: group.get_command(context, each) for each in group.list_commands(context)}
    commands = {each: command for each, command in loaded.items() if command}
    return click.Group(name, commands=commands, params=group.params, help=group.help)


def write(folder: Path) -> None:
    """Write all pages into a folder, which is made where it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    write_man_pages("kvaudit", whole(app, "kvaudit"), version=__version__, target_dir=str(folder), date=_DATE)


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
