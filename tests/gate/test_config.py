from __future__ import annotations

import jsonschema
import pytest
import yaml

from kvaudit.errors import ConfigError
from kvaudit.gate.config import config_schema, find_config, load_config
from kvaudit.model.finding import Severity
from kvaudit.rules.registry import load_rules

RULES = load_rules()


@pytest.fixture
def config(tmp_path):
    def write(text):
        path = tmp_path / "kvaudit.yaml"
        path.write_text(text, encoding="utf-8")
        return load_config(path)

    return write


def test_without_a_file_the_defaults_hold():
    config = load_config(None)
    assert not config.profile.configured
    assert (config.fail_on, config.min_severity, config.select, config.ignore) == (None, None, (), ())
    config.check(RULES)


def test_an_empty_file_says_nothing(config):
    assert not config("# later\n").profile.configured


def test_a_file_in_full(config, tmp_path):
    found = config("""
teams: {auditors: {members: [{name: Audit*}], secrets: [list]}}
fail-on: medium
min-severity: low
select: [KV3, kv501]
ignore: [KV302]
severities: {KV304: info}
options: {KV303: {prefix: 28}, KV503: {days: 30}}
rules: [our-rules]
""")
    found.check(RULES)
    assert found.profile.configured
    assert [team.name for team in found.profile.teams] == ["auditors"]
    assert (found.fail_on, found.min_severity) == (Severity.MEDIUM, Severity.LOW)
    assert (found.select, found.ignore) == (("KV3", "kv501"), ("KV302",))
    assert found.severities == {"KV304": Severity.INFO}
    assert found.options == {"KV303": {"prefix": 28}, "KV503": {"days": 30}}
    assert found.rules == (tmp_path / "our-rules",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("fail_on: high", "kvaudit.yaml:1:1: unknown key 'fail_on'; did you mean 'fail-on'?"),
        ("fail-on: hgih", "kvaudit.yaml:1:10: unknown severity 'hgih'; did you mean 'high'?"),
        ("fail-on: 3", "kvaudit.yaml:1:10: expected a severity, not 3"),
        ("teams:\n  a: {members: [], keys: [gte]}", "kvaudit.yaml:2:27: unknown permission for keys 'gte'"),
        ("teams: {}\nteams: {}", "kvaudit.yaml:2:1: duplicate key 'teams', first on line 1"),
        ("teams: [", "broken YAML"),
        ("- teams", "kvaudit.yaml:1:1: expected keys with values, not a list"),
        ("vaults: [{fail-on: low}]", "kvaudit.yaml:1:10: an entry for vaults needs a name or tags"),
        ("vaults: [{name: a, fail-on: hi}]", "1:29: unknown severity 'hi'"),
        ("vaults: [{nmae: a}]", "unknown key of an entry for vaults 'nmae'; did you mean 'name'?"),
        ("waivers: 3", "kvaudit.yaml:1:10: expected a file of waivers, or the waivers, not 3"),
        ("waivers: [{rule: KV301}]", "kvaudit.yaml:1:11: 'subject' is missing"),
        ("waiver-days: 0", "kvaudit.yaml:1:14: expected 1 or more, not 0"),
        ("baseline: [a]", "kvaudit.yaml:1:11: expected a file, not a list"),
        ("options: {KV303: {prefix: {a: 1}}}", "expected true or false, a number, text or a list of texts"),
    ],
)
def test_a_typo_is_an_error_with_its_place(config, text, message):
    with pytest.raises(ConfigError) as caught:
        config(text)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("select: [KV301, KV999]", "kvaudit.yaml:1:17: unknown rule 'KV999'"),
        ("ignore: [KX3]", "kvaudit.yaml:1:10: unknown rule 'KX3'"),
        ("vaults: [{name: a, ignore: [KX3]}]", "kvaudit.yaml:1:29: unknown rule 'KX3'"),
        ("vaults: [{name: a, severities: {KV3: low}}]", "kvaudit.yaml:1:33: unknown rule 'KV3'"),
        ("severities: {KV3O1: low}", "kvaudit.yaml:1:14: unknown rule 'KV3O1'; did you mean 'KV301'?"),
        ("options: {KV999: {a: 1}}", "kvaudit.yaml:1:11: unknown rule 'KV999'"),
        ("options: {KV303: {prefx: 20}}", "1:19: unknown option of KV303 'prefx'; did you mean 'prefix'?"),
        ("options: {KV303: {prefix: wide}}", "1:27: expected a whole number, not 'wide'"),
        ("options: {KV303: {prefix: true}}", "1:27: expected a whole number, not true"),
    ],
)
def test_what_names_no_rule_or_option_is_an_error(config, text, message):
    found = config(text)
    with pytest.raises(ConfigError) as caught:
        found.check(RULES)
    assert message in str(caught.value)


def test_a_file_that_cannot_be_read_is_an_error(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(tmp_path / "nowhere.yaml")


def test_the_nearest_file_up_to_the_root_of_the_repository_is_found(tmp_path):
    inner = tmp_path / "repository" / "a" / "b"
    inner.mkdir(parents=True)
    (tmp_path / "kvaudit.yaml").touch()
    (tmp_path / "repository" / ".git").mkdir()
    assert find_config(inner) is None
    top = tmp_path / "repository" / "kvaudit.yaml"
    top.touch()
    assert find_config(inner) == top
    near = tmp_path / "repository" / "a" / "kvaudit.yaml"
    near.touch()
    assert find_config(inner) == near


def test_outside_of_a_repository_only_the_folder_itself_counts(tmp_path):
    inner = tmp_path / "a"
    inner.mkdir()
    (tmp_path / "kvaudit.yaml").touch()
    assert find_config(inner) is None
    assert find_config(tmp_path) == tmp_path / "kvaudit.yaml"


FULL = """
waivers: w/ours.yaml
waiver-days: 90
baseline: ../b.json
vaults:
  - {name: kv-prod*, fail-on: medium}
  - {tags: {environment: test}, severities: {KV301: low}, ignore: [KV5]}
"""


def test_the_gate_in_full(config, tmp_path):
    found = config(FULL)
    found.check(RULES)
    assert (found.waivers_file, found.baseline) == (tmp_path / "w/ours.yaml", tmp_path / "../b.json")
    assert found.waiver_days == 90
    prod, test = found.vaults
    assert (prod.name, prod.fail_on) == ("kv-prod*", Severity.MEDIUM)
    assert (test.tags, test.severities) == ({"environment": "test"}, {"KV301": Severity.LOW})
    assert test.ignore == ("KV5",)


def test_the_schema_admits_what_is_read():
    validator = jsonschema.Draft202012Validator(config_schema())
    validator.validate(yaml.safe_load(FULL))
    validator.validate({"waivers": []})
    for wrong in ({"fail_on": "high"}, {"vaults": [{"fail-on": "low"}]}, {"waiver-days": 0}, {"waivers": 3}):
        assert not validator.is_valid(wrong)


PYPROJECT = "[project]\nname = 'x'\n[tool.kvaudit]\nfail-on = 'medium'\n"


def test_a_table_of_pyproject_is_a_configuration(tmp_path):
    path = tmp_path / "pyproject.toml"
    path.write_text(PYPROJECT + "baseline = 'b.json'\n[tool.kvaudit.severities]\nKV999 = 'low'\n")
    found = load_config(path)
    assert (found.fail_on, found.baseline) == (Severity.MEDIUM, tmp_path / "b.json")
    with pytest.raises(ConfigError, match=r"pyproject\.toml:7:1: unknown rule 'KV999'"):
        found.check(RULES)


def test_a_pyproject_without_the_table_cannot_be_named(tmp_path):
    path = tmp_path / "pyproject.toml"
    path.write_text("[project]\nname = 'x'\n")
    with pytest.raises(ConfigError, match=r"has no \[tool\.kvaudit\]"):
        load_config(path)


def test_pyproject_is_found_after_kvaudit_yaml_and_only_where_it_speaks_of_us(tmp_path):
    inner = tmp_path / "inner"
    (tmp_path / ".git").mkdir()
    inner.mkdir()
    (inner / "pyproject.toml").write_text("broken = \n")  # somebody else's trouble
    (tmp_path / "pyproject.toml").write_text(PYPROJECT)
    assert find_config(inner) == tmp_path / "pyproject.toml"
    (tmp_path / "kvaudit.yaml").touch()
    assert find_config(inner) == tmp_path / "kvaudit.yaml"
    (inner / "pyproject.toml").write_text("[tool.kvaudit]\nbroken = \n")
    with pytest.raises(ConfigError, match=r"pyproject\.toml:2:10: broken TOML"):
        find_config(inner)
