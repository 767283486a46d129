"""OCSF: detection findings by the published class, and the fine print in which producers differ."""

import datetime as dt
import json

import msgspec
import pytest

from kvaudit.model.finding import Severity
from kvaudit.model.report import RuleInfo
from tests.report.hostile import NAMES, hostile_report
from tests.report.made import ALICE, GAPS, OPS, make_finding, make_report, vault_id
from tests.report.writing import ocsf_schema, written


def events(report):
    lines = written("ocsf", report).splitlines()
    found = [json.loads(line) for line in lines]
    for event in found:
        ocsf_schema().validate(event)
    uids = [event["finding_info"]["uid"] for event in found]
    assert len(set(uids)) == len(uids)
    return found


def test_a_schema_that_is_not_kept_is_noticed():
    (event,) = events(make_report([make_finding()]))
    assert not ocsf_schema().is_valid(event | {"surprise": 1})
    assert not ocsf_schema().is_valid({key: value for key, value in event.items() if key != "finding_info"})


def test_a_finding_is_a_detection_finding():
    moment = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
    finding = make_finding(Severity.CRITICAL, vaults=("kv-app", "kv-pay"))
    controls = {"attack": ("T1098.003", "T1485")}
    rules = {"KV202": RuleInfo("KV202", "t", "because", ("https://example.org",), controls)}
    (event,) = events(msgspec.structs.replace(make_report([finding]), moment=moment, rules=rules))
    assert (event["class_uid"], event["type_uid"], event["severity_id"]) == (2004, 200401, 5)
    assert event["time"] == event["finding_info"]["created_time"] == 1_795_392_000_000  # milliseconds
    assert event["finding_info"]["uid"] == finding.fingerprint
    assert event["cloud"]["account"] == {
        "uid": "11111111-2222-3333-4444-555555555555", "type_id": 13, "type": "Azure Subscription",
    }  # fmt: skip
    assert [resource["uid"] for resource in event["resources"]] == [vault_id("kv-app"), vault_id("kv-pay")]
    assert event["finding_info"]["attacks"] == [
        {"technique": {"uid": "T1098"}, "sub_technique": {"uid": "T1098.003"}},
        {"technique": {"uid": "T1485"}},
    ]
    assert event["evidences"][0]["data"]["principal"]["id"] == OPS
    assert ALICE in event["evidences"][0]["data"]["path"][0]["text"]
    assert "status" not in event
    assert event["metadata"]["version"] == "1.8.0"


@pytest.mark.parametrize(("severity", "number"), [("info", 1), ("low", 2), ("medium", 3), ("high", 4), ("critical", 5)])
def test_severities_have_the_numbers_of_the_schema(severity, number):
    (event,) = events(make_report([make_finding(Severity[severity.upper()])]))
    assert event["severity_id"] == number


def test_what_was_not_seen_is_an_event_too():
    first, second = events(make_report([], GAPS))
    assert first["finding_info"]["title"] == "Not seen: groupMembers"
    assert (first["unmapped"]["verdict"], first["unmapped"]["complete"]) == ("fail", False)
    assert first["is_alert"] is second["is_alert"] is False
    assert first["remediation"]["desc"].startswith("az ad group member list -g 0\n")


@pytest.mark.parametrize("name", NAMES)
def test_hostile_names_are_text_of_one_line(name):
    report = hostile_report(NAMES[name])
    assert len(events(report)) == 3
    assert b"##" not in written("ocsf", report)
