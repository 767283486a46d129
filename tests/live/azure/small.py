"""A tenant of two subscriptions and three vaults with at least one of everything, most of it not as it should be.

kv-app is well kept, and read by a web app that a group may rewrite; kv-legacy has access policies, one of them a
stranger's, under Contributors; kv-sandbox is open and logs nothing.
"""

from __future__ import annotations

import copy

from tests.live.azure import bodies, directory
from tests.live.azure import contoso_access as access
from tests.live.azure import contoso_resources as resources
from tests.live.azure.contoso import (
    ALICE,
    APP_GROUP,
    APPLICATION_ADMINISTRATOR,
    APPLICATION_READ_WRITE_ALL,
    ARCHIVE,
    AUDITORS,
    BOB,
    CAROL,
    CONTRACTORS,
    DEPLOY,
    DEPLOY_APP,
    EVE,
    EVERYBODY,
    GLOBAL_ADMINISTRATOR,
    GRAPH,
    HSM,
    JANITOR,
    KEEPER,
    KV_APP,
    KV_LEGACY,
    LEGACY_GROUP,
    LOGS,
    PLATFORM,
    PRODUCTION,
    READER,
    SANDBOX,
    TENANT,
    WEB_IDENTITY,
    WORKER_IDENTITY,
)
from tests.live.azure.estate import Estate, Listed, ManagementGroup
from tests.live.azure.roles import role


def small() -> Estate:
    """A fresh one, so that a test may change it."""
    return copy.deepcopy(_estate())


def _estate() -> Estate:
    return Estate(
        tenant=TENANT,
        name="Contoso",
        management_groups=[
            ManagementGroup(TENANT, "Tenant Root Group", None),
            ManagementGroup("landing-zones", "Landing zones", TENANT),
            ManagementGroup("sandbox", "Sandbox", TENANT),
        ],
        subscriptions=[PRODUCTION, SANDBOX],
        vaults=resources.vaults(),
        managed_hsms=resources.managed_hsms(),
        deleted_vaults=resources.deleted_vaults(),
        role_assignments=access.role_assignments(),
        role_definitions=Listed([KEEPER, JANITOR]),
        deny_assignments=Listed(
            [
                bodies.deny(
                    APP_GROUP,
                    "deployment stack",
                    EVERYBODY,
                    ["Microsoft.KeyVault/vaults/delete"],
                    [{"id": DEPLOY["id"], "type": "ServicePrincipal"}],
                )
            ]
        ),
        eligibilities=Listed(
            [
                bodies.instance(
                    "roleEligibilityScheduleInstances",
                    PRODUCTION.scope,
                    role("Key Vault Administrator"),
                    ALICE["id"],
                    "User",
                ),
            ]
        ),
        activations=access.activations(),
        role_policies=Listed(
            [bodies.role_policy(PRODUCTION.scope, role("Key Vault Administrator"), approval=False, second_factor=True)]
        ),
        registrations=access.registrations(),
        locks=Listed([bodies.lock(KV_APP, "CanNotDelete"), bodies.lock(LEGACY_GROUP, "ReadOnly")]),
        diagnostic_settings=Listed(
            [
                bodies.diagnostic_setting(KV_APP, "audit", "AuditEvent", workspaceId=LOGS),
                bodies.diagnostic_setting(KV_LEGACY, "archive", "AuditEvent", storageAccountId=ARCHIVE),
                bodies.diagnostic_setting(HSM, "audit", "AuditEvent", workspaceId=LOGS),
            ]
        ),
        carriers=resources.carriers(),
        log_stores=Listed([bodies.resource(LOGS), bodies.resource(ARCHIVE, location="eastus", kind="StorageV2")]),
        objects=resources.objects(),
        hsm_assignments=access.hsm_assignments(),
        hsm_definitions=access.hsm_definitions(),
        principals={
            row["id"]: row
            for row in (
                ALICE,
                BOB,
                CAROL,
                EVE,
                PLATFORM,
                AUDITORS,
                CONTRACTORS,
                DEPLOY,
                DEPLOY_APP,
                WEB_IDENTITY,
                WORKER_IDENTITY,
                READER,
                GRAPH,
            )
        },
        members={
            PLATFORM["id"]: [BOB["id"], CAROL["id"]],
            AUDITORS["id"]: [ALICE["id"], CONTRACTORS["id"]],
            CONTRACTORS["id"]: [EVE["id"]],
            GLOBAL_ADMINISTRATOR["id"]: [BOB["id"]],
            APPLICATION_ADMINISTRATOR["id"]: [CAROL["id"], PLATFORM["id"]],
        },
        owners={PLATFORM["id"]: [ALICE["id"]], DEPLOY["id"]: [BOB["id"]], DEPLOY_APP["id"]: [EVE["id"]]},
        directory_roles=[GLOBAL_ADMINISTRATOR, APPLICATION_ADMINISTRATOR],
        app_role_assignments={
            directory.GRAPH_APP: [directory.app_role_assignment(DEPLOY, GRAPH, APPLICATION_READ_WRITE_ALL)]
        },
        group_eligibilities=[directory.group_eligibility(PLATFORM["id"], EVE["id"])],
    )
