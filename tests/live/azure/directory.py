"""Bodies of Microsoft Graph."""

from __future__ import annotations

from tests.live.azure.bodies import guid
from tests.live.azure.estate import Row

GRAPH_APP = "00000003-0000-0000-c000-000000000000"


def user(name: str, domain: str, *, guest: bool = False, enabled: bool = True) -> Row:
    """ "Alice Berg" of a domain."""
    given, surname = name.split(" ", 1)
    address = f"{given}.{surname}@{domain}".lower()
    if guest:
        address = f"{address.replace('@', '_')}#EXT#@contoso.example"
    return {
        "@odata.type": "#microsoft.graph.user",
        "id": guid(name),
        "accountEnabled": enabled,
        "businessPhones": [],
        "displayName": name,
        "givenName": given,
        "jobTitle": None,
        "mail": None,
        "mobilePhone": None,
        "officeLocation": None,
        "preferredLanguage": None,
        "surname": surname,
        "userPrincipalName": address,
        "userType": "Guest" if guest else "Member",
    }


def group(name: str, rule: str | None = None) -> Row:
    return {
        "@odata.type": "#microsoft.graph.group",
        "id": guid(name),
        "deletedDateTime": None,
        "createdDateTime": "2025-03-01T08:00:00Z",
        "description": None,
        "displayName": name,
        "groupTypes": ["DynamicMembership"] if rule else [],
        "isAssignableToRole": None,
        "mail": None,
        "mailEnabled": False,
        "mailNickname": name.replace(" ", ""),
        "membershipRule": rule,
        "membershipRuleProcessingState": "On" if rule else None,
        "onPremisesSyncEnabled": None,
        "securityEnabled": True,
        "visibility": None,
    }


def service_principal(name: str, kind: str = "Application", resource: str | None = None, app_id: str = "") -> Row:
    """Of an application, or the identity of a resource: then with the resource's id among the alternative names."""
    app_id = app_id or guid(f"app of {name}")
    explicit = bool(resource) and "/userAssignedIdentities/" in resource
    return {
        "@odata.type": "#microsoft.graph.servicePrincipal",
        "id": guid(name),
        "deletedDateTime": None,
        "accountEnabled": True,
        "alternativeNames": [f"isExplicit={explicit}", resource] if resource else [],
        "appDisplayName": None if resource else name,
        "appDescription": None,
        "appId": app_id,
        "appOwnerOrganizationId": None,
        "appRoleAssignmentRequired": False,
        "displayName": name,
        "servicePrincipalNames": [app_id],
        "servicePrincipalType": kind,
        "signInAudience": None,
        "tags": [],
        "appRoles": [],
        "keyCredentials": [],
        "passwordCredentials": [],
    }


def application(name: str) -> Row:
    """The registration that a service principal of the same name is made of."""
    return {
        "@odata.type": "#microsoft.graph.application",
        "id": guid(f"registration of {name}"),
        "deletedDateTime": None,
        "appId": guid(f"app of {name}"),
        "displayName": name,
        "signInAudience": "AzureADMyOrg",
        "appRoles": [],
        "keyCredentials": [],
        "passwordCredentials": [],
    }


def directory_role(name: str, template: str) -> Row:
    return {
        "id": guid(f"directory role {name}"),
        "deletedDateTime": None,
        "description": "",
        "displayName": name,
        "roleTemplateId": template,
    }


def app_role_assignment(holder: Row, resource: Row, role: str) -> Row:
    return {
        "id": guid(f"{holder['id']} {resource['id']} {role}")[:22],
        "deletedDateTime": None,
        "appRoleId": role,
        "createdDateTime": "2025-03-01T08:00:00Z",
        "principalDisplayName": holder["displayName"],
        "principalId": holder["id"],
        "principalType": "ServicePrincipal",
        "resourceDisplayName": resource["displayName"],
        "resourceId": resource["id"],
    }


def group_eligibility(group_id: str, principal: str, access: str = "member") -> Row:
    return {
        "id": f"{group_id}_{access}_{guid(f'{group_id} {principal}')}",
        "startDateTime": "2026-01-12T08:00:00Z",
        "endDateTime": None,
        "memberType": "direct",
        "accessId": access,
        "principalId": principal,
        "groupId": group_id,
        "eligibilityScheduleId": guid(f"schedule {group_id} {principal}"),
    }
