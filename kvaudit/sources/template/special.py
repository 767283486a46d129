"""Functions that do not simply take the values of their arguments: choices, lambdas, loops, and where one is."""

from __future__ import annotations

from collections.abc import Callable
from functools import cmp_to_key
from typing import Any

from kvaudit.sources.template.evaluation import Env, Special, as_call, evaluate
from kvaudit.sources.template.functions import look_up, text_of
from kvaudit.sources.template.ids import resource_id
from kvaudit.sources.template.partial import UNDECIDED
from kvaudit.sources.template.symbols import Symbol, Unknown, render, shown, symbol
from kvaudit.sources.template.tree import Call, Literal, Node, source


def _values(node: Call, env: Env) -> list[Any]:
    return [each.value if type(each) is Literal else evaluate(each, env) for each in node.arguments]


def _if(node: Call, env: Env) -> Any:
    """The branch that is taken; the other is not looked at, as Azure does not."""
    if len(node.arguments) != 3:
        return symbol(source(node))
    chosen = evaluate(node.arguments[0], env)
    if isinstance(chosen, bool):
        return evaluate(node.arguments[1 if chosen else 2], env)
    branches = [evaluate(each, env) for each in node.arguments[1:]]
    if type(branches[0]) is type(branches[1]) and render(branches[0]) == render(branches[1]):
        return branches[0]
    return as_call(node.name, [chosen, *branches])


def _and(node: Call, env: Env) -> Any:
    return _decided(node, env, by=False)


def _or(node: Call, env: Env) -> Any:
    return _decided(node, env, by=True)


def _decided(node: Call, env: Env, *, by: bool) -> Any:
    """Kleene's logic: one value decides; unless it comes, an unknown one leaves it open."""
    values = []
    for each in node.arguments:
        value = evaluate(each, env)
        if value is by:
            return by
        values.append(value)
    left = [value for value in values if not isinstance(value, bool)]
    if not left:
        return not by
    return left[0] if len(left) == 1 and isinstance(left[0], Symbol) else as_call(node.name, left)


def _not(node: Call, env: Env) -> Any:
    values = _values(node, env)
    return not values[0] if len(values) == 1 and isinstance(values[0], bool) else as_call(node.name, values)


def _coalesce(node: Call, env: Env) -> Any:
    """The first value that is not null."""
    for number, each in enumerate(node.arguments):
        value = evaluate(each, env)
        if isinstance(value, Symbol) and not value.length:
            rest = [evaluate(other, env) for other in node.arguments[number + 1 :]]
            return as_call(node.name, [value, *rest]) if rest else value
        if value is not None:
            return value
    return None


def _try_get(node: Call, env: Env) -> Any:
    """A member of a member, or null where there is none."""
    value, *keys = _values(node, env)
    for place, key in enumerate(keys):
        if value is None:
            return None
        if isinstance(value, Unknown) or isinstance(key, Unknown):
            value, whole = env.frame.tried(value, key), value
            if value is UNDECIDED:
                return as_call(node.name, [whole, *keys[place:]])
        elif isinstance(value, dict):
            value = look_up(value, text_of(key))[1]
        elif isinstance(value, list) and isinstance(key, int):
            value = value[key] if 0 <= key < len(value) else None
        else:
            return None
    return value


def _create_object(node: Call, env: Env) -> Any:
    values = _values(node, env)
    if len(values) % 2:
        return as_call(node.name, values)
    return {
        render(key) if isinstance(key, Unknown) else text_of(key): values[2 * n + 1]
        for n, key in enumerate(values[::2])
    }


def _copy_index(node: Call, env: Env) -> Any:
    """The round of the loop that is named, or of the innermost, and perhaps a number to add."""
    values = _values(node, env)
    name = values.pop(0).lower() if values and isinstance(values[0], str) else env.loop
    number = env.copies.get(name)
    offset = values[0] if values else 0
    if isinstance(number, int) and isinstance(offset, int):
        return number + offset
    return symbol(source(node))


def _unique(node: Call, env: Env) -> Any:
    lengths = {"uniquestring": 13, "guid": 36}
    made = as_call(node.name, _values(node, env))
    return Symbol(made.text, plain=True, length=lengths[node.name.lower()])


def _new_guid(_node: Call, env: Env) -> Any:
    env.frame.run.identifiers += 1
    number = env.frame.run.identifiers
    return Symbol("newGuid()" if number == 1 else f"newGuid() {number}", plain=True, length=36)


def _resource_id(node: Call, env: Env) -> Any:
    values = _values(node, env)
    found = resource_id(node.name.lower(), values, env.frame.target)
    return as_call(node.name, values) if found is None else found


def _constant(value: Any) -> Special:
    return lambda _node, _env: value


def _parameters(node: Call, env: Env) -> Any:
    if env.parameters is None:
        return _named(node, env, env.frame.parameter)
    env.frame.run.passing += 1
    return _named(node, env, _argument(env))


def _argument(env: Env) -> Callable[[str], Any]:
    given = env.parameters or {}
    return lambda name: look_up(given, name)[1] if look_up(given, name)[0] else None


def _variables(node: Call, env: Env) -> Any:
    return _named(node, env, env.frame.variable)


def _named(node: Call, env: Env, find: Callable[[str], Any]) -> Any:
    """What a name stands for, of parameters or variables."""
    values = _values(node, env)
    value = find(values[0]) if len(values) == 1 and isinstance(values[0], str) else None
    known = len(values) == 1 and isinstance(values[0], str)
    return value if known else as_call(node.name, values)


def _lambda_variables(node: Call, env: Env) -> Any:
    if len(node.arguments) == 1 and isinstance(node.arguments[0], Literal):
        found, value = look_up(env.names, str(node.arguments[0].value))
        if found:
            return value
    return symbol(source(node))


class _Lambda:
    """A function written where it is used: its variables, its body, and what it sees."""

    def __init__(self, node: Node, env: Env) -> None:
        is_lambda = isinstance(node, Call) and node.name.lower() == "lambda" and len(node.arguments) > 0
        names = node.arguments[:-1] if isinstance(node, Call) else ()
        self.is_fit = is_lambda and all(isinstance(each, Literal) for each in names)
        self._names = [str(each.value).lower() for each in names if isinstance(each, Literal)]
        self._body = node.arguments[-1] if isinstance(node, Call) and node.arguments else node
        self._env = env

    def __call__(self, *values: Any) -> Any:
        names = {**self._env.names, **dict(zip(self._names, values, strict=False))}
        return evaluate(self._body, self._env._replace(names=names))


def _over(apply: Callable[..., Any]) -> Special:
    """A function over the items of its first argument, with lambdas for the others."""

    def call(node: Call, env: Env) -> Any:
        if not node.arguments:
            return symbol(source(node))
        items = evaluate(node.arguments[0], env)
        rest = [_Lambda(each, env) for each in node.arguments[1:]]
        if isinstance(items, (list, dict)) and rest and all(each.is_fit for each in rest):
            made = apply(items, *rest)
            if made is not None:
                return made
        first = source(node.arguments[0]) if isinstance(items, (list, dict)) else shown(items)
        return symbol(f"{node.name}({', '.join([first, *map(source, node.arguments[1:])])})")

    return call


def _map(items: Any, each: _Lambda) -> Any:
    return [each(item, number) for number, item in enumerate(items)] if isinstance(items, list) else None


def _filter(items: Any, test: _Lambda) -> Any:
    if not isinstance(items, list):
        return None
    kept = [(test(item, number), item) for number, item in enumerate(items)]
    return [item for answer, item in kept if answer] if all(isinstance(answer, bool) for answer, _ in kept) else None


def _sort(items: Any, before: _Lambda) -> Any:
    answers: list[Any] = []

    def compare(one: Any, other: Any) -> int:
        answers.append(before(one, other))
        return -1 if answers[-1] is True else 1

    ordered = sorted(items, key=cmp_to_key(compare)) if isinstance(items, list) else []
    return ordered if isinstance(items, list) and all(isinstance(answer, bool) for answer in answers) else None


def _to_object(items: Any, key: _Lambda, value: _Lambda | None = None) -> Any:
    if not isinstance(items, list):
        return None
    made = {key(item): value(item) if value else item for item in items if isinstance(key(item), str)}
    return made if all(isinstance(key(item), str) for item in items) else None


def _group_by(items: Any, key: _Lambda) -> Any:
    groups: dict[str, list[Any]] = {}
    for item in items if isinstance(items, list) else ():
        name = key(item)
        if not isinstance(name, str):
            return None
        groups.setdefault(name, []).append(item)
    return groups if isinstance(items, list) else None


def _map_values(given: Any, each: _Lambda) -> Any:
    return {name: each(value) for name, value in given.items()} if isinstance(given, dict) else None


def _reduce(node: Call, env: Env) -> Any:
    items, total = (evaluate(each, env) for each in node.arguments[:2]) if len(node.arguments) == 3 else (None, None)
    step = _Lambda(node.arguments[2], env) if len(node.arguments) == 3 else None
    if not isinstance(items, list) or step is None or not step.is_fit:
        return symbol(source(node))
    for number, item in enumerate(items):
        total = step(total, item, number)
    return total


SPECIAL: dict[str, Special] = {
    "if": _if,
    "and": _and,
    "or": _or,
    "not": _not,
    "coalesce": _coalesce,
    "tryget": _try_get,
    "createobject": _create_object,
    "copyindex": _copy_index,
    "uniquestring": _unique,
    "guid": _unique,
    "newguid": _new_guid,
    "parameters": _parameters,
    "variables": _variables,
    "lambdavariables": _lambda_variables,
    "map": _over(_map),
    "filter": _over(_filter),
    "sort": _over(_sort),
    "toobject": _over(_to_object),
    "groupby": _over(_group_by),
    "mapvalues": _over(_map_values),
    "reduce": _reduce,
    "true": _constant(True),
    "false": _constant(False),
    "null": _constant(None),
    **dict.fromkeys(
        (
            "resourceid",
            "subscriptionresourceid",
            "tenantresourceid",
            "managementgroupresourceid",
            "extensionresourceid",
        ),
        _resource_id,
    ),
}
"""By lower-case name."""
