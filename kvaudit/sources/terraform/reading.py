"""A plan or a state as facts: its resources one by one, then what belongs together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from kvaudit.model.scope import Scope, parse_scope, scope_key
from kvaudit.sources.declared import Body, read_declared
from kvaudit.sources.facts import Facts
from kvaudit.sources.terraform.configuration import Configuration
from kvaudit.sources.terraform.context import Context
from kvaudit.sources.terraform.directory import Memberships
from kvaudit.sources.terraform.document import Declared, declared, recognise, what_is_amiss
from kvaudit.sources.terraform.identities import has_identity, with_identity
from kvaudit.sources.terraform.policies import Policies
from kvaudit.sources.terraform.resource import Resource, Resources
from kvaudit.sources.terraform.sources import Sources
from kvaudit.sources.terraform.translations import TRANSLATIONS, Joined
from kvaudit.sources.terraform.types import VAULT
from kvaudit.sources.terraform.unread import NOT_JUDGED, UNREAD
from kvaudit.sources.wire import Row

_OF_NO_CONCERN = "resources of no concern"


def read_terraform(facts: Facts, fields: Row) -> None:
    """Put what a document of Terraform declares into the facts; of a plan, what it declares on one side."""
    facts.rows[recognise(fields) or ""] = 1
    if what_is_amiss(facts, fields):
        return
    found = declared(facts, fields)
    variables = fields.get("variables")
    context = Context(
        facts,
        Resources(found.resources),
        Configuration(fields.get("configuration")),
        variables if isinstance(variables, dict) else {},
        Sources(facts.document.name),
    )
    _read(context, found)


def _read(context: Context, found: Declared) -> None:
    facts = context.facts
    joined = Joined(Policies(context, found.replaced), Memberships(found.replaced))
    counts: Counter[str] = Counter()
    bodies = [body for resource in context.resources for body in _translated(context, resource, joined, counts)]
    read_declared(facts, bodies)
    joined.memberships.put(context)
    facts.rows.update(counts)
    _note_lost(context)


def _translated(context: Context, resource: Resource, joined: Joined, counts: Counter[str]) -> Iterator[Body]:
    translate = TRANSLATIONS.get(resource.type)
    if translate:
        yield from translate(context, resource, joined)
    elif resource.type in NOT_JUDGED:
        counts[NOT_JUDGED[resource.type]] += 1
    elif resource.type in UNREAD and not resource.is_data:
        need, reason = UNREAD[resource.type]
        context.gap(resource, need, f"{resource.type}: {reason}")
    elif has_identity(resource):
        yield from with_identity(context, resource)
    else:
        counts[_OF_NO_CONCERN] += 1


def _own_vaults(context: Context) -> Iterator[tuple[Resource, Scope]]:
    """The vaults that are declared, with their ids as scopes."""
    ids = {scope_key(vault.id) for vault in context.facts.vaults}
    for each in context.resources:
        if each.type in {VAULT, "azapi_resource"} and not each.is_data:
            scope = parse_scope(context.ids.id(each))
            if scope.key in ids:
                yield each, scope


def _note_lost(context: Context) -> None:
    """What could not be joined may be for any vault that is yet to be made: an id that is there would be known.

    Unless it comes from a lookup that waits for the apply: then it may be for any vault.
    """
    if not context.lost:
        return
    waiting = any(each.is_data and each.is_new for each in context.resources)
    for vault, scope in _own_vaults(context):
        for section, reasons in context.lost.items() if vault.is_new or waiting else ():
            more = f", and {len(reasons) - 1} more" if len(reasons) > 1 else ""
            context.facts.incomplete(section, scope.key, reasons[0][0] + more, vault.pointer)
