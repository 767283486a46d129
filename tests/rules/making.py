"""Rules and vaults made in a line or two."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from kvaudit.access.engine import Access, resolve
from kvaudit.model.snapshot import Snapshot
from kvaudit.model.vault import NetworkRules, Vault
from kvaudit.rules.base import Context, Rule
from kvaudit.rules.declarative import read_rule
from kvaudit.rules.registry import RuleResults, run_rules
from kvaudit.rules.teams import default_profile
from tests.access.build import NOW, vault

RULE = """\
id: ACME001
title: A vault is open
severity: high
for: vault
match:
  vault.network: open
message: Key vault {vault} is open.
why: Anybody reaches it.
remediation:
  summary: Close it.
  commands:
    - az keyvault update --ids {vault.id} --default-action Deny
"""


def a_vault(name: str = "kv-app", **fields: object) -> Vault:
    """A vault on Azure RBAC with a closed firewall; `fields` say what else it is."""
    return vault(name, **{"rbac": True, "network": NetworkRules("Deny", "None"), "purge_protection": True, **fields})


def an_access(*vaults: Vault, **facts: object) -> Access:
    given = frozenset({"vaults", *facts.pop("given", ())})
    return resolve(Snapshot(vaults=vaults, given=given, **facts), NOW)


def write_rule(folder: Path, text: str = RULE, name: str = "ACME001") -> Path:
    """The folder of a rule, written."""
    at = folder / name
    at.mkdir(parents=True, exist_ok=True)
    (at / "rule.yaml").write_text(dedent(text).lstrip(), encoding="utf-8")
    return at


def a_rule(folder: Path, text: str = RULE, name: str = "ACME001") -> Rule:
    return read_rule(write_rule(folder, text, name), {})


def run(rule: Rule, access: Access, **context: object) -> RuleResults:
    return run_rules((rule,), Context(access, default_profile(), **context))
