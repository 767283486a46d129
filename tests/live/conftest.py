"""A small Azure of its own for every test, and what a child process needs to find it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.azure.server import Azure
from tests.live.azure.small import small

FOREIGN = ("AZURE_", "ARM_", "KVAUDIT_", "IDENTITY_", "MSI_", "SYSTEM_", "ACTIONS_", "REQUESTS_", "CURL_", "SSL_")


@pytest.fixture
def azure() -> Iterator[Azure]:
    with Azure(small()) as running:
        yield running


@pytest.fixture
def environment(azure: Azure, tmp_path: Path) -> dict[str, str]:
    """That of this process without what logs in elsewhere, with a home of its own and no proxy."""
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith(FOREIGN)}
    kept = {name: value for name, value in kept.items() if not name.lower().endswith("_proxy")}
    return kept | {"HOME": str(tmp_path), "AZURE_CONFIG_DIR": str(tmp_path / ".azure")} | azure.environment
