"""Access-policy entries as grants. Source: semantics 2.1 to 2.3, 1.5."""

from __future__ import annotations

from collections.abc import Iterator

from kvaudit.access.estate import Estate
from kvaudit.access.membership import Directory
from kvaudit.model.finding import Cause, Verdict
from kvaudit.model.grant import DATA_PLANE, Grant
from kvaudit.model.vault import AccessPolicy, Vault


def policy_grants(estate: Estate, directory: Directory) -> Iterator[Grant]:
    """One grant for each entry of each vault; an entry that gives nothing is one with verdict none."""
    for number, vault in enumerate(estate.vaults):
        for policy in vault.policies or ():
            verdict, reason = _standing(vault, policy, directory)
            yield Grant(
                cause=Cause("accessPolicy", f"{vault.id}/accessPolicies/{policy.entry}"),
                principal=policy.object_id,
                verdict=verdict,
                plane=DATA_PLANE,
                permissions=policy.permissions,
                vaults=(number,),
                scope=estate.scopes[number],
                principal_type=directory.type_of(policy.object_id),
                reason=reason,
                only_if="" if policy.application_id else policy.only_if,
                need="vaults" if verdict is Verdict.UNKNOWN else "",
                origins=policy.origins,
            )


def declared_only_if(text: str) -> str:
    """The words for what a template declares under a condition that only its deployment decides."""
    return f"declared only if {text}, which is not known before deployment"


def _standing(vault: Vault, policy: AccessPolicy, directory: Directory) -> tuple[Verdict, str]:
    if vault.tenant_id and policy.tenant_id and policy.tenant_id.lower() != vault.tenant_id.lower():
        return Verdict.NONE, f"the entry is of tenant {policy.tenant_id}, the vault of {vault.tenant_id}"
    if policy.object_id in directory.applications and directory.principal(policy.object_id) is None:
        return Verdict.NONE, "the object id is an application registration's, not its service principal's"
    if not policy.permissions and not policy.unread_words:
        return Verdict.NONE, "the entry names no permission"
    if vault.uses_rbac:
        return Verdict.LATENT, "the vault decides by Azure RBAC"
    if vault.uses_rbac is None:
        return Verdict.UNKNOWN, "the vault's permission model is not known"
    if policy.application_id:
        return Verdict.CONDITIONAL, f"only when application {policy.application_id} calls on behalf of the principal"
    if policy.only_if:
        return Verdict.CONDITIONAL, declared_only_if(policy.only_if)
    return Verdict.DIRECT, ""
