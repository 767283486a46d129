"""CSV, read back: a row a finding, gaps beside them, and no cell that a spreadsheet would run."""

import csv
import io

import pytest

from kvaudit.report.escape import escape
from tests.report.hostile import LONG, NAMES, hostile_report
from tests.report.made import OPS, make_finding, make_report
from tests.report.writing import text


@pytest.fixture(autouse=True)
def _long_cells():
    before = csv.field_size_limit(10 * LONG)
    yield
    csv.field_size_limit(before)


def rows(report):
    return list(csv.DictReader(io.StringIO(text("csv", report), newline=""), strict=True))


def test_a_finding_is_a_row(report):
    first, second, *rest = rows(report)
    assert (first["kind"], first["severity"], first["rule"]) == ("finding", "critical", "KV202")
    assert (first["principal"], first["principal_type"]) == (OPS, "Group")
    assert first["vaults"] == "kv-app; kv-pay"
    assert (first["file"], first["line"]) == ("exports/role-assignments.json", "12")
    assert first["fingerprint"] == report.findings[0].fingerprint
    assert second["principal"] == ""
    assert [row["kind"] for row in rest] == ["gap"] * 7 + ["not evaluated"]
    assert rest[6]["rule"] == "KV301; KV502"


def test_many_rows_are_all_there():
    findings = [make_finding(subject=str(number)) for number in range(2500)]
    assert len({row["fingerprint"] for row in rows(make_report(findings))}) == 2500


@pytest.mark.parametrize("name", NAMES)
def test_hostile_names_are_cells_and_no_formulas(name):
    found = rows(hostile_report(NAMES[name]))
    assert [row["kind"] for row in found] == ["finding", "finding", "gap", "not evaluated"]
    for row in found:
        assert None not in row
        assert not any(cell.lstrip().startswith(("=", "+", "-", "@")) for cell in row.values())
        assert not any("\n" in cell or "\x1b" in cell for cell in row.values())
    assert found[0]["principal"] in {escape(NAMES[name]), f"'{escape(NAMES[name])}"}
