import pytest

from tests.access.build import SECRETS_OFFICER, SECRETS_USER, assign, estate, user, vault
from tests.rules.builtin.judging import EVERYTHING, findings, only

GET = "ActionMatches{'Microsoft.KeyVault/vaults/secrets/getSecret/action'}"
NAME = "@Resource[Microsoft.KeyVault/vaults/secrets:name] StringStartsWith 'app-'"
VAULT = "@Resource[Microsoft.KeyVault/vaults:name] StringEquals 'kv-a'"


def under(condition: str, role: str = SECRETS_OFFICER):
    return estate(
        vault("kv-a", rbac=True),
        vault("kv-b", rbac=True),
        role_assignments=(assign("eve", role, condition=condition),),
        principals=(user("eve"),),
        given=EVERYTHING,
    )


def test_get_is_gated_and_the_rest_is_open():
    found = only("KV126", under(f"((!({GET})) OR ({NAME}))"))
    assert len(found.vaults) == 2
    assert "secrets/backup" in found.message
    assert NAME in found.message


def test_get_that_falls_to_the_condition_leaves_the_rest_as_open():
    found = only("KV126", under(f"((!({GET})) OR ({VAULT}))"))
    assert [each.rsplit("/", 1)[-1] for each in found.vaults] == ["kv-b"]


@pytest.mark.parametrize(
    ("condition", "role"),
    [
        (NAME, SECRETS_OFFICER),  # gates everything
        (f"((!({GET})) OR ({NAME}))", SECRETS_USER),  # nothing is left but names
        ("((!(ActionMatches{'Microsoft.KeyVault/vaults/secrets/delete'})) OR (" + NAME + "))", SECRETS_OFFICER),
    ],
)
def test_conditions_that_leave_nothing_open(condition, role):
    assert not findings("KV126", under(condition, role))
