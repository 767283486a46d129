"""Finding what a question names: a principal by id, name, UPN or appId; a vault by name or id."""

from __future__ import annotations

import difflib

from kvaudit.access.estate import Estate
from kvaudit.access.membership import Directory
from kvaudit.errors import QuestionError
from kvaudit.model.directory import Principal, is_object_id
from kvaudit.model.scope import scope_key


def find_principal(directory: Directory, text: str) -> str:
    """The object id of the principal meant.

    A GUID that occurs nowhere is its own answer: he may still be asked about. A name that occurs nowhere, or more than
    once, is a QuestionError with the candidates.
    """
    wanted = text.strip().lower()
    if directory.principal(wanted) is not None or directory.type_of(wanted) is not None:
        return wanted
    found = [each for each in directory.principals() if wanted in _names(each)]
    if len(found) == 1:
        return found[0].id
    if found:
        candidates = ", ".join(sorted(f"{directory.label(each.id)} {each.type or ''}".strip() for each in found))
        raise QuestionError(f"{text!r} names {len(found)} principals: {candidates}", hint="Ask by object id.")
    if is_object_id(wanted):
        return wanted
    known = sorted({name for each in directory.principals() for name in _names(each)})
    near = difflib.get_close_matches(wanted, known, n=3, cutoff=0.5)
    hint = f"Did you mean {' or '.join(near)}?" if near else "Ask by object id, or add an export of the principals."
    raise QuestionError(f"there is no principal {text!r} in the input", hint=hint)


def _names(principal: Principal) -> set[str]:
    return {name.lower() for name in (principal.name, principal.upn, principal.app_id) if name}


def find_vaults(estate: Estate, text: str | None) -> tuple[int, ...]:
    """The numbers of the vaults meant; all where none is named. Raises QuestionError with near names."""
    if text is None:
        return tuple(range(len(estate.vaults)))
    wanted = scope_key(text)
    found = tuple(number for number, scope in enumerate(estate.scopes) if wanted in (scope.key, scope.name.lower()))
    if found:
        return found
    near = difflib.get_close_matches(wanted, sorted({scope.name.lower() for scope in estate.scopes}), n=3, cutoff=0.5)
    hint = f"Did you mean {' or '.join(near)}?" if near else "Ask by the vault's name or resource id."
    raise QuestionError(f"there is no vault {text!r} in the input", hint=hint)
