"""What a directory gives power over: applications and groups to their owners, more to its roles and permissions.

Source: semantics 3.3. A power is put as a grant, so that it can be told, traced and taken away like one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from kvaudit.access.escalation import Rung, Way
from kvaudit.access.in_force import lasts
from kvaudit.access.membership import Directory
from kvaudit.access.takeovers import Takeover, sentence, takeovers
from kvaudit.model.directory import GROUP, SERVICE_PRINCIPAL, DirectoryRole, GroupEligibility, Owners
from kvaudit.model.finding import Cause, Verdict
from kvaudit.model.grant import DIRECTORY_PLANE, Grant
from kvaudit.model.origin import Origin
from kvaudit.model.scope import Level, Scope
from kvaudit.model.snapshot import Snapshot
from kvaudit.model.value import Value

GLOBAL_ADMINISTRATOR = "global administrator"
"""Who has come to hold the role: no object id, as anyone may."""

ELEVATED = "elevated access"
"""Who has come to be User Access Administrator at the root of the tenant."""


class Power(Value):
    """One way through the directory that a holder has, with what gives it and over what; "" for a whole class."""

    takeover: Takeover
    grant: Grant
    target: str = ""


class Powers:
    """The powers of a snapshot, by holder."""

    def __init__(self, snapshot: Snapshot, as_of: dt.datetime, directory: Directory) -> None:
        self._directory = directory
        self._identities = frozenset(each.principal for each in snapshot.resources if each.principal)
        self._by_app_id: dict[str, list[str]] = {}
        for principal in directory.principals():
            if principal.type == SERVICE_PRINCIPAL and principal.app_id:
                self._by_app_id.setdefault(principal.app_id, []).append(principal.id)
        self.of: dict[str, list[Power]] = {}
        for owners in snapshot.owners:
            self._add(self._owned(owners))
        for role in snapshot.directory_roles:
            self._add(self._ruled(role))
        for eligibility in snapshot.group_eligibilities:
            if lasts(eligibility.start, eligibility.end, as_of):
                self._add(self._eligible(eligibility))
        for app_role in snapshot.app_roles:
            name = app_role.resource_name or "Microsoft Graph"
            for takeover in takeovers():
                if app_role.role in takeover.app_roles:
                    scope = Scope(app_role.resource, Level.RESOURCE, name)
                    cause = Cause("appRole", f"{app_role.principal}/{app_role.role}")
                    grant = _grant(cause, app_role.principal, scope, app_role.origins, app_role.role)
                    self._add([Power(takeover, grant)])
        self._add(_made(GLOBAL_ADMINISTRATOR))
        self.privileged = frozenset(
            each
            for role in snapshot.directory_roles
            for member in role.members
            for each in (member, *directory.members_of(member).ids)
        )

    def _add(self, powers: Iterator[Power] | list[Power]) -> None:
        for power in powers:
            self.of.setdefault(power.grant.principal, []).append(power)

    def _owned(self, owners: Owners) -> Iterator[Power]:
        for takeover, target in self._through(owners.object):
            scope = Scope(owners.object, Level.RESOURCE, self._directory.label(owners.object))
            for owner in owners.owners:
                cause = Cause("ownership", f"{owners.object}/owners/{owner}")
                yield Power(
                    takeover, _grant(cause, owner, scope, owners.origins, _COLLECTION[takeover.owner_of]), target
                )

    def _eligible(self, row: GroupEligibility) -> Iterator[Power]:
        scope = Scope(row.group, Level.RESOURCE, self._directory.label(row.group))
        what = "the ownership" if row.as_owner else "membership"
        cause = Cause("groupEligibility", f"{row.group}/{what.removeprefix('the ')}/{row.principal}")
        grant = _grant(cause, row.principal, scope, row.origins, what, Verdict.ELIGIBLE)
        for takeover in takeovers():
            if takeover.eligible_for == "group":
                yield Power(takeover, grant, row.group)

    def within_reach(self, principal: str) -> dict[str, Way]:
        """The groups that a principal can enter by one step, and the applications it can sign in as; and how."""
        found: dict[str, Way] = {}
        for holder in (principal, *self._directory.ways_up(principal)):
            for power in self.of.get(holder, ()):
                if power.target:
                    label = self._directory.label(power.target)
                    text = sentence(power.takeover, label, power.grant.scope.name)
                    rung = Rung(power.takeover.id, power.takeover.title, text, power.target)
                    found.setdefault(power.target, Way(power.takeover.confidence, (power.grant,), (rung,)))
        return found

    def _through(self, owned: str) -> Iterator[tuple[Takeover, str]]:
        """What an owner of an object comes to act as."""
        application = self._directory.applications.get(owned)
        gained = {
            "application": self._by_app_id.get(application.app_id or "", []) if application else [],
            "service-principal": [owned] if self.takes_credentials(owned) else [],
            "group": [owned] if self.takes_members(owned) else [],
        }
        for takeover in takeovers():
            for target in gained.get(takeover.owner_of, ()):
                yield takeover, target

    def takes_credentials(self, principal: str) -> bool:
        """Whether credentials can be added to a service principal: not to a managed identity's."""
        found = self._directory.principal(principal)
        kind = (found.service_type or "").lower() if found else ""
        if principal in self._identities:
            kind = "managedidentity"  # of a resource, whatever the directory's row leaves out
        return self._directory.type_of(principal) == SERVICE_PRINCIPAL and kind != "managedidentity"

    def takes_members(self, principal: str) -> bool:
        """Whether members can be added to a group: not where a rule makes them."""
        found = self._directory.principal(principal)
        by_rule = found is not None and "dynamicmembership" in (each.lower() for each in found.group_types or ())
        return self._directory.type_of(principal) == GROUP and not by_rule

    def _ruled(self, role: DirectoryRole) -> Iterator[Power]:
        for takeover in takeovers():
            if role.role.lower() in takeover.directory_roles:
                for member in role.members:
                    cause = Cause("directoryRole", f"{role.role}/members/{member}")
                    verdict = Verdict.ELIGIBLE if role.eligible else Verdict.DIRECT
                    yield Power(takeover, _grant(cause, member, _TENANT, role.origins, role.role, verdict))


_COLLECTION = {"application": "applications", "service-principal": "servicePrincipals", "group": "groups"}
"""What Graph calls those of which an object is one, by what is owned."""

_TENANT = Scope("/", Level.ROOT, "the directory")


def _made(holder: str) -> Iterator[Power]:
    """The powers of a role of the directory that is come by on the way."""
    for takeover in takeovers():
        if holder in takeover.directory_roles:
            yield Power(takeover, _grant(Cause("directoryRole", holder), holder, _TENANT, (), "Global Administrator"))


def _grant(  # noqa: PLR0913, PLR0917 - as the fields of a grant
    cause: Cause,
    principal: str,
    scope: Scope,
    origins: tuple[Origin, ...],
    role: str | None = None,
    verdict: Verdict = Verdict.DIRECT,
) -> Grant:
    return Grant(cause, principal, verdict, DIRECTORY_PLANE, 0, (), scope, role=role, origins=origins)
