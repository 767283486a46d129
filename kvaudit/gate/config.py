"""`kvaudit.yaml`, or `[tool.kvaudit]` of pyproject.toml: the teams, the gate, and what rules may be told.

A typo in it is an error, never ignored.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from kvaudit.errors import ConfigError, InputError
from kvaudit.gate.overrides import Override
from kvaudit.gate.waivers import WAIVERS, WAIVERS_FILE, Waivers, read_waivers
from kvaudit.model.finding import Severity
from kvaudit.model.gate import Waiver
from kvaudit.model.profile import Profile
from kvaudit.model.value import Value
from kvaudit.rules.base import Meta, Rule
from kvaudit.rules.document import YamlFile, below, open_yaml, read_text
from kvaudit.rules.rule_shape import OPTION_VALUE, SEVERITIES
from kvaudit.rules.shape import Either, Entry, Listing, Record, Schema, Table, Text, Whole, kind_of
from kvaudit.rules.teams import TeamsShape, default_profile
from kvaudit.sources.toml_text import TomlTable, parse_toml_table
from kvaudit.sources.yaml_text import parse_yaml

CONFIG_FILE = "kvaudit.yaml"
PYPROJECT = "pyproject.toml"
_TABLE = ("tool", "kvaudit")
_IDS = Listing(Text(what="a rule id, or the beginning of some"))


class _OverrideShape(Value):
    """What holds for some vaults; a name or tags say for which."""

    record: Record = Record(
        {
            "name": Entry(Text(what="a glob"), "Glob on the vault's name or id, in any case."),
            "tags": Entry(Table(Text(what="a glob")), "Tags the vault has, each with a glob on its value.", default={}),
            "fail-on": Entry(SEVERITIES, "The severity from which a finding that touches it fails the run."),
            "severities": Entry(Table(SEVERITIES), "Other severities for rules, by id.", default={}),
            "ignore": Entry(_IDS, "Rules whose findings do not count for it, by id or the beginning.", default=()),
        },
        "key of an entry for vaults",
    )

    def read(self, file: YamlFile, pointer: str, value: Any) -> Override:
        """The entry."""
        read = self.record.read(file, pointer, value)
        if not (read["name"] or read["tags"]):
            raise file.wrong(pointer, "an entry for vaults needs a name or tags")
        return Override(**{key.replace("-", "_"): each for key, each in read.items()})

    def schema(self) -> Schema:
        """The same as JSON Schema."""
        return {**self.record.schema(), "anyOf": [{"required": ["name"]}, {"required": ["tags"]}]}


CONFIG = Record(
    {
        "teams": Entry(TeamsShape(), "Which principals form which team, and what it may hold."),
        "fail-on": Entry(SEVERITIES, "The severity from which a finding fails the run."),
        "min-severity": Entry(SEVERITIES, "The severity from which a finding is shown."),
        "select": Entry(_IDS, "Rules to run, by id or the beginning of it; all others are left out.", default=()),
        "ignore": Entry(_IDS, "Rules not to run, by id or the beginning of it.", default=()),
        "severities": Entry(Table(SEVERITIES), "Other severities for rules, by id.", default={}),
        "options": Entry(Table(Table(OPTION_VALUE)), "Options of rules, by id and name.", default={}),
        "rules": Entry(Listing(Text()), "Folders of further rules, from the folder of this file.", default=()),
        "waivers": Entry(
            Either(
                (
                    (lambda value: isinstance(value, str), Text(what="a file")),
                    (lambda value: isinstance(value, list), WAIVERS),
                ),
                "a file of waivers, or the waivers",
            ),
            "Findings that somebody answers for: a file, from the folder of this one, or the waivers themselves.",
        ),
        "waiver-days": Entry(Whole(1), "For how many days ahead a waiver may hold at most."),
        "baseline": Entry(Text(what="a file"), "The baseline, from the folder of this file."),
        "vaults": Entry(Listing(_OverrideShape()), "What holds for some vaults; the first that fits.", default=()),
    }
)


class Config(Value):
    """What a configuration file says, or the defaults."""

    profile: Profile
    fail_on: Severity | None = None
    min_severity: Severity | None = None
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severities: dict[str, Severity] = {}
    options: dict[str, dict[str, Any]] = {}
    rules: tuple[Path, ...] = ()
    waivers: tuple[Waiver, ...] = ()  # written in this file
    waivers_file: Path | None = None
    waiver_days: int | None = None
    baseline: Path | None = None
    vaults: tuple[Override, ...] = ()
    file: YamlFile | None = None

    @property
    def names_waivers(self) -> bool:
        """Whether the file says something of waivers, be it that there are none."""
        return self.file is not None and isinstance(self.file.value, dict) and "waivers" in self.file.value

    def all_waivers(self, path: Path | None = None) -> Waivers:
        """The waivers of a file, else those that the configuration names or holds. Raises ConfigError."""
        path = path or self.waivers_file
        return Waivers(self.waivers, self.file) if path is None else read_waivers(path)

    def check(self, rules: Iterable[Rule]) -> None:
        """Raise ConfigError where the file names a rule or an option that there is not, or gives one a wrong value."""
        if self.file is None:
            return
        metas = {rule.meta.id: rule.meta for rule in rules}
        for pointer, text, whole in self._named():
            fits = (each == text if whole else each.upper().startswith(text.upper()) for each in metas)
            if not any(fits):
                raise self.file.unknown(pointer, "rule", text, metas, key=whole)
        for each, settings in self.options.items():
            for name, value in settings.items():
                _check_option(self.file, below(below("/options", each), name), metas[each], name, value)

    def _named(self) -> Iterator[tuple[str, str, bool]]:
        """Every word that names a rule: where it stands, the word, and whether it is a whole id and a key."""
        lists = {"/select": self.select, "/ignore": self.ignore}
        tables: dict[str, Iterable[str]] = {"/severities": self.severities, "/options": self.options}
        for number, override in enumerate(self.vaults):
            lists[f"/vaults/{number}/ignore"] = override.ignore
            tables[f"/vaults/{number}/severities"] = override.severities
        for at, words in lists.items():
            yield from ((below(at, number), word, False) for number, word in enumerate(words))
        for at, ids in tables.items():
            yield from ((below(at, each), each, True) for each in ids)


def _check_option(file: YamlFile, pointer: str, meta: Meta, name: str, value: Any) -> None:
    known = {option.name: option for option in meta.options}
    if name not in known:
        raise file.unknown(pointer, f"option of {meta.id}", name, known, key=True)
    if type(value) is not type(known[name].default):
        like = known[name].default
        expected = {bool: "true or false", int: "a whole number", str: "text", tuple: "a list"}[type(like)]
        said = kind_of(list(value) if isinstance(value, tuple) else value)
        raise file.wrong(pointer, f"expected {expected}, not {said}", hint=known[name].help)


def load_config(path: Path | None) -> Config:
    """Read a configuration file; without one, the defaults.

    Raises ConfigError with file, line and column. Ids of rules and options wait for `Config.check`, since the file
    itself may name folders of rules.
    """
    if path is None:
        return Config(default_profile())
    file = open_yaml(path, ConfigError, _parse_pyproject if path.suffix == ".toml" else parse_yaml)
    read = CONFIG.read(file, "", {} if file.value is None else file.value)
    folder = path.parent
    teams: Profile | None = read.pop("teams")
    folders = tuple(folder / name for name in read.pop("rules"))
    waivers, baseline = read.pop("waivers"), read.pop("baseline")
    return Config(
        profile=teams or default_profile(),
        rules=folders,
        waivers=waivers if isinstance(waivers, tuple) else (),
        waivers_file=folder / waivers if isinstance(waivers, str) else None,
        baseline=None if baseline is None else folder / baseline,
        file=file,
        **{key.replace("-", "_"): value for key, value in read.items()},
    )


def _parse_pyproject(text: str, name: str) -> TomlTable:
    table = parse_toml_table(text, name, _TABLE)
    if table is None:
        raise InputError(f"has no [{'.'.join(_TABLE)}]", where=name)
    return table


def find_config(start: Path) -> Path | None:
    """The nearest configuration from a folder up to the root of its repository; outside of one, the folder's own.

    It is `kvaudit.yaml`, or else a pyproject.toml with [tool.kvaudit]. Raises ConfigError for a pyproject.toml that
    cannot be read and speaks of kvaudit.
    """
    chain = (start, *start.parents)
    root = next((folder for folder in chain if (folder / ".git").exists()), start)
    for folder in chain[: chain.index(root) + 1]:
        if (folder / CONFIG_FILE).is_file():
            return folder / CONFIG_FILE
        if (folder / PYPROJECT).is_file() and _is_ours(folder / PYPROJECT):
            return folder / PYPROJECT
    return None


def _is_ours(path: Path) -> bool:
    """Whether a pyproject.toml configures kvaudit; one of somebody else may be broken."""
    text = read_text(path, ConfigError)
    if "kvaudit" not in text:
        return False
    try:
        return parse_toml_table(text, str(path), _TABLE) is not None
    except InputError as error:
        raise ConfigError(error.message, where=error.where) from error


def config_schema() -> Schema:
    """JSON Schema (draft 2020-12) of kvaudit.yaml and of [tool.kvaudit]."""
    return _titled("kvaudit.yaml", CONFIG)


def waivers_schema() -> Schema:
    """JSON Schema (draft 2020-12) of a file of waivers."""
    return _titled("Waivers of kvaudit", WAIVERS_FILE)


def _titled(title: str, shape: Record) -> Schema:
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title, **shape.schema()}
