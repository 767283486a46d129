from __future__ import annotations

import pytest

from kvaudit.errors import ConfigError
from kvaudit.gate.config import find_config, load_config
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
