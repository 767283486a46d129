"""The tables of formats: every name in them leads to a function that writes, and nothing is loaded before its use."""

import io
import subprocess
import sys

import pytest

from kvaudit.errors import UsageError
from kvaudit.report import formats
from kvaudit.report.formats import ACCESS, DIFF, MATRIX, SCAN, Look
from tests.cli.conftest import clean_environment


@pytest.mark.parametrize("name", SCAN.modules)
def test_every_format_of_a_scan_writes_it(name, report):
    stream = io.BytesIO()
    SCAN.writer(name)(report, stream, Look())
    assert stream.getvalue().endswith(b"\n")
    assert not stream.closed


@pytest.mark.parametrize("name", ACCESS.modules)
def test_every_format_of_answers_writes_them(name, access_report):
    stream = io.BytesIO()
    ACCESS.writer(name)(access_report, stream, Look())
    assert stream.getvalue().endswith(b"\n")
    assert not stream.closed


@pytest.mark.parametrize("kind", [DIFF, MATRIX])
def test_every_other_format_is_there(kind):
    assert all(callable(kind.writer(name)) for name in kind.modules)


def test_a_near_name_is_suggested():
    with pytest.raises(UsageError, match="no format 'jsno' here; did you mean json"):
        SCAN.writer("jsno")


def test_names_are_taken_in_any_case():
    assert SCAN.writer("JSON") is SCAN.writer("json")


@pytest.mark.parametrize("name", sorted({*SCAN.modules} - {"terminal"}))
def test_no_format_but_the_terminal_waits_for_its_library(name):
    code = f"import sys; from kvaudit.report.formats import SCAN; SCAN.writer({name!r}); print('rich' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=clean_environment(), check=True
    )
    assert done.stdout == "False\n"


def test_the_table_loads_nothing():
    code = "import sys, kvaudit.report.formats; print([m for m in sys.modules if m.startswith('kvaudit.report.')])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=clean_environment(), check=True
    )
    assert done.stdout == f"['{formats.__name__}']\n"
