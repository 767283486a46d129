"""Templates that others link to by a relative path: found beside them, and never outside of what is looked at."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path, PurePath
from typing import Any

from kvaudit.sources.facts import Facts
from kvaudit.sources.files import STDIN
from kvaudit.sources.template.declared import DEPLOYMENTS
from kvaudit.sources.template.functions import look_up


class Links:
    """The templates among some documents, and those that can be read besides."""

    def __init__(self, documents: Sequence[Facts], roots: Sequence[str], read: Callable[[str], Facts]) -> None:
        self._known = {os.path.normpath(facts.document.name): facts for facts in documents}
        self._roots = [os.path.abspath(root) for root in roots]  # noqa: PTH100 - links are looked for below
        self._read = read
        self.found: list[Facts] = []  # what was read besides
        self.followed: set[str] = set()  # names of the documents that a link has led to

    def follow(self, file: str, relative: str) -> Facts | str:
        """The template that one in a file links to; or what keeps it from being read, as the end of a sentence."""
        path = self._beside(file, relative)
        if path is None:
            return "is not fetched"
        whole = PurePath(os.path.abspath(path))  # noqa: PTH100 - as above
        root = next((root for root in self._roots if whole.is_relative_to(root)), None)
        if root is None:
            return "lies outside of the folder that is looked at"
        try:
            if Path(path).resolve() != Path(root).resolve() / whole.relative_to(root):
                return "lies behind a symbolic link"
            if not Path(path).is_file():
                return "is not there"
        except (OSError, RuntimeError):  # a name that is too long, or a link in a circle
            return "cannot be read"
        facts = self._known.get(path)
        if facts is None:
            facts = self._known[path] = self._read(path)
            self.found += [facts] if facts.template is not None else []
        if facts.template is None:
            return "is no template"
        self.followed.add(facts.document.name)
        return facts

    def named(self, documents: Sequence[Facts]) -> set[str]:
        """The names of the documents that templates among them link to by a path that is written out."""
        found = set()
        for facts in documents if len(documents) > 1 else ():
            for relative in _relative_paths(facts.template or {}):
                path = self._beside(facts.document.name, relative)
                if path in self._known:
                    found.add(self._known[path].document.name)
        return found

    def _beside(self, file: str, relative: str) -> str | None:
        is_path = relative and "\0" not in relative and "://" not in relative and not PurePath(relative).is_absolute()
        return os.path.normpath(PurePath(file).parent / relative) if is_path and file != STDIN else None


def _relative_paths(template: Mapping[str, Any]) -> Iterator[str]:
    """The paths in the deployments of a template, and of those inside it."""
    left = [template]
    while left:
        resources = look_up(left.pop(), "resources")[1]
        each = resources.values() if isinstance(resources, dict) else resources if isinstance(resources, list) else ()
        for resource in each:
            if not _may_be_deployment(resource):
                continue
            properties = look_up(resource, "properties")[1]
            relative = look_up(look_up(properties, "templateLink")[1], "relativePath")[1]
            if isinstance(relative, str):
                yield relative
            inside = look_up(properties, "template")[1]
            if isinstance(inside, dict):
                left.append(inside)


def _may_be_deployment(resource: Any) -> bool:
    """Whether a resource may be a deployment, by its type: there may be very many of others."""
    kind = look_up(resource, "type")[1]
    return not isinstance(kind, str) or kind[:1] == "[" or kind.lower() == DEPLOYMENTS
