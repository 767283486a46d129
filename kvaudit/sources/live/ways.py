"""The ways to sign in to Azure, each with what azure-identity has for it.

Endpoint and tenant are given to every one: DefaultAzureCredential takes no tenant, sends the token of a workload to
the login of the public cloud whatever it is told, and answers with one text for all its members. So the order and the
names of its members are kept here, and the members are made one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property, partial
from typing import Any, NamedTuple

from azure.core.credentials import SupportsTokenInfo
from azure.identity import (
    AzureCliCredential,
    AzureDeveloperCliCredential,
    AzurePipelinesCredential,
    AzurePowerShellCredential,
    CertificateCredential,
    ChainedTokenCredential,
    ClientAssertionCredential,
    ClientSecretCredential,
    CredentialUnavailableError,
    DeviceCodeCredential,
    ManagedIdentityCredential,
    WorkloadIdentityCredential,
)

from kvaudit.errors import UsageError
from kvaudit.sources.live import github
from kvaudit.sources.live.clouds import KNOWN, Cloud
from kvaudit.sources.live.endpoints import keeps_secrets

_SECONDS = 30  # for az and its like to answer; starting Python on a busy machine takes more than the ten it would get


class IncompleteError(CredentialUnavailableError):
    """A way that somebody began to set up: some of its variables are there, others not."""


class Asked(NamedTuple):
    """What is asked for, and the surroundings."""

    cloud: Cloud
    tenant: str | None
    environ: Mapping[str, str]
    tell: Callable[[str], None]  # says something that the user must do


class Way:
    """One way to sign in, made when it is tried."""

    def __init__(self, kind: str, how: str, make: Callable[[], SupportsTokenInfo], *, yields: bool = False) -> None:
        """A kind of --auth, its words, what makes it, and whether the next is tried when it fails for good.

        Making it raises CredentialUnavailableError where it is not set up, ValueError or OSError where it is broken.
        """
        self.kind = kind
        self.how = how
        self.yields = yields
        self._make = make

    @cached_property
    def credential(self) -> SupportsTokenInfo:
        """What gives tokens."""
        return self._make()

    def forget(self) -> None:
        """Let go of tokens that are kept with the credential, as it is made anew; not if somebody would be asked."""
        if self.kind != "device":
            self.__dict__.pop("credential", None)


# The members of DefaultAzureCredential in its order, by their names in AZURE_TOKEN_CREDENTIALS. Those that need a
# window, a broker or a cache of other programs are left out.
_MEMBERS = {
    "environmentcredential": "env",
    "workloadidentitycredential": "workload",
    "managedidentitycredential": "managed",
    "azureclicredential": "cli",
    "azurepowershellcredential": "powershell",
    "azuredeveloperclicredential": "azd",
}
_CHOICES = {
    "": tuple(_MEMBERS.values()),
    "prod": ("env", "workload", "managed"),
    "dev": ("cli", "powershell", "azd"),
    **{name: (kind,) for name, kind in _MEMBERS.items()},
}


def ways(auth: str, asked: Asked) -> tuple[Way, ...]:
    """The ways that --auth asks for, in the order in which they are tried; of most it is one.

    A tool of a developer gives way to the next when it fails. What is set up for programs does not: somebody else's
    eyes would be looked through than those that were set up. Raises UsageError for an AZURE_TOKEN_CREDENTIALS that
    names none.
    """
    if auth != "auto":
        return (_way(auth, asked),)
    wanted = asked.environ.get("AZURE_TOKEN_CREDENTIALS", "").strip().lower()
    if wanted not in _CHOICES:
        raise UsageError(
            f"there is no way to sign in by the name of {wanted!r}",
            where="AZURE_TOKEN_CREDENTIALS",
            hint=f"There are {', '.join(filter(None, _CHOICES))}; --auth goes without it.",
        )
    return tuple(_way(kind, asked, yields=wanted not in _MEMBERS) for kind in _CHOICES[wanted])


def _way(kind: str, asked: Asked, *, yields: bool = False) -> Way:
    environ = asked.environ
    if kind == "env":
        by_file = environ.get("AZURE_CLIENT_CERTIFICATE_PATH") and not environ.get("AZURE_CLIENT_SECRET")
        what = "client certificate" if by_file else "client secret"
        return Way(kind, f"environment: {what}", partial(_environment, asked))
    if kind == "workload":
        what = "token file" if environ.get("AZURE_FEDERATED_TOKEN_FILE") or not github.in_job(environ) else "GitHub job"
        return Way(kind, f"workload identity: {what}", partial(_workload, asked))
    if kind == "managed":
        # Without variables that tell of one, only asking shows whether there is an identity on this machine.
        unsure = yields and not (environ.get("IDENTITY_ENDPOINT") or environ.get("MSI_ENDPOINT"))
        return Way(kind, "managed identity", partial(_managed, asked, probe=unsure), yields=unsure)
    if kind == "pipelines":
        return Way(kind, "service connection", partial(_pipelines, asked))
    if kind == "device":
        return Way(kind, "device code", partial(_device, asked))
    how, credential = _TOOLS[kind]
    return Way(kind, how, partial(credential, tenant_id=asked.tenant or "", process_timeout=_SECONDS), yields=yields)


_TOOLS: dict[str, tuple[str, Callable[..., SupportsTokenInfo]]] = {
    "cli": ("az login", AzureCliCredential),
    "powershell": ("Azure PowerShell", AzurePowerShellCredential),
    "azd": ("azd auth login", AzureDeveloperCliCredential),
}


def _environment(asked: Asked) -> SupportsTokenInfo:
    environ = asked.environ
    secret, certificate = environ.get("AZURE_CLIENT_SECRET"), environ.get("AZURE_CLIENT_CERTIFICATE_PATH")
    if not secret and not certificate:
        if environ.get("AZURE_PASSWORD"):
            raise IncompleteError("AZURE_PASSWORD is set, but nobody is signed in by a password; a secret is needed")
        raise CredentialUnavailableError("neither AZURE_CLIENT_SECRET nor AZURE_CLIENT_CERTIFICATE_PATH is set")
    application = _needed(asked, **_APPLICATION)
    if secret:
        return ClientSecretCredential(**application, client_secret=secret, **_authority(asked))
    return CertificateCredential(
        **application,
        certificate_path=certificate,
        password=environ.get("AZURE_CLIENT_CERTIFICATE_PASSWORD"),
        send_certificate_chain=bool(environ.get("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN")),
        **_authority(asked),
    )


def _workload(asked: Asked) -> SupportsTokenInfo:
    environ, authority = asked.environ, asked.cloud.authority
    if file := environ.get("AZURE_FEDERATED_TOKEN_FILE"):
        return WorkloadIdentityCredential(**_needed(asked, **_APPLICATION), token_file_path=file, authority=authority)
    if github.in_job(environ):
        return ClientAssertionCredential(
            **_needed(asked, **_APPLICATION), func=partial(github.job_token, environ), authority=authority
        )
    raise CredentialUnavailableError(f"neither AZURE_FEDERATED_TOKEN_FILE nor {github.URL} with its token is set")


def _managed(asked: Asked, *, probe: bool) -> SupportsTokenInfo:
    """A managed identity. As part of a chain it first finds out, within a second, whether there is one to ask."""
    credential = ManagedIdentityCredential(client_id=asked.environ.get("AZURE_CLIENT_ID") or None)
    return ChainedTokenCredential(credential) if probe else credential


def _pipelines(asked: Asked) -> SupportsTokenInfo:
    """A service connection of Azure Pipelines: what its tasks AzureCLI and AzurePowerShell set, else others."""
    needed = _needed(
        asked,
        tenant_id=("AZURESUBSCRIPTION_TENANT_ID", "AZURE_TENANT_ID"),
        client_id=("AZURESUBSCRIPTION_CLIENT_ID", "AZURE_CLIENT_ID"),
        service_connection_id=("AZURESUBSCRIPTION_SERVICE_CONNECTION_ID", "AZURE_SERVICE_CONNECTION_ID"),
        system_access_token=("SYSTEM_ACCESSTOKEN",),
        url=("SYSTEM_OIDCREQUESTURI",),
    )
    if not keeps_secrets(needed.pop("url")):
        raise ValueError("SYSTEM_OIDCREQUESTURI is not https")
    return AzurePipelinesCredential(**needed, authority=asked.cloud.authority)


def _device(asked: Asked) -> SupportsTokenInfo:
    def prompt(url: str, code: str, _until: object) -> None:
        asked.tell(f"To sign in, open {url} and enter the code {code}.")

    tenant = asked.tenant or "organizations"  # any; as azure-identity has it
    return DeviceCodeCredential(prompt_callback=prompt, tenant_id=tenant, **_authority(asked))


_APPLICATION = {"tenant_id": ("AZURE_TENANT_ID",), "client_id": ("AZURE_CLIENT_ID",)}


def _needed(asked: Asked, **variables: tuple[str, ...]) -> dict[str, str]:
    """The value of the first variable that is set, of each; a tenant asked for wins. Raises IncompleteError."""
    found = {key: next(filter(None, map(asked.environ.get, names)), "") for key, names in variables.items()}
    if asked.tenant:
        found["tenant_id"] = asked.tenant
    missing = [" or ".join(names) for key, names in variables.items() if not found[key]]
    if missing:
        raise IncompleteError(f"not set: {', '.join(missing)}")
    return found


def _authority(asked: Asked) -> dict[str, Any]:
    """Who is asked for tokens. The public login vouches for those of its own clouds, and is not asked about others."""
    vouched = asked.cloud.authority in {KNOWN[name].authority for name in _VOUCHED}
    return {"authority": asked.cloud.authority, "disable_instance_discovery": not vouched}


_VOUCHED = ("AzureCloud", "AzureChinaCloud", "AzureUSGovernment")
