"""A rule in YAML: a folder named as its id with `rule.yaml` and fixtures. Reading one, and judging by it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kvaudit.errors import RuleError
from kvaudit.model.finding import Cause, NotEvaluated, Remediation, Severity
from kvaudit.model.grant import Escalation, Grant
from kvaudit.model.snapshot import TENANT, Snapshot
from kvaudit.model.value import Value
from kvaudit.rules.base import (
    SUBJECTS,
    Context,
    Judge,
    Meta,
    Option,
    PythonRule,
    Result,
    Rule,
    about_grant,
    finding,
    names_in,
    not_seen,
    used_names,
    vault_ids,
)
from kvaudit.rules.document import YamlFile, did_you_mean, open_yaml
from kvaudit.rules.fields import Kind, speaker
from kvaudit.rules.grant_words import sureness
from kvaudit.rules.kinds import KINDS
from kvaudit.rules.matcher import Match, compile_match, explain_doubt, keys_in
from kvaudit.rules.rule_shape import OPTIONS, rule_shape

if TYPE_CHECKING:
    from kvaudit.access.engine import Access
    from kvaudit.access.roles import Role

RULE_FILE = "rule.yaml"


class Case(Value):
    """A severity for the findings that match."""

    severity: Severity
    match: Match


class DeclarativeRule(Value):
    """A rule whose judgement is a match."""

    meta: Meta
    kind: Kind
    match: Match
    cases: tuple[Case, ...] = ()

    def judge(self, context: Context) -> Iterator[Result]:
        """A finding for each subject that matches; what cannot be decided as a gap or as not evaluated."""
        access, settings = context.access, context.settings(self.meta)
        holds = compile_match(self.match, access, settings)
        cases = [(case.severity, compile_match(case.match, access, settings)) for case in self.cases]
        options = {f"option.{name}": _said(value) for name, value in settings.items()}
        say = speaker(self.kind, access, [name for name in used_names(self.meta) if name in self.kind.fields])
        about = _ABOUT[self.kind.name]
        unknown = []
        for subject in self.kind.subjects(access):
            truth = holds(subject)
            if truth is True:
                severity = next((severity for severity, fits in cases if fits(subject) is True), None)
                values = {**options, **say(subject)}
                yield finding(self.meta, values=values, severity=severity, **about(self.meta, access, subject))
            elif truth is None:
                unknown.append(subject)
        yield from self._unseen(context, unknown)

    def _unseen(self, context: Context, subjects: Sequence[Any]) -> Iterator[Result]:
        """What is said of subjects of which the match cannot be decided: a deeper fact nobody gave once for all."""
        access = context.access
        doubts = explain_doubt(self.match, access, context.settings(self.meta))
        unjudged: set[str] = set()
        for subject in subjects:
            needs: dict[str, list[str]] = {}
            for field in doubts(subject):
                needs.setdefault(field.need_for(access, subject), []).append(field.name)
            for need in [each for each in needs if each not in unjudged]:
                reason = f"the input does not say {' and '.join(needs[need])}"
                result = not_seen(self.meta, context, need, self.kind.label(access, subject, need), reason)
                if isinstance(result, NotEvaluated):
                    unjudged.add(need)
                yield result


def _about_vault(_meta: Meta, access: Access, number: int) -> dict[str, Any]:
    vault = access.vaults[number]
    return {
        "subject": access.estate.scopes[number].key,
        "vaults": (vault.id,),
        "cause": Cause("vault", vault.id),
        "path": (access.paths.vault_step(number),),
        "origins": vault.origins,
    }


def _about_grant(meta: Meta, access: Access, grant: Grant) -> dict[str, Any]:
    return {
        "permission_class": grant.plane,
        "confidence": min(meta.confidence, sureness(grant)),
        **about_grant(access, grant),
    }


def _about_path(meta: Meta, access: Access, path: Escalation) -> dict[str, Any]:
    return {
        **about_grant(access, path.grant, access.escalation_path(path)),
        "vaults": vault_ids(access, path.vaults),
        "confidence": min(meta.confidence, path.confidence),
    }


def _about_role(_meta: Meta, _access: Access, role: Role) -> dict[str, Any]:
    return {
        "subject": role.key,
        "vaults": (),
        "cause": Cause("roleDefinition", role.key),
        "origins": role.definition.origins,
    }


def _about_snapshot(_meta: Meta, _access: Access, _snapshot: Snapshot) -> dict[str, Any]:
    return {"subject": TENANT, "vaults": ()}


_ABOUT: dict[str, Callable[[Meta, Access, Any], dict[str, Any]]] = {
    "vault": _about_vault,
    "grant": _about_grant,
    "path": _about_path,
    "role": _about_role,
    "snapshot": _about_snapshot,
}


def _said(value: Any) -> str:
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def read_rule(folder: Path, judges: Mapping[str, Judge]) -> Rule:
    """The rule of a folder; one that says `python: true` is judged by the function of its id.

    Raises RuleError with file, line and column for anything that is wrong in its file.
    """
    file = open_yaml(folder / RULE_FILE, RuleError)
    kind, options = _beginning(file)
    read = rule_shape(kind, options).read(file, "", file.value)
    meta = _meta(file, read, options)
    if meta.id != folder.name:
        raise file.wrong("/id", f"the rule is called {meta.id}, its folder {folder.name}")
    if not read["python"]:
        return _declarative(file, read, meta, kind)
    if read["match"] is not None:
        raise file.wrong("/match", "a rule in Python has no match", key=True)
    if meta.id not in judges:
        hint = "Leave `python` out and give the rule a `match`, or install it as a plug-in."
        raise file.wrong("/python", f"there is no Python function for {meta.id}", hint=hint, key=True)
    return PythonRule(meta, judges[meta.id])


def _beginning(file: YamlFile) -> tuple[Kind, dict[str, Any]]:
    """What decides how the rest is read: what the rule looks at, and its options with their defaults.

    What is wrong with either is left to the reading of the whole.
    """
    value = file.value if isinstance(file.value, dict) else {}
    named = value.get("for")
    kind = KINDS[named if isinstance(named, str) and named in KINDS else SUBJECTS[0]]
    options = OPTIONS.read(file, "/options", value["options"]) if "options" in value else {}
    return kind, {name: option["default"] for name, option in options.items()}


def _declarative(file: YamlFile, read: dict[str, Any], meta: Meta, kind: Kind) -> Rule:
    match: Match | None = read["match"]
    if match is None:
        raise file.wrong("", "'match' is missing", hint="Or say `python: true` where a function of a plug-in judges.")
    known = {*kind.fields, *(f"option.{option.name}" for option in meta.options)}
    for pointer, text in _templates(meta):
        for name in names_in(text):
            if name not in known:
                raise file.wrong(pointer, f"unknown name {{{name}}}{did_you_mean(name, known)}")
    cases = tuple(Case(case["severity"], case["match"]) for case in read["severity-when"])
    return DeclarativeRule(meta, kind, match, cases)


def _templates(meta: Meta) -> Iterator[tuple[str, str]]:
    yield "/message", meta.message
    yield "/remediation/summary", meta.remediation.summary
    for number, command in enumerate(meta.remediation.commands):
        yield f"/remediation/commands/{number}", command


def _meta(file: YamlFile, read: dict[str, Any], defaults: Mapping[str, Any]) -> Meta:
    fields = {key.field.need for key in keys_in(read["match"])} if read["match"] is not None else set()
    needs = {*read["needs"], *(need for need in fields if isinstance(need, str))}
    return Meta(
        id=read["id"],
        title=read["title"],
        severity=read["severity"],
        subject=read["for"],
        message=read["message"],
        why=read["why"],
        remediation=Remediation(**read["remediation"]),
        confidence=read["confidence"],
        needs=tuple(sorted(needs)),
        references=read["references"],
        controls={name: items for name, items in read["controls"].items() if items},
        options=tuple(Option(name, defaults[name], option["help"]) for name, option in read["options"].items()),
        since=read["since"],
        source=file.name,
    )
