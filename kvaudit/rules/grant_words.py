"""How a grant is put in a sentence, and how sure a finding about it is."""

from __future__ import annotations

from kvaudit.access.roles import Roles
from kvaudit.model.finding import Confidence, Verdict
from kvaudit.model.grant import Grant


def sureness(grant: Grant) -> Confidence:
    """High for what is held outright; less for what must be activated or hangs on an undecided condition."""
    return Confidence.MEDIUM if grant.verdict in (Verdict.CONDITIONAL, Verdict.ELIGIBLE) else Confidence.HIGH


def hedge(grant: Grant) -> str:
    """What a sentence must add where the access is not held outright: "" or words in brackets, with a blank before."""
    if grant.verdict is Verdict.ELIGIBLE:
        return " (once it activates the role)"
    if grant.verdict is Verdict.CONDITIONAL:
        return f" ({grant.reason})" if grant.reason else " (under a condition)"
    return ""


def through(roles: Roles, grant: Grant) -> str:
    """By what it is given: "the role Key Vault Reader at subscription /subscriptions/…"."""
    if grant.role is None:
        return "an access policy"
    role = roles.get(grant.role)
    return f"the role {role.name if role else grant.role} at {grant.scope.level.label} {grant.scope.key}"
