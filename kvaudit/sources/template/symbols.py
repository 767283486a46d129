"""What is not known before deployment, as values: expressions that stay as they are, and texts with such in them.

Two symbols of one text are the same thing: `guid` of the same arguments is the same symbol, wherever it stands.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeGuard

from kvaudit.model.scope import symbolic
from kvaudit.model.value import Value
from kvaudit.sources.template.tree import quoted

_KNOWN = frozenset({str})
_LONGEST = 1500  # characters of a symbol; a longer one is cut, and told apart by a digest


class Symbol(Value):
    """An expression that stays as it is, with what is known filled in: "uniqueString(resourceGroup().id)"."""

    text: str
    plain: bool = False  # a name or an id of one segment: no slash can be in it
    length: int | None = None  # characters, where that is known
    placeholder: bool = False  # where the deployment goes; that this is open is no news


class Joined(Value):
    """A text of which parts are not known."""

    parts: tuple[str | Symbol, ...]
    text: str  # with its symbols in braces: put together once, as ids are asked for it many times


Unknown = (Symbol, Joined)

SUBSCRIPTION = Symbol("subscription", plain=True, length=36, placeholder=True)
RESOURCE_GROUP = Symbol("resource group", plain=True, placeholder=True)
MANAGEMENT_GROUP = Symbol("management group", plain=True, placeholder=True)
TENANT = Symbol("tenant().tenantId", plain=True, length=36, placeholder=True)

_HERE = "/subscriptions/{subscription}/resourceGroups/{resource group}"
_SUBSCRIPTION_HERE = "/subscriptions/{subscription}"


def symbol(text: str, *, plain: bool = False, length: int | None = None) -> Symbol:
    """A symbol of bounded length."""
    if len(text) > _LONGEST:
        digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
        text = f"{text[:_LONGEST]}... ({digest})"
    return Symbol(text, plain, length)


def all_known(texts: Sequence[str | Symbol | Joined]) -> TypeGuard[Sequence[str]]:
    """Whether all of some texts are known."""
    return _KNOWN.issuperset(map(type, texts))


def join(parts: Iterable[str | Symbol | Joined]) -> str | Symbol | Joined:
    """Texts and symbols one after the other, as simple as it can be said."""
    parts = tuple(parts)
    if all_known(parts):
        return "".join(parts)
    flat: list[str | Symbol] = []
    known: list[str] = []  # texts since the last symbol
    for part in parts:
        if type(part) is str:
            known.append(part)
            continue
        for each in part.parts if type(part) is Joined else (part,):
            if type(each) is str:
                known.append(each)
                continue
            if text := "".join(known):
                flat.append(text)
            known.clear()
            flat.append(each)  # type: ignore[arg-type]  # no part of a Joined is one
    if (text := "".join(known)) or not flat:
        flat.append(text)
    return Joined(tuple(flat), "".join(map(in_text, flat))) if len(flat) > 1 else flat[0]


def followed(text: str | Symbol | Joined, more: str) -> str | Symbol | Joined:
    """A text with a known one behind it."""
    if type(text) is not Joined or not more:
        return join((text, more))
    *first, last = text.parts
    ends = (last + more,) if type(last) is str else (last, more)
    return Joined((*first, *ends), text.text + more)


def is_known(value: Any) -> bool:
    """Whether a value is known to its depth."""
    return next(unknowns(value), None) is None


def unknowns(value: Any) -> Iterator[Symbol]:
    """The symbols in a value."""
    if isinstance(value, Symbol):
        yield value
    elif isinstance(value, Joined):
        yield from (part for part in value.parts if isinstance(part, Symbol))
    elif isinstance(value, dict):
        for each in value.values():
            yield from unknowns(each)
    elif isinstance(value, list):
        for each in value:
            yield from unknowns(each)


def render(value: Any) -> Any:
    """A value as JSON: a symbol alone in brackets, as a template has it, and inside a text in braces.

    No slash of a symbol is left inside a text, which may be a resource id.
    """
    kind = type(value)
    if kind is str or value is None or kind is bool or kind is int:
        return value
    if kind is dict:
        return {key: each if type(each) is str else render(each) for key, each in value.items()}
    if kind is list:
        return [each if type(each) is str else render(each) for each in value]
    if isinstance(value, Symbol):
        return f"{{{value.text}}}" if value.placeholder and value is not TENANT else f"[{value.text}]"
    return value.text if isinstance(value, Joined) else value


def in_text(value: str | Symbol | Joined) -> str:
    """A text with its symbols in braces; a symbol alone as a segment of an id has it."""
    if isinstance(value, str):
        return value
    return value.text if isinstance(value, Joined) else symbolic(value.text)


def shown(value: Any) -> str:
    """A value as the argument of a symbol: the beginning of an id is what says the same in fewer words."""
    if isinstance(value, Symbol):
        return f"{value.text}()" if value.placeholder and value is not TENANT else value.text
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, Joined):
        text = in_text(value)
        here = {_HERE: "resourceGroup().id", _SUBSCRIPTION_HERE: "subscription().id"}
        return here.get(text) or f"'{text.removeprefix(f'{_HERE}/providers/')}'"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{quoted(str(key))}: {shown(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(shown, value)) + "]"
    return (
        {None: "null", True: "true", False: "false"}[value]
        if value is None or value is True or value is False
        else str(value)
    )
