"""What PIM asks of whoever activates a role: role management policies as they are assigned to a role at a scope.

Source: Azure REST API, Role Management Policy Assignments 2020-10-01. Of the rules, those for the user who activates
(`…_EndUser_Assignment`) count; the others bind administrators.
"""

from __future__ import annotations

from kvaudit.model.role import RolePolicy, role_key
from kvaudit.model.snapshot import TENANT
from kvaudit.sources.facts import Facts
from kvaudit.sources.rows import convert, texts
from kvaudit.sources.shapes.base import Shape, nothing, opened
from kvaudit.sources.wire import Approval, PolicyRule, RolePolicyBody, Row

SECTION = "rolePolicies"
_SUBSCRIPTION_PROVIDER = "/providers/microsoft.subscription"  # stands before the scope in ids of older answers
_WHEN_ACTIVATING = "enduser_assignment"
_SECOND_FACTOR = "multifactorauthentication"


def read_policy(facts: Facts, row: Row, pointer: str) -> None:
    """The policy of one role at one scope."""
    arm, body, at, damage = opened(row, pointer)
    policy, in_body = convert(body, RolePolicyBody)
    subject = arm.id or facts.document.name
    facts.damaged(SECTION, subject, pointer, damage)
    facts.damaged(SECTION, subject, at, in_body)
    if not (policy.scope and policy.role_definition_id):
        if not (damage or in_body):
            facts.damaged(SECTION, subject, pointer, {"": "a role management policy without scope or role"}, TENANT)
        return
    approval, second_factor = _rules(facts, policy, subject, f"{at}/effectiveRules")
    scope = policy.scope
    if scope.lower().startswith(_SUBSCRIPTION_PROVIDER):
        scope = scope[len(_SUBSCRIPTION_PROVIDER) :]
    role = role_key(policy.role_definition_id)
    origins = facts.origin(pointer)
    facts.role_policies.append(RolePolicy(arm.id or "", scope, role, approval, second_factor, origins))


def _rules(facts: Facts, policy: RolePolicyBody, subject: str, pointer: str) -> tuple[bool | None, bool | None]:
    """Whether activation takes an approval, and a second factor; what no rule says is not known."""
    approval: bool | None = None
    second_factor: bool | None = None
    by_access_policy = False  # an authentication context: a conditional access policy decides, which is not seen
    for number, item in enumerate(policy.effective_rules or ()):
        rule, damage = convert(item, PolicyRule)
        facts.damaged(SECTION, subject, f"{pointer}/{number}", damage)
        kind, _, whom = (rule.id or "").lower().partition("_")
        if whom != _WHEN_ACTIVATING:
            continue
        if kind == "approval":
            setting, damage = convert(rule.setting or {}, Approval)
            facts.damaged(SECTION, subject, f"{pointer}/{number}/setting", damage)
            approval = setting.is_approval_required
        elif kind == "enablement" and rule.enabled_rules is not None:
            words, whole = texts(rule.enabled_rules)
            second_factor = True if _SECOND_FACTOR in map(str.lower, words) else False if whole else None
        elif kind == "authenticationcontext":
            by_access_policy = rule.is_enabled is not False
    return approval, None if by_access_policy and not second_factor else second_factor


_AUTHORIZATION = "microsoft.authorization/"
SHAPES = (
    Shape(
        "role management policies",
        SECTION,
        read_policy,
        (_AUTHORIZATION + "rolemanagementpolicyassignments", _AUTHORIZATION + "rolemanagementpolicyassignment"),
    ),
    # A policy alone does not say of which role it is.
    Shape("unassigned role management policies", "", nothing, (_AUTHORIZATION + "rolemanagementpolicies",)),
)
