"""Teams of the access profile as they are written in a configuration file, and the profile when nobody wrote one."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Any

from kvaudit.errors import QuestionError
from kvaudit.model.directory import GROUP, SERVICE_PRINCIPAL, USER
from kvaudit.model.permission import MANAGEMENT, POLICY_WORDS, TYPES, PermissionSet, parse_question
from kvaudit.model.profile import Member, Profile, Team
from kvaudit.model.value import Value
from kvaudit.rules.document import YamlFile
from kvaudit.rules.shape import Entry, Listing, Record, Schema, Table, Text, Word

_GUID = r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"


class _MemberShape(Value):
    """One way to name members; at least one key."""

    record: Record = Record(
        {
            "id": Entry(Text(_GUID, "an object id"), "Object id of a principal, or of a group for all its members."),
            "name": Entry(Text(), "Glob on the display name, in any case; a group of that name means its members."),
            "type": Entry(
                Word({name: name for name in (USER, GROUP, SERVICE_PRINCIPAL)}, "principal type"), "Its type."
            ),
        },
        "key of a member",
    )

    def read(self, file: YamlFile, pointer: str, value: Any) -> Member:
        """The member."""
        read = self.record.read(file, pointer, value)
        if not any(read.values()):
            raise file.wrong(pointer, "a member needs an id, a name or a type")
        return Member(id=read["id"].lower() if read["id"] else None, name=read["name"], type=read["type"])

    def schema(self) -> Schema:
        """The same as JSON Schema."""
        return {**self.record.schema(), "minProperties": 1}


class _Management(Value):
    """An operation of the management plane, or else the name of a role."""

    def read(self, file: YamlFile, pointer: str, value: Any) -> tuple[PermissionSet, str]:
        """The operations, or the role's name in lower case."""
        text = Text(what="a role name or an operation").read(file, pointer, value)
        if "/" not in text:
            return 0, text.lower()
        try:
            operations = parse_question(text).permissions
        except QuestionError as error:
            raise file.wrong(pointer, error.message, hint=error.hint) from error
        if operations & ~MANAGEMENT:
            raise file.wrong(
                pointer,
                f"{text!r} is no operation of the management plane",
                hint="What a team may do with data goes under keys, secrets, certificates or storage.",
            )
        return operations, ""

    def schema(self) -> Schema:
        """The same as JSON Schema."""
        return Text().schema()


class _PolicyWord(Value):
    """A word of access policies, in any case."""

    type: str

    @property
    def words(self) -> tuple[str, ...]:
        """Every word of the type."""
        return tuple(word for kind, word in POLICY_WORDS if kind == self.type)

    def read(self, file: YamlFile, pointer: str, value: Any) -> PermissionSet:
        """What the word stands for."""
        word = Text(what="a permission").read(file, pointer, value)
        held = POLICY_WORDS.get((self.type, word.lower()))
        if held is None:
            raise file.unknown(pointer, f"permission for {self.type}", word, self.words)
        return held

    def schema(self) -> Schema:
        """The same as JSON Schema."""
        return {"enum": list(self.words)}


_TEAM = Record(
    {
        "members": Entry(Listing(_MemberShape()), "Who is in it.", required=True),
        "management": Entry(
            Listing(_Management()), "Role names and operations it may hold on the management plane.", default=()
        ),
        **{
            kind: Entry(
                Listing(_PolicyWord(kind)), f"What it may do with {kind}; `all` is everything but purge.", default=()
            )
            for kind in TYPES
        },
    },
    "key of a team",
)


class TeamsShape(Value):
    """The teams of a configuration file, in its order: the first that fits a principal wins."""

    def read(self, file: YamlFile, pointer: str, value: Any) -> Profile:
        """The profile."""
        teams = Table(_TEAM).read(file, pointer, value)
        if not teams:
            raise file.wrong(pointer, "no teams", hint="Leave `teams` out to use the default profile.")
        return Profile(tuple(_team(name, read) for name, read in teams.items()))

    def schema(self) -> Schema:
        """The same as JSON Schema."""
        return {**Table(_TEAM).schema(), "minProperties": 1}


def _team(name: str, read: dict[str, Any]) -> Team:
    return Team(
        name=name,
        members=read["members"],
        data=reduce(or_, (held for kind in TYPES for held in read[kind]), 0),
        management=reduce(or_, (held for held, _ in read["management"]), 0),
        roles=frozenset(role for _, role in read["management"] if role),
    )


def default_profile() -> Profile:
    """The classic separation of duties, members guessed by name and type (rule catalogue, section 1)."""
    return Profile(
        (
            _default("auditors", ("*audit*",), keys=("list",), secrets=("list",), certificates=("list",)),
            _default(
                "security",
                ("*security team*",),
                roles=("key vault contributor", "user access administrator"),
                local_roles=("owner",),
                keys=("backup", "create", "delete", "get", "import", "list", "restore"),
                secrets=("all",),
                certificates=("all",),
            ),
            _default("developers", ("*dev*ops*", "*developer*"), operations="keyvault/vaults/deploy/action"),
            Team(
                "applications",
                (Member(type=SERVICE_PRINCIPAL),),
                _words(keys=("sign", "verify", "get"), secrets=("get",), certificates=("get",)),
                by_name=True,
            ),
        ),
        configured=False,
    )


def _default(
    name: str,
    globs: tuple[str, ...],
    *,
    roles: tuple[str, ...] = (),
    local_roles: tuple[str, ...] = (),
    operations: str = "",
    **words: tuple[str, ...],
) -> Team:
    """A team of the groups and people whose display name fits."""
    return Team(
        name,
        tuple(Member(name=glob, type=kind) for glob in globs for kind in (GROUP, USER)),
        _words(**words),
        parse_question(operations).permissions if operations else 0,
        frozenset(roles),
        frozenset(local_roles),
        by_name=True,
    )


def _words(**words: tuple[str, ...]) -> PermissionSet:
    return reduce(or_, (POLICY_WORDS[kind, word] for kind, those in words.items() for word in those), 0)
