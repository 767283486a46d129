"""The same facts in any order of rows and files are the same report, word by word."""

from __future__ import annotations

import json
import random
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kvaudit.access.engine import resolve
from kvaudit.cli.app import main
from kvaudit.model.origin import Document
from kvaudit.model.profile import Profile
from kvaudit.rules.base import Context
from kvaudit.rules.registry import load_rules, run_rules
from kvaudit.sources.facts import Facts
from kvaudit.sources.merge import merge
from tests.access.strategies import AS_OF, snapshots
from tests.live.azure.complete import snapshot
from tests.live.azure.small import small

SAMPLES = Path(__file__).resolve().parent.parent / "sample-configs"
FOLDERS = ("contoso", "contoso-drift", "fabrikam-rbac", "northwind-escalation")
ORDERED = {"managementGroupAncestors"}
"""Lists whose order says something."""

WHOLE = ("members-", "role-assignments")
"""What is one list of az by its name, or is told of as a whole by what is in it: half of it says something else."""


def shuffled(content, rng):
    """The same content with the rows of every list in another order."""
    if isinstance(content, dict):
        return {key: value if key in ORDERED else shuffled(value, rng) for key, value in content.items()}
    if isinstance(content, list):
        return rng.sample([shuffled(each, rng) for each in content], len(content))
    return content


def parts(file, content, rng):
    """The rows of a list, or of the sections of a snapshot, in two documents."""
    if isinstance(content, list) and not file.name.startswith(WHOLE):
        cut = rng.randint(0, len(content))
        return [part for part in (content[:cut], content[cut:]) if part]
    if "schema" not in content:  # of a list too
        return [content]
    halves = [{}, {}]
    for name, value in content.items():
        rows = isinstance(value, list) and name != "coverage"
        cut = rng.randint(0, len(value)) if rows else 0
        halves[0][name], halves[1][name] = (value[:cut], value[cut:]) if rows else (value, value)
    return halves


def documents():
    """The documents of each estate by the name of the file they came in."""
    estates = {
        folder: {file.relative_to(SAMPLES / folder): json.loads(file.read_bytes()) for file in files}
        for folder in FOLDERS
        if (files := sorted((SAMPLES / folder).rglob("*.json")))
    }
    fabrikam = msgspec.yaml.decode((SAMPLES / "fabrikam-rbac" / "snapshot.yaml").read_bytes())
    return {**estates, "fabrikam-rbac": {Path("snapshot.json"): fabrikam}, "small": {Path("s.json"): snapshot(small())}}


ESTATES = documents()


def essence(report):
    """What a report says, without where in which file it stands."""
    findings = [
        {
            "fingerprint": each["fingerprint"],
            "message": each["message"],
            "path": [step["text"] for step in each["path"]],
            "cause": {name: value for name, value in (each["cause"] or {}).items() if name != "locations"},
            **{
                name: each[name]
                for name in ("rule", "severity", "confidence", "vaults", "principal", "note", "remediation")
            },
        }
        for each in report["findings"]
    ]
    gaps = [[gap["need"], gap["subject"], gap["reason"], gap["remedy"], gap["rules"]] for gap in report["gaps"]]
    return json.dumps([findings, gaps, report["notEvaluated"], report["summary"], report["complete"]], indent=1)


def scanned(folder, content, capsysbinary):
    for number, (name, document) in enumerate(content):
        file = folder / name.with_name(f"{number:02}") / name.name if number else folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(document), encoding="utf-8")
    capsysbinary.readouterr()
    main(["scan", str(folder), "-f", "json", "--as-of", "2026-11-23"])
    return essence(json.loads(capsysbinary.readouterr().out))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", ESTATES)
def test_an_estate_reads_the_same_in_any_order_of_rows_and_files(name, seed, tmp_path, capsysbinary):
    rng = random.Random(seed)  # noqa: S311 - the same orders in every run
    estate = ESTATES[name]
    expected = scanned(tmp_path / "as-it-is", list(estate.items()), capsysbinary)
    split = [(file, part) for file, content in estate.items() for part in parts(file, shuffled(content, rng), rng)]
    assert scanned(tmp_path / "shuffled", rng.sample(split, len(split)), capsysbinary) == expected


FIELDS = [name for name, rows in vars(Facts(Document("x"))).items() if isinstance(rows, list)]


def told(facts):
    """What the rules say of facts that came in two documents."""
    access = resolve(merge(facts), AS_OF)
    results = run_rules(load_rules(), Context(access, Profile(())))
    steps = [[step.text for step in each.path] for each in results.findings]
    return [
        [
            [each.message, each.cause, each.remediation, each.subject, each.vaults, each.severity]
            for each in results.findings
        ],
        steps,
        [[each.need, each.subject, each.reason, each.rules] for each in (*results.gaps, *access.gaps)],
        results.not_evaluated,
    ]


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(snapshots(), st.randoms(use_true_random=False))
def test_an_estate_that_nobody_thought_of_reads_the_same_in_any_order(estate, rng):
    plain, one, two = (Facts(Document(name)) for name in ("one", "one", "two"))
    for facts in (plain, one, two):
        facts.tenant_id, facts.given = estate.tenant_id, set(estate.given)
    for field in FIELDS:
        rows = list(getattr(estate, field, ()))
        getattr(plain, field).extend(rows)
        rng.shuffle(rows)
        for row in rows:
            getattr(rng.choice((one, two)), field).append(row)
    assert told([one, two]) == told([plain])
