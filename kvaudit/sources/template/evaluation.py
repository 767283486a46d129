"""Expressions and the JSON they stand in, as values: what is not known stays a symbol.

Source: Azure's "Syntax and expressions in ARM templates", and of each function "ARM template functions".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from kvaudit.sources.rows import escape
from kvaudit.sources.template.expression import ExpressionError, is_expression, literal, parse
from kvaudit.sources.template.functions import DEEP, LARGEST, STRICT, UnfitError, look_up
from kvaudit.sources.template.partial import PARTIAL, UNDECIDED
from kvaudit.sources.template.run import DEEPEST
from kvaudit.sources.template.symbols import Joined, Symbol, Unknown, is_known, render, shown, symbol
from kvaudit.sources.template.tree import Call, Index, Literal, Node, Property, source

if TYPE_CHECKING:
    from kvaudit.sources.template.frame import Frame

MOST_COPIES = 800
"""Iterations of a loop: Azure's limit."""

_WIDEST = 1 << 63
_MOST_LASTING = 65_536  # values of calls that are kept
_PASSING = frozenset({"newguid", "copyindex", "lambdavariables", "reference", "resourceinfo"})
"""What gives something else in another round, in another lambda, or before the resources are known."""


class Env(NamedTuple):
    """Where an expression stands: in which deployment, in which round of which loops, in which lambdas."""

    frame: Frame
    copies: Mapping[str, Any] = {}  # of each loop its round
    loop: str = ""  # the loop that copyIndex() without a name means
    names: Mapping[str, Any] = {}  # variables of lambdas, by lower-case name
    parameters: Mapping[str, Any] | None = None  # inside a function of the template's own: its arguments


Special = Callable[[Call, Env], Any]


def value_of(raw: Any, env: Env, at: str) -> Any:
    """A piece of a template's JSON, at a pointer, with its expressions evaluated."""
    kind = type(raw)
    if kind is str:
        return _text(raw, env, at) if raw[:1] == "[" else raw
    if kind is dict:
        return _object(raw, env, at)
    if kind is list:
        return [value_of(item, env, f"{at}/{number}") for number, item in enumerate(raw)]
    return raw


def _text(raw: str, env: Env, at: str) -> Any:
    """The value of a text; of an expression outside of loops and the like it is the same wherever it stands."""
    if not is_expression(raw):
        return literal(raw)
    frame = env.frame
    if env is not frame.env or frame.run.depth:
        value = _expression(raw, env, at)
    elif raw in frame.known:
        value = frame.known[raw]
    else:
        value = _expression(raw, env, at)
        if not (frame.is_declaring or "newguid" in raw.lower()):
            frame.known[raw] = value
    if type(value) is dict or type(value) is list:
        frame.run.weigh(value)  # which may be one that many places refer to
        if frame.run.is_spent:
            return symbol(raw[1:-1])
    return value


def _expression(raw: str, env: Env, at: str) -> Any:
    run = env.frame.run
    try:
        node = parse(raw)
    except ExpressionError as error:
        run.problem(at, str(error))
        return symbol(raw.strip("[]"))
    outer, run.at = run.at, at
    value = evaluate(node, env)
    run.at = outer
    return value


def _object(raw: Mapping[str, Any], env: Env, at: str) -> Any:
    made = {}
    for key, value in raw.items():
        kind = type(value)
        if kind is list and key.lower() == "copy":
            made.update(_copied(value, env, f"{at}/{escape(key)}"))
            continue
        name = key if key[:1] != "[" else str(render(_text(key, env, at)))
        if value[:1] == "[" if kind is str else kind is dict or kind is list:
            made[name] = value_of(value, env, f"{at}/{escape(key)}")
        else:
            made[name] = value
    return made


def _copied(loops: Sequence[Any], env: Env, at: str) -> dict[str, Any]:
    """Properties, or variables, that a loop makes."""
    made: dict[str, Any] = {}
    for number, loop in enumerate(loops):
        if not isinstance(loop, dict) or not isinstance(loop.get("name"), str):
            env.frame.run.problem(f"{at}/{number}", "a copy loop without a name")
            continue
        made[loop["name"]] = repeated(loop, env, f"{at}/{number}", loop.get("input"), f"{at}/{number}/input")
    return made


def repeated(loop: Mapping[str, Any], env: Env, at: str, raw: Any, raw_at: str) -> Any:
    """A list with what the rounds of a loop give; a symbol where their number is not known."""
    name = str(loop.get("name", ""))
    count = count_of(loop, env, at)
    if not isinstance(count, int):
        return symbol(f"copy({shown(name)}, {shown(count)})")
    made = []
    run = env.frame.run
    for number in range(count):
        if run.is_spent:
            break
        made.append(value_of(raw, in_round(env, name, number), raw_at))
        run.weigh(made[-1])
    return made


def count_of(loop: Mapping[str, Any], env: Env, at: str) -> Any:
    """How often a loop runs; a symbol where that is not known, or more than Azure allows."""
    count = value_of(loop.get("count"), env, f"{at}/count")
    if isinstance(count, bool) or not isinstance(count, (int, Symbol)):
        env.frame.run.problem(f"{at}/count", f"the count of a loop is no number: {shown(count)[:80]}")
        return symbol("count")
    if isinstance(count, int) and not 0 <= count <= MOST_COPIES:
        env.frame.run.problem(f"{at}/count", f"a loop of {count:,} rounds, and Azure allows {MOST_COPIES}")
        return symbol(f"count of {count}")
    return count


def in_round(env: Env, name: str, number: Any) -> Env:
    """The same place in one round of a loop."""
    return env._replace(copies={**env.copies, name.lower(): number}, loop=env.loop or name.lower())


def evaluate(node: Node, env: Env) -> Any:
    """The value of an expression."""
    if isinstance(node, Literal):
        return node.value
    if isinstance(node, Call) and (known := env.frame.lasting.get(id(node))) is not None:
        return known[1]
    run = env.frame.run
    run.left -= 1
    if run.left < 0:
        return symbol(source(node))
    if run.depth >= DEEPEST:
        run.passing += 1
        run.problem(run.at, f"expressions that refer to each other more than {DEEPEST} deep")
        return symbol(source(node))
    run.depth += 1
    try:
        if isinstance(node, Call):
            return _once(node, env)
        if isinstance(node, Property):
            return _member(evaluate(node.target, env), node.name, node, env)
        return _member(evaluate(node.target, env), evaluate(node.key, env), node, env)
    finally:
        run.depth -= 1


def _once(node: Call, env: Env) -> Any:
    """The value of a call; one that is the same wherever it stands is kept, to be worked out once in a deployment."""
    lasting, run = env.frame.lasting, env.frame.run
    passing = run.passing
    value = _call(node, env)
    if run.passing == passing:
        if len(lasting) >= _MOST_LASTING:
            lasting.clear()
        lasting[id(node)] = node, value
    return value


def _member(target: Any, key: Any, node: Property | Index, env: Env) -> Any:
    """What a value has by a name or number; where that cannot be said, the expression itself."""
    if isinstance(target, dict) and isinstance(key, (str, Joined)):
        found, value = look_up(target, render(key))
        return value if found else symbol(source(node))
    if isinstance(target, list) and isinstance(key, int) and not isinstance(key, bool):
        return target[key] if 0 <= key < len(target) else symbol(source(node))
    if isinstance(target, Symbol):
        return env.frame.member(target, key, by_name=isinstance(node, Property))
    if isinstance(target, (dict, list)) and isinstance(key, Unknown):
        return symbol(f"{source(node.target)}[{shown(key)}]")
    return symbol(source(node))


def as_call(name: str, arguments: Sequence[Any]) -> Symbol:
    """A call that stays as it is, with what is known filled in."""
    return symbol(f"{name}({', '.join(map(shown, arguments))})")


def _call(node: Call, env: Env) -> Any:
    name = node.name.lower()
    if name in _PASSING:
        env.frame.run.passing += 1
    special = env.frame.special.get(name)
    if special is not None:
        return special(node, env)
    if "." in name:
        return env.frame.own_function(node, env)
    return applied(node, [each.value if type(each) is Literal else evaluate(each, env) for each in node.arguments], env)


def applied(node: Call, arguments: Sequence[Any], env: Env) -> Any:
    """The value of a function that takes the values of its arguments."""
    name = node.name.lower()
    env.frame.run.spend(len(arguments))
    try:
        value = _apply(name, arguments)
    except (UnfitError, TypeError, ValueError):  # arguments too many, too few or unfit: Azure would refuse the template
        value = UNDECIDED
    if value is UNDECIDED:
        return as_call(node.name, arguments)
    if type(value) is str:
        env.frame.run.spend(len(value) >> 8)
    elif isinstance(value, (list, dict)):
        env.frame.run.weigh(value)
    return value


def _apply(name: str, arguments: Sequence[Any]) -> Any:
    if name in PARTIAL:
        value = PARTIAL[name](arguments)
        if value is not UNDECIDED:
            return value
    if name not in STRICT or any(isinstance(each, Unknown) for each in arguments):
        return UNDECIDED
    if name in DEEP and not all(map(is_known, arguments)):
        return UNDECIDED
    value = STRICT[name](*arguments)
    if isinstance(value, int) and not -_WIDEST <= value < _WIDEST:
        raise UnfitError
    if isinstance(value, (str, list)) and len(value) > LARGEST:
        raise UnfitError
    return value
