targetScope = 'resourceGroup'

@description('Where this goes.')
@allowed(['dev', 'prod'])
param environment string

param location string = resourceGroup().location

@description('Object ids of those on call, who read secrets at night.')
param onCall array = []

@description('Object id of the pipeline that deploys the application.')
param pipelinePrincipalId string

@description('Whether the old batch job still runs, with a vault of its own.')
param keepBatch bool

@secure()
param databasePassword string

var secretsUser = '4633458b-17de-408a-b874-0445c86b69e6'
var contributor = 'b24988ac-6180-42a0-ab88-20f7382dd24c'

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: 'id-orders-${environment}'
  location: location
}

resource app 'Microsoft.Web/sites@2023-12-01' = {
  name: 'app-orders-${environment}'
  location: location
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identity.id}': {}
    }
  }
  properties: {
    httpsOnly: true
    keyVaultReferenceIdentity: identity.id
  }
}

module vault 'modules/vault.bicep' = {
  name: 'vault'
  params: {
    name: 'kv-orders-${environment}'
    location: location
    readers: concat(onCall, [identity.properties.principalId])
    databasePassword: databasePassword
  }
}

resource pipeline 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(resourceGroup().id, pipelinePrincipalId, contributor)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', contributor)
    principalId: pipelinePrincipalId
    principalType: 'ServicePrincipal'
  }
}

resource batch 'Microsoft.Automation/automationAccounts@2023-11-01' = if (keepBatch) {
  name: 'aa-orders-batch'
  location: location
  identity: {
    type: 'SystemAssigned'
  }
  properties: {
    sku: {
      name: 'Basic'
    }
  }
}

// Copied from an article of 2022: nobody has said which permission model it has.
resource batchVault 'Microsoft.KeyVault/vaults@2022-07-01' = {
  name: 'kv-orders-batch-${environment}'
  location: location
  properties: {
    tenantId: tenant().tenantId
    sku: {
      family: 'A'
      name: 'standard'
    }
    accessPolicies: []
  }

  resource policies 'accessPolicies' = if (keepBatch) {
    name: 'add'
    properties: {
      accessPolicies: [
        {
          tenantId: tenant().tenantId
          objectId: batch.identity.principalId
          permissions: {
            secrets: ['get', 'set']
          }
        }
      ]
    }
  }
}

resource onCallRoles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for person in onCall: if (environment == 'prod') {
    name: guid(resourceGroup().id, person, secretsUser)
    scope: batchVault
    properties: {
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', secretsUser)
      principalId: person
      principalType: 'User'
    }
  }
]
