"""A second opinion on who can do what: the semantics read literally, one principal, vault and permission at a time.

It shares no code with the engine but the conditions (they have their own tests), is as slow as it looks, and answers
with every verdict that would be right: where the semantics leave something open, so does this.
"""

from __future__ import annotations

from functools import cache
from itertools import product

from kvaudit.access.conditions import Attributes, decide
from kvaudit.model.permission import BY_NAME, TYPES
from tests.access.naive_facts import (
    BUILT_IN,
    CONDITIONAL,
    DIRECT,
    ELIGIBLE,
    ESCALATION,
    LATENT,
    NONE,
    UNKNOWN,
    Facts,
    any_of,
    key,
    permitting,
    together,
)

OPEN = {ESCALATION, UNKNOWN, NONE}
HELD = {DIRECT, CONDITIONAL, ELIGIBLE, ESCALATION}

ASSIGN = "authorization/roleassignments/write"
UNDENY = "authorization/denyassignments/delete"
WRITE = "keyvault/vaults/write"
DELEGATE = "managedservices/registrationassignments/write"
MOVE = "resources/subscriptions/resourcegroups/moveresources/action"
DEPLOY = "keyvault/vaults/deploy/action"


@cache
def built_in_permitting(name):
    """The built-in roles that hold an operation, each with the blocks that do."""
    return [found for role in BUILT_IN.values() if (found := (role, permitting(role, BY_NAME[name])))[1]]


class Oracle(Facts):
    """Answers about one vault of a snapshot."""

    def __init__(self, snapshot, as_of, number):
        super().__init__(snapshot, as_of, number)
        self.known_levers = {}

    # --- what can be obtained (3.1) ---------------------------------------------------------------------------------

    def power(self, principal, name, *, anywhere=False):
        """Whether an operation is in hand or can be: ESCALATION for yes, UNKNOWN, NONE, or several where it is open."""
        permission = BY_NAME[name]
        found = together([self.held(principal, permission), self.by_assigning(principal, permission)])
        if anywhere:
            found = together([found, *self.elsewhere(principal, permission)])
        return {ESCALATION if each in HELD else each for each in found}

    def elsewhere(self, principal, permission):
        """What is held at any scope at all: a template may be deployed, a machine made, in any resource group."""
        own = {principal} | self.groups(principal)
        for row, eligible in self.holdings():
            role = self.definition(row.role)
            if row.principal not in own:
                continue
            blocks = permitting(role, permission) if role else ()
            leads = role is None or permitting(role, BY_NAME[ASSIGN])
            plain = (
                not eligible
                and row in self.snapshot.role_assignments
                and "/providers/microsoft.k" not in key(row.scope)
            )
            if blocks and plain and not self.snapshot.deny_assignments:
                met = any_of(
                    self.condition((block.condition, row.condition), permission, row.scope) for block in blocks
                )
                yield {NONE} if met is False else {DIRECT}
            elif blocks or leads:
                yield set(OPEN)

    def needing(self, *powers):
        """What comes of several powers that are all needed: as much as of the weakest."""
        return {min(each, key=lambda verdict: verdict.strength) for each in product(*powers)}

    def levers(self, principal):
        """The ways to assign a role: where, under which conditions (one of them must hold), and how surely."""
        if principal not in self.known_levers:
            self.known_levers[principal] = self.all_levers(principal)
        return self.known_levers[principal]

    def all_levers(self, principal):
        own = {principal} | self.groups(principal)
        found = []
        for row, eligible in self.holdings():
            role = self.definition(row.role)
            if row.principal not in own or role is None:
                continue
            gates = [(block.condition, row.condition) for block in permitting(role, BY_NAME[ASSIGN])]
            held = self.by_role(row, BY_NAME[ASSIGN], principal, eligible=eligible, heed_conditions=False)
            _, on_object = self.object_of(row.scope)
            if gates and on_object and self.denied(principal, BY_NAME[ASSIGN]) is not True:
                held = {DIRECT}
            if gates and held != {NONE}:
                found.append((row.scope, gates, {ESCALATION if each in HELD else each for each in held}))
        seen = []
        while found:
            lever = found.pop()
            if lever in seen:
                continue
            seen.append(lever)
            found += self.next_levers(lever, principal)
        return seen

    def next_levers(self, lever, principal):
        """Whoever assigns himself a role that assigns roles has what that role's own conditions let him assign."""
        scope, gates, surely = lever
        if any(not any(gate) for gate in gates) or self.object_of(scope)[1]:
            return
        for role, blocks in self.assignable(BY_NAME[ASSIGN]):
            allowed = self.may_assign(gates, role, principal)
            if allowed is not False:
                yield scope, [(block.condition,) for block in blocks], surely if allowed else OPEN

    def assignable(self, permission):
        """Every known role that holds an operation, with the blocks that do."""
        given = [each for each in self.snapshot.role_definitions if each.blocks is not None]
        own = {each.id for each in given}
        found = [pair for pair in built_in_permitting(permission.name) if pair[0].id not in own]
        return found + [(each, permitting(each, permission)) for each in given if permitting(each, permission)]

    def may_assign(self, gates, role, principal):
        """Whether the conditions let a role be assigned to a principal or to a group it is in (1.7.2)."""
        return any_of(
            decide(
                [text for text in gate if text], Attributes(BY_NAME[ASSIGN].actions[0], self.assigning(role, target))
            ).value
            for gate in gates
            for target in (principal, *self.groups(principal))
        )

    def assigning(self, role, target):
        prefix = "microsoft.authorization/roleassignments:"
        known = {("request", f"{prefix}roledefinitionid"): role.id, ("request", f"{prefix}principalid"): target}
        if self.type_of(target):
            known["request", f"{prefix}principaltype"] = self.type_of(target)
        return known

    def by_assigning(self, principal, permission):
        """V5: what can be had by assigning oneself a role."""
        ways = []
        denied = self.denied(principal, permission)
        for scope, gates, surely in self.levers(principal):
            reaches = self.reaches(scope, permission)
            given = self.given_by_some_role(gates, permission, principal, scope)
            if reaches is False or given is False or denied is True:
                continue
            if permission.kind in TYPES and self.vault.uses_rbac is False:
                continue
            if permission.kind in TYPES and self.vault.uses_rbac is None:
                ways.append({UNKNOWN, ESCALATION})
            elif given is None or denied is None or reaches is None:
                ways.append(OPEN if UNKNOWN not in surely else {UNKNOWN, NONE})
            else:
                ways.append(surely)
        return together(ways)

    def given_by_some_role(self, gates, permission, principal, scope):
        return any_of(
            self.both(self.may_assign(gates, role, principal), self.condition((block.condition,), permission, scope))
            for role, blocks in self.assignable(permission)
            for block in blocks
        )

    def both(self, one, other):
        return False if False in {one, other} else None if None in {one, other} else True

    def by_escalation(self, principal, permission):
        """The edges of the catalogue, each as its row says."""
        name, rbac = permission.name, self.vault.uses_rbac
        template, deployment = self.vault.for_template_deployment, self.vault.for_deployment
        ways = [self.by_assigning(principal, permission)]
        is_data = permission.kind in TYPES and name != "keyvault/vaults/certificates/release/action"
        if is_data and rbac is not True:
            for action in (WRITE, "keyvault/vaults/accesspolicies/write"):  # V1, V2
                power = self.power(principal, action)
                ways.append(power if rbac is False else {UNKNOWN if each is ESCALATION else each for each in power})
        if is_data and rbac is not False and self.power(principal, WRITE) != {NONE}:  # V4: Microsoft's pages disagree
            ways.append(OPEN)
        if is_data and rbac is not True and self.power(principal, DELEGATE) != {NONE}:  # V20: not confirmed
            ways.append(OPEN)
        if is_data and rbac is not False and self.power(principal, MOVE) != {NONE}:  # V18: an inference
            ways += [OPEN for _ in self.elsewhere(principal, BY_NAME[ASSIGN])]
        if name == "secrets/get":
            deploys = self.needing(
                self.power(principal, DEPLOY), self.power(principal, "resources/deployments/write", anywhere=True)
            )
            if template is not True:  # V10
                ways.append(self.needing(deploys, self.power(principal, WRITE)))
            if template is not False:  # V9
                ways.append(deploys if template else self.needing(deploys, {UNKNOWN}))
            machine = self.power(principal, "compute/virtualmachines/write", anywhere=True)
            ways.append(self.by_machine(principal, machine, deployment))
        if name in {"secrets/set", "keys/create"}:  # V12
            ways.append(self.power(principal, f"keyvault/vaults/{permission.kind}/write"))
        return together(ways)

    def by_machine(self, principal, machine, deployment):
        """V11; that somebody who writes the vault sets its switch himself is not on the page."""
        found = self.needing(self.power(principal, DEPLOY), machine)
        if deployment is False:
            return self.needing(found, self.power(principal, WRITE)) | {NONE}
        return (
            found if deployment else self.needing(found, {UNKNOWN}) | self.needing(found, self.power(principal, WRITE))
        )

    # --- what was not seen ------------------------------------------------------------------------------------------

    def knows_assignments(self):
        stated = [each for each in self.snapshot.coverage if each.fact == "roleAssignments"]
        stated = [each for each in stated if each.scope == "tenant" or self.at.startswith(each.scope)]
        if stated:
            return all(each.complete for each in stated)
        return any(key(row.scope).startswith(self.subscription) for row in self.snapshot.role_assignments)

    def reached(self, principal, permission):
        """The verdict as far as the facts go."""
        found = together([self.held(principal, permission), self.by_escalation(principal, permission)])
        if self.snapshot.deny_assignments and self.power(principal, UNDENY) != {NONE}:
            found |= together([found, {ESCALATION}])  # V17: a deny that can be deleted is none
        return found

    def verdicts(self, principal, name):
        """Every right answer to whether a principal can do something."""
        permission = BY_NAME[name]
        ways = [self.reached(principal, permission)]
        vault = self.vault
        if permission.kind in TYPES and not (
            vault.has_properties and vault.uses_rbac is not None and vault.policies is not None
        ):
            ways.append({UNKNOWN})
        if not self.knows_assignments():
            ways.append({UNKNOWN})
        ways += [self.through(group, permission) for group in self.unseen_groups(principal)]
        ways += [self.through(each, permission) | {NONE} for each in self.untyped(principal)]
        if self.unseen_groups(principal) and any(
            "principalid" in str(gates).lower() for _, gates, _ in self.levers(principal)
        ):
            ways.append({UNKNOWN, NONE})  # he may be in the group that he may assign to
        return together(ways)

    def through(self, group, permission):
        """What a group leads to whose members are not known: the principal may be one."""
        return {UNKNOWN if each.strength > LATENT.strength else NONE for each in self.reached(group, permission)}
