"""What can and cannot be read of Azure, for people: a line for each source, and the commands that close the holes."""

from __future__ import annotations

from collections import Counter
from typing import BinaryIO

from rich.text import Text

from kvaudit.model.checkup import Check, Checkup, Cure
from kvaudit.report.escape import escape
from kvaudit.report.formats import Look
from kvaudit.report.terminal.page import Page

_STYLES = {
    "ok": "green",
    "unlicensed": "cyan",
    "untried": "dim",
    "denied": "bold red",
    "throttled": "yellow",
    "absent": "yellow",
    "failed": "bold magenta",
}
_SOURCE, _STATUS = 20, 12  # columns, the room between them included
_SOME = 5


def write_checkup(checkup: Checkup, stream: BinaryIO, look: Look) -> None:
    """Write a checkup."""
    with Page.on(stream, look) as page:
        _show_subject(page, checkup)
        page.title("Sources")
        names = {each.id: each.name for each in checkup.subscriptions}
        counts = Counter(check.source for check in checkup.checks)
        for check in checkup.checks:
            page.put(_line(page, check, names, mixed=counts[check.source] > 1))
        if checkup.left:
            words = ", ".join(f"{source} ({option})" for source, option in checkup.left)
            page.put([Text(), *page.wrapped(Text(f"Not tried, as it is read only when asked for: {words}.", "dim"))])
        if checkup.cures:
            page.title("What would close the holes")
            for number, cure in enumerate(checkup.cures):
                page.put([*([Text()] if number else []), *_cure(page, cure)])


def _show_subject(page: Page, checkup: Checkup) -> None:
    page.put(page.wrapped(Text(f"As {escape(checkup.subject.words)}."), "", "    "))
    names = [f"{each.name} ({each.id})" if each.name else each.id for each in checkup.subscriptions]
    page.put(page.wrapped(Text(f"Subscriptions to be seen: {page.some(names, _SOME) or 'none'}."), "", "    "))
    if checkup.subject.clock:
        page.put(page.wrapped(Text(escape(checkup.subject.clock), "yellow"), "", "    "))


def _line(page: Page, check: Check, names: dict[str, str], *, mixed: bool) -> list[Text]:
    """A source, how it answered, and what is lost with it; `mixed` is one that answered differently elsewhere."""
    where = _where(page, check, names) if mixed or not check.seen else ""
    if check.seen:
        words = Text(f"{where}{escape(check.words)}", "dim")
        why = check.reason if check.status == "untried" else check.code if check.status != "ok" else ""
    else:
        words = Text(f"{where}{escape(check.lost)}")
        why = _why(check, whole=bool(page.verbosity))
    words.append(f" ({escape(why)})" if why else "", "dim")
    head = f"{escape(check.source).ljust(_SOURCE)}{check.status.ljust(_STATUS)}"
    lines = page.wrapped(words, head, " " * len(head))
    lines[0].stylize("not dim", 0, len(head))
    lines[0].stylize(_STYLES[check.status], _SOURCE, _SOURCE + len(check.status))
    return lines


def _why(check: Check, *, whole: bool) -> str:
    """Why a source did not answer. What Azure says of a refusal is long, and its code says the same."""
    parts = [check.code]
    if whole or check.status != "denied" or not check.code:
        parts.append(check.reason)
    if check.status == "denied":
        parts.append(f"needs {check.needs}")
    return "; ".join(filter(None, parts))


def _where(page: Page, check: Check, names: dict[str, str]) -> str:
    """The scopes that answered so, where it is not the tenant: subscriptions by their names, resources by theirs."""
    places = []
    for scope in check.scopes:
        parts = scope.split("/")
        if len(parts) == 3:
            name = names.get(parts[2].lower())
            places.append(f"{name} ({parts[2]})" if name else scope)
        elif scope != "tenant":
            places.append(scope if page.verbosity else parts[-1])
    return f"on {page.some(places, _SOME)}: " if places else ""


def _cure(page: Page, cure: Cure) -> list[Text]:
    words = Text("or " if cure.instead else "")
    words.append(escape(cure.gives), "bold")
    words.append(f", for {', '.join(map(escape, cure.closes))}")
    # A command is never broken: it is there to be copied.
    return [*page.wrapped(words, "", "    "), *(Text(f"    {escape(command)}") for command in cure.commands)]
