"""What a comparison says, in pieces that each format escapes and sets in its own way."""

from __future__ import annotations

from kvaudit.model.change import Change, DiffReport, Effect, FindingChange, Kind, State
from kvaudit.model.directory import GROUP
from kvaudit.model.finding import Step, Verdict
from kvaudit.model.value import Value
from kvaudit.report.permission_words import permission_words
from kvaudit.report.words import vault_name

FINDING_WORDS = {
    Kind.GAINED: "new",
    Kind.LOST: "gone",
    Kind.APPEARED: "now visible",
    Kind.VANISHED: "no longer visible",
}
GAP_WORDS = {Kind.APPEARED: "seen now", Kind.VANISHED: "not seen"}


class Sentence(Value):
    """One effect: who, what happened to them, on which vaults, and what is to be noted of it."""

    who: tuple[str, ...]
    verb: str
    what: str
    where: tuple[str, ...]
    note: str = ""


def sentence(report: DiffReport, effect: Effect, *, every: bool = False) -> Sentence:
    """An effect in words."""
    verb, note = _verb(effect)
    what = permission_words(effect.permissions, every=every)
    if effect.object:
        what = f"{what} of {effect.object} only"
    groups_first = sorted(
        effect.principals, key=lambda each: (report.types.get(each) != GROUP, _name(report, each), each)
    )
    who = tuple(_label(report, each) if every else _name(report, each) for each in groups_first)
    return Sentence(who, verb, what, tuple(map(vault_name, effect.vaults)), note)


def told_steps(change: Change, effect: Effect) -> list[Step]:
    """The steps worth telling: who it is, where it ends and what the cause says itself stand there already."""
    steps = [step for step in effect.path if step.kind not in ("principal", "vault")]
    of_cause = [step for step in steps if step.kind == _STEP_OF.get(change.kind)]
    return [step for step in steps if len(of_cause) != 1 or step is not of_cause[0]]


_STEP_OF = {
    "roleAssignment": "assignment",
    "accessPolicy": "policy",
    "eligibility": "eligibility",
    "activation": "activation",
    "membership": "membership",
}


def finding_words(report: DiffReport, each: FindingChange) -> str:
    """A finding on one line, behind its severity and rule."""
    finding = each.finding
    whose = f" ({_name(report, finding.principal)})" if finding.principal else ""
    return f"{finding.title}{whose}"


def said(value: str | None) -> str:
    """The value of a setting."""
    return "not known" if value is None else value


def _name(report: DiffReport, principal: str) -> str:
    return report.names.get(principal) or principal


def _label(report: DiffReport, principal: str) -> str:
    name = report.names.get(principal)
    return f"{name} ({principal})" if name else principal


def _verb(effect: Effect) -> tuple[str, str]:
    before, after = effect.before, effect.after
    had, has = _state(before), _state(after)
    if effect.kind is Kind.GAINED:
        verb = "gained" if after.level == 2 else "can now obtain"
        return verb, _notes(after, "could obtain it before" if before.level else "")
    if effect.kind is Kind.LOST:
        verb = "lost" if before.level == 2 else "can no longer obtain"
        return verb, _notes(before, "can still obtain it" if after.level else "")
    if effect.kind is Kind.CHANGED and Verdict.NONE in (before.verdict, after.verdict):
        return "newly recorded without effect:" if before.verdict is Verdict.NONE else "no longer recorded:", "latent"
    if effect.kind is Kind.CHANGED:
        return f"{had} → {has}:", ""
    if effect.kind is Kind.APPEARED:
        verb = "now seen with" if after.is_stronger(before) else "now seen without"
        return verb, f"{has}; before, {had}"
    verb = "not seen any more with" if before.is_stronger(after) else "now, as far as is seen, with"
    return verb, f"before, {had}; now {has}"


def _notes(state: State, more: str) -> str:
    own = "" if state.verdict is Verdict.DIRECT else _state(state).removeprefix("escalation, ")
    return ", ".join(filter(None, (own, more)))


def _state(state: State) -> str:
    if state.verdict is Verdict.ESCALATION:
        return f"escalation, {state.confidence.label} confidence"
    return state.verdict.value
