"""Names nobody would want in a report: one table for every format.

Whoever may name a group, a vault's tag or a folder chooses what a report prints. Each format's tests say what must not
come through; `hostile_report` has a name of the table wherever a report has a name.
"""

from kvaudit.model.finding import Cause, Confidence, Finding, Gap, NotEvaluated, Remediation, Severity, Step
from kvaudit.model.origin import Document, Location, Origin
from kvaudit.model.report import Report, RuleInfo
from kvaudit.model.snapshot import Snapshot
from kvaudit.model.vault import Vault
from tests.report.made import ALICE, ASSIGNMENT, SUBSCRIPTION

LONG = 100_000

NAMES = {
    "terminal": "ops\x1b[31m\x1b]0;title\x07\x9b2J\x08\x7f",
    "markup": "ops [bold red]x[/] [link=https://evil.example]y[/link] :key:",
    "html": "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&amp;</td><!--",
    "xml": "]]></failure><!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>&e;",
    "xml-forbidden": "a\x00b\x0b\x0c\ufffe\uffff\x1f",
    "formula": '=HYPERLINK("https://evil.example","x")',
    "formula-plus": "+1+cmd|' /C calc'!A0",
    "formula-tab": "\t=1+1",
    "formula-space": " \u00a0@SUM(1)",
    "github": "::error file=a.py,line=1::injected",
    "github-line": "x\r\n::set-output name=a::b\n::stop-commands::t",
    "github-old": "x ##[add-mask]a ##[error]b",
    "github-escapes": "100% %0A::error::x %25 a:b,c",
    "azure": "##vso[task.complete result=Succeeded;]done",
    "azure-middle": "ops ###vso[task.setvariable variable=a;issecret=true]b]; ##VSO[x]",
    "azure-escapes": "a;b]c%3B%5D%AZP250A",
    "bidi": "user\u202egnp.exe\u202c \u2066x\u2069\u200f",
    "invisible": "ad\u200bmin\u2060\ufeff\u3164\U000e0041",
    "newlines": "a\nb\r\nc\u2028d\u2029e\x85f\x1ef",
    "markdown": "](https://evil.example) ![x](https://evil.example/p.png) `a` **b** # c\n\n| x | y |\n</details>",
    "mention": "@everyone #1 GH-1 https://evil.example www.evil.example $x$",
    "sarif-link": "[click](https://evil.example) [0](1) {0} \\[x\\](2)",
    "quotes": "a\"b'c`d\\",
    "json": '"},{"rule":"KV000"',
    "surrogate": "half \ud800 pair \udfff",
    "path": "../../etc/passwd%00 ?#x",
    "emoji": "Zoë 王小明 🔑 \u0301",
    "empty": "",
    "long": "x" * LONG,
}  # fmt: skip


def hostile_report(name):
    """A report, complete in nothing, in which everything a tenant or a user can name is called this."""
    document = Document(f"exports/{name}.json", "vaults")
    at = Origin(document, "/0")
    vault = Vault(f"{SUBSCRIPTION}/resourceGroups/{name}/providers/Microsoft.KeyVault/vaults/{name}", name)
    steps = (
        Step("membership", f"{name} ({ALICE}) is a member of {name}", name, at),
        Step("assignment", f"is assigned {name} at {name}", ASSIGNMENT, at),
        Step("condition", f"under the condition {name}"),
    )
    finding = Finding(
        rule="KV202",
        title="Can grant itself data access",
        severity=Severity.CRITICAL,
        confidence=Confidence.HIGH,
        vaults=(vault.id,),
        message=f"{name} can grant itself {name}",
        principal=name,
        cause=Cause("roleAssignment", name),
        path=steps,
        origins=(at,),
        remediation=Remediation(f"Take {name} away.", (f"az role assignment delete --ids {name}",)),
        subject=name,
    )
    placeless = Finding(
        rule="KV401",
        title="No logs",
        severity=Severity.INFO,
        confidence=Confidence.LOW,
        vaults=(),
        message=name,
        subject=name,
    )
    return Report(
        findings=(finding, placeless),
        gaps=(Gap("groupMembers", name, f"{name} was not given", f"az ad group show -g {name}", ("KV202",), (at,)),),
        not_evaluated=(NotEvaluated("owners", ("KV207",), f"az ad app owner list --id {name}"),),
        rules={
            "KV202": RuleInfo("KV202", "Can grant itself data access", name, ("https://example.org/kv202",)),
            "KV401": RuleInfo("KV401", "No logs", name),
        },
        snapshot=Snapshot(tenant_id=name, taken_at=name, vaults=(vault,), documents=(document,)),
        locations={at: Location(document.name, 12, 3, "/0")},
        names={name: name},
        types={name: name},
        grants=1,
        passed=False,
        complete=False,
    )
