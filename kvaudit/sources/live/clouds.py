"""Which Azure is meant: the endpoints of a cloud, and who is asked for tokens for them.

Looking at the wrong cloud would find nothing and say so. What names a cloud is therefore never guessed around: a name
that is not known, a file that is damaged or an endpoint that cannot be one stops the run.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from kvaudit.errors import UsageError
from kvaudit.model.value import Value
from kvaudit.sources.live import az_config
from kvaudit.sources.live.az_config import AzFile, Said
from kvaudit.sources.live.endpoints import endpoint, origin


class Cloud(Value):
    """The endpoints of a cloud, without a slash at their ends, and the scopes of tokens for them.

    The name is az's; "custom" where an endpoint was given that takes the place of the cloud's.
    """

    name: str
    arm: str
    arm_scope: str
    authority: str
    graph: str
    graph_scope: str
    hsm_scope: str


# The clouds of azure-cli 2.91 (`az cloud list`): name, Resource Manager, its scope, authority, Graph, managed HSMs.
# The scopes are those of the SDK's clients (azure-core 1.41, for US Government not the endpoint's own); that of Bleu,
# which the SDK does not know yet, is like the others.
_ROWS = (
    (
        "AzureCloud",
        "https://management.azure.com",
        "https://management.azure.com/.default",
        "https://login.microsoftonline.com",
        "https://graph.microsoft.com",
        "https://managedhsm.azure.net",
    ),
    (
        "AzureChinaCloud",
        "https://management.chinacloudapi.cn",
        "https://management.chinacloudapi.cn/.default",
        "https://login.chinacloudapi.cn",
        "https://microsoftgraph.chinacloudapi.cn",
        "https://managedhsm.azure.cn",
    ),
    (
        "AzureUSGovernment",
        "https://management.usgovcloudapi.net",
        "https://management.core.usgovcloudapi.net/.default",
        "https://login.microsoftonline.us",
        "https://graph.microsoft.us",
        "https://managedhsm.usgovcloudapi.net",
    ),
    (
        "AzureBleuCloud",
        "https://management.sovcloud-api.fr",
        "https://management.sovcloud-api.fr/.default",
        "https://login.sovcloud-identity.fr",
        "https://graph.svc.sovcloud.fr",
        "https://managedhsm.sovcloud-api.fr",
    ),
)
KNOWN = {
    name: Cloud(name, arm, scope, authority, graph, f"{graph}/.default", f"{hsm}/.default")
    for name, arm, scope, authority, graph, hsm in _ROWS
}
_PUBLIC = KNOWN["AzureCloud"]

# What azure.core.AzureClouds calls them.
_BY_SDK = {
    "AZURE_PUBLIC_CLOUD": "AzureCloud",
    "AZURE_CHINA_CLOUD": "AzureChinaCloud",
    "AZURE_US_GOVERNMENT": "AzureUSGovernment",
}

# An endpoint by our option, and by that of a section of az's clouds.config.
_OPTIONS = {"arm": "--arm-endpoint", "authority": "--authority", "graph": "--graph-endpoint"}
_REGISTERED = {
    "arm": "endpoint_resource_manager",
    "authority": "endpoint_active_directory",
    "graph": "endpoint_microsoft_graph_resource_id",
}


def choose(  # noqa: PLR0913 - what may be given, and where else to look
    name: str | None,
    *,
    arm: str | None,
    authority: str | None,
    graph: str | None,
    environ: Mapping[str, str],
    home: Path,
) -> Cloud:
    """The cloud that is meant.

    Endpoints that are given win over those of the cloud, whose name is the first of: the name given, AZURE_CLOUD_NAME,
    AZURE_SDK_CLOUD_CONF, what az is set to, the cloud of AZURE_AUTHORITY_HOST. Where nothing names a cloud it is the
    public one; but then all endpoints are given or none. Who has a cloud apart from the world and names only its
    Resource Manager must not have a secret sent to the public login.

    Raises UsageError for a name that is no cloud's and for what cannot be an endpoint, ConfigError for a file of az's
    that cannot be read.
    """
    given = {"arm": arm, "authority": authority, "graph": graph}
    own = {key: _endpoint(key, text, _OPTIONS[key]) for key, text in given.items() if text}
    if name:
        return _with(_found(Said(name, "--cloud"), own, environ, home), own)
    if len(own) == len(given):
        return _with(_PUBLIC, own)
    if said := _named(environ, home):
        return _with(_found(said, own, environ, home), own)
    if own:
        missing = _list(given.keys() - own.keys(), _OPTIONS)
        raise UsageError(
            f"an endpoint is given, but not {missing}, and no cloud is named that has the rest",
            hint=f"Give {missing} too, or name the cloud, such as --cloud AzureCloud.",
        )
    return _PUBLIC


def _named(environ: Mapping[str, str], home: Path) -> Said | None:
    """The name of the cloud that the surroundings name, and where."""
    if name := environ.get("AZURE_CLOUD_NAME"):
        return Said(name, "AZURE_CLOUD_NAME")
    if name := environ.get("AZURE_SDK_CLOUD_CONF"):
        if name not in _BY_SDK:
            raise _no_cloud(Said(name, "AZURE_SDK_CLOUD_CONF"), _BY_SDK)
        return Said(_BY_SDK[name], "AZURE_SDK_CLOUD_CONF")
    if said := az_config.read("config", environ, home).get("cloud", "name"):
        return said
    if host := environ.get("AZURE_AUTHORITY_HOST"):
        return _of_authority(Said(host, "AZURE_AUTHORITY_HOST"))
    return None


def _of_authority(host: Said) -> Said:
    """The cloud of an authority, which is what the webhook of workload identity leaves in a container on AKS."""
    authority = _endpoint("authority", *host)
    for cloud in KNOWN.values():
        if cloud.authority == authority:
            return Said(cloud.name, host.where)
    raise UsageError(
        f"{authority} is not the login of a cloud that is known",
        where=host.where,
        hint=f"Say with --cloud which one is meant, or give {_list(_OPTIONS, _OPTIONS)}.",
    )


def _found(said: Said, own: Mapping[str, str], environ: Mapping[str, str], home: Path) -> Cloud:
    """The cloud of a name. What az was told of it counts, unless the name was given here: then it needs no file."""
    known = {name.lower(): cloud for name, cloud in KNOWN.items()}.get(said.value.lower())
    if known and said.where == "--cloud":
        return known
    clouds = az_config.read("clouds.config", environ, home)
    section = {name.lower(): name for name in clouds.sections}.get(said.value.lower())
    if section:
        return _registered(clouds, section, known, own)
    if known:
        return known
    raise _no_cloud(said, [*KNOWN, *clouds.sections])


def _registered(clouds: AzFile, section: str, known: Cloud | None, own: Mapping[str, str]) -> Cloud:
    """A cloud as az's file has it. Of a cloud that is known, the file says what is different."""
    found = {key: said for key, option in _REGISTERED.items() if (said := clouds.get(section, option))}
    missing = [] if known else _REGISTERED.keys() - found.keys() - own.keys()
    if missing:
        raise UsageError(
            f"the cloud {section!r} has no {_list(missing, _REGISTERED)}",
            where=str(clouds.path),
            hint=f"Add it with az cloud update --name {section}, or give {_list(missing, _OPTIONS)}.",
        )
    cloud = _with(known or _PUBLIC, {key: _endpoint(key, *said) for key, said in found.items()}, section)
    if audience := clouds.get(section, "endpoint_active_directory_resource_id"):
        cloud = msgspec.structs.replace(
            cloud, arm_scope=f"{audience.value}/.default"
        )  # a slash at its end is part of it
    if suffix := clouds.get(section, "suffix_mhsm_dns"):
        hsm = origin(suffix.value.lstrip("."), suffix.where)
        cloud = msgspec.structs.replace(cloud, hsm_scope=f"{hsm}/.default")
    return cloud


def _with(cloud: Cloud, endpoints: Mapping[str, str], name: str = "custom") -> Cloud:
    """The cloud with these endpoints, and their scopes, in place of its own."""
    new = {key: url for key, url in endpoints.items() if url != getattr(cloud, key)}
    scopes = {f"{key}_scope": f"{url}/.default" for key, url in new.items() if key != "authority"}
    return msgspec.structs.replace(cloud, **new, **scopes, name=name) if endpoints else cloud


def _endpoint(key: str, text: str, where: str) -> str:
    """An endpoint. To that of Graph its version is added, to the authority a tenant: they are hosts alone."""
    if key == "arm":
        return endpoint(text, where)
    return origin(text, where, https_only=key == "authority")  # azure-identity takes no other authority


def _list(keys: Iterable[str], names: Mapping[str, str]) -> str:
    return ", ".join(names[key] for key in names if key in set(keys))


def _no_cloud(said: Said, there_are: Iterable[str]) -> UsageError:
    names = sorted({*there_are})
    near = difflib.get_close_matches(said.value, names, n=1, cutoff=0.5)
    return UsageError(
        f"there is no cloud {said.value!r}" + (f"; did you mean {near[0]}?" if near else ""),
        where=said.where,
        hint=f"There are {', '.join(names)}. Others are made known with az cloud register.",
    )
