"""The view for people: nothing a name can do to it, nothing cut, and no more said than is known."""

import io
import re

import msgspec
import pytest

from kvaudit.model.finding import Severity, Step, Verdict
from kvaudit.model.grant import Answer
from kvaudit.model.origin import Declaration, Document, Location, Origin
from kvaudit.model.report import AccessReport
from kvaudit.model.snapshot import Snapshot, Unresolved
from kvaudit.model.vault import Vault
from kvaudit.report import terminal
from kvaudit.report.escape import escape
from kvaudit.report.formats import Look
from kvaudit.report.terminal.steps import place
from tests.report.made import (
    ALICE,
    ASSIGNMENT,
    GAPS,
    HOSTILE,
    NOT_EVALUATED,
    OPS,
    VAULTS,
    make_finding,
    make_report,
    vault_id,
)

GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def shown(report, **look):
    stream = io.BytesIO()
    write = terminal.write_access if isinstance(report, AccessReport) else terminal.write_report
    settings = Look(**look)
    write(report, stream, settings)
    return stream.getvalue().decode(settings.encoding)


def one_line(text):
    """Text without guides and line breaks, as it would be read aloud."""
    return " ".join(re.sub(r"[│├└─]", " ", text).split())


@pytest.mark.parametrize("width", [40, 80, 120, 200])
def test_ids_are_whole_at_every_width(width, report, access_report):
    for value in (report, access_report):
        text = shown(value, width=width)
        assert GUID.findall(text)
        assert not re.search(r"…|\.\.\.", text)
        lines = text.splitlines()
        for identifier in (ALICE, OPS):
            assert any(identifier in line for line in lines)


@pytest.mark.parametrize("width", [80, 200])
def test_lines_fit_but_for_words_that_are_longer(width, report, access_report):
    for value in (report, access_report):
        for line in shown(value, width=width).splitlines():
            assert len(line) <= width or "az " in line or max(map(len, line.split())) > width - 12, line


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "cp1252"])
def test_a_name_is_text_and_nothing_else(encoding, report, access_report):
    for value in (report, access_report):
        text = shown(value, encoding=encoding)
        assert escape(HOSTILE) in one_line(text).replace("| ", "").replace("|", "")
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", text)
        assert "\nnot a line" not in text


def test_half_a_surrogate_pair_is_spelled_out():
    assert r"half \ud800 pair" in shown(make_report([make_finding(message="half \ud800 pair")]))


def test_guides_are_plain_where_the_encoding_has_no_others(access_report):
    text = shown(access_report, encoding="ascii")
    assert "`- " in text
    assert "-> may write access policies" in text


def test_a_finding_reads_from_severity_to_fix(report):
    text = one_line(shown(report))
    assert text.startswith("critical KV202 Can grant itself data access")
    for words in (
        "is assigned Contributor at subscription sub-prod (exports/role-assignments.json:12)",
        "vaults kv-app, kv-pay",
        "at exports/role-assignments.json:12:3",
        f"fix Take the role away. az role assignment delete --ids {ASSIGNMENT}",
    ):
        assert words in text
    assert "medium KV502 Can grant itself data access (low confidence)" in text


def test_colour_is_an_addition_to_words(report, access_report):
    for value in (report, access_report):
        colored = shown(value, color=True)
        assert "\x1b[" in colored
        assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == shown(value)


def test_only_what_is_meant_to_is_emphasised(report, access_report):
    assert shown(report, color=True).startswith("\x1b[1;35mcritical\x1b[0m \x1b[1mKV202\x1b[0m ")
    assert f"\n  {escape(HOSTILE)} ({OPS}) can give itself access\n" in shown(report, color=True)
    assert "\x1b[2m├─ \x1b[0mGroup \x1b[1mOps" in shown(access_report, color=True)


def test_the_table_tells_clean_from_not_evaluated(report):
    rows = {line.split()[0]: line.split()[1:] for line in shown(report).splitlines() if line.startswith("kv-")}
    assert rows == {
        "kv-app": ["1", "0", "1", "0", "0"],
        "kv-pay": ["1", "0", "0", "0", "0"],
        "kv-old": ["\N{EN DASH}"] * 5,
        "kv-clean": ["0"] * 5,
    }
    assert "0: nothing found. \N{EN DASH}: not evaluated." in shown(report)


def test_a_long_table_says_what_it_leaves_out():
    vaults = tuple(Vault(vault_id(f"kv-{number:03}"), f"kv-{number:03}") for number in range(50))
    findings = [make_finding(vaults=(f"kv-{number:03}",), subject=str(number)) for number in range(25)]
    report = make_report(findings, vaults=vaults, unevaluated=["kv-049"])
    assert "And 30 more vaults: 5 with findings, 1 not evaluated, 24 clean" in shown(report)
    assert "more vaults" not in shown(report, verbosity=1)


def test_what_could_not_be_seen_comes_with_commands(report):
    text = one_line(shown(report))
    assert "groupMembers of group-0, group-1, group-2 and 3 more the members are not in the input" in text
    assert "az ad group member list -g 0" in text
    assert "and 3 more commands (-v shows all)" in text
    assert "listed without properties (needed by KV301, KV502)" in text
    assert "owners (KV207) az ad app owner list --id <application>" in text


def test_verbose_leaves_nothing_out(report):
    text = one_line(shown(report, verbosity=1))
    assert all(gap.remedy in text for gap in GAPS)
    assert all(gap.subject in text for gap in GAPS)


def test_very_verbose_names_the_id_of_each_step(report):
    assert f"sub-prod [{ASSIGNMENT}]" in one_line(shown(report, verbosity=2))
    assert report.findings[0].fingerprint in shown(report, verbosity=2)


def test_many_vaults_are_named_on_request():
    vaults = tuple(f"kv-{number}" for number in range(812))
    report = make_report([make_finding(vaults=vaults)])
    assert "kv-0, kv-1, kv-2, kv-3, kv-4 and 807 more" in shown(report)
    assert "kv-811" in shown(report, verbosity=1)


def test_many_findings_are_shown_by_rule():
    findings = [make_finding(subject=str(number)) for number in range(300)]
    findings += [make_finding(Severity.LOW, "KV115", subject="x")]
    text = one_line(shown(make_report(findings)))
    assert "301 findings, by rule (-v shows each" in text
    assert "high KV202 300 1 Can grant itself data access" in text
    assert text.count("fix Take the role away.") == 0
    assert one_line(shown(make_report(findings), verbosity=1)).count("fix Take the role away.") == 301


def test_no_findings_is_no_more_than_that():
    assert "No findings in 4 vaults." in shown(make_report(passed=True))
    assert "No findings in what could be seen of 4 vaults." in shown(make_report(gaps=GAPS, passed=True))
    unfed = make_report(not_evaluated=NOT_EVALUATED, passed=True)
    assert "Not evaluated" in shown(unfed)


def test_answers_are_a_tree_for_each_vault(access_report):
    text = one_line(shown(access_report))
    assert text.startswith(f"kv-app: secrets/get (network not known) Group {escape(HOSTILE)} ({OPS}): direct")
    assert f"User Alice Berg ({ALICE}): escalation medium confidence: Alice Berg" in text
    assert "→ is assigned Contributor at subscription sub-prod (exports/role-assignments.json:12)" in text
    assert "latent, secrets/s1 only: Alice Berg" in text
    assert f"kv-pay: secrets/get (network not known) User Alice Berg ({ALICE}): unknown" in text
    assert f"User Alice Berg ({ALICE}): none on kv-old, kv-clean" in text


def answered(access_report, question, answers, *, complete=True):
    return msgspec.structs.replace(
        access_report, question=question, answers=answers, gaps=(), not_evaluated=(), complete=complete
    )


def test_nobody_is_said_as_far_as_is_known(access_report):
    def nobody(complete):
        return answered(access_report, "keys/sign", (), complete=complete)

    assert "Nobody has keys/sign on any of these vaults." in shown(nobody(True))
    assert "Nobody has keys/sign on any of these vaults, as far as could be seen." in shown(nobody(False))


def test_the_permissions_that_matched_a_pattern_are_named(access_report):
    answer = Answer((0,), ALICE, "secrets/*", Verdict.DIRECT, (), ("secrets/get", "secrets/list"))
    report = answered(access_report, "secrets/*", (answer,))
    assert "direct (secrets/get, secrets/list)" in shown(report)


def test_many_answers_are_counted_by_vault(access_report):
    answers = tuple(
        Answer((0,), f"principal-{number}", "secrets/get", Verdict.DIRECT if number % 2 else Verdict.LATENT)
        for number in range(300)
    )
    report = answered(access_report, "secrets/get", answers)
    text = shown(report)
    assert "300 answers, by vault" in text
    assert "kv-app: 150 direct, 150 latent" in text
    assert "principal-299" in shown(report, verbosity=1)


def test_a_step_without_a_place_has_none():
    report = make_report([make_finding(path=(Step("action", "may write access policies"),))], vaults=VAULTS[:1])
    assert "└─ may write access policies\n" in shown(report)


def test_vaults_of_which_the_same_is_to_be_said_share_a_tree(access_report):
    answers = (
        Answer((0, 2), ALICE, "secrets/get", Verdict.DIRECT),
        Answer((0, 1, 2), OPS, "secrets/get", Verdict.ELIGIBLE),
    )
    text = shown(answered(access_report, "secrets/get", answers))
    assert text.splitlines()[0] == "kv-app, kv-old: secrets/get (network not known)"
    assert "\nkv-pay: secrets/get (network not known)\n" in text
    assert text.count(ALICE) == 1
    assert text.count(OPS) == 2


def test_what_is_declared_is_shown_at_its_source_its_address_and_its_document():
    location = Location("plan.json", 40, 5, "/a", Declaration('azurerm_key_vault.main["x"]', "main.tf", 12))
    assert place(location) == 'main.tf:12, azurerm_key_vault.main["x"], plan.json:40:5'
    assert place(location, column=False).endswith("plan.json:40")
    assert place(Location("plan.json", 40, 5, "/a", Declaration("azurerm_key_vault.b"))) == (
        "azurerm_key_vault.b, plan.json:40:5"
    )


def test_what_is_not_known_before_deployment_is_listed_on_request():
    origin = Origin(Document("plan.json"), "/a", Declaration("azurerm_key_vault.main"))
    snapshot = Snapshot(unresolved=(Unresolved("tenant_id = local.tenant", (origin,)),))
    location = Location("plan.json", 40, 5, "/a", origin.declaration)
    report = msgspec.structs.replace(make_report(), snapshot=snapshot, locations={origin: location})
    assert "tenant_id = local.tenant (azurerm_key_vault.main, plan.json:40:5)" in shown(report, verbosity=1)
    assert "local.tenant" not in shown(report)
