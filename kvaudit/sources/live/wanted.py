"""What is to be looked at, and how closely."""

from __future__ import annotations

from kvaudit.model.value import Value

AUTHS = ("auto", "cli", "env", "workload", "managed", "pipelines", "device")
"""The ways to sign in, by the name they are asked for."""


class Selection(Value):
    """Which vaults; nothing told means all that can be seen."""

    vaults: tuple[str, ...] = ()  # names or ids
    subscriptions: tuple[str, ...] = ()  # names or ids
    groups: tuple[str, ...] = ()  # names of management groups

    @property
    def everything(self) -> bool:
        """Whether nothing was told."""
        return not (self.vaults or self.subscriptions or self.groups)

    @property
    def by_name(self) -> bool:
        """Whether all that is looked at was named itself, or its subscription was."""
        return bool(self.vaults or (self.subscriptions and not self.groups))


class Wanted(Value):
    """What is to be collected."""

    selection: Selection = Selection()
    objects: bool = False  # attributes of keys and secrets too
    hsm_roles: bool = False  # local roles of managed HSMs too
    fast: bool = False  # role assignments through Resource Graph
    without: frozenset[str] = frozenset()  # sources that are left out, by their names among the needs

    def asks_for(self, option: str) -> bool:
        """Whether a source is asked for that needs this option; "" is none."""
        return {"": True, "--objects": self.objects, "--hsm-roles": self.hsm_roles}[option]
