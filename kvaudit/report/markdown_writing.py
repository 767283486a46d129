"""Markdown for a comment or a job's summary: safe to show, and never longer than one may be."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from kvaudit.model.origin import Location, Origin
from kvaudit.report.escape import escape
from kvaudit.report.words import place_words, plural, some

LONGEST = 65_000
"""Bytes of a comment; GitHub takes 65,536 characters and cuts nothing off by itself."""

_OPEN = 8  # entries shown before the rest goes into a block that is closed at first
_NAMES = 5
_ROOM = 400  # for the word about what was left out
_TITLE = 200  # for the title of a section and the block around its rest

# Whatever means something to Markdown or HTML inside a line, mentions (@), references (#) and bare links among it.
_SIGNS = re.compile(r"[\\`*_\[\]<>#|~@&$]|:(?=[/A-Za-z_+])|w(?=ww\.)", re.IGNORECASE)


def page(head: str, sections: Sequence[tuple[str, Sequence[str], str]], longest: int, all_of_it: str) -> str:
    """A page of at most so many bytes: a head, sections (title, items, what an item is called), what was left out.

    Up to a quarter of the room is kept for the sections that come after one, so that none is crowded out.
    """
    text = head
    room = longest - _ROOM - _size(head)
    left_out: list[str] = []
    sizes = [sum(map(_size, items)) + _TITLE for _, items, _ in sections]
    for number, (title, items, noun) in enumerate(sections):
        if items:
            kept = min(sum(sizes[number + 1 :]), room // 4)
            shown, missing = _section(title, items, room - kept)
            text += shown
            room -= _size(shown)
            if missing:
                left_out.append(plural(missing, noun))
    if left_out:
        text += f"\nLeft out, as there is no room for more: {', '.join(left_out)}. {all_of_it}\n"
    return text


def _section(title: str, items: Sequence[str], room: int) -> tuple[str, int]:
    """A section with as many of its items as there is room for, in bytes, and how many were left out."""
    head = f"\n### {title}\n\n"
    opening, closing = "\n<details><summary>{}</summary>\n\n", "\n</details>\n"
    room -= _TITLE
    kept: list[str] = []
    for item in items:
        size = _size(item)
        if size <= room:
            room -= size
            kept.append(item)
    if not kept:
        return "", len(items)
    first, rest = kept[:_OPEN], kept[_OPEN:]
    text = head + "".join(first)
    if rest:
        text += opening.format(f"{len(rest):,} more") + "".join(rest) + closing
    return text, len(items) - len(kept)


def _size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "backslashreplace"))


def place(locations: Mapping[Origin, Location], origins: Iterable[Origin]) -> str:
    """The first of these places that is known, in brackets."""
    return next((f" ({spot(locations, origin)})" for origin in origins if origin in locations), "")


def spot(locations: Mapping[Origin, Location], origin: Origin) -> str:
    """The file and line of an origin, as far as they are known."""
    location = locations.get(origin)
    return safe(place_words(location, column=False) if location else origin.document.name)


def some_safe(names: Sequence[str]) -> str:
    """The first of these names, and how many more there are."""
    return some(list(map(safe, names)), _NAMES)


def safe(text: str) -> str:
    """Text in which nothing is markup, a mention, a reference or a link: what could be is written as its number."""
    return _SIGNS.sub(lambda sign: f"&#{ord(sign[0])};", escape(text))
