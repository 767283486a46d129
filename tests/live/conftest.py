"""A small Azure of its own for every test, and what a child process needs to find it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from kvaudit.cli.app import main
from tests.live.azure.server import Azure
from tests.live.azure.small import small
from tests.live.command import Result, child, finished

FOREIGN = ("AZURE_", "ARM_", "KVAUDIT_", "IDENTITY_", "MSI_", "SYSTEM_", "ACTIONS_", "REQUESTS_", "CURL_", "SSL_")
NOON = "1795435200"  # 2026-11-23T12:00:00Z, when one of the estate's activations runs


@pytest.fixture
def azure() -> Iterator[Azure]:
    with Azure(small()) as running:
        yield running


@pytest.fixture
def environment(azure: Azure, tmp_path: Path) -> dict[str, str]:
    return environment_of(azure, tmp_path)


def environment_of(azure: Azure, home: Path) -> dict[str, str]:
    """That of this process without what logs in elsewhere, with a home of its own and no proxy."""
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith(FOREIGN)}
    kept = {name: value for name, value in kept.items() if not name.lower().endswith("_proxy")}
    own = {"HOME": str(home), "AZURE_CONFIG_DIR": str(home / ".azure"), "SOURCE_DATE_EPOCH": NOON}
    return kept | own | azure.environment


class Undisturbed(NamedTuple):
    """A snapshot, and what a scan says of it."""

    file: Path
    report: Any


class Kvaudit:
    """The command in this process, with its surroundings; everything is written below one folder."""

    def __init__(self, folder: Path, capture: pytest.CaptureFixture[bytes]) -> None:
        self.folder = folder
        self._capture = capture

    def __call__(self, *arguments: object) -> Result:
        self._capture.readouterr()
        code = main([str(argument) for argument in arguments])
        out, err = self._capture.readouterr()
        return Result(code, out.decode(), err.decode())

    def collect(self, *arguments: object, name: str = "snapshot.json") -> tuple[Result, Path]:
        file = self.folder / name
        return self("collect", "-o", file, *arguments), file

    def scan(self, *arguments: object) -> Result:
        return self("scan", "-f", "json", *arguments)

    def can(self, principal: str, file: Path, permission: str = "secrets/get") -> dict[str, str]:
        """The verdict for each vault by its name, and whether the answer is complete as "complete"."""
        report = self("can", principal, permission, file, "-f", "json").report
        verdicts = {answer["vault"].rsplit("/", 1)[-1]: answer["verdict"] for answer in report["answers"]}
        return verdicts | {"complete": report["complete"]}


@pytest.fixture
def kvaudit(
    azure: Azure,
    environment: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsysbinary: pytest.CaptureFixture[bytes],
) -> Iterator[Kvaudit]:
    """The command, of which it is asserted in the end that it never wrote and never went elsewhere."""
    for name in set(os.environ) - set(environment):
        monkeypatch.delenv(name)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    yield Kvaudit(tmp_path, capsysbinary)
    assert azure.writes() == []
    assert azure.entries("", origin="other") == []


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    """What comes of collecting and scanning the small estate when nothing goes wrong, once in all."""
    folder = tmp_path_factory.mktemp("undisturbed")
    file = folder / "snapshot.json"
    with Azure(small()) as running:
        environment = environment_of(running, folder)
        result = finished(child(environment, "collect", "-o", file, "--objects", "--hsm-roles"))
        assert (result.code, running.writes()) == (0, []), result.err
        report = finished(child(environment, "scan", "-f", "json", file)).report
    return Undisturbed(file, report)
