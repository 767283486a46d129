"""Templates and the parameter files that belong to them, put together once all files are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePath
from typing import Any

from kvaudit.model.scope import scope_key
from kvaudit.sources.declared import CLOSED
from kvaudit.sources.facts import Facts
from kvaudit.sources.rows import escape, kind_of
from kvaudit.sources.template.frame import Given
from kvaudit.sources.template.functions import look_up
from kvaudit.sources.template.links import Links
from kvaudit.sources.template.read import read_template
from kvaudit.sources.template.symbols import symbol

PARAMETER_FILES = "ARM parameter files"
LINKED = "ARM templates that another links to"


def parameters_name(template: str) -> str:
    """The usual name of the file with a template's parameters, beside it."""
    path = PurePath(template)
    return str(path.with_name(f"{path.stem}.parameters.json"))


def read_templates(documents: Sequence[Facts], beside: Callable[[str], Facts | None], links: Links) -> list[Facts]:
    """Read the templates among the documents, each with its parameters; the files found beside them.

    A parameter file belongs to the template whose name it has, with `.parameters` in it; one of another name belongs
    to the only template there is. `beside` reads a file that was not asked for, if there is one. A template that
    another links to is read where it is linked to, with the parameters it is given there, and not by itself.
    """
    linked = links.named(documents)
    declared = [facts for facts in documents if facts.template is not None]
    templates = sorted(declared, key=lambda facts: facts.document.name in linked)
    alone = len([facts for facts in templates if facts.document.name not in linked]) or len(templates)
    files = {facts.document.name: facts for facts in documents if facts.parameters is not None}
    usual = {parameters_name(facts.document.name) for facts in templates}
    others = [facts for name, facts in files.items() if name not in usual]
    joined: dict[str, str] = {}  # parameter files, each with its template
    found = []
    for facts in templates:
        if facts.document.name in links.followed:
            facts.rows[LINKED] += 1
            continue
        name = parameters_name(facts.document.name)
        own = files.get(name)
        if own is None and alone == 1 and others:
            own = others[0]
        if own is None and (own := beside(name)) is not None:
            found.append(own)
        if own is not None:
            joined[own.document.name] = facts.document.name
        read_template(facts, facts.template or {}, _given(facts, own) if own else {}, links, is_only=alone == 1)
    for facts in links.found:
        if facts.template is not None:
            facts.rows[LINKED] += 1
    for facts in (*templates, *links.found):
        facts.template = None
    found += links.found
    _leave_open(documents, templates)
    for facts in (facts for name, facts in files.items() if name not in joined):
        _say_what_it_is(facts, joined, templates=len(templates))
    return found


def _leave_open(documents: Sequence[Facts], templates: Sequence[Facts]) -> None:
    """Say of vaults that no document declares, and that exist already, that more may be known of them.

    Only of those in a place that is not known: of any other there may be an export among the documents.
    """
    declared = {scope_key(vault.id) for facts in documents for vault in facts.vaults if vault.has_properties}
    for facts in templates:
        for vault in facts.vaults:
            if "{" in vault.id and scope_key(vault.id) not in declared:
                reason = "the vault exists already, and is not declared here"
                for section in CLOSED:
                    facts.incomplete(section, scope_key(vault.id), reason, vault.origins[0].pointer)


def _given(facts: Facts, own: Facts) -> dict[str, Given]:
    """The values of a parameter file, by lower-case name."""
    given = {}
    declared = look_up(facts.template or {}, "parameters")[1]
    for name, each in (own.parameters or {}).items():
        at = f"/parameters/{escape(name)}"
        if not look_up(declared if isinstance(declared, dict) else {}, name)[0]:
            own.gap("files", own.document.name, f"{name}: {facts.document.name} has no such parameter", at)
        if isinstance(each, dict) and look_up(each, "value")[0]:
            given[name.lower()] = Given(look_up(each, "value")[1])
        elif isinstance(each, dict) and look_up(each, "reference")[0]:
            given[name.lower()] = Given(symbol(f"parameters('{name}')"))
            own.leaves_open(f"parameters('{name}') is {secret_of(each)}", own.origin(at))
        else:
            given[name.lower()] = Given(symbol(f"parameters('{name}')"))  # and not its default
            own.gap("files", own.document.name, f"{name}: expected an object with a value, found {kind_of(each)}", at)
    return given


def secret_of(parameter: Mapping[str, Any]) -> str:
    """The secret that a parameter is taken from, in words."""
    reference = look_up(parameter, "reference")[1]
    reference = reference if isinstance(reference, dict) else {}
    vault = look_up(reference, "keyVault")[1]
    identifier = look_up(vault, "id")[1] if isinstance(vault, dict) else None
    name = str(identifier or "?").rstrip("/").rpartition("/")[2]
    return f"secret {look_up(reference, 'secretName')[1] or '?'} of key vault {name}"


def _say_what_it_is(facts: Facts, joined: Mapping[str, str], *, templates: int) -> None:
    """Say what a parameter file is that was not used, and what was used in its place."""
    secrets = [
        secret_of(each) for each in (facts.parameters or {}).values() if isinstance(each, dict) and "reference" in each
    ]
    takes = f"; it takes {', '.join(secrets)}" if secrets else ""
    reason = "this is a parameters file of an ARM template, "
    if not templates:
        reason += "and the template is not here: name both files"
    elif templates == len(joined) == 1:
        ((other, template),) = joined.items()
        reason += f"and {template} is read with {other}: name it with this one alone to see what this one gives"
    else:
        reason += "and belongs to none of the templates here"
    facts.gap("files", facts.document.name, reason + takes, "")
