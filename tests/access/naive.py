"""A second opinion on who can do what: the semantics read literally, one principal, vault and permission at a time.

It shares no code with the engine but the conditions (they have their own tests), is as slow as it looks, and answers
with every verdict that would be right: where the semantics leave something open, so does this.
"""

from __future__ import annotations

import datetime as dt
import re
from functools import cache, reduce
from itertools import product

from kvaudit.access.conditions import Attributes, decide
from kvaudit.access.roles import built_in_roles
from kvaudit.model.directory import EVERYONE
from kvaudit.model.finding import Verdict
from kvaudit.model.permission import BY_NAME, TYPES, unpack

NONE, LATENT, UNKNOWN, ESCALATION = Verdict.NONE, Verdict.LATENT, Verdict.UNKNOWN, Verdict.ESCALATION
ELIGIBLE, CONDITIONAL, DIRECT = Verdict.ELIGIBLE, Verdict.CONDITIONAL, Verdict.DIRECT
OPEN = {ESCALATION, UNKNOWN, NONE}
HELD = {DIRECT, CONDITIONAL, ELIGIBLE, ESCALATION}

ASSIGN = "authorization/roleassignments/write"
UNDENY = "authorization/denyassignments/delete"
WRITE = "keyvault/vaults/write"
DEPLOY = "keyvault/vaults/deploy/action"
NOT_ON_AN_OBJECT = {
    "list", "managecontacts", "getissuers", "listissuers", "setissuers", "deleteissuers", "manageissuers"
}  # fmt: skip
BUILT_IN = {key: role.definition for key, role in built_in_roles().items()}


@cache
def covers(pattern, action):
    """The reference expression of semantics 1.3."""
    expression = re.escape(pattern.strip()).replace(r"/\*/", "(?:/|/.*/)").replace(r"\*", ".*")
    return re.fullmatch(expression, action, re.IGNORECASE) is not None


def permits(block, permission):
    """What a block of a role or of a deny assignment includes and does not exclude (1.1)."""
    lists = (
        (block.data_actions, block.not_data_actions) if permission.data_action else (block.actions, block.not_actions)
    )
    include, exclude = lists
    return any(
        any(covers(pattern, action) for pattern in include) and not any(covers(pattern, action) for pattern in exclude)
        for action in permission.actions
    )


@cache
def built_in_permitting(name):
    """The built-in roles that hold an operation, each with the blocks that do."""
    return [found for role in BUILT_IN.values() if (found := (role, permitting(role, BY_NAME[name])))[1]]


def permitting(role, permission):
    return [block for block in role.blocks if permits(block, permission)]


def key(text):
    return text.strip().rstrip("/").lower() or "/"


def moment(text):
    return dt.datetime.fromisoformat(text) if text else None


def any_of(truths):
    """Kleene's or."""
    found = False
    for truth in truths:
        if truth:
            return True
        found = None if truth is None else found
    return found


def together(ways):
    """Of several ways, each with all its right verdicts, the strongest verdicts that there may be."""
    return reduce(
        lambda one, other: {max(pair, key=lambda verdict: verdict.strength) for pair in product(one, other)},
        ways,
        {NONE},
    )


class Oracle:
    """Answers about one vault of a snapshot."""

    def __init__(self, snapshot, as_of, number):
        self.snapshot = snapshot
        self.as_of = as_of
        self.vault = snapshot.vaults[number]
        self.at = key(self.vault.id)
        self.subscription = "/".join(self.at.split("/")[:3])
        self.known_levers = {}

    # --- principals (1.5) -------------------------------------------------------------------------------------------

    def groups(self, principal):
        """Every group a principal is in, however deep, round any cycle."""
        found, size = {principal}, 0
        while len(found) > size:
            size = len(found)
            for row in self.snapshot.group_members:
                if found.intersection(row.members):
                    found.add(row.group)
        return found - {principal}

    def type_of(self, principal):
        rows = (*self.snapshot.role_assignments, *self.snapshot.eligibilities, *self.snapshot.activations)
        types = [each.type for each in self.snapshot.principals if each.id == principal and each.type]
        types += ["Group" for each in self.snapshot.group_members if each.group == principal]
        types += [row.principal_type for row in rows if row.principal == principal and row.principal_type]
        return types[0] if types else None

    def knows_members(self, group):
        rows = [row for row in self.snapshot.group_members if row.group == group]
        if rows:
            return all(row.complete for row in rows)
        return any(each.fact == "groupMembers" and each.complete for each in self.snapshot.coverage)

    def everyone(self):
        """Everybody who is named as an assignee, in an entry, or in the directory."""
        rows = (*self.snapshot.role_assignments, *self.snapshot.eligibilities, *self.snapshot.activations)
        entries = [entry for vault in self.snapshot.vaults for entry in vault.policies or ()]
        named = {row.principal for row in rows} | {entry.object_id for entry in entries}
        return (
            named | {each.id for each in self.snapshot.principals} | {row.group for row in self.snapshot.group_members}
        )

    def unseen_groups(self, principal):
        """Groups of which the principal may be a member, and those that may be a group: of a type nobody says."""
        groups = {each for each in self.everyone() if self.type_of(each) == "Group" and not self.knows_members(each)}
        return groups - self.groups(principal) - {principal}

    def untyped(self, principal):
        closed = any(each.fact == "groupMembers" and each.complete for each in self.snapshot.coverage)
        return set() if closed else {each for each in self.everyone() if self.type_of(each) is None} - {principal}

    # --- scopes (1.4) -----------------------------------------------------------------------------------------------

    def reaches(self, scope, permission):
        """Whether a scope is at or above where an operation is held; None where the management groups are not known."""
        target = self.subscription if permission.level == "subscription" else self.at
        wanted = key(scope)
        if wanted.startswith("/providers/microsoft.management/managementgroups/"):
            if wanted.endswith("/" + (self.snapshot.tenant_id or "").lower()):
                return True  # the root management group
            rows = [each for each in self.snapshot.subscriptions if each.id == self.subscription]
            if not rows or rows[0].ancestors is None:
                return None
            return wanted in rows[0].ancestors
        if wanted in {"/", target} or target.startswith(wanted + "/"):
            return True
        kind, name = self.object_of(scope)
        return bool(name) and kind == permission.kind and self.is_call_on_object(permission)

    def object_of(self, scope):
        """The type and name of the object of this vault that a scope is."""
        parts = scope.strip().rstrip("/").split("/")
        inside = key("/".join(parts[:-2])) == self.at and parts[-2].lower() in {"secrets", "keys", "certificates"}
        return (parts[-2].lower(), parts[-1]) if inside else ("", "")

    def is_call_on_object(self, permission):
        return permission.data_action and permission.name.split("/")[1] not in NOT_ON_AN_OBJECT

    # --- conditions (1.7) -------------------------------------------------------------------------------------------

    def condition(self, texts, permission, scope):
        """Whether conditions hold for a call, on the object where the scope is one."""
        known = {}
        if permission.kind == "secrets":
            known["resource", "microsoft.keyvault/vaults:name"] = self.vault.name
            _, name = self.object_of(scope)
            if name:
                source = "request" if permission.name in {"secrets/set", "secrets/restore"} else "resource"
                known[source, "microsoft.keyvault/vaults/secrets:name"] = name
        return decide([text for text in texts if text], Attributes(permission.actions[0], known)).value

    # --- denies (1.6) -----------------------------------------------------------------------------------------------

    def denied(self, principal, permission):
        return any_of(self.denies(each, principal, permission) for each in self.snapshot.deny_assignments)

    def denies(self, deny, principal, permission):
        if (deny.effect or "").lower() == "audit":
            return False
        own, unseen = {principal} | self.groups(principal), self.unseen_groups(principal)
        applies = EVERYONE in deny.principals or bool(own.intersection(deny.principals))
        if not applies:
            applies = None if unseen.intersection(deny.principals) else False
        if own.intersection(deny.excluded):
            return False
        certain = [applies, None if unseen.intersection(deny.excluded) else True]
        if deny.this_scope_only:
            certain.append(key(deny.scope) == (self.subscription if permission.level == "subscription" else self.at))
        else:
            certain.append(self.reaches(deny.scope, permission))
        certain.append(
            any_of(
                self.condition((deny.condition, block.condition), permission, deny.scope)
                for block in deny.blocks
                if permits(block, permission)
            )
        )
        return False if False in certain else None if None in certain else True

    # --- what is held (1.1, 1.8, 2.1, 2.2) --------------------------------------------------------------------------

    def holdings(self):
        """Every assignment that stands at the time, and whether it must be activated first."""
        made = {key(each.origin_assignment) for each in self.snapshot.activations if each.origin_assignment}
        found = [(row, False) for row in self.snapshot.role_assignments if key(row.id) not in made]
        found += [(row, False) for row in self.snapshot.activations if self.runs(row)]
        return found + [(row, True) for row in self.snapshot.eligibilities if self.runs(row)]

    def runs(self, row):
        start, end = moment(row.start), moment(row.end)
        return (start is None or start <= self.as_of) and (end is None or self.as_of < end)

    def definition(self, role):
        given = [each for each in self.snapshot.role_definitions if each.id == role and each.blocks is not None]
        return given[0] if given else BUILT_IN.get(role)

    def held(self, principal, permission):
        """What assignments and access policies give a principal."""
        own = {principal} | self.groups(principal)
        ways = [self.by_policy(each, permission) for each in self.vault.policies or () if each.object_id in own]
        for row, eligible in self.holdings():
            if row.principal in own:
                ways.append(self.by_role(row, permission, principal, eligible=eligible))
        return together(ways)

    def by_policy(self, entry, permission):
        if permission.name not in unpack(entry.permissions):
            return {NONE}
        if entry.tenant_id and self.vault.tenant_id and entry.tenant_id.lower() != self.vault.tenant_id.lower():
            return {NONE}
        applications = {each.id for each in self.snapshot.applications}
        if entry.object_id in applications - {each.id for each in self.snapshot.principals}:
            return {NONE}
        if self.vault.uses_rbac is None:
            return {UNKNOWN}
        if self.vault.uses_rbac:
            return {LATENT}
        return {CONDITIONAL} if entry.application_id else {DIRECT}

    def by_role(self, row, permission, principal, *, eligible, heed_conditions=True):
        role, reaches = self.definition(row.role), self.reaches(row.scope, permission)
        denied = self.denied(principal, permission)
        if role is None:
            return self.by_unknown_role(row, permission, denied)
        met = any_of(
            self.condition((block.condition, row.condition), permission, row.scope) if heed_conditions else True
            for block in role.blocks
            if permits(block, permission)
        )
        if reaches is False or met is False:
            return {NONE}
        if permission.kind in TYPES and not self.vault.uses_rbac:
            found = {LATENT} if self.vault.uses_rbac is False else {UNKNOWN}
            open_still = denied is not False or reaches is None
            return found | ({UNKNOWN, LATENT, NONE} if open_still else set())
        if denied is True:
            return {NONE}
        if reaches is None:
            return {UNKNOWN}
        if eligible:
            return {ELIGIBLE}
        if met is None:
            return {CONDITIONAL}
        return {DIRECT, CONDITIONAL} if denied is None else {DIRECT}

    def by_unknown_role(self, row, permission, denied):
        """A role that nobody defines may hold anything that can be held at its scope, and what leads to it."""
        kind, name = self.object_of(row.scope)
        on_object = bool(name) and permission.kind == kind
        if self.reaches(row.scope, permission) is False and not on_object:
            return {NONE}
        return {UNKNOWN, NONE} if denied or on_object else {UNKNOWN}

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
