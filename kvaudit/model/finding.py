"""What the audit says: severities, steps and paths, findings, gaps."""

from __future__ import annotations

import hashlib
from enum import IntEnum, StrEnum

from kvaudit.model.origin import Origin
from kvaudit.model.value import Value


class Severity(IntEnum):
    """How bad, worst last, so that `>=` reads as it should."""

    INFO = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4

    @property
    def label(self) -> str:
        """The word of the reports: "high"."""
        return self.name.lower()


class Confidence(IntEnum):
    """How sure."""

    LOW = 0
    MEDIUM = 1
    HIGH = 2

    @property
    def label(self) -> str:
        """The word of the reports: "medium"."""
        return self.name.lower()


class Verdict(StrEnum):
    """The answer to "can this principal do that?", strongest first."""

    DIRECT = "direct"
    CONDITIONAL = "conditional"
    ELIGIBLE = "eligible"
    ESCALATION = "escalation"
    UNKNOWN = "unknown"
    LATENT = "latent"
    NONE = "none"

    @property
    def strength(self) -> int:
        """Greater is stronger."""
        return -_ORDER.index(self)


_ORDER = tuple(Verdict)


class Disposition(StrEnum):
    """What the gate makes of a finding."""

    NEW = "new"
    KNOWN = "known"  # a baseline has it
    WAIVED = "waived"  # somebody answers for it


class Step(Value):
    """One step of a path: what it is, in words, and where that is written."""

    kind: str  # principal | membership | assignment | policy | eligibility | activation | condition | action | …
    text: str
    ref: str = ""
    origin: Origin | None = None


class Path(Value):
    """One way to an access, for whoever comes by what it begins with.

    How a principal comes by it (itself, or through groups) is told apart, because there are many principals and few
    ways on from there: `AccessReport.steps` puts the two together.
    """

    verdict: Verdict
    holders: tuple[str, ...]  # the principals, mostly groups, that hold what the path rests on
    tail: tuple[Step, ...]  # from there to the access
    confidence: Confidence = Confidence.HIGH
    object: str = ""  # "secrets/s1" where the access is to one object only


class Cause(Value):
    """What a finding is about: the thing to change."""

    kind: str  # roleAssignment | accessPolicy | eligibility | activation | roleDefinition | vault
    id: str


class Gap(Value):
    """Something that was not seen: of what kind, about whom, why, and the command that would show it."""

    need: str  # section name of the snapshot format, or "files"
    subject: str
    reason: str
    remedy: str = ""
    rules: tuple[str, ...] = ()
    origins: tuple[Origin, ...] = ()


class NotEvaluated(Value):
    """Rules that found none of the deeper facts they need; no gap unless the user is strict."""

    need: str
    rules: tuple[str, ...]
    remedy: str


class Remediation(Value):
    """What to do about a finding."""

    summary: str
    commands: tuple[str, ...] = ()


class Finding(Value):
    """One cause that breaks one rule, with all vaults it touches."""

    rule: str
    title: str
    severity: Severity
    confidence: Confidence
    vaults: tuple[str, ...]  # ids as written, sorted by key
    message: str
    principal: str | None = None  # object id
    cause: Cause | None = None
    permission_class: str = ""  # part of the identity of the finding: "secrets", "management", …
    path: tuple[Step, ...] = ()
    origins: tuple[Origin, ...] = ()
    remediation: Remediation = Remediation("")
    subject: str = ""  # key of the cause or the vault: what the fingerprint is made of beside rule, principal, class
    disposition: Disposition = Disposition.NEW
    note: str = ""  # why it has this disposition, or lost another: "waived by Ada until 2026-12-31: …"

    @property
    def fingerprint(self) -> str:
        """Rule, subject, principal and permission class; never line, wording, order or severity."""
        text = "\x1f".join((self.rule, self.subject, self.principal or "", self.permission_class))
        return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
