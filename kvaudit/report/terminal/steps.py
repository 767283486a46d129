"""Steps of paths in words, with where each is written."""

from __future__ import annotations

from rich.text import Text

from kvaudit.model.change import DiffReport
from kvaudit.model.finding import Step
from kvaudit.model.origin import Location
from kvaudit.model.report import AccessReport, Report
from kvaudit.report.escape import escape
from kvaudit.report.terminal.page import Page
from kvaudit.report.words import place_words

_LONG = 320  # characters; a condition may have thousands


def step_text(page: Page, report: Report | AccessReport | DiffReport, step: Step) -> Text:
    """A step in words, with where it is written; a very long one is shortened, unless all is asked for."""
    text = Text(_shortened(page, escape(step.text)))
    if page.verbosity > 1 and step.ref and step.ref not in step.text:
        text.append(f" [{escape(step.ref)}]", "dim")
    location = report.locations.get(step.origin) if step.origin else None
    if location:
        text.append(f" ({place(location, column=False)})", "dim")
    return text


def place(location: Location, *, column: bool = True) -> str:
    """Where something is written, safe to show."""
    return escape(place_words(location, column=column))


def _shortened(page: Page, text: str) -> str:
    """The text up to a blank; what stands between blanks, such as an id, is never cut."""
    if page.verbosity or len(text) <= _LONG:
        return text
    end = text.rfind(" ", 0, _LONG)
    return f"{text[:end].rstrip(',')} and so on (-v shows all)" if end > 0 else text
