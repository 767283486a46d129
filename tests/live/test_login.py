"""Signing in: azure-identity itself, against a login on this machine, and what is said when there is no token."""

import base64
import json
import logging
import os
import re
import ssl
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import trustme
from azure.core.credentials import AccessTokenInfo
from azure.identity import CredentialUnavailableError, DefaultAzureCredential

from kvaudit.errors import LoginError, UsageError
from kvaudit.sources.live import github
from kvaudit.sources.live.clouds import KNOWN, choose
from kvaudit.sources.live.login import Login, credential, quiet_loggers, sign_in
from kvaudit.sources.live.ways import Asked, Way, ways
from tests.cli.conftest import clean_environment

TENANT, OTHER = "11111111-1111-1111-1111-111111111111", "22222222-2222-2222-2222-222222222222"
CLIENT, OBJECT = "33333333-3333-3333-3333-333333333333", "44444444-4444-4444-4444-444444444444"
HOUR = 3600
DEVELOPER = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"  # the application of az, with which users sign in


def part(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def jwt(**claims):
    return f"{part({'alg': 'none'})}.{part(claims)}.x"


class Answer(BaseHTTPRequestHandler):
    """Answers as Entra, as an identity of this machine, and as those who vouch for a job."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.answer({})

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        self.answer(parse_qs(body))

    def answer(self, form):
        sts, url = self.server.sts, urlsplit(self.path)
        form = {name: values[0] for name, values in (form | parse_qs(url.query)).items()}
        sts.log.append((url.path, form, self.headers))
        status, body = sts.answers.get(url.path.rsplit("/", 1)[1], lambda: (404, {}))()
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


class Sts:
    """A login over TLS: what it was asked, and what it answers by the last word of a path."""

    def __init__(self, server):
        self.log = []
        self.url = f"https://localhost:{server.server_port}"
        self.claims = {"tid": TENANT, "oid": OBJECT, "appid": CLIENT}
        self.answers = {
            "openid-configuration": lambda: (200, {
                "issuer": f"{self.url}/{TENANT}/v2.0", "token_endpoint": f"{self.url}/{self.tenant}/oauth2/v2.0/token",
                "authorization_endpoint": f"{self.url}/a", "device_authorization_endpoint": f"{self.url}/devicecode",
            }),
            "token": lambda: (200, {"token_type": "Bearer", "expires_in": HOUR, "access_token": self.jwt()}),
            "identity": lambda: (200, {"access_token": self.jwt(), "expires_on": str(int(time.time()) + HOUR)}),
            "oidctoken": lambda: (200, {"oidcToken": "of the pipeline"}),
            "job": lambda: (200, {"value": "of the job"}),
        }  # fmt: skip

    @property
    def tenant(self):
        """The tenant that the latest request names in its path."""
        return self.log[-1][0].split("/")[1]

    def jwt(self):
        return jwt(**self.claims)

    def refuses(self, text, status=401):
        self.answers["token"] = lambda: (status, {"error": "invalid_client", "error_description": text})

    def asked(self, word):
        return [(path, form, headers) for path, form, headers in self.log if path.endswith(word)]


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    """A certificate for this machine, and the file that makes it be believed."""
    made, file = trustme.CA(), tmp_path_factory.mktemp("ca") / "ca.pem"
    made.cert_pem.write_to_path(file)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.issue_cert("localhost").configure_cert(context)
    return context, file


@pytest.fixture
def sts(authority):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    server.socket = authority[0].wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.sts = Sts(server)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server.sts
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(autouse=True)
def environ(monkeypatch, tmp_path, authority):
    """The variables of this process without any login: the packages read some of them themselves."""
    for name in tuple(os.environ):
        if name.startswith(("AZURE", "ARM_", "IDENTITY", "IMDS", "MSI", "SYSTEM_", "ACTIONS", "KVAUDIT")):
            monkeypatch.delenv(name)
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority[1]))

    def give(**variables):
        for name, value in variables.items():
            monkeypatch.setenv(name, value)

    return give


@pytest.fixture
def cloud(sts, tmp_path):
    return choose(
        None, arm="https://arm.example", authority=sts.url, graph="https://graph.example", environ={}, home=tmp_path
    )


@pytest.fixture
def az(tmp_path):
    """An az that is logged in, or answers with an error; how often it was run, and with which words."""

    def make(token="", error=""):
        answer = {"accessToken": token, "expires_on": int(time.time()) + HOUR}
        (tmp_path / "answer").write_text(json.dumps(answer) if token else error, encoding="utf-8")
        end = "exit 0" if token else "exit 1"
        stream = "" if token else ">&2"
        script = f"""#!/bin/sh
            echo "$@" >> {tmp_path}/runs
            while read -r line || [ -n "$line" ]; do echo "$line" {stream}; done < {tmp_path}/answer
            {end}
        """
        (tmp_path / "bin" / "az").write_text(script, encoding="utf-8")
        (tmp_path / "bin" / "az").chmod(0o755)
        return lambda: (tmp_path / "runs").read_text(encoding="utf-8").splitlines()

    return make


SECRET = {"AZURE_TENANT_ID": TENANT, "AZURE_CLIENT_ID": CLIENT, "AZURE_CLIENT_SECRET": "of the application"}


def signed_in(auth, cloud, tenant=None, **more):
    return sign_in(auth, cloud, tenant=tenant, environ=os.environ, **more)


def refused(auth, cloud, tenant=None):
    with pytest.raises(LoginError) as raised:
        signed_in(auth, cloud, tenant)
    lines = [raised.value.message, *raised.value.hint.splitlines()]
    assert len(lines) == 3
    assert all(lines)
    assert isinstance(raised.value.__cause__, ExceptionGroup)
    return lines


def test_a_client_secret(sts, cloud, environ):
    environ(**SECRET)
    login, seen = signed_in("env", cloud)
    assert (seen.tenant, seen.object_id, seen.app_id, seen.name) == (TENANT, OBJECT, CLIENT, None)
    assert (seen.how, seen.skew_seconds) == ("environment: client secret", 0)
    ((path, form, _),) = sts.asked("/token")
    assert path == f"/{TENANT}/oauth2/v2.0/token"
    assert form["scope"] == "https://arm.example/.default"
    assert form["client_secret"] == SECRET["AZURE_CLIENT_SECRET"]
    assert login.get_token("https://graph.example/.default").token == sts.jwt()


def test_a_client_certificate(sts, cloud, environ, tmp_path):
    key = tmp_path / "key.pem"
    trustme.CA().issue_cert(
        "application.example", key_type=trustme.KeyType.RSA
    ).private_key_and_cert_chain_pem.write_to_path(key)
    environ(AZURE_TENANT_ID=TENANT, AZURE_CLIENT_ID=CLIENT, AZURE_CLIENT_CERTIFICATE_PATH=str(key))
    assert signed_in("env", cloud)[1].how == "environment: client certificate"
    assert "client_assertion" in sts.asked("/token")[0][1]


def test_the_token_file_of_a_workload(sts, cloud, environ, tmp_path):
    (tmp_path / "token").write_text("of the pod", encoding="utf-8")
    environ(AZURE_TENANT_ID=TENANT, AZURE_CLIENT_ID=CLIENT, AZURE_FEDERATED_TOKEN_FILE=str(tmp_path / "token"))
    assert signed_in("workload", cloud)[1].how == "workload identity: token file"
    assert sts.asked("/token")[0][1]["client_assertion"] == "of the pod"


RUNNER = {"ACTIONS_ID_TOKEN_REQUEST_TOKEN": "of the runner"}


def test_a_job_of_github(sts, cloud, environ):
    environ(
        AZURE_TENANT_ID=TENANT,
        AZURE_CLIENT_ID=CLIENT,
        ACTIONS_ID_TOKEN_REQUEST_URL=f"{sts.url}/job?api-version=2.0",
        **RUNNER,
    )
    assert signed_in("workload", cloud)[1].how == "workload identity: GitHub job"
    ((_, form, headers),) = sts.asked("job")
    assert form == {"api-version": "2.0", "audience": "api://AzureADTokenExchange"}
    assert headers["Authorization"] == "Bearer of the runner"
    assert sts.asked("/token")[0][1]["client_assertion"] == "of the job"


def test_a_managed_identity(sts, cloud, environ):
    environ(IDENTITY_ENDPOINT=f"{sts.url}/identity", IDENTITY_HEADER="of the machine", AZURE_CLIENT_ID=CLIENT)
    assert signed_in("managed", cloud)[1].how == "managed identity"
    ((_, form, headers),) = sts.asked("identity")
    assert (form["resource"], form["client_id"]) == ("https://arm.example", CLIENT)
    assert headers["X-IDENTITY-HEADER"] == "of the machine"


PIPELINE = {
    "AZURESUBSCRIPTION_TENANT_ID": TENANT,
    "AZURESUBSCRIPTION_CLIENT_ID": CLIENT,
    "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID": OBJECT,
    "SYSTEM_ACCESSTOKEN": "of the step",
}


def test_a_service_connection_of_azure_pipelines(sts, cloud, environ):
    environ(**PIPELINE, SYSTEM_OIDCREQUESTURI=f"{sts.url}/oidctoken")
    assert signed_in("pipelines", cloud)[1].how == "service connection"
    ((_, form, headers),) = sts.asked("oidctoken")
    assert form["serviceConnectionId"] == OBJECT
    assert headers["Authorization"] == "Bearer of the step"
    assert sts.asked("/token")[0][1]["client_assertion"] == "of the pipeline"


def test_a_device_code_is_not_told_on_standard_output(sts, cloud, capsys):
    code = {"device_code": "d", "user_code": "ABC\x1b[2J", "verification_uri": f"{sts.url}/device", "expires_in": 900}
    sts.answers["devicecode"] = lambda: (200, code | {"interval": 1})
    identity = {"iss": f"{sts.url}/{TENANT}/v2.0", "sub": "s", "aud": DEVELOPER, "exp": int(time.time()) + HOUR,
                "iat": int(time.time()), "tid": TENANT, "preferred_username": "ada@contoso.com"}  # fmt: skip
    info = part({"uid": OBJECT, "utid": TENANT})
    answer = {"token_type": "Bearer", "expires_in": HOUR, "id_token": jwt(**identity), "client_info": info}
    sts.answers["token"] = lambda: (200, answer | {"access_token": sts.jwt()})
    assert signed_in("device", cloud)[1].how == "device code"
    out, err = capsys.readouterr()
    assert out == ""
    assert err == f"To sign in, open {sts.url}/device and enter the code ABC?[2J.\n"


def test_az_is_run_once_for_all_threads_until_its_token_is_about_to_end(cloud, az):
    runs = az(token=jwt(tid=TENANT, oid=OBJECT, upn="ada@contoso.com"))
    login, seen = signed_in("cli", cloud)
    assert (seen.how, seen.name, seen.object_id) == ("az login", "ada@contoso.com", OBJECT)
    threads = [threading.Thread(target=login.get_token_info, args=(cloud.arm_scope,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert runs() == ["account get-access-token --output json --resource https://arm.example"]
    login.get_token(cloud.graph_scope)
    assert len(runs()) == 2


@pytest.mark.parametrize("auth", ["cli", "env", "workload", "pipelines"])
def test_the_tenant_that_is_asked_for(sts, cloud, environ, az, tmp_path, auth):
    (tmp_path / "token").write_text("of the pod", encoding="utf-8")
    environ(**SECRET, **PIPELINE, SYSTEM_OIDCREQUESTURI=f"{sts.url}/oidctoken")
    environ(AZURE_FEDERATED_TOKEN_FILE=str(tmp_path / "token"))
    sts.claims["tid"] = OTHER
    runs = az(token=sts.jwt())
    assert signed_in(auth, cloud, OTHER)[1].tenant == OTHER
    if auth == "cli":
        assert runs()[0].endswith(f"--tenant {OTHER}")
    else:
        assert sts.asked("/token")[0][0] == f"/{OTHER}/oauth2/v2.0/token"


def test_a_token_of_another_tenant_is_none(sts, cloud, environ):
    environ(IDENTITY_ENDPOINT=f"{sts.url}/identity", IDENTITY_HEADER="of the machine")
    with pytest.raises(LoginError, match="not to the tenant that was asked for") as raised:
        signed_in("managed", cloud, OTHER)
    assert raised.value.reason == f"its token is for the tenant {TENANT}, not for {OTHER}"
    assert signed_in("managed", cloud, TENANT.upper())[1].tenant == TENANT
    assert signed_in("managed", cloud, "contoso.com")[1].tenant == TENANT


def test_what_cannot_be_a_tenant(cloud):
    with pytest.raises(UsageError, match="--tenant: 'a; b' is no tenant"):
        credential("cli", cloud, tenant="a; b", environ={})


def test_no_az(cloud):
    assert refused("cli", cloud) == [
        f"cannot sign in to {cloud.authority} with az login",
        "az is not installed, or not on PATH",
        "install it from https://aka.ms/azure-cli, then az login",
    ]


def test_az_without_a_login(az):
    az(error="ERROR: Please run 'az login' to setup account.")
    assert refused("cli", KNOWN["AzureUSGovernment"], TENANT) == [
        "cannot sign in to AzureUSGovernment with az login",
        "az is installed, but nobody is logged in",
        f"az cloud set --name AzureUSGovernment && az login --tenant {TENANT}",
    ]


def test_a_login_of_az_that_has_expired(az):
    az(error="ERROR: AADSTS700082: The refresh token has expired due to inactivity.\nTrace ID: 1 Correlation ID: 2")
    assert refused("cli", KNOWN["AzureCloud"])[1:] == ["the login has expired (AADSTS700082)", "az login"]


def test_an_answer_of_az_that_is_none(az):
    az(token="")
    assert "Azure CLI" in refused("cli", KNOWN["AzureCloud"])[1]


@pytest.mark.parametrize(
    ("text", "reason", "run"),
    [
        (
            "AADSTS7000222: The provided client secret keys for app '3' are expired. Trace ID: 1",
            "the client secret has expired (AADSTS7000222)",
            f"az ad app credential reset --id {CLIENT} --append, and set AZURE_CLIENT_SECRET to what it prints",
        ),
        (
            "AADSTS7000215: Invalid client secret provided.",
            "the client secret is wrong; its value is needed, not its id (AADSTS7000215)",
            f"set AZURE_CLIENT_SECRET to the value of a secret of the application {CLIENT}",
        ),
        (
            "AADSTS90002: Tenant 'x' not found.",
            "there is no such tenant in this cloud (AADSTS90002)",
            "check --tenant and AZURE_TENANT_ID; or it is another cloud: see --cloud",
        ),
        (
            "AADSTS99999: Something\r\nnew\x1b[2J.\r\nTrace ID: 1\r\nCorrelation ID: 2",
            "AADSTS99999: Something new\x1b[2J.",
            "check AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET (or AZURE_CLIENT_CERTIFICATE_PATH)",
        ),
    ],
)
def test_what_entra_refuses(sts, cloud, environ, text, reason, run):
    environ(**SECRET)
    sts.refuses(text)
    assert refused("env", cloud) == [
        f"cannot sign in to {cloud.authority} with environment: client secret",
        reason,
        run,
    ]


def test_a_long_story_of_entra_becomes_one_line_of_a_bearable_length(sts, cloud, environ):
    environ(**SECRET)
    sts.refuses("AADSTS99999: " + "very " * 1000 + "long")
    assert len(refused("env", cloud)[1]) < 250


@pytest.mark.parametrize(
    "answer",
    [
        (200, {}),
        (200, []),
        (200, "token"),
        (200, {"access_token": None, "expires_in": None}),
        (200, b"<html>Sign in to this network</html>"),
        (200, b""),
        (200, b'{"access_token": "cut'),
        (403, b"<html>oh</html>"),
        (302, b""),
    ],
)
@pytest.mark.parametrize("auth", ["env", "workload", "managed", "pipelines"])
def test_what_is_no_answer_of_a_login(sts, cloud, environ, tmp_path, auth, answer):
    (tmp_path / "token").write_text("of the pod", encoding="utf-8")
    environ(
        **SECRET,
        **PIPELINE,
        SYSTEM_OIDCREQUESTURI=f"{sts.url}/oidctoken",
        AZURE_FEDERATED_TOKEN_FILE=str(tmp_path / "token"),
    )
    environ(IDENTITY_ENDPOINT=f"{sts.url}/identity", IDENTITY_HEADER="of the machine")
    sts.answers["token"] = sts.answers["identity"] = lambda: answer
    refused(auth, cloud)


@pytest.mark.parametrize("auth", ["env", "managed"])
def test_half_a_token_is_not_shown(sts, cloud, environ, auth):
    environ(**SECRET, IDENTITY_ENDPOINT=f"{sts.url}/identity", IDENTITY_HEADER="of the machine")
    cut = json.dumps({"access_token": sts.jwt()}).encode()[:-20]
    sts.answers["token"] = sts.answers["identity"] = lambda: (200, cut)
    with pytest.raises(LoginError) as raised:
        signed_in(auth, cloud)
    assert raised.value.reason == "what answers is no login: its answer is cut off, or a page of a proxy"
    cause = raised.value.__cause__
    assert "JSON" in str(cause)
    assert sts.jwt()[:10] not in f"{raised.value} {raised.value.hint} {cause}"
    assert sts.jwt()[:10] in str(cause.exceptions[0])  # or the test would show nothing


def test_a_login_that_is_not_there(environ, cloud, sts):
    environ(**SECRET, REQUESTS_CA_BUNDLE="")
    reason, run = refused("env", cloud)[1:]
    assert reason.startswith("the network: ")
    assert "CERTIFICATE_VERIFY_FAILED" in reason
    assert "REQUESTS_CA_BUNDLE" in run
    assert not sts.log


def test_a_token_file_that_is_not_there(cloud, environ, tmp_path):
    file = tmp_path / "gone"
    environ(AZURE_TENANT_ID=TENANT, AZURE_CLIENT_ID=CLIENT, AZURE_FEDERATED_TOKEN_FILE=str(file))
    reason, run = refused("workload", cloud)[1:]
    assert reason == f"{file} cannot be read: No such file or directory"
    assert "AZURE_FEDERATED_TOKEN_FILE" in run


@pytest.mark.parametrize("text", ["", "not a key"])
def test_a_certificate_that_is_none(cloud, environ, tmp_path, text):
    (tmp_path / "key.pem").write_text(text, encoding="utf-8")
    environ(AZURE_TENANT_ID=TENANT, AZURE_CLIENT_ID=CLIENT, AZURE_CLIENT_CERTIFICATE_PATH=str(tmp_path / "key.pem"))
    assert "AZURE_CLIENT_CERTIFICATE_PATH" in refused("env", cloud)[2]


@pytest.mark.parametrize(
    ("auth", "variables", "reason"),
    [
        ("env", {}, "neither AZURE_CLIENT_SECRET nor AZURE_CLIENT_CERTIFICATE_PATH is set"),
        ("env", {"AZURE_CLIENT_SECRET": "s"}, "not set: AZURE_TENANT_ID, AZURE_CLIENT_ID"),
        ("env", {"AZURE_PASSWORD": "p"}, "AZURE_PASSWORD is set, but nobody is signed in by a password"),
        ("workload", {}, "neither AZURE_FEDERATED_TOKEN_FILE nor ACTIONS_ID_TOKEN_REQUEST_URL"),
        ("workload", {"AZURE_FEDERATED_TOKEN_FILE": "f", "AZURE_CLIENT_ID": CLIENT}, "not set: AZURE_TENANT_ID"),
        ("pipelines", PIPELINE, "not set: SYSTEM_OIDCREQUESTURI"),
        ("pipelines", PIPELINE | {"SYSTEM_OIDCREQUESTURI": "http://dev.example"}, "SYSTEM_OIDCREQUESTURI is not https"),
    ],
)
def test_variables_that_are_missing(cloud, environ, auth, variables, reason):
    environ(**variables)
    assert refused(auth, cloud)[1].startswith(reason)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ((403, {}), "GitHub answered 403 when asked who this job is"),
        ((302, {}), "GitHub answered 302 when asked who this job is"),
        ((200, {"token": 1}), "GitHub did not say who this job is"),
        ((200, b"<html>"), "GitHub did not say who this job is"),
    ],
)
def test_a_job_that_nobody_vouches_for(sts, cloud, environ, answer, reason):
    environ(**SECRET, **RUNNER, ACTIONS_ID_TOKEN_REQUEST_URL=f"{sts.url}/job")
    sts.answers["job"] = lambda: answer
    assert refused("workload", cloud)[1] == reason


def test_the_token_of_a_runner_is_not_sent_in_the_open(cloud, environ):
    environ(**SECRET, **RUNNER, **{github.URL: "http://runner.example/job"})
    assert refused("workload", cloud)[1] == "ACTIONS_ID_TOKEN_REQUEST_URL is not https"


@pytest.fixture
def no_identity(sts, environ):
    """A machine without an identity, which says so at once."""
    environ(AZURE_POD_IDENTITY_AUTHORITY_HOST=sts.url)
    sts.answers["token"] = lambda: (400, {"error": "invalid_request", "error_description": "Identity not found"})


@pytest.mark.parametrize(
    "wanted",
    [
        "",
        "dev",
        "prod",
        "EnvironmentCredential",
        "workloadidentitycredential",
        "managedidentitycredential",
        "azureclicredential",
        "azurepowershellcredential",
        "azuredeveloperclicredential",
    ],
)
def test_the_order_is_that_of_the_sdk(cloud, environ, tmp_path, wanted):
    environ(
        AZURE_TOKEN_CREDENTIALS=wanted,
        AZURE_FEDERATED_TOKEN_FILE=str(tmp_path),
        AZURE_TENANT_ID=TENANT,
        AZURE_CLIENT_ID=CLIENT,
    )
    left_out = ("interactive_browser", "shared_token_cache", "visual_studio_code", "broker")
    chain = DefaultAzureCredential(**{f"exclude_{name}_credential": True for name in left_out})
    named = {
        "EnvironmentCredential": "env",
        "WorkloadIdentityCredential": "workload",
        "ManagedIdentityCredential": "managed",
        "AzureCliCredential": "cli",
        "AzurePowerShellCredential": "powershell",
        "AzureDeveloperCliCredential": "azd",
    }
    asked = Asked(cloud, None, os.environ, print)
    assert [way.kind for way in ways("auto", asked)] == [named[type(each).__name__] for each in chain.credentials]


def test_a_choice_of_the_sdk_that_is_none_here(cloud, environ):
    environ(AZURE_TOKEN_CREDENTIALS="VisualStudioCodeCredential")  # noqa: S106 - a name
    with pytest.raises(
        UsageError, match="AZURE_TOKEN_CREDENTIALS: there is no way to sign in by the name of 'visualst"
    ):
        credential("auto", cloud, tenant=None, environ=os.environ)


def test_auto_takes_what_is_set_up_first(sts, cloud, environ, az):
    environ(**SECRET)
    runs = az(token=sts.jwt())
    login, seen = signed_in("auto", cloud)
    assert seen.how == "environment: client secret"
    os.environ.pop("AZURE_CLIENT_SECRET")
    login.get_token(cloud.graph_scope)
    assert not (Path(os.environ["PATH"]).parent / "runs").exists()
    assert runs


@pytest.mark.usefixtures("no_identity")
def test_auto_goes_on_to_az(sts, cloud, az):
    runs = az(token=sts.jwt())
    login, seen = signed_in("auto", cloud)
    assert seen.how == "az login"
    login.get_token(cloud.graph_scope)
    assert len(runs()) == 2
    assert len(sts.log) == 1  # nobody asks the machine again


@pytest.mark.usefixtures("no_identity")
def test_auto_takes_the_job_of_github_for_a_workload(sts, cloud, environ):
    environ(AZURE_TENANT_ID=TENANT, AZURE_CLIENT_ID=CLIENT, ACTIONS_ID_TOKEN_REQUEST_URL=f"{sts.url}/job", **RUNNER)
    sts.answers["token"] = lambda: (200, {"token_type": "Bearer", "expires_in": HOUR, "access_token": sts.jwt()})
    assert signed_in("auto", cloud)[1].how == "workload identity: GitHub job"


ALL = (
    "environment: client secret",
    "workload identity: token file",
    "managed identity",
    "az login",
    "Azure PowerShell",
    "azd auth login",
)


@pytest.mark.usefixtures("no_identity")
def test_auto_without_any_login(cloud):
    assert refused("auto", cloud, TENANT) == [
        f"nobody is signed in to {cloud.authority}; tried, in this order: {', '.join(ALL)}",
        "az login: az is not installed, or not on PATH",
        f"install it from https://aka.ms/azure-cli, then az login --tenant {TENANT}",
    ]


@pytest.mark.usefixtures("no_identity")
def test_auto_names_what_was_begun_rather_than_az(cloud, environ):
    environ(AZURE_CLIENT_SECRET="s")  # noqa: S106 - none
    assert refused("auto", cloud)[1] == "environment: client secret: not set: AZURE_TENANT_ID, AZURE_CLIENT_ID"


@pytest.mark.usefixtures("no_identity")
def test_auto_names_the_login_that_has_expired(cloud, az):
    az(error="ERROR: AADSTS700082: The refresh token has expired.")
    assert refused("auto", cloud)[1:] == ["az login: the login has expired (AADSTS700082)", "az login"]


def test_what_is_set_up_and_broken_is_not_passed_over_in_silence(sts, cloud, environ, az, tmp_path):
    environ(AZURE_TENANT_ID=TENANT, AZURE_CLIENT_ID=CLIENT, AZURE_FEDERATED_TOKEN_FILE=str(tmp_path / "gone"))
    az(token=sts.jwt())
    tried, reason, run = refused("auto", cloud)
    assert tried.endswith("environment: client secret, workload identity: token file")
    assert reason == f"workload identity: token file: {tmp_path}/gone cannot be read: No such file or directory"
    assert run.endswith("or --auth cli to go by az login instead")


def test_an_expired_secret_is_not_passed_over_for_az(sts, cloud, environ, az):
    environ(**SECRET)
    az(token=sts.jwt())
    sts.refuses("AADSTS7000222: The provided client secret keys are expired.")
    tried, reason, run = refused("auto", cloud)
    assert tried == f"cannot sign in to {cloud.authority} with environment: client secret"
    assert reason == "the client secret has expired (AADSTS7000222)"
    assert run.endswith("or --auth cli to go by az login instead")
    assert "instead" not in refused("env", cloud)[2]


class Scripted:
    """A way that gives the tokens it was handed, one after the other, and then fails."""

    def __init__(self, *tokens):
        self.tokens = list(tokens)
        self.asked = 0

    def get_token_info(self, *_scopes, options=None):  # noqa: ARG002 - as azure-core asks
        self.asked += 1
        if not self.tokens:
            raise CredentialUnavailableError(message="AADSTS7000222: The secret has expired.")
        return self.tokens.pop(0)


@pytest.fixture
def clock():
    class Clock:
        now = 1000.0

        def __call__(self):
            return self.now

    return Clock()


@pytest.fixture
def scripted(cloud, clock):
    def scripted(*ends):
        way = Scripted(*(AccessTokenInfo(f"until {end}", end) for end in ends))
        asked = Asked(cloud, None, {"AZURE_CLIENT_ID": CLIENT}, print)
        return way, Login(asked, (Way("env", "environment: client secret", lambda: way),), clock)

    return scripted


def test_a_token_is_renewed_five_minutes_before_its_end(scripted, clock):
    way, login = scripted(4600, 8200)
    for now, token, asked in ((1000, 4600, 1), (4299, 4600, 1), (4300, 8200, 2), (4400, 8200, 2)):
        clock.now = now
        assert login.get_token("s").token == f"until {token}"
        assert way.asked == asked


def test_a_token_of_another_scope_or_tenant_is_another(scripted):
    way, login = scripted(4600, 4601, 4602, 4603)
    tokens = [
        login.get_token("s").token,
        login.get_token("t").token,
        login.get_token("s", tenant_id=OTHER).token,
        login.get_token("s", claims="c").token,
        login.get_token_info("s").token,
    ]
    assert tokens == ["until 4600", "until 4601", "until 4602", "until 4603", "until 4600"]
    assert way.asked == 4


def test_a_secret_that_expires_on_the_way(scripted, clock):
    way, login = scripted(4600)
    login.get_token("s")
    clock.now = 4400  # the token still lasts, though no other is to be had
    assert login.get_token("s").token == "until 4600"  # noqa: S105 - made up
    assert way.asked == 2
    clock.now = 4600
    for _ in range(3):
        with pytest.raises(LoginError, match=r"the login to https://localhost:\d+ is lost") as raised:
            login.get_token("s")
    assert raised.value.reason == "the client secret has expired (AADSTS7000222)"
    assert way.asked == 3  # not once for every request that waits
    way.tokens.append(AccessTokenInfo("back", 9000))
    clock.now = 4631
    assert login.get_token("s").token == "back"  # noqa: S105 - made up


def test_a_clock_that_is_wrong_does_not_start_az_for_every_request(scripted):
    way, login = scripted(900, 901)
    assert login.get_token("s") == login.get_token("s")
    assert way.asked == 1


@pytest.fixture
def loggers():
    """The packages' loggers, as they were before."""
    found = [logging.getLogger(name) for name in ("azure", "msal", "urllib3")]
    before = [(logger.handlers, logger.propagate) for logger in found]
    yield
    for logger, (handlers, propagate) in zip(found, before, strict=True):
        logger.handlers, logger.propagate = handlers, propagate


@pytest.mark.usefixtures("loggers")
def test_the_packages_are_quiet_unless_they_are_to_be_heard(sts, cloud, environ, capsys):
    environ(**SECRET)
    sts.refuses(f"AADSTS7000222: The secret of\x1b[2J {sts.jwt()} has expired.")
    quiet_loggers(debug=False)
    refused("env", cloud)
    assert capsys.readouterr() == ("", "")
    quiet_loggers(debug=True)
    refused("env", cloud)
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("azure.identity.")
    assert "AADSTS7000222: The secret of?[2J (a token) has expired." in err


def test_a_scan_of_files_imports_nothing_of_azure():
    sample = Path(__file__).parents[2] / "sample-configs" / "contoso"
    code = (
        "import sys; from kvaudit.cli.app import main; code = main(sys.argv[1:]);"
        "live = {'azure', 'msal', 'requests', 'urllib3'};"
        "print(code, sorted(live & set(sys.modules)))"
    )
    command = [sys.executable, "-c", code, "scan", str(sample), "--as-of", "2026-11-23", "-f", "json", "-o", os.devnull]
    done = subprocess.run(command, capture_output=True, text=True, env=clean_environment(), check=True)
    assert re.fullmatch(r"[013] \[\]", done.stdout.splitlines()[-1]), done.stdout
