"""Types of Terraform's resources and what they are to Resource Manager: those that often carry an identity.

Source: the azurerm provider's documentation of each, and the ids it says they have.
"""

from __future__ import annotations

VAULT = "azurerm_key_vault"
VAULT_TYPE = "Microsoft.KeyVault/vaults"
IDENTITY = "azurerm_user_assigned_identity"

OBJECTS = {
    "azurerm_key_vault_secret": "secrets",
    "azurerm_key_vault_key": "keys",
    "azurerm_key_vault_certificate": "certificates",
}
"""What lies in a vault."""

ARM_TYPES = {
    IDENTITY: "Microsoft.ManagedIdentity/userAssignedIdentities",
    "azurerm_api_management": "Microsoft.ApiManagement/service",
    "azurerm_app_configuration": "Microsoft.AppConfiguration/configurationStores",
    "azurerm_app_service": "Microsoft.Web/sites",
    "azurerm_application_gateway": "Microsoft.Network/applicationGateways",
    "azurerm_arc_machine": "Microsoft.HybridCompute/machines",
    "azurerm_automation_account": "Microsoft.Automation/automationAccounts",
    "azurerm_batch_account": "Microsoft.Batch/batchAccounts",
    "azurerm_cdn_frontdoor_profile": "Microsoft.Cdn/profiles",
    "azurerm_cognitive_account": "Microsoft.CognitiveServices/accounts",
    "azurerm_container_app": "Microsoft.App/containerApps",
    "azurerm_container_app_job": "Microsoft.App/jobs",
    "azurerm_container_group": "Microsoft.ContainerInstance/containerGroups",
    "azurerm_container_registry": "Microsoft.ContainerRegistry/registries",
    "azurerm_cosmosdb_account": "Microsoft.DocumentDB/databaseAccounts",
    "azurerm_data_factory": "Microsoft.DataFactory/factories",
    "azurerm_databricks_access_connector": "Microsoft.Databricks/accessConnectors",
    "azurerm_disk_encryption_set": "Microsoft.Compute/diskEncryptionSets",
    "azurerm_eventgrid_system_topic": "Microsoft.EventGrid/systemTopics",
    "azurerm_eventgrid_topic": "Microsoft.EventGrid/topics",
    "azurerm_eventhub_namespace": "Microsoft.EventHub/namespaces",
    "azurerm_function_app": "Microsoft.Web/sites",
    "azurerm_function_app_flex_consumption": "Microsoft.Web/sites",
    "azurerm_kubernetes_cluster": "Microsoft.ContainerService/managedClusters",
    "azurerm_kusto_cluster": "Microsoft.Kusto/clusters",
    "azurerm_linux_function_app": "Microsoft.Web/sites",
    "azurerm_linux_virtual_machine": "Microsoft.Compute/virtualMachines",
    "azurerm_linux_virtual_machine_scale_set": "Microsoft.Compute/virtualMachineScaleSets",
    "azurerm_linux_web_app": "Microsoft.Web/sites",
    "azurerm_log_analytics_workspace": "Microsoft.OperationalInsights/workspaces",
    "azurerm_logic_app_standard": "Microsoft.Web/sites",
    "azurerm_logic_app_workflow": "Microsoft.Logic/workflows",
    "azurerm_machine_learning_workspace": "Microsoft.MachineLearningServices/workspaces",
    "azurerm_mssql_managed_instance": "Microsoft.Sql/managedInstances",
    "azurerm_mssql_server": "Microsoft.Sql/servers",
    "azurerm_mysql_flexible_server": "Microsoft.DBforMySQL/flexibleServers",
    "azurerm_orchestrated_virtual_machine_scale_set": "Microsoft.Compute/virtualMachineScaleSets",
    "azurerm_postgresql_flexible_server": "Microsoft.DBforPostgreSQL/flexibleServers",
    "azurerm_recovery_services_vault": "Microsoft.RecoveryServices/vaults",
    "azurerm_search_service": "Microsoft.Search/searchServices",
    "azurerm_servicebus_namespace": "Microsoft.ServiceBus/namespaces",
    "azurerm_storage_account": "Microsoft.Storage/storageAccounts",
    "azurerm_synapse_workspace": "Microsoft.Synapse/workspaces",
    "azurerm_virtual_machine": "Microsoft.Compute/virtualMachines",
    "azurerm_virtual_machine_scale_set": "Microsoft.Compute/virtualMachineScaleSets",
    "azurerm_windows_function_app": "Microsoft.Web/sites",
    "azurerm_windows_virtual_machine": "Microsoft.Compute/virtualMachines",
    "azurerm_windows_virtual_machine_scale_set": "Microsoft.Compute/virtualMachineScaleSets",
    "azurerm_windows_web_app": "Microsoft.Web/sites",
}

APP_TYPE = "Microsoft.Web/sites"
SLOT_TYPE = f"{APP_TYPE}/slots"

SLOTS = {
    "azurerm_app_service_slot": "app_service_name",
    "azurerm_function_app_slot": "function_app_name",
    "azurerm_linux_function_app_slot": "function_app_id",
    "azurerm_linux_web_app_slot": "app_service_id",
    "azurerm_windows_function_app_slot": "function_app_id",
    "azurerm_windows_web_app_slot": "app_service_id",
}
"""Slots of web and function apps, and what names the app of each: its id, or its name in the group of the slot."""
