"""A rule in YAML: a folder named as its id with `rule.yaml` and fixtures. Reading one, and judging by it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from kvaudit.access.roles import Role
from kvaudit.errors import RuleError
from kvaudit.model.finding import Cause, Confidence, NotEvaluated, Remediation, Severity
from kvaudit.model.grant import Escalation, Grant
from kvaudit.model.snapshot import TENANT
from kvaudit.model.value import Value
from kvaudit.rules.about import About
from kvaudit.rules.base import (
    GATE,
    SUBJECTS,
    Context,
    Judge,
    Meta,
    Option,
    PythonRule,
    Result,
    Rule,
    finding_about,
    names_in,
    not_seen,
    subjects,
    used_names,
)
from kvaudit.rules.document import YamlFile, did_you_mean, open_yaml
from kvaudit.rules.families import candidates
from kvaudit.rules.fields import Kind
from kvaudit.rules.grant_words import sureness
from kvaudit.rules.kinds import KINDS
from kvaudit.rules.matcher import Match, compile_match, explain_doubt, keys_in
from kvaudit.rules.rule_shape import OPTIONS, rule_shape

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
        say = subjects(context).speaker(self.kind, used_names(self.meta))
        form = _FORMS[self.kind.name]
        about = form.about(context)
        unknown = []
        for subject in candidates(self.kind, self.match, context, settings):
            truth = holds(subject)
            if truth is True:
                severity = next((severity for severity, fits in cases if fits(subject) is True), None)
                confidence = min(self.meta.confidence, form.confidence(subject))
                values = {**options, **say(subject)}
                of_class = form.permission_class(subject)
                yield finding_about(self.meta, about(subject), values, severity, confidence, of_class)
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


class _Form(Value):
    """How the findings about a kind of subject are made."""

    about: Callable[[Context], Callable[[Any], About]]
    confidence: Callable[[Any], Confidence] = lambda _subject: Confidence.HIGH
    permission_class: Callable[[Any], str] = lambda _subject: ""


def _of_vaults(context: Context) -> Callable[[int], About]:
    return subjects(context).vault


def _of_grants(context: Context) -> Callable[[Grant], About]:
    return subjects(context).grant


def _of_paths(context: Context) -> Callable[[Escalation], About]:
    known, steps = subjects(context), context.access.escalation_path
    return lambda path: known.along(path.grant, steps(path), path.vaults)


def _of_roles(_context: Context) -> Callable[[Role], About]:
    return lambda role: About(role.key, (), cause=Cause("roleDefinition", role.key), origins=role.definition.origins)


def _of_snapshots(_context: Context) -> Callable[[object], About]:
    return lambda _snapshot: About(TENANT, ())


_FORMS = {
    "vault": _Form(_of_vaults),
    "grant": _Form(_of_grants, sureness, lambda grant: grant.plane),
    "path": _Form(_of_paths, lambda path: path.confidence),
    "role": _Form(_of_roles),
    "snapshot": _Form(_of_snapshots),
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
    if meta.subject == GATE:
        raise file.wrong("/for", "a rule for the gate is a Python function", hint="Say `python: true`.")
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
