"""Write the tables of docs/live.md that follow from what is read, and from the clouds there are.

python scripts/write_live_page.py
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from kvaudit.sources.live.clouds import KNOWN
from kvaudit.sources.live.needs import ACTIONS, NEEDS, Need

PAGE = Path(__file__).resolve().parent.parent / "docs" / "live.md"


def needs(*, graph: bool) -> str:
    """What reading each source takes, and what is lost without it."""
    permission = "application permission" if graph else "action"
    rows = [
        f"| `{source}` | {_words(need)} | `{need.action}` | {need.role} | {need.lost} |"
        for source, need in NEEDS.items()
        if need.graph is graph
    ]
    return _table(f"| source | what it is | {permission} | role | without it an audit cannot say |", rows)


def _words(need: Need) -> str:
    return f"{need.words} (`{need.option}`)" if need.option else need.words


def clouds() -> str:
    """The endpoints of each cloud."""
    rows = [
        f"| `{cloud.name}` | {_host(cloud.arm)} | {_host(cloud.authority)} | {_host(cloud.graph)} |"
        for cloud in KNOWN.values()
    ]
    return _table("| name | Resource Manager | login | Microsoft Graph |", rows)


def actions() -> str:
    """The actions of the custom role."""
    return "\n".join(["```text", *ACTIONS, "```"])


def _host(url: str) -> str:
    return urlsplit(url).netloc


def _table(head: str, rows: list[str]) -> str:
    return "\n".join([head, "|" + "---|" * (head.count("|") - 1), *rows])


def renewed(text: str) -> str:
    """The page with its tables as they are now."""
    made = {"needs": needs(graph=False), "graph": needs(graph=True), "clouds": clouds(), "actions": actions()}
    for name, block in made.items():
        begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
        head, _, rest = text.partition(begin)
        text = f"{head}{begin}\n{block}\n{end}{rest.partition(end)[2]}"
    return text


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
