"""Small estates of every kind: two subscriptions, three vaults, six principals, and much that is not known."""

from __future__ import annotations

import datetime as dt

from hypothesis import strategies as st

from kvaudit.model.directory import EVERYONE, Application, GroupMembers, Principal
from kvaudit.model.permission import POLICY_WORDS
from kvaudit.model.role import DenyAssignment, PermissionBlock, RoleAssignment, RoleDefinition, ScheduledAssignment
from kvaudit.model.snapshot import TENANT, Coverage, Snapshot, Subscription
from kvaudit.model.vault import AccessPolicy, Vault

AS_OF = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
TENANT_ID = "11111111-0000-4000-8000-00000000000f"
OTHER_TENANT = "22222222-0000-4000-8000-00000000000f"
MANAGEMENT_GROUP = "/providers/Microsoft.Management/managementGroups/"
TOP, LOW = f"{MANAGEMENT_GROUP}mg-top", f"{MANAGEMENT_GROUP}mg-low"
ONE = "/subscriptions/aaaaaaaa-1111-4000-8000-000000000001"
TWO = "/subscriptions/bbbbbbbb-2222-4000-8000-000000000002"
GROUPS = (f"{ONE}/resourceGroups/rg-a", f"{ONE}/resourceGroups/rg-ab", f"{TWO}/resourceGroups/rg-a")
VAULTS = tuple(f"{group}/providers/Microsoft.KeyVault/vaults/kv-{at}" for at, group in enumerate(GROUPS))
SCOPES = (
    *("/", MANAGEMENT_GROUP + TENANT_ID, TOP, LOW, ONE, ONE.upper(), TWO, *GROUPS, f"{ONE}/resourceGroups/rg-empty/"),
    *VAULTS,
    VAULTS[0].replace("resourceGroups", "resourcegroups"),
    f"{VAULTS[0]}/secrets/db",
    f"{VAULTS[1]}/keys/db",
)
WHOLE_SCOPES = tuple(scope for scope in SCOPES if not scope.endswith("/db"))  # a deny on one object is left out

ALICE, BOB, APP, GUESTS, TEAM, CREW = (f"{each:08x}-0000-4000-8000-000000000000" for each in range(1, 7))
PRINCIPALS = (ALICE, BOB, APP, GUESTS, TEAM, CREW)
TYPES = dict(zip(PRINCIPALS, ("User", "User", "ServicePrincipal", "Group", "Group", "Group"), strict=True))
REGISTRATION = "99999999-0000-4000-8000-000000000000"  # the object id of an application, not of its service principal

BUILT_IN = {
    "Owner": "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
    "Contributor": "b24988ac-6180-42a0-ab88-20f7382dd24c",
    "Reader": "acdd72a7-3385-48ef-bd42-f606fba81ae7",
    "User Access Administrator": "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
    "Role Based Access Control Administrator": "f58310d9-a9f6-439a-9e8d-f62e7b41a168",
    "Key Vault Administrator": "00482a5a-887f-4fb3-b363-3b7fe8e74483",
    "Key Vault Contributor": "f25e0fa2-a7c8-4377-a976-54943a77a395",
    "Key Vault Data Access Administrator": "8b54135c-b56d-4d72-a534-26097cfdc8d8",
    "Key Vault Reader": "21090545-7ca7-4776-b22c-e363652d74d2",
    "Key Vault Secrets Officer": "b86a8fe4-44ce-4948-aee5-eccb2c155cd7",
    "Key Vault Secrets User": "4633458b-17de-408a-b874-0445c86b69e6",
    "Azure Stack HCI Administrator": "bda0d508-adf1-4af0-9c28-88919fc3ae06",
    "Desktop Virtualization Virtual Machine Contributor": "a959dbd1-f747-45e3-8ba6-dd80f235f97c",
}
CUSTOM = tuple(f"cccccccc-0000-4000-8000-00000000000{each}" for each in range(3))

NAME = "@Resource[Microsoft.KeyVault/vaults/secrets:name]"
GET = "Microsoft.KeyVault/vaults/secrets/getSecret/action"
ASSIGN = "Microsoft.Authorization/roleAssignments/write"
ROLE = "@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId]"
WHOM = "@Request[Microsoft.Authorization/roleAssignments:PrincipalId]"
KIND = "@Request[Microsoft.Authorization/roleAssignments:PrincipalType]"
DELEGATES = f"(!(ActionMatches{{'{ASSIGN}'}})) OR"
SECRETS_USER = BUILT_IN["Key Vault Secrets User"]
CONDITIONS = (
    "@Resource[Microsoft.KeyVault/vaults:name] StringEquals 'kv-0'",
    f"!(ActionMatches{{'{GET}'}}) OR {NAME} StringStartsWith 'app-'",
    f"!(ActionMatches{{'{GET}'}}) OR {NAME} StringEquals 'db'",
    "@Resource[HasObotoken] boolequals true",
    "not a condition",
    f"{DELEGATES} ({ROLE} ForAnyOfAnyValues:GuidEquals {{{SECRETS_USER}, {BUILT_IN['Key Vault Contributor']}}})",
    f"{DELEGATES} ({ROLE} GuidEquals {SECRETS_USER} AND {WHOM} GuidEquals {TEAM})",
    f"{DELEGATES} ({ROLE} GuidEquals {BUILT_IN['Key Vault Data Access Administrator']})",
    f"{DELEGATES} ({KIND} StringEquals 'ServicePrincipal')",
    f"{DELEGATES} ({ROLE} ForAnyOfAllValues:GuidNotEquals {{{BUILT_IN['Owner']}}})",
)
ACTIONS = (
    "*",
    "*/read",
    "Microsoft.KeyVault/*",
    "Microsoft.KeyVault/vaults/*/read",
    "Microsoft.KeyVault/vaults/write",
    "Microsoft.KeyVault/vaults/accessPolicies/write ",
    "Microsoft.KeyVault/vaults/deploy/action",
    "Microsoft.KeyVault/vaults/secrets/*",
    "Microsoft.KeyVault/vaults/keys/read",
    "Microsoft.KeyVault/locations/*/purge/action",
    "Microsoft.Authorization/*/Write",
    "Microsoft.Authorization/*",
    "Microsoft.Resources/deployments/*",
    "Microsoft.Compute/virtualMachines/write",
)
DATA_ACTIONS = (
    "*",
    "Microsoft.KeyVault/vaults/*",
    "Microsoft.KeyVault/vaults/secrets/*",
    "Microsoft.KeyVault/vaults/secrets/getSecret/action",
    "microsoft.keyvault/vaults/secrets/readmetadata/action",
    "Microsoft.KeyVault/vaults/keys/*",
    "Microsoft.KeyVault/vaults/keys/read ",
    "*/purge/action",
)
ASKED = (
    "secrets/get",
    "secrets/list",
    "secrets/set",
    "secrets/purge",
    "keys/create",
    "keys/sign",
    "certificates/get",
    "keyvault/vaults/read",
    "keyvault/vaults/write",
    "keyvault/vaults/keys/read",
    "keyvault/locations/deletedvaults/purge/action",
    "authorization/roleassignments/write",
)


def blocks(conditions):
    """Permission blocks under some of these conditions."""
    return st.builds(
        PermissionBlock,
        actions=st.lists(st.sampled_from(ACTIONS), max_size=3).map(tuple),
        not_actions=st.lists(st.sampled_from(ACTIONS[2:]), max_size=1).map(tuple),
        data_actions=st.lists(st.sampled_from(DATA_ACTIONS), max_size=2).map(tuple),
        not_data_actions=st.lists(st.sampled_from(DATA_ACTIONS[2:]), max_size=1).map(tuple),
        condition=st.sampled_from(conditions),
    )


times = st.sampled_from(
    [None, "2026-01-01T00:00:00Z", "2026-11-22T23:59:59Z", "2026-11-23T00:00:00Z", "2027-01-01T00:00:00+00:00"]
)


def subsets(values, most=3):
    return st.lists(st.sampled_from(values), max_size=most, unique=True).map(tuple)


@st.composite
def vaults(draw, at, *, whole):
    if not whole and draw(st.integers(0, 5)) == 0:
        return Vault(id=VAULTS[at], name=f"kv-{at}", has_properties=False)
    unsure = () if whole else (None,)
    words = st.sampled_from([("secrets", "all"), ("secrets", "get"), ("keys", "sign")])
    entries = st.builds(
        AccessPolicy,
        object_id=st.sampled_from((*PRINCIPALS, REGISTRATION)),
        permissions=words.map(POLICY_WORDS.__getitem__),
        tenant_id=st.sampled_from([TENANT_ID, TENANT_ID.upper(), None, OTHER_TENANT]),
        application_id=st.sampled_from([None, None, None, APP]),
    )
    return Vault(
        id=VAULTS[at],
        name=f"kv-{at}",
        tenant_id=TENANT_ID,
        uses_rbac=draw(st.sampled_from([True, False, *unsure])),
        policies=draw(st.lists(entries, max_size=2).map(tuple)),
        for_template_deployment=draw(st.sampled_from([True, False, *unsure])),
        for_deployment=draw(st.sampled_from([True, False, *unsure])),
    )


class Palette:
    """The few things an estate is made of, so that its rows meet."""

    def __init__(self, draw, *, whole):
        self.people = draw(few(PRINCIPALS))
        self.scopes = draw(few(SCOPES))
        self.roles = draw(few((*BUILT_IN.values(), *(CUSTOM[:-1] if whole else CUSTOM))))
        self.conditions = (None, *draw(subsets(CONDITIONS, 2)))


def few(values):
    return st.lists(st.sampled_from(values), min_size=1, max_size=3, unique=True).map(tuple)


@st.composite
def assignments(draw, palette, number):
    who = draw(st.sampled_from(palette.people))
    return RoleAssignment(
        id=f"assignment-{number}",
        scope=draw(st.sampled_from(palette.scopes)),
        role=draw(st.sampled_from(palette.roles)),
        principal=who,
        principal_type=TYPES[who],
        condition=draw(st.sampled_from(palette.conditions)),
    )


@st.composite
def scheduled(draw, palette, number, kind):
    row = draw(assignments(palette, number))
    return ScheduledAssignment(
        id=f"{kind}-{number}",
        scope=row.scope,
        role=row.role,
        principal=row.principal,
        principal_type=row.principal_type,
        condition=row.condition,
        start=draw(times),
        end=draw(times),
        origin_assignment=draw(st.sampled_from([None, "ASSIGNMENT-0"])) if kind == "activation" else None,
    )


@st.composite
def denies(draw, palette, number):
    whom = st.sampled_from([(EVERYONE,), *((each,) for each in palette.people), palette.people])
    return DenyAssignment(
        id=f"deny-{number}",
        scope=draw(st.sampled_from(WHOLE_SCOPES)),
        blocks=draw(st.lists(blocks(palette.conditions), min_size=1, max_size=2).map(tuple)),
        principals=draw(whom),
        excluded=draw(st.sampled_from([(), (), (ALICE,), (CREW,)])),
        this_scope_only=draw(st.sampled_from([False, False, True])),
        effect=draw(st.sampled_from([None, None, "Enforced", "audit"])),
        condition=draw(st.sampled_from(palette.conditions)),
    )


@st.composite
def memberships(draw, *, whole):
    rows = []
    for group in (GUESTS, TEAM, CREW):
        members = draw(subsets([each for each in PRINCIPALS if each != group]))
        known = "whole" if whole else draw(st.sampled_from(["whole", "part", "nothing"]))
        if known != "nothing":
            rows.append(GroupMembers(group, members, complete=known == "whole"))
    return tuple(rows)


@st.composite
def coverages(draw, *, whole):
    if whole:
        return (Coverage("roleAssignments", TENANT, complete=True),)
    scopes = draw(subsets([TENANT, ONE], 2))
    found = [Coverage("roleAssignments", scope, complete=draw(st.booleans())) for scope in scopes]
    if draw(st.booleans()):
        found.append(Coverage("groupMembers", TENANT, complete=True))
    return tuple(found)


@st.composite
def snapshots(draw):
    """An estate: half of them seen as a whole; of the others every fact may be missing."""
    whole = draw(st.booleans())
    palette = Palette(draw, whole=whole)

    def several(make, most, *rest):
        return tuple(draw(make(palette, number, *rest)) for number in range(draw(st.integers(0, most))))

    chains = st.sampled_from([(), (LOW.lower(), TOP.lower()), (TOP.lower(),), *([] if whole else [None])])
    seen = (ONE, TWO) if whole else draw(subsets((ONE, TWO)))
    names = PRINCIPALS if whole else draw(st.sampled_from([PRINCIPALS, PRINCIPALS[:4]]))
    roles = CUSTOM[:-1] if whole else draw(subsets(CUSTOM))
    definitions = st.lists(blocks(palette.conditions), min_size=1, max_size=2).map(tuple)
    return Snapshot(
        tenant_id=TENANT_ID,
        vaults=tuple(draw(vaults(at, whole=whole)) for at in range(draw(st.integers(1, 3)))),
        role_assignments=several(assignments, 4),
        role_definitions=tuple(RoleDefinition(role, custom=True, blocks=draw(definitions)) for role in roles),
        deny_assignments=several(denies, 2),
        eligibilities=several(scheduled, 2, "eligibility"),
        activations=several(scheduled, 1, "activation"),
        subscriptions=tuple(Subscription(scope, ancestors=draw(chains)) for scope in seen),
        principals=tuple(Principal(each, TYPES[each]) for each in names),
        group_members=draw(memberships(whole=whole)),
        applications=draw(st.sampled_from([(), (Application(REGISTRATION),)])),
        coverage=draw(coverages(whole=whole)),
        given=frozenset({"vaults", "roleAssignments", "principals", "groupMembers"}),
    )
