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
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from kvaudit.model.finding import Cause, Confidence, Finding, Gap, NotEvaluated, Remediation, Severity, Step
from kvaudit.model.gate import Aftermath
from kvaudit.model.grant import Grant
from kvaudit.model.origin import Origin
from kvaudit.model.profile import Profile
from kvaudit.model.remedy import remedy
from kvaudit.model.scope import scope_key
from kvaudit.model.snapshot import REQUIRED
from kvaudit.model.value import Value
from kvaudit.rules.about import About, Subjects
from kvaudit.rules.grant_fields import GRANT
from kvaudit.rules.shell import quoted

if TYPE_CHECKING:
    from kvaudit.access.engine import Access

_NAME = re.compile(r"\{([a-z][a-z-]*(?:\.[a-z-]+)*)\}")

GATE = "gate"
SUBJECTS = ("vault", "grant", "path", "role", "snapshot", GATE)
"""What a rule can look at. A rule for a path looks at escalations; one for the gate, which is a function, at what a run
left over of waivers and baseline."""

Result = Finding | Gap | NotEvaluated
Made = TypeVar("Made")


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
    aftermath: Aftermath = Aftermath()  # of the run; empty but for the rules that look at the gate
    made: dict[Any, Any] = {}  # what rules have worked out and share, by what made it

    def once(self, make: Callable[[Context], Made]) -> Made:
        """What a function makes of this run: made when it is first asked for, and shared by all rules."""
        made: Made | None = self.made.get(make)
        if made is None:
            made = self.made[make] = make(self)
        return made

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
    permission_class: str = "",
    principal: str | None = None,
    cause: Cause | None = None,
    path: tuple[Step, ...] = (),
    origins: tuple[Origin, ...] = (),
) -> Finding:
    """A finding of a rule: what the metadata says, with `values` filled into message and remediation.

    `subject` is the key of what is to be changed; it is part of the fingerprint, `values` are not. `vaults` are sorted,
    as from `vault_ids`. What goes into a command is quoted for a shell.
    """
    about = About(subject, vaults, principal, cause, path, origins)
    return finding_about(meta, about, values, severity, confidence, permission_class)


def finding_about(  # noqa: PLR0913, PLR0917 -- as the fields of a finding
    meta: Meta,
    about: About,
    values: Mapping[str, str],
    severity: Severity | None = None,
    confidence: Confidence | None = None,
    permission_class: str = "",
) -> Finding:
    """The same, of a subject that other findings share."""
    return Finding(
        rule=meta.id,
        title=meta.title,
        severity=meta.severity if severity is None else severity,
        confidence=meta.confidence if confidence is None else confidence,
        vaults=about.vaults,
        message=fill(meta.message, values),
        principal=about.principal,
        cause=about.cause,
        permission_class=permission_class,
        path=about.path,
        origins=about.origins,
        remediation=Remediation(
            fill(meta.remediation.summary, values),
            tuple([_command(command, values) for command in meta.remediation.commands]),
        ),
        subject=about.subject,
    )


def _command(template: str, values: Mapping[str, str]) -> str:
    if template == "{removal}":
        return values["removal"]  # a whole command, quoted already
    return fill(template, {name: quoted(values[name]) for name in names_in(template)})


class _Template(Value):
    """A template as Python fills it quickest."""

    text: str  # with %s for each name
    names: tuple[str, ...]
    pick: Callable[[Mapping[str, str]], Any]  # the values of the names


@cache
def _prepared(template: str) -> _Template:
    parts = _NAME.split(template)  # plain text and names by turns
    names = tuple(parts[1::2])
    text = "%s".join(part.replace("%", "%%") for part in parts[::2])
    return _Template(text, names, itemgetter(*names) if names else lambda _values: ())


def names_in(template: str) -> tuple[str, ...]:
    """The names in braces of a template, in its order. Other braces, as of JSON, are plain text."""
    return _prepared(template).names


def fill(template: str, values: Mapping[str, str]) -> str:
    """A template with its names replaced, once; a name without a value is a KeyError."""
    prepared = _prepared(template)
    return str(prepared.text % prepared.pick(values))


def blanks(template: str) -> str:
    """A template with its names as blanks to fill in: <principal>."""
    return fill(template, {name: f"<{name}>" for name in names_in(template)})


def on_grant(  # noqa: PLR0913 -- all but the grant are named
    meta: Meta,
    context: Context,
    grant: Grant,
    *,
    permission_class: str = "",
    values: Mapping[str, str] | None = None,
    path: tuple[Step, ...] | None = None,
    severity: Severity | None = None,
    confidence: Confidence | None = None,
) -> Finding:
    """A finding about a grant: its cause, assignee, path and vaults. `values` add to what `grant_values` offers."""
    known = subjects(context)
    about = known.grant(grant) if path is None else known.along(grant, path, grant.vaults)
    said = grant_values(meta, context, grant)
    if values:
        said.update(values)
    return finding_about(meta, about, said, severity, confidence, permission_class)


def subjects(context: Context) -> Subjects:
    """The subjects of a run as its findings speak of them."""
    return context.once(_subjects)


def _subjects(context: Context) -> Subjects:
    return Subjects(context.access)


def vault_ids(access: Access, numbers: tuple[int, ...]) -> tuple[str, ...]:
    """The ids of vaults as a finding lists them: as they were written, sorted by their keys."""
    return tuple(sorted([access.vaults[number].id for number in numbers], key=scope_key))


def grant_values(meta: Meta, context: Context, grant: Grant) -> dict[str, str]:
    """The words about a grant that a rule uses: any field of a grant."""
    known = subjects(context)
    say = known.speakers.get(meta.id)
    if say is None:
        say = known.speakers[meta.id] = known.speaker(GRANT, used_names(meta))
    return say(grant)


def used_names(meta: Meta) -> tuple[str, ...]:
    """Every name in braces in the words of a rule's findings."""
    templates = (meta.message, meta.remediation.summary, *meta.remediation.commands)
    return tuple(dict.fromkeys(name for template in templates for name in names_in(template)))


def not_seen(meta: Meta, context: Context, need: str, subject: str, reason: str, **rest: Any) -> Gap | NotEvaluated:
    """What a rule answers when a fact it needs is not there.

    A gap; but where nothing at all was given of a section that only deeper rules need, the rule is not evaluated,
    which leaves the scan complete (snapshot format, section 3).
    """
    if need not in REQUIRED and need not in context.access.snapshot.given:
        return NotEvaluated(need, (meta.id,), remedy(need, subject))
    return Gap(need, subject, reason, remedy(need, subject), (meta.id,), **rest)
