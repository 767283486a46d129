"""A second opinion on who can come to act as whom: semantics 3.2 and 3.3 read literally, one fact changed at a time.

Who enters a group is asked about in an estate in which he is a member of it; who elevates his access in one in which he
holds the role at the root; a resource is asked about as if it were the vault. Nothing here is fast.
"""

from __future__ import annotations

import msgspec

from kvaudit.model.directory import GroupMembers
from kvaudit.model.permission import BY_NAME
from kvaudit.model.role import RoleAssignment
from kvaudit.model.vault import Vault
from tests.access.naive import HELD, Oracle
from tests.access.naive_facts import ESCALATION, NONE, UNKNOWN, permitting, together

ANY_OF = {
    "microsoft.compute/virtualmachines": (
        "compute/virtualmachines/runcommand/action",
        "compute/virtualmachines/runcommands/write",
        "compute/virtualmachines/extensions/write",
        "compute/virtualmachines/write",
    ),
    "microsoft.web/sites": (
        "web/sites/write",
        "web/sites/config/write",
        "web/sites/publishxml/action",
        "web/sites/publish/action",
        "web/sites/functions/write",
        "web/sites/host/listkeys/action",
        "web/sites/extensions/write",
        "web/sites/sourcecontrols/write",
    ),
    "microsoft.managedidentity/userassignedidentities": (
        "managedidentity/userassignedidentities/federatedidentitycredentials/write",
    ),
}
ASSIGN_IDENTITY = "managedidentity/userassignedidentities/assign/action"
CODE_ANYWHERE = (
    "compute/virtualmachines/write",
    "web/sites/write",
    "containerinstance/containergroups/write",
    "logic/workflows/write",
    "resources/deploymentscripts/write",
    "authorization/policyassignments/write",
)
USER_ACCESS_ADMINISTRATOR = "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9"


class State(msgspec.Struct, frozen=True):
    """Somebody in an estate that he has changed: whom he acts as, the groups he entered, whether he elevated."""

    principal: str
    entered: frozenset[str] = frozenset()
    elevated: bool = False
    administrator: bool = False


class Impostor:
    """Walks from state to state over one snapshot."""

    def __init__(self, snapshot, as_of):
        self.snapshot = snapshot
        self.as_of = as_of

    def changed(self, state):
        """The estate as it is after what somebody did to get into a state."""
        rows = [
            msgspec.structs.replace(row, members=(*row.members, state.principal)) if row.group in state.entered else row
            for row in self.snapshot.group_members
        ]
        rows += [
            GroupMembers(group, (state.principal,))
            for group in state.entered - {row.group for row in self.snapshot.group_members}
        ]
        made = (RoleAssignment("made", "/", USER_ACCESS_ADMINISTRATOR, state.principal),) if state.elevated else ()
        return msgspec.structs.replace(
            self.snapshot,
            group_members=tuple(rows),
            role_assignments=(*self.snapshot.role_assignments, *made),
        )

    def answers(self, state, number, name):
        """What whoever is in a state can do on a vault."""
        return Oracle(self.changed(state), self.as_of, number).verdicts(state.principal, name)

    def on_resource(self, state, resource, name):
        """Whether an operation on a resource is at hand: all that the vault's own rules say, with it for the vault."""
        vault = Vault(resource.id, resource.id.rpartition("/")[2], uses_rbac=True, policies=())
        snapshot = msgspec.structs.replace(self.changed(state), vaults=(vault,))
        return Oracle(snapshot, self.as_of, 0).power(state.principal, name)

    def anywhere(self, state, names):
        """What is held at any scope at all, by a plain assignment."""
        oracle = Oracle(self.changed(state), self.as_of, 0)
        own = {state.principal} | oracle.groups(state.principal)
        found = set()
        for row in oracle.snapshot.role_assignments:
            role = oracle.definition(row.role)
            if row.principal in own and role and any(self.gives(role, name) for name in names):
                found.add(ESCALATION)
        return found or {NONE}

    def gives(self, role, name):
        return bool(permitting(role, BY_NAME[name]))

    def steps(self, state):
        """Every state one step on, with whether the step is certain."""
        yield from self.resource_steps(state)
        yield from self.owner_steps(state)
        yield from self.role_steps(state)

    def resource_steps(self, state):
        known = {each.id: each.principal for each in self.snapshot.resources}
        for resource in self.snapshot.resources:
            kind = resource.type.lower()
            found = together([self.on_resource(state, resource, name) for name in ANY_OF.get(kind, ())])
            if kind.startswith("microsoft.managedidentity"):
                both = {
                    min(one, other, key=lambda verdict: verdict.strength)
                    for one in self.on_resource(state, resource, ASSIGN_IDENTITY)
                    for other in self.anywhere(state, CODE_ANYWHERE)
                }
                found = together([found, both])
            identities = {resource.principal, *(known.get(each) for each in resource.attached)} - {None}
            for identity in identities if found != {NONE} else ():
                yield State(identity), found == {ESCALATION}

    def own(self, state):
        return {state.principal} | Oracle(self.changed(state), self.as_of, 0).groups(state.principal)

    def owner_steps(self, state):
        own = self.own(state)
        registered = {each.id: each.app_id for each in self.snapshot.applications}
        people = {each.id: each for each in self.snapshot.principals}
        for row in self.snapshot.owners:
            if not own.intersection(row.owners):
                continue
            for target in people.values():
                if registered.get(row.object) and target.app_id == registered[row.object]:
                    yield State(target.id), True
            if row.object in people:
                yield from self.over(people[row.object], state)

    def role_steps(self, state):
        own = self.own(state)
        people = {each.id: each for each in self.snapshot.principals}
        roles = {row.role for row in self.snapshot.directory_roles if own.intersection(row.members)}
        privileged = {
            each
            for row in self.snapshot.directory_roles
            for member in row.members
            for each in people
            if each == member or member in Oracle(self.snapshot, self.as_of, 0).groups(each)
        }
        for target in people.values():
            if "Application Administrator" in roles and target.type == "ServicePrincipal":
                yield from self.over(target, state)
            if "Groups Administrator" in roles and target.type == "Group":
                yield from self.over(target, state)
            if "Helpdesk Administrator" in roles and target.type == "User" and target.id not in privileged:
                yield State(target.id), True
        if "Privileged Role Administrator" in roles:
            yield msgspec.structs.replace(state, administrator=True), True
        if "Global Administrator" in roles or state.administrator:
            yield msgspec.structs.replace(state, elevated=True), True

    def over(self, target, state):
        """What power over a directory object gives."""
        if target.type == "ServicePrincipal" and target.service_type != "ManagedIdentity":
            yield State(target.id), True
        if target.type == "Group":
            yield msgspec.structs.replace(state, entered=state.entered | {target.id}), True

    def states(self, principal):
        """Every state one can come to, and whether for certain."""
        found = {State(principal): True}
        queue = [State(principal)]
        while queue:
            state = queue.pop()
            for further, certain in self.steps(state):
                certain = certain and found[state]
                if further not in found or (certain and not found[further]):
                    found[further] = certain
                    queue.append(further)
        return found

    def verdicts(self, principal, number, name):
        """Every right answer to whether a principal can do something."""
        ways = []
        for state, certain in self.states(principal).items():
            found = self.answers(state, number, name)
            if state != State(principal):
                found = {ESCALATION if each in HELD else each if each is UNKNOWN else NONE for each in found}
                if not certain:
                    found = found | {NONE, UNKNOWN, ESCALATION} if found != {NONE} else found
            ways.append(found)
        return together(ways)
