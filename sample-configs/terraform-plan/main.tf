terraform {
  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "~> 4.40"
    }
  }
}

variable "subscription_id" {
  type = string
}

provider "azurerm" {
  features {}
  subscription_id = var.subscription_id
}

data "azurerm_client_config" "current" {}

resource "azurerm_resource_group" "shop" {
  name     = "rg-shop"
  location = "westeurope"
}

resource "azurerm_log_analytics_workspace" "audit" {
  name                = "log-shop-audit"
  location            = azurerm_resource_group.shop.location
  resource_group_name = azurerm_resource_group.shop.name
}

# orders is there since 2021 and has access policies; returns is new.
module "vault" {
  source   = "./modules/vault"
  for_each = { orders = false, returns = true }

  name                = "kv-contoso-${each.key}"
  uses_rbac           = each.value
  resource_group_name = azurerm_resource_group.shop.name
  location            = azurerm_resource_group.shop.location
  tenant_id           = data.azurerm_client_config.current.tenant_id
  workspace_id        = azurerm_log_analytics_workspace.audit.id
}

resource "azurerm_user_assigned_identity" "orders" {
  for_each = toset(["web", "reporting"])

  name                = "id-orders-${each.key}"
  location            = azurerm_resource_group.shop.location
  resource_group_name = azurerm_resource_group.shop.name
}

resource "azurerm_key_vault_access_policy" "orders" {
  for_each = {
    web       = ["Get"]
    reporting = ["Get", "List", "Set", "Delete", "Purge"]
  }

  key_vault_id       = module.vault["orders"].id
  tenant_id          = data.azurerm_client_config.current.tenant_id
  object_id          = azurerm_user_assigned_identity.orders[each.key].principal_id
  secret_permissions = each.value
}

resource "azurerm_service_plan" "shop" {
  name                = "plan-shop"
  location            = azurerm_resource_group.shop.location
  resource_group_name = azurerm_resource_group.shop.name
  os_type             = "Linux"
  sku_name            = "P1v3"
}

resource "azurerm_linux_web_app" "returns" {
  name                = "app-contoso-returns"
  location            = azurerm_resource_group.shop.location
  resource_group_name = azurerm_resource_group.shop.name
  service_plan_id     = azurerm_service_plan.shop.id

  identity {
    type = "SystemAssigned"
  }

  site_config {}
}

resource "azurerm_role_assignment" "returns_reads_its_secrets" {
  scope                = module.vault["returns"].id
  role_definition_name = "Key Vault Secrets User"
  principal_id         = azurerm_linux_web_app.returns.identity[0].principal_id
}

resource "azurerm_user_assigned_identity" "pipeline" {
  name                = "id-shop-pipeline"
  location            = azurerm_resource_group.shop.location
  resource_group_name = azurerm_resource_group.shop.name
}

resource "azurerm_role_assignment" "pipeline_deploys" {
  scope                = azurerm_resource_group.shop.id
  role_definition_name = "Contributor"
  principal_id         = azurerm_user_assigned_identity.pipeline.principal_id
}
