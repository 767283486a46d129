"""JSON: what is written keeps the published schema, byte for byte the same each time, with every name intact."""

import importlib.resources
import io
import json

import jsonschema
import msgspec
import pytest

from kvaudit.model.finding import Gap, Path, Severity, Step, Verdict
from kvaudit.model.grant import Answer
from kvaudit.model.origin import Document, Origin
from kvaudit.model.report import AccessReport
from kvaudit.report import json_report
from kvaudit.report.formats import Look
from tests.report.made import ALICE, ASSIGNMENT, HOSTILE, OPS, VAULTS, make_finding, make_report, vault_id


def written(report):
    stream = io.BytesIO()
    write = json_report.write_access if isinstance(report, AccessReport) else json_report.write_report
    write(report, stream, Look())
    return stream.getvalue()


def schema(name):
    text = importlib.resources.files("kvaudit.report").joinpath(f"schemas/{name}-v1.json").read_text(encoding="utf-8")
    return jsonschema.Draft202012Validator(json.loads(text))


def test_a_report_keeps_its_schema(report):
    document = json.loads(written(report))
    schema("report").validate(document)
    assert document["schema"] == "kvaudit/report/v1"
    assert (document["verdict"], document["complete"]) == ("fail", False)
    assert document["summary"] == {
        "vaults": 4,
        "grants": 41,
        "findings": {"critical": 1, "high": 0, "medium": 1, "low": 0, "info": 0},
        "waived": 0,
        "known": 0,
    }


def test_a_finding_is_written_whole(report):
    finding, setting = json.loads(written(report))["findings"]
    assert finding["vaults"] == [vault_id("kv-app"), vault_id("kv-pay")]
    assert finding["principal"] == {"id": OPS, "type": "Group", "name": HOSTILE}
    assert finding["cause"] == {"kind": "roleAssignment", "id": ASSIGNMENT}
    assert finding["path"][0]["text"] == f"Alice Berg ({ALICE}) is a member of {HOSTILE} ({OPS})"
    assert [(step["file"], step["line"]) for step in finding["path"]] == [
        ("exports/members.json", 120),
        ("exports/role-assignments.json", 12),
        ("", 0),
    ]
    place = {"file": "exports/role-assignments.json", "line": 12, "column": 3, "pointer": "/3", "declaration": None}
    assert finding["locations"] == [place]
    assert finding["controls"] == {"cis": ["8.5"]}
    assert finding["references"] == ["https://example.org/kv202"]
    assert finding["fingerprint"] == report.findings[0].fingerprint
    assert (setting["principal"], setting["cause"], setting["path"]) == (None, None, [])


def test_an_access_report_keeps_its_schema(access_report):
    document = json.loads(written(access_report))
    schema("access").validate(document)
    first = document["answers"][0]
    assert first["vault"] == VAULTS[0].id
    assert first["principal"] == {"id": ALICE, "type": "User", "name": "Alice Berg"}
    assert [path["verdict"] for path in first["paths"]] == ["escalation", "latent"]
    assert first["paths"][1]["object"] == "secrets/s1"
    assert document["answers"][2]["paths"] == []
    assert document["notEvaluated"][0]["need"] == "owners"


@pytest.mark.parametrize("name", ["report", "access"])
def test_a_schema_is_strict_wherever_it_describes_an_object(name):
    validator = schema(name)
    validator.check_schema(validator.schema)

    def check(node):
        if isinstance(node, dict):
            if "properties" in node:
                assert node["additionalProperties"] is False
                assert set(node["required"]) == set(node["properties"])
            list(map(check, node.values()))
        elif isinstance(node, list):
            list(map(check, node))

    check(validator.schema)


def test_an_empty_report_keeps_its_schema():
    document = json.loads(written(make_report(passed=True)))
    schema("report").validate(document)
    assert (document["findings"], document["gaps"], document["verdict"]) == ([], [], "pass")


def test_identical_input_gives_identical_bytes(report, access_report):
    assert written(report) == written(report)
    assert written(access_report) == written(access_report)


def test_half_a_surrogate_pair_stays_valid_json():
    finding = make_finding(
        message="half \ud800 pair",
        vaults=("kv-\udcff",),
        path=(Step("principal", "\udfff"),),
        origins=(Origin(Document("caf\udce9.json"), ""),),
    )
    gap = Gap("vaults", "\ud834", "r")
    data = written(make_report([finding, make_finding()], [gap]))
    document = json.loads(data.decode("utf-8"))
    schema("report").validate(document)
    first = document["findings"][0]
    assert first["message"] == "half \ud800 pair"
    assert first["vaults"] == [vault_id("kv-\udcff")]
    assert first["path"][0]["text"] == "\udfff"
    assert first["locations"] == [
        {"file": "caf\udce9.json", "line": 0, "column": 0, "pointer": "", "declaration": None}
    ]
    assert document["gaps"][0]["subject"] == "\ud834"


def test_half_a_surrogate_pair_in_an_answer(access_report):
    path = Path(Verdict.DIRECT, ("\udfff",), (Step("assignment", "whole"),))
    answers = (Answer((0,), "\udfff", "secrets/get", Verdict.DIRECT, (path,)),)
    broken = msgspec.structs.replace(
        access_report,
        answers=answers,
        names={"\udfff": "n\ud801"},
        types={},
        heads=lambda _principal, _holders: (Step("principal", "\ud800"),),
    )
    document = json.loads(written(broken))
    assert document["answers"][0]["principal"] == {"id": "\udfff", "type": None, "name": "n\ud801"}
    assert document["answers"][0]["paths"][0]["steps"][0]["text"] == "\ud800"


def test_one_finding_takes_one_line(report):
    lines = written(report).decode().splitlines()
    assert sum(line.startswith('{"rule":') for line in lines) == len(report.findings)


def test_a_long_report_is_written_in_pieces():
    class Counting(io.BytesIO):
        pieces = 0

        def write(self, data):
            self.pieces += 1
            return super().write(data)

    stream = Counting()
    findings = [make_finding(Severity.LOW, subject=str(number)) for number in range(3000)]
    json_report.write_report(make_report(findings), stream, Look())
    assert stream.pieces > 2
    assert len(json.loads(stream.getvalue())["findings"]) == 3000


def test_each_vault_has_an_answer_of_its_own(access_report):
    path = Path(Verdict.DIRECT, (ALICE,), (Step("assignment", "is assigned"),))
    answers = (Answer((0, 2, 3), ALICE, "secrets/get", Verdict.DIRECT, (path,)),)
    heads = (Step("principal", "Alice"),)
    report = msgspec.structs.replace(access_report, answers=answers, heads=lambda _principal, _holders: heads)
    document = json.loads(written(report))
    schema("access").validate(document)
    assert [answer["vault"] for answer in document["answers"]] == [VAULTS[number].id for number in (0, 2, 3)]
    assert [[step["text"] for step in answer["paths"][0]["steps"]] for answer in document["answers"]] == [
        ["Alice", "is assigned"]
    ] * 3
