"""What is held on a vault, read from the semantics literally: the groundwork of the second opinion (naive.py)."""

from __future__ import annotations

import datetime as dt
import re
from functools import cache, reduce
from itertools import product

from kvaudit.access.conditions import Attributes, decide
from kvaudit.access.roles import built_in_roles
from kvaudit.model.directory import EVERYONE
from kvaudit.model.finding import Verdict
from kvaudit.model.permission import TYPES, unpack

NONE, LATENT, UNKNOWN, ESCALATION = Verdict.NONE, Verdict.LATENT, Verdict.UNKNOWN, Verdict.ESCALATION
ELIGIBLE, CONDITIONAL, DIRECT = Verdict.ELIGIBLE, Verdict.CONDITIONAL, Verdict.DIRECT

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


class Facts:
    """What a snapshot says of one vault, and what is held there."""

    def __init__(self, snapshot, as_of, number):
        self.snapshot = snapshot
        self.as_of = as_of
        self.vault = snapshot.vaults[number]
        self.at = key(self.vault.id)
        self.subscription = "/".join(self.at.split("/")[:3])

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
