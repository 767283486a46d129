"""Make the product's data from the facts: the permission catalogue and the built-in roles.

    python scripts/generate_data.py FOLDER

FOLDER holds operations.json (the operations of Microsoft.KeyVault), permission_map.json (access-policy words and
their data actions) and roles.json (built-in role definitions). What each rests on is said in docs/semantics.md.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kvaudit.access.actions import compile_set, matches
from kvaudit.access.log_stores import LOG_ACTIONS

DATA = Path(__file__).parent.parent / "kvaudit" / "data"
PREFIX = "Microsoft.KeyVault/vaults/"

# Operations of other providers that lead to a vault (semantics section 3), beside all of Microsoft.KeyVault's own.
OTHER_ACTIONS = [
    "Microsoft.Authorization/roleAssignments/write",
    "Microsoft.Authorization/roleAssignments/delete",
    "Microsoft.Authorization/roleDefinitions/write",
    "Microsoft.Authorization/roleDefinitions/delete",
    "Microsoft.Authorization/elevateAccess/action",
    "Microsoft.Authorization/roleAssignmentScheduleRequests/write",
    "Microsoft.Authorization/roleEligibilityScheduleRequests/write",
    "Microsoft.Authorization/roleManagementPolicies/write",
    "Microsoft.Authorization/locks/write",
    "Microsoft.Authorization/locks/delete",
    "Microsoft.Authorization/denyAssignments/write",
    "Microsoft.Authorization/denyAssignments/delete",
    "Microsoft.Authorization/policyAssignments/write",
    "Microsoft.Resources/deployments/write",
    "Microsoft.Resources/deploymentScripts/write",
    "Microsoft.Resources/deploymentStacks/manageDenySetting/action",
    "Microsoft.Resources/subscriptions/resourceGroups/write",
    "Microsoft.Resources/subscriptions/resourceGroups/moveResources/action",
    "Microsoft.Insights/diagnosticSettings/write",
    "Microsoft.Insights/diagnosticSettings/delete",
    "Microsoft.ManagedServices/registrationAssignments/write",
    "Microsoft.Network/privateEndpoints/write",
    "Microsoft.ManagedIdentity/userAssignedIdentities/write",
    "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action",
    "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/write",
    "Microsoft.Compute/virtualMachines/write",
    "Microsoft.Compute/virtualMachines/runCommand/action",
    "Microsoft.Compute/virtualMachines/runCommands/write",
    "Microsoft.Compute/virtualMachines/extensions/write",
    "Microsoft.Compute/virtualMachineScaleSets/write",
    "Microsoft.Compute/virtualMachineScaleSets/extensions/write",
    "Microsoft.Compute/virtualMachineScaleSets/virtualMachines/runCommand/action",
    "Microsoft.HybridCompute/machines/extensions/write",
    "Microsoft.HybridCompute/machines/runCommands/write",
    "Microsoft.Web/sites/write",
    "Microsoft.Web/sites/config/write",
    "Microsoft.Web/sites/config/list/action",
    "Microsoft.Web/sites/publishxml/action",
    "Microsoft.Web/sites/publish/action",
    "Microsoft.Web/sites/functions/write",
    "Microsoft.Web/sites/host/listkeys/action",
    "Microsoft.Web/sites/extensions/write",
    "Microsoft.Web/sites/sourcecontrols/write",
    "Microsoft.Web/sites/basicPublishingCredentialsPolicies/write",
    "Microsoft.Web/sites/slots/write",
    "Microsoft.Web/sites/slots/config/write",
    "Microsoft.Web/sites/slots/publishxml/action",
    "Microsoft.Web/sites/slots/publish/action",
    "Microsoft.Web/sites/slots/host/listkeys/action",
    "Microsoft.Web/sites/slots/extensions/write",
    "Microsoft.Web/sites/slots/sourcecontrols/write",
    "Microsoft.Automation/automationAccounts/runbooks/draft/write",
    "Microsoft.Automation/automationAccounts/runbooks/publish/action",
    "Microsoft.Automation/automationAccounts/jobs/write",
    "Microsoft.Automation/automationAccounts/webhooks/write",
    "Microsoft.Automation/automationAccounts/jobSchedules/write",
    "Microsoft.Logic/workflows/write",
    "Microsoft.ContainerService/managedClusters/write",
    "Microsoft.ContainerService/managedClusters/runCommand/action",
    "Microsoft.ContainerService/managedClusters/listClusterAdminCredential/action",
    "Microsoft.App/containerApps/write",
    "Microsoft.App/containerApps/authtoken/action",
    "Microsoft.App/jobs/write",
    "Microsoft.ContainerInstance/containerGroups/write",
    "Microsoft.ContainerInstance/containerGroups/containers/exec/action",
    "Microsoft.DataFactory/factories/pipelines/write",
    "Microsoft.DataFactory/factories/linkedservices/write",
    "Microsoft.MachineLearningServices/workspaces/computes/write",
    "Microsoft.Batch/batchAccounts/pools/write",
    "Microsoft.ApiManagement/service/write",
    "Microsoft.ApiManagement/service/namedValues/listValue/action",
    "Microsoft.VirtualMachineImages/imageTemplates/write",
    "Microsoft.ContainerRegistry/registries/tasks/write",
]
OTHER_DATA_ACTIONS = [
    "Microsoft.Compute/virtualMachines/login/action",
    "Microsoft.Compute/virtualMachines/loginAsAdmin/action",
    "Microsoft.App/containerApps/exec/action",
]

# Operations of the subscription (deleted vaults belong to no resource group), and the one of the whole tenant.
SUBSCRIPTION_PARTS = ("locations/", "deletedVaults/", "deletedManagedHsms/", "operations/", "checkName", "register/")
TENANT_ACTIONS = {"Microsoft.Authorization/elevateAccess/action"}


def main(facts: Path) -> None:
    operations = json.loads((facts / "operations.json").read_text())
    words = json.loads((facts / "permission_map.json").read_text())["permissions"]
    roles = json.loads((facts / "roles.json").read_text())
    (DATA / "permissions.py").write_text(permissions_module(list(catalogue(operations, words))))
    (DATA / "roles.json").write_text(json.dumps(list(map(slim, roles)), separators=(",", ":")) + "\n")


def catalogue(operations: list[dict[str, Any]], words: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    """Rows of (name, kind, Azure actions, is a data action, level), in the order that fixes the bits."""
    mapped = set()
    for kind in ("secrets", "keys", "certificates", "storage"):
        for word, actions in words[kind].items():
            mapped.update(actions)
            # setSecret alone writes a value; update is the further half of the policy word `set`.
            yield f"{kind}/{word}", kind, tuple(actions[:1]), True, "vault"
    mapped.discard(PREFIX + "secrets/update/action")
    for operation in operations:
        name, is_data = operation["name"], operation["isDataAction"]
        if is_data and name not in mapped:
            yield own_name(name), name.removeprefix(PREFIX).split("/")[0], (name,), True, "vault"
        elif not is_data:
            yield own_name(name), "management", (name,), False, level(name)
    for name in OTHER_ACTIONS:
        yield own_name(name), "management", (name,), False, level(name)
    for name in OTHER_DATA_ACTIONS:
        yield own_name(name), "management", (name,), True, level(name)


def own_name(action: str) -> str:
    return action.removeprefix("Microsoft.").lower()


def level(action: str) -> str:
    if action in TENANT_ACTIONS:
        return "tenant"
    rest = action.removeprefix("Microsoft.KeyVault/")
    if rest != action and rest.removeprefix("un").startswith(SUBSCRIPTION_PARTS):
        return "subscription"
    return "vault"


def permissions_module(rows: list[tuple[Any, ...]]) -> str:
    lines = "\n".join(f"    {row!r}," for row in rows).replace("'", '"')
    return (
        '"""The permission catalogue: (name, kind, Azure actions, is a data action, level). Generated."""\n\n'
        "# fmt: off\n# ruff: noqa: E501\n"
        f"ROWS: tuple[tuple[str, str, tuple[str, ...], bool, str], ...] = (\n{lines}\n)\n"
    )


def slim(role: dict[str, Any]) -> dict[str, Any]:
    """A role as the engine needs it: without patterns that cover nothing of the catalogue and no action on logs."""
    return {"id": role["id"], "name": role["name"], "permissions": [slim_block(block) for block in role["permissions"]]}


def slim_block(block: dict[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for key in ("actions", "notActions", "dataActions", "notDataActions"):
        is_data = "ata" in key
        if patterns := [each for each in block.get(key, ()) if covers(each, is_data=is_data)]:
            kept[key] = patterns
    if block.get("condition"):
        kept["condition"] = block["condition"]
    return kept


def covers(pattern: str, *, is_data: bool) -> bool:
    """Whether a pattern covers anything that is asked for."""
    on_logs = (action for action, of_data in LOG_ACTIONS if of_data is is_data)
    return bool(compile_set([pattern], [], data=is_data)) or any(matches(pattern, action) for action in on_logs)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
