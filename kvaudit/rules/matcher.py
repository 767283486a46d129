"""Match keys: what a rule in YAML asks of a subject, answered true, false or None for not known.

    match:
      vault.public-access|not: Disabled     # field, perhaps an operator, and a value
      vault.retention-days|below: {option: days}
      any:                                  # beside the other keys: all of a mapping must hold
        - vault.network: open
        - vault.ip-rules|has: 0.0.0.0/0

`any`, `all` and `none` take lists of such mappings. What is not known stays not known unless the rest decides (Kleene).
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

from kvaudit.errors import QuestionError
from kvaudit.model.permission import parse_question
from kvaudit.model.value import Value
from kvaudit.rules.document import YamlFile, below
from kvaudit.rules.fields import ABSENT, Field, Getter, Kind, Type
from kvaudit.rules.shape import Schema, kind_of

if TYPE_CHECKING:
    from kvaudit.access.engine import Access

Predicate = Callable[[Any], bool | None]
COMBINERS = ("any", "all", "none")


class Choice(Value):
    """A value left to the configuration: the name of an option of the rule."""

    option: str


class Test(Value):
    """One key: a field, an operator and what it is compared with."""

    __test__ = False  # no test for pytest
    field: Field
    operator: str
    operand: Any  # or a Choice


class Group(Value):
    """Tests that count together."""

    combiner: str  # any | all | none
    parts: tuple[Test | Group, ...]


Match = Test | Group


def tests_in(match: Match) -> Iterator[Test]:
    """Every test of a match."""
    if isinstance(match, Test):
        yield match
    else:
        for part in match.parts:
            yield from tests_in(part)


def compile_match(match: Match, access: Access, settings: Mapping[str, Any]) -> Predicate:
    """A match as one function of a subject, with the options of the rule filled in."""
    if isinstance(match, Test):
        chosen = settings[match.operand.option] if isinstance(match.operand, Choice) else match.operand
        return _OPERATORS[match.operator].compile(match.field.bind(access), chosen)
    parts = tuple(compile_match(part, access, settings) for part in match.parts)
    if len(parts) == 1 and match.combiner != "none":
        return parts[0]
    return _GROUPS[match.combiner](parts)


def undecided(match: Match, access: Access, settings: Mapping[str, Any], subject: Any) -> tuple[Field, ...]:
    """The fields that keep a match from being decided for a subject, in the order they are written."""
    fields: dict[str, Field] = {}
    for part in (match,) if isinstance(match, Test) else match.parts:
        if compile_match(part, access, settings)(subject) is None:
            found = (part.field,) if isinstance(part, Test) else undecided(part, access, settings, subject)
            fields.update((field.name, field) for field in found)
    return tuple(fields.values())


def _all(parts: Sequence[Predicate]) -> Predicate:
    def holds(subject: Any) -> bool | None:
        known = True
        for part in parts:
            truth = part(subject)
            if truth is False:
                return False
            if truth is None:
                known = False
        return True if known else None

    return holds


def _any(parts: Sequence[Predicate]) -> Predicate:
    def holds(subject: Any) -> bool | None:
        known = True
        for part in parts:
            truth = part(subject)
            if truth is True:
                return True
            if truth is None:
                known = False
        return False if known else None

    return holds


def _none(parts: Sequence[Predicate]) -> Predicate:
    some = _any(parts)

    def holds(subject: Any) -> bool | None:
        truth = some(subject)
        return None if truth is None else not truth

    return holds


_GROUPS: dict[str, Callable[[Sequence[Predicate]], Predicate]] = {"any": _any, "all": _all, "none": _none}


class Operator(Value):
    """A way to compare."""

    help: str
    types: frozenset[Type]
    operand: str  # one: a value of the field's type; some: a list of such; flag; whole; names: permissions
    compile: Callable[[Getter, Any], Predicate]


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def _equal(get: Getter, operand: Any) -> Predicate:
    if not isinstance(operand, str):
        return lambda subject: None if (value := get(subject)) is None else value == operand
    wanted = operand.lower()
    return lambda subject: None if (value := get(subject)) is None else value is not ABSENT and value.lower() == wanted


def _unequal(get: Getter, operand: Any) -> Predicate:
    equal = _equal(get, operand)
    return lambda subject: None if (truth := equal(subject)) is None else not truth


def _among(get: Getter, operand: Sequence[Any]) -> Predicate:
    wanted = frozenset(map(_lower, operand))
    return lambda subject: None if (value := get(subject)) is None else _lower(value) in wanted


def _exists(get: Getter, operand: bool) -> Predicate:  # noqa: FBT001 -- the operand of the key
    def holds(subject: Any) -> bool | None:
        value = get(subject)
        if value is None:
            return None
        there = value is not ABSENT and value not in ("", (), 0) if not isinstance(value, bool) else True
        return there is operand

    return holds


def _glob(get: Getter, operand: str) -> Predicate:
    fits = re.compile(fnmatch.translate(operand.lower())).match

    def holds(subject: Any) -> bool | None:
        value = get(subject)
        if value is None:
            return None
        items = () if value is ABSENT else value if isinstance(value, tuple) else (value,)
        return any(fits(item.lower()) for item in items)

    return holds


def _number(compare: Callable[[int, int], bool]) -> Callable[[Getter, int], Predicate]:
    def compile_number(get: Getter, operand: int) -> Predicate:
        def holds(subject: Any) -> bool | None:
            value = get(subject)
            return None if value is None else value is not ABSENT and compare(value, operand)

        return holds

    return compile_number


def _has(get: Getter, operand: Any) -> Predicate:
    if isinstance(operand, int):
        return lambda subject: None if (held := get(subject)) is None else held & operand == operand
    wanted = operand.lower()
    return lambda subject: None if (items := get(subject)) is None else any(item.lower() == wanted for item in items)


def _has_any(get: Getter, operand: int) -> Predicate:
    return lambda subject: None if (held := get(subject)) is None else bool(held & operand)


def _within(get: Getter, operand: int) -> Predicate:
    return lambda subject: None if (held := get(subject)) is None else not held & ~operand


_SCALARS = frozenset({Type.FLAG, Type.NUMBER, Type.TEXT, Type.WORD})
_NUMBERS = frozenset({Type.NUMBER})
_SETS = frozenset({Type.PERMISSIONS})
EQUAL = ""

_OPERATORS: dict[str, Operator] = {
    EQUAL: Operator("is the value, in any case", _SCALARS, "one", _equal),
    "not": Operator("is another value", _SCALARS, "one", _unequal),
    "any": Operator("is one of the values", _SCALARS - {Type.FLAG}, "some", _among),
    "exists": Operator("whether there is one", frozenset(Type) - {Type.FLAG}, "flag", _exists),
    "glob": Operator(
        "fits the pattern, in any case; of a list, one does", frozenset({Type.TEXT, Type.LIST}), "text", _glob
    ),
    "min": Operator("is that or more", _NUMBERS, "one", _number(lambda value, least: value >= least)),
    "max": Operator("is that or less", _NUMBERS, "one", _number(lambda value, most: value <= most)),
    "above": Operator("is more", _NUMBERS, "one", _number(lambda value, bound: value > bound)),
    "below": Operator("is less", _NUMBERS, "one", _number(lambda value, bound: value < bound)),
    "has": Operator("holds it; of permissions, all of them", _SETS | {Type.LIST}, "one", _has),
    "has-any": Operator("holds any of the permissions", _SETS, "one", _has_any),
    "within": Operator("holds none beside the permissions", _SETS, "one", _within),
}


class MatchShape(Value):
    """A match over the fields of one kind."""

    kind: Kind
    options: Mapping[str, Any] = {}  # the rule's options with their defaults

    def read(self, file: YamlFile, pointer: str, value: Any) -> Group:
        """The match, every field, operator and value checked."""
        if not isinstance(value, dict) or not value:
            raise file.wrong(pointer, f"expected fields with values, not {kind_of(value)}")
        return Group("all", tuple(self._entry(file, below(pointer, key), key, each) for key, each in value.items()))

    def _entry(self, file: YamlFile, pointer: str, key: str, value: Any) -> Match:
        if key in COMBINERS:
            if not isinstance(value, list) or not value:
                raise file.wrong(pointer, f"expected a list of matches under {key!r}, not {kind_of(value)}")
            return Group(key, tuple(self.read(file, below(pointer, number), each) for number, each in enumerate(value)))
        name, _, operator = key.partition("|")
        field = self.kind.fields.get(name)
        if field is None:
            raise file.unknown(pointer, "field", name, (*self.kind.fields, *COMBINERS), key=True)
        fitting = [each for each in _OPERATORS if field.type in _OPERATORS[each].types]
        if operator not in fitting or key.endswith("|"):
            words = [each for each in fitting if each]
            raise file.unknown(pointer, f"operator for {name} ({field.type})", operator, words, key=True)
        return Test(field, operator, self._operand(file, pointer, field, operator, value))

    def _operand(self, file: YamlFile, pointer: str, field: Field, operator: str, value: Any) -> Any:
        kind = _OPERATORS[operator].operand
        if isinstance(value, dict) and set(value) == {"option"}:
            name = value["option"]
            if name not in self.options:
                raise file.unknown(below(pointer, "option"), "option", str(name), self.options)
            self._value(file, pointer, field, kind, _plain(self.options[name]))
            return Choice(name)
        return self._value(file, pointer, field, kind, value)

    def _value(self, file: YamlFile, pointer: str, field: Field, kind: str, value: Any) -> Any:
        if kind == "flag":
            return _typed(file, pointer, bool, "true or false", value)
        if kind == "text":
            return _typed(file, pointer, str, "text", value)
        if field.type is Type.PERMISSIONS:
            return _permissions(file, pointer, value)
        if kind == "some":
            if not isinstance(value, list) or not value:
                raise file.wrong(pointer, f"expected a list, not {kind_of(value)}")
            return tuple(_one(file, below(pointer, number), field, each) for number, each in enumerate(value))
        return _one(file, pointer, field, value)

    def schema(self) -> Schema:
        """The same as JSON Schema; `$defs` of the whole must hold it under the kind's name for groups to find it."""
        properties: Schema = {
            each: {"type": "array", "minItems": 1, "items": {"$ref": f"#/$defs/{self.kind.name}"}} for each in COMBINERS
        }
        for field in self.kind.fields.values():
            for name, operator in _OPERATORS.items():
                if field.type in operator.types:
                    key = f"{field.name}|{name}" if name else field.name
                    said = f"{field.help} ({operator.help})" if name else field.help
                    properties[key] = {
                        "description": said,
                        "anyOf": [_operand_schema(field, operator.operand), _OPTION],
                    }
        return {"type": "object", "minProperties": 1, "properties": properties, "additionalProperties": False}


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _one(file: YamlFile, pointer: str, field: Field, value: Any) -> Any:
    if field.type is Type.FLAG:
        return _typed(file, pointer, bool, "true or false", value)
    if field.type is Type.NUMBER:
        return _typed(file, pointer, int, "a whole number", value)
    text = _typed(file, pointer, str, "text", value)
    if field.type is Type.WORD and text not in field.words:
        hint = f"It is one of {', '.join(field.words)}."
        raise file.wrong(pointer, f"{field.name} is never {text!r}", hint=hint)
    return text


def _typed(file: YamlFile, pointer: str, wanted: type, what: str, value: Any) -> Any:
    if type(value) is not wanted or value == "":
        hint = "Put it in quotes." if wanted is str and isinstance(value, (bool, int)) else ""
        raise file.wrong(pointer, f"expected {what}, not {kind_of(value)}", hint=hint)
    return value


def _permissions(file: YamlFile, pointer: str, value: Any) -> int:
    names = value if isinstance(value, list) else [value]
    if not names:
        raise file.wrong(pointer, "expected a permission or a list of them, not an empty list")
    sets = []
    for number, name in enumerate(names):
        at = below(pointer, number) if isinstance(value, list) else pointer
        try:
            sets.append(parse_question(_typed(file, at, str, "a permission", name)).permissions)
        except QuestionError as error:
            raise file.wrong(at, error.message, hint=error.hint) from error
    return reduce(or_, sets)


_OPTION: Schema = {
    "type": "object",
    "properties": {"option": {"type": "string"}},
    "required": ["option"],
    "additionalProperties": False,
}


def _operand_schema(field: Field, operand: str) -> Schema:
    text: Schema = {"type": "string", "minLength": 1}
    if operand == "flag" or (field.type is Type.FLAG):
        return {"type": "boolean"}
    if operand == "text":
        return text
    if field.type is Type.PERMISSIONS:
        return {"anyOf": [text, {"type": "array", "minItems": 1, "items": text}]}
    one: Schema = {"enum": list(field.words)} if field.words else text
    if field.type is Type.NUMBER:
        one = {"type": "integer"}
    return {"type": "array", "minItems": 1, "items": one} if operand == "some" else one
