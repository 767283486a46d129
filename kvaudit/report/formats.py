"""The output formats: what each can do, and where it lives."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import BinaryIO, Protocol, cast

from kvaudit.model.change import DiffReport
from kvaudit.model.matrix import MatrixReport
from kvaudit.model.report import AccessReport, Report
from kvaudit.model.value import Value


class Look(Value):
    """How text for people is laid out; formats for machines have no use for it."""

    width: int = 120
    color: bool = False
    encoding: str = "utf-8"
    verbosity: int = 0  # 0: the first few of everything; 1: all of it; 2: with ids and places of every step


class ScanFormat(Protocol):
    """A module that writes finished scans. It never decides anything: verdicts and order are in the report."""

    def write_report(self, report: Report, stream: BinaryIO, look: Look, /) -> None:
        """Write a finished scan."""


class Format(ScanFormat, Protocol):
    """One that writes answers as well."""

    def write_access(self, report: AccessReport, stream: BinaryIO, look: Look, /) -> None:
        """Write the answers to `who` or `can`."""


# Modules by name, imported on use: a JSON report should not wait for the terminal's library.
_MODULES = {"terminal": "kvaudit.report.terminal", "json": "kvaudit.report.json_report"}

NAMES = tuple(_MODULES)

# Formats of a scan alone; the answers to `who` and `can` are not written in them.
_SCAN_ONLY = {"html": "kvaudit.report.html"}

SCAN_NAMES = (*_MODULES, *_SCAN_ONLY)

# What each other kind of report can be written as: the module and its function.
_DIFF = {
    "terminal": "kvaudit.report.terminal.diff",
    "json": "kvaudit.report.diff_json",
    "markdown": "kvaudit.report.diff_markdown",
}
_MATRIX = {
    "terminal": "kvaudit.report.terminal.matrix",
    "csv": "kvaudit.report.matrix_csv",
    "json": "kvaudit.report.matrix_json",
}

DIFF_NAMES = tuple(_DIFF)
MATRIX_NAMES = tuple(_MATRIX)


def load_scan_format(name: str) -> ScanFormat:
    """The format of this name, one of SCAN_NAMES."""
    return cast("ScanFormat", importlib.import_module((_MODULES | _SCAN_ONLY)[name]))


def load_format(name: str) -> Format:
    """The format of this name, one of NAMES."""
    return cast("Format", importlib.import_module(_MODULES[name]))


def diff_writer(name: str) -> Callable[[DiffReport, BinaryIO, Look], None]:
    """What writes a comparison in the format of this name, one of DIFF_NAMES."""
    return cast("Callable[[DiffReport, BinaryIO, Look], None]", importlib.import_module(_DIFF[name]).write_diff)


def matrix_writer(name: str) -> Callable[[MatrixReport, BinaryIO, Look], None]:
    """What writes a matrix in the format of this name, one of MATRIX_NAMES."""
    return cast("Callable[[MatrixReport, BinaryIO, Look], None]", importlib.import_module(_MATRIX[name]).write_matrix)
