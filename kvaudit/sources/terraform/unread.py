"""What may matter to vaults and is not read, by type: it does not vanish."""

from __future__ import annotations

NOT_JUDGED = {
    "azurerm_key_vault_managed_hardware_security_module": "managed HSMs",
    "azurerm_key_vault_managed_hardware_security_module_key": "managed HSM keys",
    "azurerm_key_vault_managed_hardware_security_module_role_assignment": "managed HSM role assignments",
    "azurerm_key_vault_managed_hardware_security_module_role_definition": "managed HSM role definitions",
}
"""What is known and is no vault's: counted by these names."""

_TEMPLATE = "an ARM template inside Terraform: what it declares is not read"
_ACCESS = "grants access in a way that is not read"
UNREAD = {
    "azurerm_resource_group_template_deployment": ("vaults", _TEMPLATE),
    "azurerm_subscription_template_deployment": ("vaults", _TEMPLATE),
    "azurerm_management_group_template_deployment": ("roleAssignments", _TEMPLATE),
    "azurerm_tenant_template_deployment": ("roleAssignments", _TEMPLATE),
    "azurerm_template_deployment": ("vaults", _TEMPLATE),
    "azurerm_blueprint_assignment": ("roleAssignments", _ACCESS),
    "azurerm_lighthouse_assignment": ("roleAssignments", _ACCESS),
    "azurerm_marketplace_role_assignment": ("roleAssignments", _ACCESS),
    "azuread_privileged_access_group_assignment_schedule": ("groupMembers", _ACCESS),
    "azuread_privileged_access_group_eligibility_schedule": ("groupMembers", _ACCESS),
    "azuread_directory_role_eligibility_schedule_request": ("directoryRoles", _ACCESS),
    "azurerm_network_security_perimeter_association": (
        "vaults",
        "changes who reaches a vault in a way that is not read",
    ),
    "azapi_update_resource": ("vaults", "changes a resource in a way that is not read"),
    "azapi_resource_action": ("vaults", "acts on a resource in a way that is not read"),
}
"""What may matter and is not read: the section it may belong to, and why it is a gap."""

UNREAD_OF_AZAPI = {
    "microsoft.resources/deployments": ("vaults", _TEMPLATE),
    "microsoft.resources/deploymentstacks": ("vaults", _TEMPLATE),
    "microsoft.blueprint/blueprintassignments": ("roleAssignments", _ACCESS),
    "microsoft.managedservices/registrationassignments": ("roleAssignments", _ACCESS),
}
"""The same of azapi's resources, by their types in Resource Manager."""
