from kvaudit.model.snapshot import Resource
from tests.access.build import CUSTOM, GROUP, SECRETS_USER, assign, estate, vault, vault_id
from tests.rules.builtin.judging import EVERYTHING, results

MACHINE = f"{GROUP}/providers/microsoft.compute/virtualmachines/vm".lower()


def test_kv206_misses_a_role_without_a_definition_over_what_acts_as_somebody_that_holds_access():
    snapshot = estate(
        vault("kv", rbac=True),
        role_assignments=(assign("machine", SECRETS_USER, vault_id("kv")), assign("alice", CUSTOM, MACHINE)),
        resources=(Resource(MACHINE, "Microsoft.Compute/virtualMachines", principal="machine"),),
        given=EVERYTHING | {"resources"},
    )
    found = results("KV206", snapshot)
    assert found.findings == ()
    assert [(gap.need, gap.subject, gap.rules) for gap in found.gaps] == [("roleDefinitions", CUSTOM, ("KV206",))]
