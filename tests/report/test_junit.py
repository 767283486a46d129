"""JUnit: a suite a vault, a case a rule, read by a parser of others."""

import io

import junitparser
import msgspec
import pytest

from kvaudit.model.finding import Gap, NotEvaluated
from kvaudit.model.report import RuleInfo
from tests.report.hostile import NAMES, hostile_report
from tests.report.made import GAPS, VAULTS, make_finding, make_report, vault_id
from tests.report.writing import written

RULES = {each: RuleInfo(each, f"Title of {each}", "w") for each in ("KV202", "KV301", "KV502")}


def read(report):
    return list(junitparser.JUnitXml.fromfile(io.BytesIO(written("junit", report))))


def ruled(*arguments, **settings):
    return msgspec.structs.replace(make_report(*arguments, **settings), rules=RULES)


def state(case):
    return type(case.result[0]).__name__.lower() if case.result else "passed"


def states(report):
    return {suite.name: {case.name.split()[0]: state(case) for case in suite} for suite in read(report)}


def test_each_vault_is_a_suite_and_each_rule_a_case():
    assert states(ruled([make_finding(vaults=("kv-app", "kv-pay"))])) == {
        "kv-app": {"KV202": "failure", "KV301": "passed", "KV502": "passed"},
        "kv-pay": {"KV202": "failure", "KV301": "passed", "KV502": "passed"},
        "kv-old": {"KV202": "passed", "KV301": "passed", "KV502": "passed"},
        "kv-clean": {"KV202": "passed", "KV301": "passed", "KV502": "passed"},
    }


def test_what_was_not_judged_is_skipped_with_the_reason():
    gaps = [
        Gap("vaults", vault_id("kv-pay").upper(), "no firewall", "", ("KV301",)),
        Gap("groupMembers", "group-1", "not given", "", ("KV202",)),
    ]
    missing = [NotEvaluated("owners", ("KV502",), "az")]
    report = ruled([make_finding()], gaps, missing, unevaluated=["kv-old"])
    assert states(report) == {
        "(what could be seen)": {"vaults": "skipped", "groupMembers": "skipped"},
        "kv-app": {"KV202": "failure", "KV301": "passed", "KV502": "skipped"},
        "kv-pay": {"KV202": "skipped", "KV301": "skipped", "KV502": "skipped"},
        "kv-old": {"KV202": "skipped", "KV301": "skipped", "KV502": "skipped"},
        "kv-clean": {"KV202": "skipped", "KV301": "passed", "KV502": "skipped"},
    }
    reasons = {case.name.split()[0]: case.result[0].message for case in read(report)[3] if case.result}
    assert reasons["KV202"] == "groupMembers of group-1: not given"
    assert reasons["KV502"] == "owners: nothing of it was given"
    (old,) = [suite for suite in read(report) if suite.name == "kv-old"]
    assert [case.result[0].message for case in old][1] == "the vault was listed without its properties"


def test_counts_are_those_of_the_cases():
    report = ruled([make_finding(vaults=("kv-app", "kv-pay"))], GAPS, unevaluated=["kv-old"])
    xml = junitparser.JUnitXml.fromfile(io.BytesIO(written("junit", report)))
    counted = [(suite.tests, suite.failures, suite.skipped) for suite in xml]
    xml.update_statistics()
    assert counted == [(suite.tests, suite.failures, suite.skipped) for suite in xml]
    assert (xml.tests, xml.failures, xml.skipped) == tuple(map(sum, zip(*counted, strict=True)))


def test_findings_without_a_vault_have_a_suite_of_their_own():
    suites = states(ruled([make_finding(vaults=())]))
    assert suites["(no vault)"] == {"KV202": "failure"}
    assert len(suites) == len(VAULTS) + 1


def test_several_findings_of_a_rule_are_failures_of_one_case():
    (suite, *_) = read(ruled([make_finding(subject="a"), make_finding(subject="b")]))
    case = next(iter(suite))
    assert len(case.result) == 2
    assert suite.failures == 1


def test_a_finding_is_told_in_full_once():
    first, second, *_ = read(ruled([make_finding(vaults=("kv-app", "kv-pay"))]))
    told = next(iter(first)).result[0]
    assert told.type == "high"
    assert "-> is assigned Contributor at subscription sub-prod" in told.text
    assert "fix: Take the role away." in told.text
    assert next(iter(second)).result[0].text == "See kv-app."


@pytest.mark.parametrize("name", NAMES)
def test_hostile_names_are_text(name):
    report = hostile_report(NAMES[name])
    suites = read(report)
    assert [len(list(suite)) for suite in suites] == [1, 1, 2]
    assert b"<!DOCTYPE" not in written("junit", report)
