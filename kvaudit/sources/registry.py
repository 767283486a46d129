"""All shapes, and which of them a row has. A new family of shapes is one more module in the list."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from kvaudit.sources.shapes import (
    app_roles,
    assignments,
    definitions,
    delegations,
    directory,
    directory_roles,
    extensions,
    hierarchy,
    logs,
    powershell,
    powershell_roles,
    resources,
    role_policies,
    vaults,
)
from kvaudit.sources.shapes.base import Reader, Shape, nothing, type_in_id
from kvaudit.sources.wire import Row

_ASSIGNING = (assignments, role_policies, definitions, delegations)
_DIRECTORY = (directory_roles, app_roles, directory)
_POWERSHELL = (powershell, powershell_roles)
_FAMILIES = (vaults, *_ASSIGNING, extensions, hierarchy, *_DIRECTORY, resources, *_POWERSHELL, logs)
SHAPES: tuple[Shape, ...] = (*(shape for family in _FAMILIES for shape in family.SHAPES), resources.RESOURCE)

_BY_TYPE = {name: shape for shape in SHAPES for name in shape.types}
# The most particular first: a row of PIM has all the fields of a role assignment, and more.
_BY_KEYS = sorted(
    ((keys, shape) for shape in SHAPES for keys in shape.keys),
    key=lambda pair: -len(pair[0]),
)
_TYPE_PREFIX = "/providers/"

KEPT = ("deletedVaults", "managedHsms", "managedHsmRoles")
"""Sections that a collection writes down and no rule looks at yet."""

SECTIONS: dict[str, Reader] = {
    "vaults": vaults.read_vault,
    "roleAssignments": assignments.read_assignment,
    "roleDefinitions": definitions.read_definition,
    "denyAssignments": definitions.read_deny,
    "roleEligibilities": assignments.read_eligibility,
    "roleActivations": assignments.read_activation,
    "rolePolicies": role_policies.read_policy,
    "diagnosticSettings": extensions.read_diagnostic,
    "locks": extensions.read_lock,
    "subscriptions": hierarchy.read_subscription,
    "resources": resources.read_resource,
    "principals": directory.read_principal,
    "groupMembers": directory.read_members,
    "owners": directory.read_owners,
    "applications": directory.read_application,
    "directoryRoles": directory_roles.read_directory_role,
    "appRoleAssignments": app_roles.read_app_role,
    "groupEligibilities": directory_roles.read_group_eligibility,
    "vaultObjects": resources.read_object,
    "delegations": delegations.read_delegation,
    **dict.fromkeys(KEPT, nothing),
}
"""How the rows of each section of a snapshot are read."""


def recognise(row: Row) -> Shape | None:
    """The shape of a row with keys in Azure's spelling; None for one that is not known.

    What the row says of its type decides, then the type in its id, then its keys. Anything else that has an id of
    Resource Manager is a resource.
    """
    identifier = row.get("id")
    in_id = type_in_id(identifier) if type(identifier) is str else None
    for told in (row.get("@odata.type"), row.get("type"), in_id):
        if type(told) is str:
            shape = shape_of_type(told)
            if shape:
                return shape
    return _shape_of_keys(frozenset(row)) or (resources.RESOURCE if in_id else None)


@lru_cache(maxsize=1024)
def _shape_of_keys(keys: frozenset[str]) -> Shape | None:
    """The shape that the keys of a row show: rows have the same few."""
    return next((shape for needed, shape in _BY_KEYS if keys >= needed), None)


Look = tuple[tuple[str, ...], str]
"""The keys of a row and what it says of its type, "" for nothing."""


def look_of(row: Row) -> Look | None:
    """The look of a row; None where its id may say of what type it is, or where type or properties are folded."""
    told = row.get("@odata.type") or row.get("type") or ""
    if type(told) is not str or (not told and str(row.get("id"))[:1] == "/") or type(row.get("properties")) is str:
        return None
    return tuple(row), told


def decided_by_look(look: Look, shape: Shape) -> bool:
    """Whether a row of this look and shape shows that all of the look have the shape."""
    told = look[1]
    return not told or shape_of_type(told) is shape


def shape_of_type(told: str) -> Shape | None:
    """The shape of rows of a type, as `type` and `@odata.type` name it."""
    return _BY_TYPE.get(told.lower().removeprefix(_TYPE_PREFIX))


def sections_of(kinds: Iterable[str]) -> set[str]:
    """The sections that rows of these kinds feed."""
    names = set(kinds)
    return {shape.section for shape in SHAPES if shape.name in names and shape.section}


def is_unused(row: Row) -> bool:
    """Whether a row says that it is of a type of which nothing is used: a managed HSM among vaults."""
    told = row.get("type")
    shape = shape_of_type(told) if type(told) is str else None
    return shape is not None and not shape.section
