import pytest

from kvaudit.model.directory import Principal
from kvaudit.model.snapshot import Coverage
from kvaudit.rules.listing import Listing
from tests.access.build import access, estate

USERS = (Principal("eve", "User"),)
EVERY_TYPE = (*USERS, Principal("g", "Group"), Principal("app", "ServicePrincipal"))


def listing(*principals: Principal, given: bool = True, **rest) -> Listing:
    sections = {"principals"} if given else set()
    return Listing(access(estate(principals=principals, given=sections, **rest)))


@pytest.mark.parametrize(
    ("principals", "kind", "tells"),
    [
        (USERS, "User", True),
        (USERS, "Group", False),
        (USERS, None, False),
        (EVERY_TYPE, None, True),
        ((), "User", False),
    ],
)
def test_a_list_tells_of_the_types_it_holds(principals, kind, tells):
    assert listing(*principals).tells_of(kind) is tells


def test_a_list_said_to_be_whole_tells_of_everybody():
    assert listing(coverage=(Coverage("principals", "tenant", complete=True),)).tells_of("User")


def test_a_list_cut_short_tells_of_nobody():
    assert not listing(*USERS, coverage=(Coverage("principals", "tenant", complete=False),)).tells_of("User")


def test_names_in_passing_are_no_list():
    assert not listing(Principal("eve", "User", "Eve", listed=False), given=False).tells_of("User")
