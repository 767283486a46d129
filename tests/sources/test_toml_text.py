"""A table of a TOML file, with the lines of its keys."""

import pytest

from kvaudit.errors import InputError
from kvaudit.sources.toml_text import parse_toml_table

TEXT = """\
[project]
fail-on = "not ours"

[tool.kvaudit]
fail-on = "high"
  ignore = [
    "KV5",
  ]
options.KV303 = { prefix = 28 }
"quoted key" = 1
until = 2026-12-31
[tool.kvaudit.severities]
KV301 = "low"
[[tool.kvaudit.waivers]]
rule = "a"
[[tool.kvaudit.waivers]]
rule = "b"
[tool.other]
fail-on = "nor this"
"""


@pytest.fixture
def table():
    return parse_toml_table(TEXT, "p.toml", ("tool", "kvaudit"))


def test_the_value_is_as_json_has_it(table):
    assert table.value["fail-on"] == "high"
    assert table.value["until"] == "2026-12-31"
    assert table.value["waivers"] == [{"rule": "a"}, {"rule": "b"}]


@pytest.mark.parametrize(
    ("pointer", "place"),
    [
        ("", (4, 1)),
        ("/fail-on", (5, 1)),
        ("/ignore", (6, 3)),
        ("/ignore/0", (6, 3)),
        ("/options/KV303/prefix", (9, 1)),
        ("/quoted key", (10, 1)),
        ("/severities/KV301", (13, 1)),
        ("/waivers/0/rule", (15, 1)),
        ("/waivers/1", (16, 1)),
        ("/waivers/1/rule", (17, 1)),
        ("/nowhere", (4, 1)),
    ],
)
def test_each_key_has_its_line(table, pointer, place):
    assert table.position(pointer) == table.key_position(pointer) == place


def test_without_the_table_there_is_nothing():
    assert parse_toml_table("[tool]\nkvaudit-not = 1\n", "p.toml", ("tool", "kvaudit")) is None
    assert parse_toml_table("tool = 1\n", "p.toml", ("tool", "kvaudit")) is None


def test_broken_text_is_an_error_with_its_place():
    with pytest.raises(InputError, match=r"p\.toml:2:5: broken TOML"):
        parse_toml_table("a = 1\nb = \n", "p.toml", ("tool",))


def test_the_table_may_be_written_in_dotted_keys():
    found = parse_toml_table('[tool]\nx = 1\nkvaudit.fail-on = "high"\n', "p.toml", ("tool", "kvaudit"))
    assert found.value == {"fail-on": "high"}
    assert found.position("/fail-on") == (3, 1)


def test_tables_in_a_list_may_hold_tables():
    text = "[[tool.kvaudit.vaults]]\nname = 'a'\n[tool.kvaudit.vaults.tags]\nenvironment = 'test'\n"
    found = parse_toml_table(text, "p.toml", ("tool", "kvaudit"))
    assert found.value == {"vaults": [{"name": "a", "tags": {"environment": "test"}}]}
    assert found.position("/vaults/0/tags/environment") == (4, 1)
