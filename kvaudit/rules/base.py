"""What every rule is made of: its metadata, what it may look at, and what it answers.

A rule written in Python is a function in a module of `kvaudit/rules/builtin` (or of a plug-in) and a folder with its
`rule.yaml` and fixtures. The metadata stands in `rule.yaml` alone; the function is given it:

    def judge_wide_role(meta: Meta, context: Context) -> Iterator[Result]:
        for grant in context.access.grants:
            if ...:
                yield on_grant(meta, context, grant, permission_class="secrets")

    RULES = {"KV120": judge_wide_role}

A message is `meta.message` with its names in braces filled in; what a grant offers is in `grant_values`.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Protocol

from kvaudit.model.finding import Confidence, Finding, Gap, NotEvaluated, Remediation, Severity, Step
from kvaudit.model.grant import Grant
from kvaudit.model.profile import Profile
from kvaudit.model.remedy import remedy
from kvaudit.model.scope import scope_key
from kvaudit.model.snapshot import REQUIRED
from kvaudit.model.value import Value
from kvaudit.rules.fields import Speaker, speaker
from kvaudit.rules.grant_fields import GRANT

if TYPE_CHECKING:
    from kvaudit.access.engine import Access

_NAME = re.compile(r"\{([a-z][a-z-]*(?:\.[a-z-]+)*)\}")

SUBJECTS = ("vault", "grant", "path", "role", "snapshot")
"""What a rule can look at. A rule for a path looks at escalations."""

Result = Finding | Gap | NotEvaluated


class Option(Value):
    """A setting of a rule: what it means and what it is when the configuration says nothing."""

    name: str
    default: bool | int | str | tuple[str, ...]
    help: str = ""


class Meta(Value):
    """All that is known of a rule beside its judgement; its page, its help and its report come from here."""

    id: str
    title: str
    severity: Severity
    subject: str  # one of SUBJECTS
    message: str  # one sentence, with the names of fields in braces
    why: str
    remediation: Remediation  # its words may hold fields in braces, as the message
    confidence: Confidence = Confidence.HIGH
    needs: tuple[str, ...] = ()  # sections of the snapshot
    references: tuple[str, ...] = ()
    controls: dict[str, tuple[str, ...]] = {}
    options: tuple[Option, ...] = ()
    since: str = ""
    source: str = ""  # the file it was read from, as an error would name it


class Context(Value):
    """What a rule is given."""

    access: Access
    profile: Profile
    options: Mapping[str, Mapping[str, Any]] = {}  # by rule id, as configured
    severities: Mapping[str, Severity] = {}  # by rule id, as configured; the run applies them, not the rule

    def option(self, meta: Meta, name: str) -> Any:
        """The value of an option of a rule, configured or default; a name the rule does not have is a KeyError."""
        return self.settings(meta)[name]

    def settings(self, meta: Meta) -> dict[str, Any]:
        """All options of a rule by name."""
        return {**{option.name: option.default for option in meta.options}, **self.options.get(meta.id, {})}


Judge = Callable[[Meta, Context], Iterator[Result]]
"""A rule in Python: every true, unknown and unjudged case of one run."""


class Rule(Protocol):
    """What the registry gives and the run asks."""

    @property
    def meta(self) -> Meta:
        """What the rule is."""
        ...

    def judge(self, context: Context) -> Iterator[Result]:
        """Everything the rule has to say."""
        ...


class PythonRule(Value):
    """A rule whose judgement is a function."""

    meta: Meta
    function: Judge

    def judge(self, context: Context) -> Iterator[Result]:
        """Everything the function has to say."""
        return self.function(self.meta, context)


def finding(  # noqa: PLR0913 -- all but the rule are named
    meta: Meta,
    *,
    subject: str,
    vaults: tuple[str, ...],
    values: Mapping[str, str],
    severity: Severity | None = None,
    confidence: Confidence | None = None,
    **rest: Any,
) -> Finding:
    """A finding of a rule: what the metadata says, with `values` filled into message and remediation.

    `subject` is the key of what is to be changed; it is part of the fingerprint, `values` are not. `vaults` are sorted,
    as from `vault_ids`. `rest` are further fields of Finding. What goes into a command is quoted for a shell.
    """
    return Finding(
        rule=meta.id,
        title=meta.title,
        severity=meta.severity if severity is None else severity,
        confidence=meta.confidence if confidence is None else confidence,
        vaults=vaults,
        message=fill(meta.message, values),
        remediation=Remediation(
            fill(meta.remediation.summary, values),
            tuple(_command(command, values) for command in meta.remediation.commands),
        ),
        subject=subject,
        **rest,
    )


def _command(template: str, values: Mapping[str, str]) -> str:
    if template == "{removal}":
        return values["removal"]  # a whole command, quoted already
    return fill(template, {name: shlex.quote(values[name]) for name in names_in(template)})


@cache
def _parts(template: str) -> tuple[str, ...]:
    """A template taken apart: plain text and names by turns."""
    return tuple(_NAME.split(template))


def names_in(template: str) -> tuple[str, ...]:
    """The names in braces of a template, in its order. Other braces, as of JSON, are plain text."""
    return _parts(template)[1::2]


def fill(template: str, values: Mapping[str, str]) -> str:
    """A template with its names replaced, once; a name without a value is a KeyError."""
    return "".join([values[part] if place % 2 else part for place, part in enumerate(_parts(template))])


def on_grant(  # noqa: PLR0913 -- all but the grant are named
    meta: Meta,
    context: Context,
    grant: Grant,
    *,
    permission_class: str = "",
    values: Mapping[str, str] | None = None,
    path: tuple[Step, ...] | None = None,
    **rest: Any,
) -> Finding:
    """A finding about a grant: its cause, assignee, path and vaults. `values` add to what `grant_values` offers."""
    return finding(
        meta,
        values={**grant_values(meta, context, grant), **(values or {})},
        permission_class=permission_class,
        **about_grant(context.access, grant, path),
        **rest,
    )


@lru_cache(maxsize=1024)  # the assignments of one scope share their vaults
def vault_ids(access: Access, numbers: tuple[int, ...]) -> tuple[str, ...]:
    """The ids of vaults as a finding lists them: as they were written, sorted by their keys."""
    return tuple(sorted([access.vaults[number].id for number in numbers], key=scope_key))


def about_grant(access: Access, grant: Grant, path: tuple[Step, ...] | None = None) -> dict[str, Any]:
    """What a finding about a grant says of it, as arguments of `finding`; its own path unless another is given."""
    return {
        "subject": scope_key(grant.cause.id),
        "vaults": vault_ids(access, grant.vaults),
        "principal": grant.principal,
        "cause": grant.cause,
        "path": access.path(grant) if path is None else path,
        "origins": grant.origins,
    }


def grant_values(meta: Meta, context: Context, grant: Grant) -> dict[str, str]:
    """The words about a grant that a rule uses: any field of a grant."""
    return _speaker(context.access, used_names(meta))(grant)


@lru_cache(maxsize=128)  # a rule has many findings, and its fields are bound to the access once
def _speaker(access: Access, names: tuple[str, ...]) -> Speaker:
    return speaker(GRANT, access, [name for name in names if name in GRANT.fields])


def used_names(meta: Meta) -> tuple[str, ...]:
    """Every name in braces in the words of a rule's findings."""
    return _names_of((meta.message, meta.remediation.summary, *meta.remediation.commands))


@cache
def _names_of(templates: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for template in templates for name in names_in(template)))


def not_seen(meta: Meta, context: Context, need: str, subject: str, reason: str, **rest: Any) -> Gap | NotEvaluated:
    """What a rule answers when a fact it needs is not there.

    A gap; but where nothing at all was given of a section that only deeper rules need, the rule is not evaluated,
    which leaves the scan complete (snapshot format, section 3).
    """
    if need not in REQUIRED and need not in context.access.snapshot.given:
        return NotEvaluated(need, (meta.id,), remedy(need, subject))
    return Gap(need, subject, reason, remedy(need, subject), (meta.id,), **rest)
