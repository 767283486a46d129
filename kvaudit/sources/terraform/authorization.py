"""Role assignments, definitions, what PIM schedules, and locks. Semantics 1.8, 7.9; the azurerm documentation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from kvaudit.sources.declared import Body
from kvaudit.sources.terraform.context import Context, row_of
from kvaudit.sources.terraform.references import Known, Symbol
from kvaudit.sources.terraform.resource import DATA, Resource, dig
from kvaudit.sources.terraform.roles import built_in_ids
from kvaudit.sources.wire import Arm, Assignment, Block, Definition, LockBody, Row, Schedule

_AUTHORIZATION = "Microsoft.Authorization"
_DEFINITION = "azurerm_role_definition"


def role_assignment(context: Context, resource: Resource) -> Iterator[Body]:
    """A role assignment. A condition that is not known yet is kept by its name, and decides nothing."""
    return _assigned(context, resource, "roleAssignments", "roleAssignments", {})


def _assigned(context: Context, resource: Resource, section: str, kind: str, schedule: Row) -> Iterator[Body]:
    scope = context.scope(resource, section, "scope")
    assignment = Assignment(
        scope=scope or None,
        role_definition_id=_role(context, resource),
        principal_type=context.known(resource, "principal_type"),
        condition=context.words(resource, "condition"),
        description=context.shown(resource, "description"),
        delegated_managed_identity_resource_id=context.words(resource, "delegated_managed_identity_resource_id"),
    )
    known = resource.values.get("id")
    made = known.partition("|")[0] if isinstance(known, str) else ""
    placed = made if f"/{kind.lower()}/" in made.lower() else _placed(scope, kind, resource.segment)
    for principal, only_if in context.holders(resource, "principal_id"):
        held = msgspec.structs.replace(assignment, principal_id=principal)
        row = Arm(
            id=f"{placed} for {principal}" if only_if else placed,
            type=f"{_AUTHORIZATION}/{kind}",
            properties={**row_of(held), **schedule},
        )
        yield context.body(resource, row_of(row), closed=False)._replace(only_if=only_if)


def _placed(scope: str, kind: str, name: str) -> str:
    return f"{scope.rstrip('/')}/providers/{_AUTHORIZATION}/{kind}/{name}"


def _role(context: Context, resource: Resource) -> Any:
    """The role's id: as given, by the definition that is referred to, or by name."""
    found = context.resolver.argument(resource, "role_definition_id")
    if isinstance(found, Symbol):
        named = {definition_id(context, each) for each in _definitions(found)}
        return named.pop() if len(named) == 1 else context.words(resource, "role_definition_id")
    if isinstance(found.value, str) and found.value:
        return _without_scope(found.value)
    name = context.argument(resource, "role_definition_name")
    if isinstance(name, Symbol):
        named = {definition_id(context, each) for each in _definitions(name)}
        return named.pop() if len(named) == 1 else name.text
    return by_name(context, name.value) if isinstance(name.value, str) else name.value


def _definitions(symbol: Symbol) -> Iterator[Resource]:
    """The role definitions that a symbol stands for, or is put together of."""
    for each in (symbol, *symbol.among):
        if each.target is not None and each.target.type == _DEFINITION:
            yield each.target


def by_name(context: Context, name: str) -> str:
    """The id of a role by its name: one declared here, a built-in one, or the name where it is neither."""
    declared = context.definitions.get(name)
    if declared is not None:
        return definition_id(context, declared)
    return built_in_ids().get(name.lower(), name.replace("/", "~1"))


def definition_id(context: Context, resource: Resource) -> str:
    """The id of a role definition: its address before it is made, a built-in role's own where its name is looked up."""
    for name in ("role_definition_resource_id", "role_definition_id", "id"):
        value = resource.values.get(name)
        if isinstance(value, str) and value:
            return _without_scope(value)
    name = context.known(resource, "name")
    if resource.mode == DATA and isinstance(name, str):
        return built_in_ids().get(name.lower(), name.replace("/", "~1"))
    return resource.segment


def _without_scope(identifier: str) -> str:
    """The id of a role definition, of which Terraform's own id has the scope behind it."""
    return identifier.partition("|")[0]


def role_definition(context: Context, resource: Resource) -> Iterator[Body]:
    """A custom role, or one that is looked up."""
    found = context.argument(resource, "permissions")
    if isinstance(found, Symbol) or (resource.is_data and not found.value):
        return  # its assignments say that the role is not known
    blocks = found.value if isinstance(found.value, list) else [] if found.value is None else found.value
    kind = context.known(resource, "type")
    definition = Definition(
        role_name=context.shown(resource, "name"),
        type=kind if resource.is_data and isinstance(kind, str) else "CustomRole",
        description=context.shown(resource, "description"),
        permissions=[_block(each) for each in blocks] if isinstance(blocks, list) else blocks,
        assignable_scopes=_assignable(context, resource),
    )
    row = Arm(
        id=definition_id(context, resource), type=f"{_AUTHORIZATION}/roleDefinitions", properties=row_of(definition)
    )
    yield context.body(resource, row_of(row), closed=False)


def _assignable(context: Context, resource: Resource) -> Any:
    scopes = [
        each.value if isinstance(each, Known) else context.ids.scope_of(each, resource).text
        for each in context.resolver.arguments(resource, "assignable_scopes")
    ]
    return scopes or [context.scope(resource, "", "scope")]


def _block(item: Any) -> Any:
    if not isinstance(item, dict):
        return item
    return row_of(
        Block(
            actions=item.get("actions"),
            not_actions=item.get("not_actions"),
            data_actions=item.get("data_actions"),
            not_data_actions=item.get("not_data_actions"),
        )
    )


def eligibility(context: Context, resource: Resource) -> Iterator[Body]:
    """An eligible assignment of PIM."""
    schedule = Schedule(status="Provisioned", member_type="Direct", **_times(resource))
    kind = "roleEligibilityScheduleInstances"
    return _assigned(context, resource, "roleEligibilities", kind, row_of(schedule))


def activation(context: Context, resource: Resource) -> Iterator[Body]:
    """An active assignment that PIM schedules: nobody has to activate it."""
    schedule = Schedule(status="Provisioned", assignment_type="Assigned", member_type="Direct", **_times(resource))
    return _assigned(context, resource, "roleActivations", "roleAssignmentScheduleInstances", row_of(schedule))


def _times(resource: Resource) -> dict[str, Any]:
    return {
        "start_date_time": dig(resource.values, ("schedule", 0, "start_date_time")),
        "end_date_time": dig(resource.values, ("schedule", 0, "expiration", 0, "end_date_time")) or None,
    }


def lock(context: Context, resource: Resource) -> Body:
    """A resource lock."""
    scope = context.scope(resource, "", "scope")
    row = Arm(
        id=_placed(scope, "locks", context.ids.name(resource)),
        type=f"{_AUTHORIZATION}/locks",
        properties=row_of(LockBody(level=context.known(resource, "lock_level"))),
    )
    return context.body(resource, row_of(row), closed=False)
