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

from collections.abc import Callable, Iterator, Mapping
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

from kvaudit.errors import QuestionError
from kvaudit.model.permission import parse_question
from kvaudit.model.value import Value
from kvaudit.rules.document import YamlFile, below
from kvaudit.rules.fields import Field, Kind, Type
from kvaudit.rules.operators import GROUPS, OPERATORS, Predicate, fold, folded
from kvaudit.rules.shape import Schema, kind_of

if TYPE_CHECKING:
    from kvaudit.access.engine import Access

COMBINERS = tuple(GROUPS)
_FROM_OPTIONS = frozenset({Type.FLAG, Type.NUMBER, Type.TEXT, Type.LIST})  # of the others not every value has a meaning


class Choice(Value):
    """A value left to the configuration: the name of an option of the rule."""

    option: str


class Key(Value):
    """A field, an operator and what it is compared with."""

    field: Field
    operator: str
    operand: Any  # or a Choice


class Group(Value):
    """Keys that count together."""

    combiner: str  # any | all | none
    parts: tuple[Key | Group, ...]


Match = Key | Group


def keys_in(match: Match) -> Iterator[Key]:
    """Every key of a match."""
    if isinstance(match, Key):
        yield match
    else:
        for part in match.parts:
            yield from keys_in(part)


def common_part(match: Match) -> Group:
    """Of what must all hold, what asks only for that in which subjects of a family are alike."""
    parts = match.parts if isinstance(match, Group) and match.combiner == "all" else (match,)
    return Group("all", tuple(part for part in parts if all(key.field.common for key in keys_in(part))))


def compile_match(match: Match, access: Access, settings: Mapping[str, Any]) -> Predicate:
    """A match as one function of a subject, with the options of the rule filled in."""
    if isinstance(match, Key):
        chosen = settings[match.operand.option] if isinstance(match.operand, Choice) else match.operand
        get = match.field.bind(access)
        if match.field.type is Type.TEXT and OPERATORS[match.operator].operand in {"one", "some"}:
            get, chosen = folded(get), fold(chosen)
        return OPERATORS[match.operator].compile(get, chosen)
    parts = tuple(compile_match(part, access, settings) for part in match.parts)
    if len(parts) == 1 and match.combiner != "none":
        return parts[0]
    return GROUPS[match.combiner](parts)


def explain_doubt(match: Match, access: Access, settings: Mapping[str, Any]) -> Callable[[Any], tuple[Field, ...]]:
    """A function that names the fields which keep a match from being decided for a subject, in their order."""
    parts: list[tuple[Predicate, Callable[[Any], tuple[Field, ...]]]] = []
    for part in (match,) if isinstance(match, Key) else match.parts:
        holds = compile_match(part, access, settings)
        parts.append((holds, _always(part.field) if isinstance(part, Key) else explain_doubt(part, access, settings)))

    def doubts(subject: Any) -> tuple[Field, ...]:
        found = [field for holds, name in parts if holds(subject) is None for field in name(subject)]
        return tuple({field.name: field for field in found}.values())

    return doubts


def _always(field: Field) -> Callable[[Any], tuple[Field, ...]]:
    return lambda _subject: (field,)


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
        fitting = [each for each in OPERATORS if field.type in OPERATORS[each].types]
        if operator not in fitting or key.endswith("|"):
            words = [each for each in fitting if each]
            raise file.unknown(pointer, f"operator for {name} ({field.type})", operator, words, key=True)
        return Key(field, operator, self._operand(file, pointer, field, operator, value))

    def _operand(self, file: YamlFile, pointer: str, field: Field, operator: str, value: Any) -> Any:
        kind = OPERATORS[operator].operand
        if isinstance(value, dict) and set(value) == {"option"}:
            name = _typed(file, below(pointer, "option"), str, "the name of an option", value["option"])
            if field.type not in _FROM_OPTIONS:
                raise file.wrong(pointer, f"{field.name} ({field.type}) cannot be left to an option")
            if name not in self.options:
                raise file.unknown(below(pointer, "option"), "option", name, self.options)
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
            for name, operator in OPERATORS.items():
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
