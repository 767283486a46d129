"""Reports for the browser: of a sample as it is scanned, of many findings, and with who has what on made-up vaults."""

import datetime as dt
import io
from functools import cache
from pathlib import Path

import msgspec

from kvaudit.audit import ScanRequest, scan
from kvaudit.model.change import State
from kvaudit.model.finding import Confidence, Severity, Step, Verdict
from kvaudit.model.matrix import Held, Hold, Row
from kvaudit.model.overview import Holder, Overview, Reach, Route
from kvaudit.model.permission import pack
from kvaudit.model.vault import Vault
from kvaudit.report.formats import Look
from kvaudit.report.html import write_report
from tests.report.made import ASSIGNMENT, AT_MEMBER, AT_ROLE, GAPS, NOT_EVALUATED, make_finding, make_report, vault_id

ROOT = Path(__file__).resolve().parents[3]
AS_OF = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
READ = pack(["secrets/get"])


@cache
def sample(name="contoso-drift"):
    folder = ROOT / "sample-configs" / name
    return scan(ScanRequest(paths=(str(folder),), as_of=AS_OF, config=folder / "kvaudit.yaml"))[0]


@cache
def many(number=10_000):
    """Findings about hundreds of people and thousands of vaults, of every severity."""
    names = [f"kv-{place:05}" for place in range(2000)]
    findings = [_one_of_many(place, number, names) for place in range(number)]
    vaults = tuple(Vault(vault_id(name), name) for name in names)
    return make_report(findings, GAPS, NOT_EVALUATED, vaults=vaults)


def _one_of_many(place, number, names):
    principal = f"{place % 700:08x}-0000-4000-8000-000000000001"
    steps = (
        Step("principal", f"Person {place} ({principal})", principal, AT_MEMBER),
        Step("membership", f"is a member of Group {place % 50}", "g", AT_MEMBER),
        Step("assignment", f"is assigned Contributor at subscription sub-{place % 200}", ASSIGNMENT, AT_ROLE),
        Step("action", "writes an access policy", "Microsoft.KeyVault/vaults/accessPolicies/write"),
    )
    return make_finding(
        Severity(4 - 5 * place // number),
        f"KV{200 + place % 20}",
        vaults=[names[(place * 7 + each) % len(names)] for each in range(1 + place % 5)],
        principal=principal,
        subject=str(place),
        path=steps,
        message=f"Person {place} can give itself access, through the role Contributor at subscription {place % 200}",
        confidence=Confidence(place % 3),
    )


def with_access(report, principal, name, *, left_out=0, unseen=0, verdict=Verdict.DIRECT, laid_out=None):
    """The report with one principal of this name who reads secrets on every vault, through a group called the same."""
    vaults = tuple(range(len(report.snapshot.vaults))) if laid_out is None else laid_out
    cell = (Hold(State(verdict), READ, name and f"secrets/{name}"),)
    row = Row(principal, (Held(vaults, cell),), (f"{principal}-group",), name or None)
    steps = (Step("principal", name, principal, AT_MEMBER), Step("assignment", f"is assigned {name}", name, AT_ROLE))
    holder = Holder(row, (Reach(vaults, (Route(verdict, Confidence.HIGH, READ, name, steps),), 3),))
    overview = Overview(
        vaults=vaults,
        holders=(holder,),
        left_out=left_out,
        left_out_on=dict.fromkeys(vaults, left_out) if left_out else {},
        unseen=dict.fromkeys(vaults, unseen) if unseen else {},
        names={principal: name, f"{principal}-group": name},
        types={principal: "User"},
        networks=dict.fromkeys(vaults, "network not known"),
        locations=report.locations,
    )
    return msgspec.structs.replace(report, overview=lambda _numbers, _limit: overview)


def written(report):
    stream = io.BytesIO()
    write_report(report, stream, Look())
    return stream.getvalue().decode()
