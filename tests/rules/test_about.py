"""What findings share is what each would say by itself."""

from kvaudit.rules.about import Subjects
from tests.access.build import GROUP, policy, vault
from tests.rules.making import an_access


def an_estate():
    return an_access(
        vault("kv-b", rbac=False, policies=(policy("alice", "secrets/get"), policy("bob", "secrets/get"))),
        vault("KV-a", rbac=True),
        vault("kv-c", rbac=True, group=GROUP.upper()),
    )


def test_vaults_are_listed_as_written_and_sorted_by_key():
    known = Subjects(an_estate())
    assert [each.rsplit("/", 1)[-1] for each in known.vault_ids((0, 1, 2))] == ["KV-a", "kv-b", "kv-c"]
    assert known.vault_ids(()) == ()


def test_the_same_vaults_are_one_list_whoever_reaches_them():
    known = Subjects(an_estate())
    first, second = (0, 1), tuple([0, 1])  # noqa: C409 -- two tuples that are equal and not the same
    assert known.vault_ids(first) is known.vault_ids(second)
    assert known.vault_ids((1,)) is known.vault(1).vaults


def test_a_grant_is_told_once():
    access = an_estate()
    known = Subjects(access)
    alice, bob = access.grants
    about = known.grant(alice)
    assert known.grant(alice) is about
    assert (about.principal, about.cause, about.path) == ("alice", alice.cause, access.path(alice))
    assert about.subject == alice.cause.id.lower()
    assert known.grant(bob).principal == "bob"
