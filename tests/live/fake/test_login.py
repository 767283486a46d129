"""Every way in that azure-identity knows ends at the token endpoint of the fake, nothing patched."""

from __future__ import annotations

import pytest
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import (
    AzurePipelinesCredential,
    ClientAssertionCredential,
    EnvironmentCredential,
    ManagedIdentityCredential,
    WorkloadIdentityCredential,
)

from tests.live.azure.login import (
    ASSERTION,
    CLIENT,
    CLIENT_OBJECT,
    EXPIRED_SECRET,
    IDENTITY_HEADER,
    REFUSED_ASSERTION,
    claims_of,
)


@pytest.fixture
def told(azure):
    return {"authority": azure.urls["login"], "disable_instance_discovery": True, "connection_verify": str(azure.ca)}


@pytest.fixture
def in_environment(azure, monkeypatch):
    """The environment of a child process, for this one."""
    for name, value in azure.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return monkeypatch


def token_of(azure, credential):
    with credential:
        token = credential.get_token(f"{azure.urls['arm']}/.default")
    claims = claims_of(token.token)
    assert (claims["aud"], claims["tid"]) == (azure.urls["arm"], azure.estate.tenant)
    assert (claims["appid"], claims["oid"]) == (CLIENT, CLIENT_OBJECT)
    return token


def test_a_secret_in_the_environment(azure, told, in_environment):
    del told["authority"]
    in_environment.setenv("AZURE_AUTHORITY_HOST", azure.urls["login"])
    token_of(azure, EnvironmentCredential(**told))


def test_a_federated_token_in_a_file(azure, told, tmp_path):
    file = tmp_path / "token"
    file.write_text(ASSERTION, encoding="utf-8")
    tenant = azure.estate.tenant
    token_of(azure, WorkloadIdentityCredential(tenant_id=tenant, client_id=CLIENT, token_file_path=str(file), **told))


def test_an_assertion_that_nobody_trusts(azure, told):
    credential = ClientAssertionCredential(azure.estate.tenant, CLIENT, lambda: REFUSED_ASSERTION, **told)
    with pytest.raises(ClientAuthenticationError, match="AADSTS700213"):
        token_of(azure, credential)


def test_a_service_connection_of_a_pipeline(azure, told, in_environment):
    in_environment.setenv("SYSTEM_OIDCREQUESTURI", f"{azure.urls['login']}/pipelines/oidctoken")
    made = {"client_id": CLIENT, "service_connection_id": "connection", "system_access_token": "access"}
    token_of(azure, AzurePipelinesCredential(tenant_id=azure.estate.tenant, **made, **told))
    assert azure.count("POST /pipelines/oidctoken.*serviceConnectionId=connection") == 1


def test_a_managed_identity(azure, in_environment):
    in_environment.setenv("IDENTITY_ENDPOINT", f"{azure.urls['login']}/msi/token")
    in_environment.setenv("IDENTITY_HEADER", IDENTITY_HEADER)
    token_of(azure, ManagedIdentityCredential(connection_verify=str(azure.ca)))


@pytest.mark.parametrize(
    ("secret", "code"), [("wrong", "AADSTS7000215"), (EXPIRED_SECRET, "AADSTS7000222")], ids=["wrong", "expired"]
)
def test_a_secret_that_is_no_good(azure, sign_in, secret, code):
    with pytest.raises(ClientAuthenticationError, match=code):
        sign_in(secret).get_token(f"{azure.urls['arm']}/.default")


def test_a_tenant_that_is_not_there(azure, sign_in):
    with pytest.raises(ClientAuthenticationError, match="tenant"):
        sign_in(tenant="00000000-0000-0000-0000-00000000beef").get_token(f"{azure.urls['arm']}/.default")


@pytest.mark.parametrize("origin", ["arm", "graph", "hsm"])
def test_nobody_comes_in_without_a_token_that_is_good_there(azure, session, origin):
    target = f"{azure.urls[origin]}/anything?api-version=1"

    def status(token):
        response = session.get(target, headers={"Authorization": f"Bearer {token}"} if token else {}, timeout=20)
        assert (response.status_code == 401) is ("www-authenticate" in response.headers)
        return response.status_code

    good = azure.login.token(azure.urls[origin])
    assert status(None) == status("no-jwt") == status(azure.login.token("https://vault.azure.net")) == 401
    assert status(good) != 401
    azure.login.expire()
    assert status(good) == 401
    assert status(azure.login.token(azure.urls[origin])) != 401
    assert [entry.authorized for entry in azure.log] == [False, True, True, True, True, True]


def test_tokens_live_as_long_and_begin_when_they_are_told_to(azure):
    azure.login.clock = lambda: 1_000
    azure.login.lifetime, azure.login.skew = 120, 600
    claims = claims_of(azure.login.token("https://vault.azure.net/.default"))
    assert (claims["aud"], claims["nbf"], claims["exp"]) == ("https://vault.azure.net", 1_600, 1_720)


def test_a_token_is_good_until_it_expires(azure, get):
    azure.login.clock = lambda: 1_000
    target, headers = "/subscriptions?api-version=2022-12-01", {}
    headers["Authorization"] = f"Bearer {azure.login.token(azure.urls['arm'])}"
    assert "value" in get(target, headers=headers)
    azure.login.clock = lambda: 1_000 + 3_600
    assert get(target, headers=headers)["error"]["code"] == "ExpiredAuthenticationToken"
