"""Bicep sources: compiled by the program on the PATH, read from what they compiled to, or said how to compile."""

from __future__ import annotations

import json
import os
import sys

import pytest

from kvaudit.errors import InputError
from kvaudit.sources.load import load
from kvaudit.sources.positions import locate
from tests.sources.made import write
from tests.sources.template.making import template, vault

SOURCE = "resource kv 'Microsoft.KeyVault/vaults@2023-07-01' = {}\n"


@pytest.fixture
def no_bicep(monkeypatch, tmp_path_factory):
    monkeypatch.setenv("PATH", str(tmp_path_factory.mktemp("empty")))


@pytest.fixture
def bicep(monkeypatch, tmp_path_factory):
    """A program of that name on the PATH, which prints or does what it is told to."""
    folder = tmp_path_factory.mktemp("bin")

    def install(body: str):
        program = folder / "bicep"
        program.write_text(f"#!{sys.executable}\nimport sys, json, pathlib\n{body}\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")

    return install


COMPILES = (
    "assert sys.argv[1:4] == ['build', '--stdout', '--no-restore'], sys.argv\n"
    f"body = json.loads({json.dumps(json.dumps(template(vault('kv-NAME'))))})\n"
    "print(json.dumps(body).replace('NAME', pathlib.Path(sys.argv[4]).stem))"
)


def names(snapshot):
    return [each.name for each in snapshot.vaults]


@pytest.mark.usefixtures("no_bicep")
def test_without_a_compiler_a_source_is_a_gap_that_says_how_to_compile(tmp_path):
    write(tmp_path, {"main.bicep": SOURCE})
    for path in (tmp_path, tmp_path / "main.bicep"):
        (gap,) = load([str(path)]).gaps
        assert "no bicep program on the PATH" in gap.reason
        assert gap.subject == str(tmp_path / "main.bicep")
        assert gap.remedy == f"az bicep build --file {tmp_path / 'main.bicep'}"


@pytest.mark.usefixtures("no_bicep")
def test_what_a_source_compiled_to_is_read_in_its_place(tmp_path):
    write(tmp_path, {"main.bicep": SOURCE, "main.json": template(vault("kv-json"))})
    for path in (tmp_path, tmp_path / "main.bicep"):
        snapshot = load([str(path)])
        assert (names(snapshot), snapshot.gaps) == (["kv-json"], ())


def test_the_compiler_on_the_path_is_used(tmp_path, bicep):
    bicep(COMPILES)
    write(tmp_path, {"main.bicep": SOURCE})
    snapshot = load([str(tmp_path / "main.bicep")])
    assert (names(snapshot), snapshot.gaps) == (["kv-main"], ())
    (origin,) = snapshot.vaults[0].origins
    assert (origin.document.name, locate([origin])[origin].line) == (str(tmp_path / "main.bicep"), 0)


def test_what_was_compiled_by_name_is_found_on_its_line(tmp_path, bicep):
    """A list does not tell which declaration is which, so there is no line; a name does."""
    inner = {"kv": vault("kv-deep")}
    module = {
        "type": "Microsoft.Resources/deployments",
        "apiVersion": "2022-09-01",
        "name": "deep",
        "properties": {"template": template(inner, symbolic=True), "expressionEvaluationOptions": {"scope": "inner"}},
    }
    body = template({"main": vault("kv-main"), "deep": module, "gone": vault("kv-gone")}, symbolic=True)
    bicep(f"print({json.dumps(json.dumps(body))})")
    named = SOURCE.replace(" kv ", " main ")
    source = f"// resource main 'x'\n@description('x')\n{named}\n  module deep './kv.bicep' = {{}}\n"
    write(tmp_path, {"main.bicep": source})
    origins = {each.name: each.origins[0] for each in load([str(tmp_path / "main.bicep")]).vaults}
    located = locate(origins.values())
    places = {name: (located[origin].line, located[origin].column) for name, origin in origins.items()}
    assert places == {"kv-main": (3, 1), "kv-deep": (5, 3), "kv-gone": (0, 0)}


def test_modules_are_compiled_with_what_uses_them_and_not_alone(tmp_path, bicep):
    bicep(COMPILES)
    write(tmp_path, {"main.bicep": "module kv './modules/kv.bicep' = {}\n", "modules/kv.bicep": SOURCE})
    snapshot = load([str(tmp_path)])
    assert names(snapshot) == ["kv-main"]
    assert any("a module of another Bicep source" in document.shape for document in snapshot.documents)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            "sys.stderr.write('main.bicep(1,1) : Error BCP018: Expected x\\nmore'); sys.exit(1)",
            "Error BCP018: Expected x",
        ),
        ("sys.exit(3)", "no word why"),
    ],
)
def test_what_does_not_compile_is_a_gap_and_the_rest_is_judged(tmp_path, bicep, body, words):
    bicep(body)
    write(tmp_path, {"bad.bicep": SOURCE, "good.json": template(vault())})
    snapshot = load([str(tmp_path)])
    assert names(snapshot) == ["kv-app"]
    (gap,) = snapshot.gaps
    assert words in gap.reason


def test_no_program_of_the_folder_that_is_looked_at_is_run(tmp_path, monkeypatch):
    write(tmp_path, {"main.bicep": SOURCE, "bicep": "#!/bin/sh\ntouch ran\n"})
    (tmp_path / "bicep").chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", ".")
    assert len(load(["main.bicep"]).gaps) == 1
    assert not (tmp_path / "ran").exists()


def test_parameters_of_bicep_say_how_to_compile_them(tmp_path):
    write(tmp_path, {"main.bicepparam": "using 'main.bicep'\nparam env = 'dev'\n"})
    with pytest.raises(InputError) as error:
        load([str(tmp_path / "main.bicepparam")])
    assert "az bicep build-params --file" in error.value.hint
