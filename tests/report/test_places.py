"""Places that mean the same on another machine."""

import pytest

from kvaudit.report.places import relative_file


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("exports/a.json", "exports/a.json"),
        ("./exports/../b.json", "b.json"),
        ("../exports/a.json", "exports/a.json"),
        ("/nowhere/near/a.json", "a.json"),
        ("-", "stdin"),
        ("..", "unnamed"),
    ],
)
def test_a_file_is_named_from_the_working_directory(name, file, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert relative_file(name) == file


def test_an_absolute_name_below_it_is_relative(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert relative_file(str(tmp_path / "exports" / "a.json")) == "exports/a.json"
