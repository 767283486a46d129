"""Why there is no token: of all that was tried, the failure that tells most, in words, and what to run."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import requests
from azure.core.exceptions import DecodeError, ServiceRequestError, ServiceResponseError
from azure.identity import CredentialUnavailableError

from kvaudit.errors import LoginError
from kvaudit.sources.live.clouds import KNOWN
from kvaudit.sources.live.ways import Asked, IncompleteError, Way

_ENTRA = re.compile(r"AADSTS(\d{4,9})\b[:.\s]*(.*)")
_END = re.compile(r"\s*(?:Trace ID:|To mitigate this issue|Please visit|Visit https).*")
# The packages append the whole body of an answer that they cannot read, and half a token may be in it.
_BODY = re.compile(r"\s*Content: .*", re.DOTALL)
# What msal says where the login does not know the tenant: it asks for its addresses first, and passes over the answer.
_NO_TENANT = "Unable to get authority configuration"
_TOKEN = re.compile(r"\beyJ[\w-]+(?:\.[\w-]*)*")
_LENGTH = 200


_NETWORK = "check the network and HTTPS_PROXY; where a proxy has a certificate of its own, REQUESTS_CA_BUNDLE"
_OF_NETWORK = (ServiceRequestError, ServiceResponseError, requests.RequestException)
_UNREADABLE = (DecodeError, json.JSONDecodeError, TypeError, AttributeError, LookupError)


class Failure(NamedTuple):
    """A way that was tried, and what came of it."""

    way: Way
    error: Exception


class NoTokenError(ExceptionGroup[Exception]):
    """What every way that was tried said; the errors themselves are not for showing."""

    def __str__(self) -> str:
        return self.message


class _Code(NamedTuple):
    reason: str
    run: str


_AGAIN = "{login}"

# What signs somebody in again, and how it is told a tenant.
_LOGINS = {
    "cli": ("az login", " --tenant {}"),
    "powershell": ("Connect-AzAccount", " -Tenant {}"),
    "azd": ("azd auth login", " --tenant-id {}"),
    "device": ("the same once more", ""),
}
# What there is to look at where nobody can.
_CHECKS = {
    "env": "check AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET (or AZURE_CLIENT_CERTIFICATE_PATH)",
    "workload": "check AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_FEDERATED_TOKEN_FILE; in GitHub, id-token: write",
    "managed": "give this machine an identity; or sign in in another way: see --auth",
    "pipelines": "hand SYSTEM_ACCESSTOKEN to the step, and the ids of the service connection",
}
_FEDERATION = _Code(
    "the application does not trust this issuer and subject: no federated credential of it matches",
    "az ad app federated-credential list --id {client}, and compare it with what the error names: see --debug",
)

# What Entra answers to those who begin (https://learn.microsoft.com/entra/identity-platform/reference-error-codes).
# Codes may change; what is not here is told in Entra's own words.
_CODES = {
    "7000222": _Code(
        "the client secret has expired",
        "az ad app credential reset --id {client} --append, and set AZURE_CLIENT_SECRET to what it prints",
    ),
    "7000215": _Code(
        "the client secret is wrong; its value is needed, not its id",
        "set AZURE_CLIENT_SECRET to the value of a secret of the application {client}",
    ),
    "7000112": _Code("the application is disabled", "az ad sp show --id {client}, and have it enabled"),
    "700016": _Code(
        "there is no such application in the tenant",
        "check AZURE_CLIENT_ID and AZURE_TENANT_ID, or say --tenant; or it is another cloud: see --cloud",
    ),
    "700027": _Code(
        "the certificate is not one of the application's",
        "az ad app credential list --cert --id {client}, and compare it with AZURE_CLIENT_CERTIFICATE_PATH",
    ),
    "700024": _Code(
        "the workload's token is not valid now: it is stale, or this machine's clock is wrong",
        "date -u, and set the clock if it is wrong; else see to it that the token is renewed",
    ),
    "70021": _FEDERATION,
    "700211": _FEDERATION,
    "700212": _FEDERATION,
    "700213": _FEDERATION,
    "90002": _Code(
        "there is no such tenant in this cloud",
        "check --tenant and AZURE_TENANT_ID; or it is another cloud: see --cloud",
    ),
    "900023": _Code("that is no tenant", "check --tenant and AZURE_TENANT_ID"),
    "500011": _Code("the tenant does not know the Resource Manager that was asked for", "{login}, and see --cloud"),
    "50020": _Code("the account is none of this tenant", _AGAIN),
    "50034": _Code("the account is none of this tenant", _AGAIN),
    "50057": _Code("the account is disabled", _AGAIN),
    "50076": _Code("a second factor is needed", _AGAIN),
    "50078": _Code("the second factor has expired", _AGAIN),
    "50079": _Code("a second factor must be set up", _AGAIN),
    "50173": _Code("the login has expired", _AGAIN),
    "53003": _Code("conditional access forbids it from here", "{login}, from where and with what the policy allows"),
    "70043": _Code("the login has expired", _AGAIN),
    "700082": _Code("the login has expired", _AGAIN),
}


def explained(failures: Sequence[Failure], asked: Asked, *, before: bool, untried: bool) -> LoginError:
    """The three lines for what was tried: whether there was a token before, and whether there are ways left."""
    names = ", ".join(failure.way.how for failure in failures)
    where = asked.cloud.authority if asked.cloud.name == "custom" else asked.cloud.name
    telling = min(failures, key=_rank)
    if before:
        tried = f"the login to {where} is lost: no more tokens from {names}"
    elif len(failures) > 1:
        tried = f"nobody is signed in to {where}; tried, in this order: {names}"
    else:
        tried = f"cannot sign in to {where} with {names}"
    reason, run = _why(telling, asked)
    named = f"{telling.way.how}: {reason}" if len(failures) > 1 else reason
    instead = ", or --auth cli to go by az login instead" if untried else ""
    return LoginError(tried, named, _filled(run, telling.way, asked) + instead)


def _rank(failure: Failure) -> int:
    """How much a failure tells: what is set up and broken, what was begun, then what somebody would sign in with."""
    available = not isinstance(failure.error, CredentialUnavailableError)
    if available and not failure.way.yields:
        return 0
    if isinstance(failure.error, IncompleteError):
        return 1
    if failure.way.kind in _LOGINS:
        return 2 if available else 3 + list(_LOGINS).index(failure.way.kind)
    return 3 + len(_LOGINS)


def _why(failure: Failure, asked: Asked) -> tuple[str, str]:
    """The reason, and what to run, with places for names."""
    way, error = failure
    text = " ".join(hidden(str(error)).split())
    if code := _ENTRA.search(text):
        known = _CODES.get(code[1])
        return (f"{known.reason} (AADSTS{code[1]})", known.run) if known else (_line(code[0]), _AGAIN)
    if _NO_TENANT in text:
        known = _CODES["90002"]
        return known.reason, known.run
    if found := next((each for each in _behind(error) if isinstance(each, _OF_NETWORK)), None):
        return f"the network: {_line(hidden(str(found)))}", _NETWORK
    if any(isinstance(each, _UNREADABLE) for each in _behind(error)):
        return "what answers is no login: its answer is cut off, or a page of a proxy", _NETWORK
    if way.kind == "cli" and isinstance(error, CredentialUnavailableError):
        if not shutil.which("az", path=asked.environ.get("PATH")):
            return "az is not installed, or not on PATH", "install it from https://aka.ms/azure-cli, then {login}"
        if "az login" in text:
            return "az is installed, but nobody is logged in", _AGAIN
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename} cannot be read: {error.strerror}", _AGAIN
    return _line(text), _AGAIN


def _line(text: str) -> str:
    """What a library says, as one line of a bearable length."""
    line = _END.sub("", " ".join(text.split())) or "no reason is given"
    return line if len(line) <= _LENGTH else f"{line[:_LENGTH]}..."


def hidden(text: str) -> str:
    """What the packages say, without what must not be shown."""
    return _TOKEN.sub("(a token)", _BODY.sub("", text))


def _behind(error: BaseException | None) -> Iterator[BaseException]:
    """An error, and those of which it was made."""
    while error is not None:
        yield error
        error = error.__cause__


def _filled(run: str, way: Way, asked: Asked) -> str:
    """A line to run, with names in their places."""
    client = asked.environ.get("AZURE_CLIENT_ID")
    return run.format(login=_login(way.kind, asked), client=shlex.quote(client) if client else "APPLICATION")


def _login(kind: str, asked: Asked) -> str:
    """How somebody signs in again with this; az by itself signs in to the cloud that it is set to."""
    if kind not in _LOGINS:
        return _CHECKS[kind]
    command, tenant = _LOGINS[kind]
    elsewhere = kind == "cli" and asked.cloud.name in KNOWN and asked.cloud.name != "AzureCloud"
    before = f"az cloud set --name {asked.cloud.name} && " if elsewhere else ""
    return before + command + (tenant.format(asked.tenant) if asked.tenant else "")
