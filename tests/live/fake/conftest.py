"""One request at a time with a good token; and azure-identity. The recordings' test is there where they are."""

from __future__ import annotations

import os

import pytest
import requests
from azure.identity import ClientSecretCredential

from tests.live.azure.login import CLIENT, SECRET

collect_ignore = [] if os.environ.get("KVAUDIT_RECORDINGS") else ["test_shapes.py"]


@pytest.fixture
def sign_in(azure):
    def signed_in(secret=SECRET, tenant=None):
        return ClientSecretCredential(
            tenant or azure.estate.tenant,
            CLIENT,
            secret,
            authority=azure.urls["login"],
            disable_instance_discovery=True,
            connection_verify=str(azure.ca),
        )

    return signed_in


@pytest.fixture
def session(azure):
    with requests.Session() as opened:
        opened.verify = str(azure.ca)
        opened.trust_env = False
        yield opened


@pytest.fixture
def ask(azure, session):
    """One request with a good token for its origin."""

    def asked(target, *, origin="arm", method="GET", **more):
        url = target if target.startswith("https:") else f"{azure.urls[origin]}{target}"
        headers = more.pop("headers", None) or {"Authorization": f"Bearer {azure.login.token(azure.urls[origin])}"}
        return session.request(method, url, headers=headers, allow_redirects=False, timeout=20, **more)

    return asked


@pytest.fixture
def get(ask):
    return lambda target, **more: ask(target, **more).json()


@pytest.fixture
def query(ask):
    def asked(text, **body):
        target = "/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01"
        options = {"resultFormat": "objectArray", **body.pop("options", {})}
        return ask(target, method="POST", json={"query": text, "options": options, **body})

    return asked
