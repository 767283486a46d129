"""A template as facts: its resources evaluated into bodies, read as exports are, in a closed world.

Nothing in a template is executed or fetched.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kvaudit.model.directory import SERVICE_PRINCIPAL
from kvaudit.model.scope import parse_scope, scope_key
from kvaudit.model.snapshot import TENANT
from kvaudit.model.vault import Vault
from kvaudit.sources.declared import CLOSED, Body, assigned_scopes, leave_open, read_declared
from kvaudit.sources.facts import Facts, Mention
from kvaudit.sources.rows import escape
from kvaudit.sources.template.bodies import Draft, body_of, is_of_interest, is_rearranged
from kvaudit.sources.template.declared import Declared
from kvaudit.sources.template.endpoints import connections_of
from kvaudit.sources.template.frame import Frame, Given, Written
from kvaudit.sources.template.functions import look_up
from kvaudit.sources.template.links import Links
from kvaudit.sources.template.nested import at_level, level_of
from kvaudit.sources.template.references import principal_of
from kvaudit.sources.template.run import Run, deep_stack
from kvaudit.sources.template.symbols import Joined, Symbol, render, symbol

TEMPLATES = "ARM templates"
_PRIVATE_ENDPOINTS = "microsoft.network/privateendpoints"
_VAULTS = "microsoft.keyvault/vaults"
_NAMED = (_VAULTS, "microsoft.authorization/roledefinitions")
"""What others refer to by name, so that a name that is not known matters."""

_PLAIN = frozenset({str, bool, int, float, type(None)})
"""Types of values in which nothing is open."""

_TAKEN_ON_TRUST = {
    "microsoft.authorization/locks": "locks",
    "microsoft.insights/diagnosticsettings": "diagnosticSettings",
}
"""What makes a vault safer: where it is declared under an open condition, it does not count."""


def read_template(
    facts: Facts, template: Mapping[str, Any], given: Mapping[str, Given], links: Links, *, is_only: bool = True
) -> None:
    """Put what a template declares into the facts; `given` are its parameters, by lower-case name.

    `is_only` says whether there is no other template: a parameter without a value is another in each.
    """
    facts.rows[TEMPLATES] += 1
    resources = look_up(template, "resources")[1]
    run = Run(len(resources) if isinstance(resources, (list, dict)) else 0, links)
    facts.elsewhere = run.elsewhere
    name = symbol("deployment().name", plain=True)
    reading = _Reading(facts, run)
    with deep_stack():
        frame = Frame(
            run, Written(template, facts.template_at, facts.document.name), at_level(level_of(template)), name, given
        )
        frame.label = "" if is_only else f" of {facts.document.name}"
        read_declared(facts, reading.bodies(frame))
    run.let_go()
    reading.finish()


def _all(frame: Frame, only_if: str) -> Iterator[tuple[Declared, str]]:
    """Every resource of interest, with what it is declared under; those of nested deployments in their place."""
    for resource in frame.declared:
        if not resource.is_declared or resource.existing or not is_of_interest(resource):
            continue
        under = " and ".join(filter(None, (only_if, resource.only_if))) if resource.only_if else only_if
        yield resource, under
        if resource.is_deployment and resource.deployment is not None:
            yield from _all(resource.deployment, under)


class _Reading:
    """Makes the bodies, and collects what keeps the world from being closed."""

    def __init__(self, facts: Facts, run: Run) -> None:
        self._facts = facts
        self._run = run
        self._open: list[tuple[tuple[str, ...], str, str, str]] = []  # sections, scope, why, pointer
        self._unresolved: dict[str, str] = {}  # each expression, with the first place where it matters

    def bodies(self, frame: Frame) -> Iterator[Body]:
        """The body of each resource, to be read before the next is made; what is certain comes first."""
        uncertain = []
        for resource, only_if in _all(frame, ""):
            for body in self._bodies_of(resource, only_if):
                if body.only_if:
                    uncertain.append(body)
                else:
                    yield body
        yield from uncertain

    def _bodies_of(self, resource: Declared, only_if: str) -> Iterator[Body]:
        """What one resource gives; what it leaves open is noted."""
        kind = resource.kind.lower()
        if resource.only_if:
            self._unresolved.setdefault(resource.only_if.strip("[]"), f"{resource.at}/condition")
        if kind in _NAMED:
            self._note(resource.name, f"{resource.at}/name")
        if kind == _PRIVATE_ENDPOINTS:
            for connection, at in connections_of(resource):
                yield self._body(connection, at, "")
        section = _TAKEN_ON_TRUST.get(kind)
        if resource.is_deployment:
            self._enter(resource)
        elif section and (only_if or resource.scope is None):
            self._distrust(section, resource, only_if)
        elif (body := body_of(resource)) is not None:
            self._introduce(resource, body)
            made = self._body(body, resource.at, only_if)
            yield (
                made._replace(places={made.pointer: self._facts.origin(made.pointer)[0]})
                if is_rearranged(kind)
                else made
            )

    def _enter(self, resource: Declared) -> None:
        """Note a deployment whose resources are not here; of any other they come by themselves."""
        if resource.deployment is None:
            reason = f"the deployment {render(resource.name)} was not read"
            self._open.append((CLOSED, TENANT, reason, resource.at))

    def _body(self, body: Draft, at: str, only_if: str) -> Body:
        row = {
            name: each if type(each) in _PLAIN else self._settled(each, f"{at}/{name}")
            for name, each in body.items()
            if name != "id"
        }
        return Body({"id": render(body["id"]), **row}, at, only_if=only_if)

    def _settled(self, value: Any, at: str) -> Any:
        """A value of a body as JSON. What is not known in it is remembered, and where it stands."""
        kind = type(value)
        if kind is dict:
            for key in value:
                if key[:1] == "[":
                    self._unresolved.setdefault(key[1:-1], at)
            return {
                key: each if type(each) in _PLAIN else self._settled(each, f"{at}/{escape(key)}")
                for key, each in value.items()
            }
        if kind is list:
            return [
                each if type(each) in _PLAIN else self._settled(each, f"{at}/{number}")
                for number, each in enumerate(value)
            ]
        self._note(value, at)
        return render(value)

    def _note(self, value: Any, at: str) -> None:
        """Remember what is not known of a text, and where it stands."""
        for part in value.parts if type(value) is Joined else (value,):
            if isinstance(part, Symbol) and not part.placeholder:
                self._unresolved.setdefault(part.text, at)

    def _distrust(self, section: str, resource: Declared, only_if: str) -> None:
        """A lock or diagnostic setting that may not be there, or not on this vault."""
        if resource.scope is None:
            reason = f"one at {resource.scope_text}, which is not known before deployment"
            self._open.append(((section,), TENANT, reason, resource.at))
        else:
            reason = f"{render(resource.name)} is declared only if {only_if}, which is not known before deployment"
            self._open.append(((section,), scope_key(render(resource.scope) or "/"), reason, resource.at))

    def _introduce(self, resource: Declared, body: Draft) -> None:
        """Name the principal that a resource's identity is."""
        if "identity" in resource.raw:
            self._settled(resource.value("identity"), f"{resource.at}/identity")  # of which the body has a part
        if "identity" not in body and resource.kind.lower() != "microsoft.managedidentity/userassignedidentities":
            return
        principal = str(render(principal_of(resource.id))).lower()
        name = str(render(resource.name))
        origins = self._facts.origin(resource.at)
        self._facts.mentioned[principal] = Mention(SERVICE_PRINCIPAL, name, None, None, origins, "ManagedIdentity")

    def finish(self) -> None:
        """Close the world as far as it is closed, once the bodies are read, and say what was wrong."""
        facts = self._facts
        self._see_what_is_not_declared()
        self._see_where_assignments_are()
        if self._run.is_spent:
            reason = "it takes too long to evaluate; what comes after is not read"
            self._run.problem("", reason)
            self._open.append((CLOSED, TENANT, reason, ""))
        for sections, scope, reason, at in self._open:
            self._leave_open(sections, scope, reason, at)
        for at, reason in self._run.problems:
            facts.gap("files", facts.document.name, reason, at)
        for text, at in self._unresolved.items():
            facts.leaves_open(text, facts.origin(at))

    def _leave_open(self, sections: tuple[str, ...], scope: str, reason: str, at: str) -> None:
        """What these sections say of vaults here is not all there is."""
        for vault in self._facts.vaults:
            if not vault.has_properties or not (scope == TENANT or parse_scope(scope).covers(parse_scope(vault.id))):
                continue
            for section in sections:
                self._facts.incomplete(section, scope_key(vault.id), reason, at)

    def _see_what_is_not_declared(self) -> None:
        """Vaults that roles are assigned on, and that exist already: of these nothing else is known."""
        known = {scope_key(vault.id) for vault in self._facts.vaults}
        for text, origins in assigned_scopes(self._facts).items():
            scope = parse_scope(text)
            if scope.vault and scope.vault not in known:
                known.add(scope.vault)
                identifier = text[: len(scope.vault)]
                name = identifier.rpartition("/")[2]
                self._facts.vaults.append(Vault(identifier, name, has_properties=False, origins=origins))

    def _see_where_assignments_are(self) -> None:
        """Assignments at a scope of which not even the beginning is known: it may be any vault's, or above it."""
        declared = [scope_key(vault.id) for vault in self._facts.vaults if vault.has_properties]
        for text, origins in assigned_scopes(self._facts).items():
            if not text.startswith("/"):
                leave_open(self._facts, declared, text, origins)
