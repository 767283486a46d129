"""The command, in this process and in one of its own, in an environment without anything that could sway it."""

import os
import subprocess
import sys
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import NamedTuple

import pytest

import kvaudit
from kvaudit.cli.app import main

SWAYING = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "TERM", "SOURCE_DATE_EPOCH", "PYTHONIOENCODING")
SWAYING += ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "TF_BUILD")


class Result(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def last(self):
        """The closing line on standard error."""
        return self.err.splitlines()[-1]


def is_swaying(name):
    return name in SWAYING or name.startswith("KVAUDIT_")


@pytest.fixture
def environment(monkeypatch):
    for name in filter(is_swaying, tuple(os.environ)):
        monkeypatch.delenv(name)
    return monkeypatch


@pytest.fixture
def run(environment, capsysbinary):
    """Run the command in this process."""

    def run(*arguments, stdin=b""):
        environment.setattr(sys, "stdin", TextIOWrapper(BytesIO(stdin), "utf-8"))
        code = main([str(argument) for argument in arguments])
        out, err = capsysbinary.readouterr()
        return Result(code, out.decode(), err.decode())

    return run


def clean_environment(**more):
    """The variables for a process of its own."""
    kept = {name: value for name, value in os.environ.items() if not is_swaying(name)}
    return kept | {"PYTHONPATH": str(Path(kvaudit.__file__).parents[1])} | more


@pytest.fixture
def start():
    """Run the command in a process of its own."""

    def start(*arguments, stdin=b"", env=None, **settings):
        command = [sys.executable, "-m", "kvaudit", *map(str, arguments)]
        done = subprocess.run(
            command, input=stdin, capture_output=True, env=clean_environment(**(env or {})), check=False, **settings
        )
        return Result(done.returncode, done.stdout.decode(), done.stderr.decode())

    return start
