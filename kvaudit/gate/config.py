"""`kvaudit.yaml`: the teams, the gate, and what rules may be told. A typo in it is an error, never ignored."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from kvaudit.errors import ConfigError
from kvaudit.model.finding import Severity
from kvaudit.model.profile import Profile
from kvaudit.model.value import Value
from kvaudit.rules.base import Meta, Rule
from kvaudit.rules.document import YamlFile, below, open_yaml
from kvaudit.rules.rule_shape import OPTION_VALUE, SEVERITIES
from kvaudit.rules.shape import Entry, Listing, Record, Table, Text, kind_of
from kvaudit.rules.teams import TeamsShape, default_profile

CONFIG_FILE = "kvaudit.yaml"
_IDS = Listing(Text(what="a rule id, or the beginning of some"))

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
    file: YamlFile | None = None

    def check(self, rules: Iterable[Rule]) -> None:
        """Raise ConfigError where the file names a rule or an option that there is not, or gives one a wrong value."""
        if self.file is None:
            return
        metas = {rule.meta.id: rule.meta for rule in rules}
        for key, named in (("select", self.select), ("ignore", self.ignore)):
            for number, text in enumerate(named):
                if not any(each.upper().startswith(text.upper()) for each in metas):
                    raise self.file.unknown(f"/{key}/{number}", "rule", text, metas)
        for key in ("severities", "options"):
            for each in getattr(self, key):
                if each not in metas:
                    raise self.file.unknown(below(f"/{key}", each), "rule", each, metas, key=True)
        for each, settings in self.options.items():
            for name, value in settings.items():
                _check_option(self.file, below(below("/options", each), name), metas[each], name, value)


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
    file = open_yaml(path, ConfigError)
    read = CONFIG.read(file, "", {} if file.value is None else file.value)
    teams: Profile | None = read.pop("teams")
    folders = tuple(path.parent / folder for folder in read.pop("rules"))
    return Config(
        profile=teams or default_profile(),
        rules=folders,
        file=file,
        **{key.replace("-", "_"): value for key, value in read.items()},
    )


def find_config(start: Path) -> Path | None:
    """The nearest `kvaudit.yaml` from a folder up to the root of its repository; outside of one, the folder's own."""
    chain = (start, *start.parents)
    root = next((folder for folder in chain if (folder / ".git").exists()), start)
    for folder in chain[: chain.index(root) + 1]:
        if (folder / CONFIG_FILE).is_file():
            return folder / CONFIG_FILE
    return None
