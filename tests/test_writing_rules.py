"""docs/writing-rules.md, followed to the letter in an empty folder, ends with a rule that works."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parent.parent / "docs" / "writing-rules.md"
FILE = re.compile(r"^```yaml\n# (our-rules/\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
GRANT_RULE = re.compile(r"^```yaml\n(id: (ACME002)\n.*?)^```$", re.MULTILINE | re.DOTALL)


def kvaudit(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("kvaudit")), *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False)


@pytest.fixture
def followed(tmp_path):
    for name, text in FILE.findall(PAGE.read_text(encoding="utf-8")):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return tmp_path


def test_the_page_makes_a_whole_rule(followed):
    made = sorted(file.name for file in (followed / "our-rules" / "ACME001").iterdir())
    assert made == ["clear.yaml", "hit.yaml", "rule.yaml", "unknown.yaml"]


def test_the_rule_passes_its_check(followed):
    done = kvaudit(followed, "rules", "check", "our-rules")
    assert done.returncode == 0, done.stderr
    assert done.stderr == "1 rule · 0 problems\n"


def test_the_rule_finds_what_it_is_for(followed):
    words = ("scan", "our-rules/ACME001/hit.yaml", "--rules", "our-rules", "--select", "ACME", "-f", "json")
    done = kvaudit(followed, *words)
    assert done.returncode == 1, done.stderr
    (finding,) = json.loads(done.stdout)["findings"]
    assert finding["message"] == "Key vault kv-app is in eastus, not in westeurope, northeurope."
    assert finding["remediation"]["commands"] == ["az keyvault delete --name kv-app"]


def test_the_rule_does_not_pass_what_it_cannot_see(followed):
    words = ("scan", "our-rules/ACME001/unknown.yaml", "--rules", "our-rules", "--select", "ACME", "-f", "json")
    report = json.loads(kvaudit(followed, *words).stdout)
    assert report["findings"] == []
    assert "vaults" in [gap["need"] for gap in report["gaps"] if "ACME001" in gap["rules"]]


def test_a_fixture_that_does_not_hold_fails_the_check(followed):
    rule = followed / "our-rules" / "ACME001"
    (rule / "clear.yaml").write_text((rule / "hit.yaml").read_text())
    assert kvaudit(followed, "rules", "check", "our-rules").returncode == 1


def test_a_typo_is_said_with_its_place(followed):
    rule = followed / "our-rules" / "ACME001" / "rule.yaml"
    rule.write_text(rule.read_text().replace("vault.location|any", "vault.locaton|any"))
    done = kvaudit(followed, "rules", "check", "our-rules")
    assert done.returncode == 2
    assert re.search(r"our-rules/ACME001/rule\.yaml:\d+:\d+", done.stderr)
    assert "vault.location" in done.stderr


def test_the_rule_about_access_is_sound_too(followed):
    text, name = GRANT_RULE.search(PAGE.read_text(encoding="utf-8")).groups()
    (followed / "our-rules" / name).mkdir()
    (followed / "our-rules" / name / "rule.yaml").write_text(text)
    assert kvaudit(followed, "rules", "show", name, "--rules", "our-rules").returncode == 0
