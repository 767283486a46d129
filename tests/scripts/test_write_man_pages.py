"""The manual pages are those of the commands there are."""

import subprocess
import sys

from kvaudit.cli.app import SUBCOMMANDS
from scripts import write_man_pages
from scripts.write_man_pages import FOLDER


def test_the_pages_are_those_of_the_commands(tmp_path):
    # In a process of its own: the writer looks at the options of every command in its own way, which click remembers.
    subprocess.run([sys.executable, "-m", write_man_pages.__name__, str(tmp_path)], check=True)
    made = {page.name: page.read_text(encoding="utf-8") for page in tmp_path.iterdir()}
    kept = {page.name: page.read_text(encoding="utf-8") for page in FOLDER.iterdir()}
    assert made == kept, "make docs writes them"


def test_every_command_has_one_with_its_options():
    assert {f"kvaudit-{name}.1" for name in SUBCOMMANDS} <= {page.name for page in FOLDER.iterdir()}
    scan = (FOLDER / "kvaudit-scan.1").read_text(encoding="utf-8")
    assert r"\fB\-\-fail\-on\fP" in scan
    assert "Exit 1 when a finding is at or above this." in scan
