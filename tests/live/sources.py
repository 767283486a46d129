"""Every source by its name in the ledger: which requests are its own, and what a scan lacks without it."""

from __future__ import annotations

from typing import Any, NamedTuple

from kvaudit.sources.live.needs import NEEDS
from tests.live.azure.server import Azure

QUERY = "POST /providers/Microsoft.ResourceGraph/resources"


class Requests(NamedTuple):
    """Requests by what is found in their words, and in the body of those that ask with one."""

    match: str
    asks: str = ""


def _subscription(kind: str) -> Requests:
    return Requests(rf"^GET /subscriptions/[^/]+/providers/Microsoft\.{kind}\?")


SOURCES: dict[str, tuple[Requests, ...]] = {
    "subscriptions": (Requests(r"^GET /subscriptions\?"),),
    "managementGroups": (Requests(QUERY, "^.{0,20}resourcecontainers"), Requests("getEntities")),
    "vaults": (
        Requests(QUERY, r"resources \| where type in~ \('microsoft.keyvault"),
        _subscription("KeyVault/vaults"),
    ),
    "managedHsms": (_subscription("KeyVault/managedHSMs"),),
    "deletedVaults": (_subscription("KeyVault/deletedVaults"),),
    "roleAssignments": (_subscription("Authorization/roleAssignments"),),
    "roleDefinitions": (
        Requests(QUERY, "roledefinitions"),
        Requests(r"/roleDefinitions/|^GET /subscriptions/.*/roleDefinitions\?"),
    ),
    "denyAssignments": (_subscription("Authorization/denyAssignments"),),
    "roleEligibilities": (_subscription("Authorization/roleEligibilityScheduleInstances"),),
    "roleActivations": (_subscription("Authorization/roleAssignmentScheduleInstances"),),
    "rolePolicies": (Requests("roleManagementPolicyAssignments"),),
    "delegations": (_subscription("ManagedServices/registrationAssignments"),),
    "locks": (_subscription("Authorization/locks"),),
    "permissions": (_subscription("Authorization/permissions"),),
    "diagnosticSettings": (Requests("diagnosticSettings"),),
    "logStores": (Requests(QUERY, "where id in~"),),
    "resources": (Requests(QUERY, "isnotnull"),),
    "keys": (Requests(r"/vaults/[^/]+/keys\?"),),
    "secrets": (Requests(r"/vaults/[^/]+/secrets\?"),),
    "managedHsmRoles": (Requests(r"^GET /providers/Microsoft.Authorization/role(Assignments|Definitions)\?"),),
    "principals": (Requests("getByIds"),),
    "users": (Requests(r"^GET /v1\.0/users\?"),),
    "groupMembers": (Requests("/groups/[^/]+/members"),),
    "owners": (Requests("/owners"),),
    "applications": (Requests(r"^GET /v1\.0/applications\("),),
    "directoryRoles": (Requests("/directoryRoles"),),
    "appRoleAssignments": (Requests("appRoleAssignedTo"),),
    "groupEligibilities": (Requests("/eligibilityScheduleInstances"),),
}
GAPLESS = frozenset({"managedHsms", "deletedVaults", "managedHsmRoles", "keys", "secrets"})
"""What no answer rests on: a scan says that it was not seen, and no more."""


def spoil(azure: Azure, source: str, **fault: Any) -> None:
    """Let a source fail, for good unless `times` says otherwise."""
    for requests in SOURCES[source]:
        azure.fault(requests.match, asks=requests.asks, **{"times": None, **fault})


def needed(source: str) -> str:
    """The section of which a scan says that it is not known whole without a source."""
    return NEEDS[source].doubted
