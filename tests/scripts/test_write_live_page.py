"""The page about Azure itself says what is read, as it is read."""

from kvaudit.sources.live.clouds import KNOWN
from kvaudit.sources.live.needs import ACTIONS, NEEDS
from scripts.write_live_page import PAGE, renewed

TEXT = PAGE.read_text(encoding="utf-8")


def test_the_page_is_not_stale():
    assert renewed(TEXT) == TEXT, "make docs writes it"


def test_every_source_action_and_cloud_is_on_it():
    assert [source for source in NEEDS if f"| `{source}` |" not in TEXT] == []
    assert [action for action in ACTIONS if f"\n{action}\n" not in TEXT] == []
    assert [name for name in KNOWN if f"| `{name}` |" not in TEXT] == []
