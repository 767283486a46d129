"""SARIF: what OASIS says it is, what code scanning takes of it, and what is left out said."""

import gzip
import io
import json
import random
import re

import msgspec
import pytest

from kvaudit.model.finding import Confidence, Severity, Step
from kvaudit.model.origin import Document, Location, Origin
from kvaudit.model.report import RuleInfo
from kvaudit.report import sarif
from kvaudit.report.formats import Look
from tests.report.hostile import NAMES, hostile_report
from tests.report.made import ASSIGNMENT, AT_ROLE, GAPS, NOT_EVALUATED, STEPS, VAULTS, make_finding, make_report
from tests.report.writing import code_scanning_breaches, sarif_schema, written


def log_of(report):
    log = json.loads(written("sarif", report))
    sarif_schema().validate(log)
    assert list(code_scanning_breaches(log)) == []
    return log


def run_of(report):
    return log_of(report)["runs"][0]


@pytest.mark.parametrize("name", NAMES)
def test_hostile_names_make_no_link_and_no_breach(name):
    run = run_of(hostile_report(NAMES[name]))
    for result in run["results"]:
        links = re.findall(r"(?<!\\)\]\(([^)]*)\)", result["message"]["text"])
        assert all(link in {"1", "2"} for link in links)


def test_a_schema_that_is_not_kept_is_noticed(report):
    log = json.loads(written("sarif", report))
    log["runs"][0]["tool"]["driver"]["informationUri"] = "not a uri"
    assert not sarif_schema().is_valid(log)


def test_a_finding_has_a_place_a_fingerprint_and_a_path(report):
    first, placeless = run_of(report)["results"]
    assert (first["ruleId"], first["level"]) == ("KV202", "error")
    place = first["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "exports/role-assignments.json"
    assert place["region"] == {"startLine": 12, "startColumn": 3}
    assert [each["name"] for each in first["locations"][0]["logicalLocations"]] == ["kv-app", "kv-pay"]
    fingerprint = report.findings[0].fingerprint
    assert first["partialFingerprints"] == {"primaryLocationLineHash": f"{fingerprint}:1", "kvaudit/v1": fingerprint}
    assert [each["id"] for each in first["relatedLocations"]] == [1, 2]
    assert (
        "[is assigned Contributor at subscription sub-prod](2) → may write access policies" in first["message"]["text"]
    )
    (flow,) = first["codeFlows"][0]["threadFlows"]
    lines = [each["location"]["physicalLocation"]["region"]["startLine"] for each in flow["locations"]]
    assert lines == [120, 12, 12]  # a step that is written nowhere is where the one before it is
    assert flow["locations"][2]["location"]["message"]["text"] == "may write access policies"
    assert placeless["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "exports/role-assignments.json"},
        "region": {"startLine": 1, "startColumn": 1},
    }


@pytest.mark.parametrize(
    ("severity", "score", "level"),
    [("critical", "9.5", "error"), ("high", "8.0", "error"), ("medium", "5.5", "warning"), ("low", "2.0", "note"),
     ("info", None, "note")],
)  # fmt: skip
def test_severities_are_those_of_code_scanning(severity, score, level):
    found = Severity[severity.upper()]
    info = RuleInfo("KV202", "t", "w", severity=found, confidence=Confidence.LOW)
    report = msgspec.structs.replace(make_report([make_finding(found)]), rules={"KV202": info})
    (rule,) = run_of(report)["tool"]["driver"]["rules"]
    assert rule["properties"].get("security-severity") == score
    assert rule["properties"]["precision"] == "low"
    assert rule["defaultConfiguration"]["level"] == level


def test_no_alert_is_shown_as_less_than_it_is():
    info = RuleInfo("KV202", "t", "w", severity=Severity.MEDIUM)
    report = msgspec.structs.replace(make_report([make_finding(Severity.CRITICAL)]), rules={"KV202": info})
    (rule,) = run_of(report)["tool"]["driver"]["rules"]
    assert rule["properties"]["security-severity"] == "9.5"


def test_controls_are_taxonomies():
    controls = {"cis": ("v5 8.3.5",), "mcsb": ("PA-1", "PA-7"), "attack": ("T1098.003",)}
    report = msgspec.structs.replace(
        make_report([make_finding()]), rules={"KV202": RuleInfo("KV202", "t", "w", (), controls)}
    )
    run = run_of(report)
    assert [each["name"] for each in run["taxonomies"]] == [
        "MITRE ATT&CK", "CIS Azure Foundations", "Microsoft cloud security benchmark",
    ]  # fmt: skip
    (rule,) = run["tool"]["driver"]["rules"]
    for relation in rule["relationships"]:
        component = relation["target"]["toolComponent"]
        taxonomy = run["taxonomies"][component["index"]]
        assert taxonomy["name"] == component["name"]
        assert relation["target"]["id"] in [taxon["id"] for taxon in taxonomy["taxa"]]
    assert rule["properties"]["tags"][3:] == ["attack/T1098.003", "cis/v5 8.3.5", "mcsb/PA-1", "mcsb/PA-7"]


def test_what_was_not_seen_is_a_notification(report):
    run = run_of(report)
    told = run["invocations"][0]["toolExecutionNotifications"]
    assert [(each["descriptor"]["id"], each["level"]) for each in told] == [
        ("kvaudit/gap/groupMembers", "warning"),
        ("kvaudit/gap/vaults", "warning"),
        ("kvaudit/not-evaluated/owners", "note"),
    ]
    assert "group-0, group-1, group-2 and 3 more not seen" in told[0]["message"]["text"]
    assert run["properties"] == {"verdict": "fail", "complete": False, "waived": 0, "known": 0}


def test_several_tenants_do_not_replace_each_other(report):
    snapshot = msgspec.structs.replace(report.snapshot, tenant_id="f6fadfa7-e5c1-4b62-9362-da5cc13da58a")
    run = run_of(msgspec.structs.replace(report, snapshot=snapshot))
    assert run["automationDetails"]["id"].startswith("kvaudit/f6fadfa7-e5c1-4b62-9362-da5cc13da58a/")


def test_a_path_is_relative_and_encoded(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    names = {str(tmp_path / "a b" / "ü#%.json"): "a%20b/%C3%BC%23%25.json", "/elsewhere/on/disk/x.json": "x.json"}
    for name, uri in names.items():
        at = Origin(Document(name), "")
        report = msgspec.structs.replace(
            make_report([make_finding(origins=(at,), path=())]), locations={at: Location(name, 4, 1, "")}
        )
        (result,) = run_of(report)["results"]
        assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri
        assert str(tmp_path) not in json.dumps(result)


def test_a_finding_of_many_places_keeps_to_the_limit():
    origins = [Origin(AT_ROLE.document, f"/{number}") for number in range(3000)]
    path = tuple(Step("assignment", f"step {number}", "", origin) for number, origin in enumerate(origins))
    vaults = tuple(f"kv-{number}" for number in range(812))
    (result,) = run_of(make_report([make_finding(path=path, vaults=vaults)]))["results"]
    assert len(result["relatedLocations"]) == 99
    assert len(result["codeFlows"][0]["threadFlows"][0]["locations"]) == 1000
    assert len(result["locations"][0]["logicalLocations"]) == 100
    assert "812 vaults: kv-0, kv-1, kv-2, kv-3, kv-4 and 807 more" in result["message"]["text"]


def test_the_worst_of_too_many_findings_are_kept_and_the_rest_is_said():
    findings = [make_finding(Severity.HIGH, subject=str(number)) for number in range(20)]
    findings += [make_finding(Severity.LOW, "KV115", subject=str(number)) for number in range(9980)]
    stream = io.BytesIO()
    left_out = sarif.write_report(make_report(findings), stream, Look())
    assert left_out.startswith("SARIF: 5,000 findings of 10,000 left out, the least severe")
    log = json.loads(stream.getvalue())
    assert list(code_scanning_breaches(log)) == []
    (run,) = log["runs"]
    assert len(run["results"]) == 5000
    assert sum(result["level"] == "error" for result in run["results"]) == 20
    assert run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"] == left_out
    assert len(gzip.compress(stream.getvalue())) < 10_000_000


def test_what_does_not_compress_keeps_to_the_limit_too(monkeypatch):
    monkeypatch.setattr(sarif, "LARGEST", 100_000)
    noise = random.Random(1)  # noqa: S311 - made up, not secret
    findings = [
        make_finding(subject=str(number), message=noise.randbytes(1000).hex(), path=()) for number in range(500)
    ]
    stream = io.BytesIO()
    left_out = sarif.write_report(make_report(findings), stream, Look())
    shown = len(json.loads(stream.getvalue())["runs"][0]["results"])
    assert 0 < shown < 500
    assert left_out.startswith(f"SARIF: {500 - shown} findings of 500 left out")
    assert len(gzip.compress(stream.getvalue())) < 150_000  # the compressor holds some back


def test_nothing_found_is_a_log_all_the_same():
    run = run_of(make_report(passed=True))
    assert run["results"] == []
    assert run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"] == "PASS, complete"


def test_identical_input_gives_identical_bytes(report):
    assert written("sarif", report) == written("sarif", report)


def test_what_a_strict_scan_lacks_is_told_too():
    report = msgspec.structs.replace(make_report([], GAPS[:0], NOT_EVALUATED, vaults=VAULTS), complete=False)
    told = run_of(report)["invocations"][0]["toolExecutionNotifications"]
    assert told[0]["message"]["text"].startswith("owners not seen: nothing of it was given")


def test_help_says_why_and_what_to_do():
    info = RuleInfo("KV202", "A title", "Because <b>.", ("https://example.org/a", "no link"), {}, remedy="Do that.")
    report = msgspec.structs.replace(make_report([make_finding(path=STEPS)]), rules={"KV202": info})
    (rule,) = run_of(report)["tool"]["driver"]["rules"]
    assert rule["help"]["markdown"] == (
        "# A title\n\nBecause &#60;b&#62;.\n\n## What to do\n\nDo that.\n\n## Read more\n\n"
        "- <https://example.org/a>\n- no link"
    )
    assert ASSIGNMENT not in rule["help"]["text"]
