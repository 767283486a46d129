"""The fields of grants, of the paths they open (escalations), of roles and of the whole snapshot."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from kvaudit.model.finding import Verdict
from kvaudit.model.grant import DATA_PLANE, MANAGEMENT_PLANE, Grant
from kvaudit.model.scope import Level
from kvaudit.model.snapshot import TENANT
from kvaudit.rules.fields import ABSENT, Field, Getter, Kind, Teller, Type, reader, table
from kvaudit.rules.grant_words import hedge, permission_words, through
from kvaudit.rules.removal import Removals

if TYPE_CHECKING:
    from kvaudit.access.engine import Access

_PRINCIPAL_TYPES = ("User", "Group", "ServicePrincipal", "ForeignGroup", "Device")
_USER_TYPES = ("Member", "Guest")
_CAUSES = ("roleAssignment", "accessPolicy", "eligibility", "activation")
_LEVELS = tuple(level.label for level in Level)
_FEW = 3  # vaults by name in a sentence


def _plain(path: str) -> Callable[[Access], Getter]:
    """A getter of an attribute that is always known."""
    read = attrgetter(path)
    return lambda _access: read


def _optional(path: str) -> Callable[[Access], Getter]:
    """A getter of an attribute of which "" and None say that there is none."""
    read = attrgetter(path)
    return lambda _access: lambda subject: read(subject) or ABSENT


def _principal(attribute: str, words: tuple[str, ...] = ()) -> Callable[[Access], Getter]:
    as_written = reader(words)

    def bind(access: Access) -> Getter:
        find = access.directory.principal

        def read(grant: Any) -> Any:
            principal = find(grant.principal)
            value = getattr(principal, attribute) if principal is not None else None
            return as_written(value) if words else value

        return read

    return bind


def _principal_type(access: Access) -> Getter:
    type_of, as_written = access.directory.type_of, reader(_PRINCIPAL_TYPES)
    return lambda grant: as_written(grant.principal_type or type_of(grant.principal))


def _principal_label(access: Access) -> Teller:
    label = access.directory.label
    known: dict[str, str] = {}

    def read(grant: Any) -> str:
        principal = grant.principal
        found = known.get(principal)
        if found is None:
            found = known[principal] = label(principal)
        return found

    return read


def _role(read: Callable[[Any], Any]) -> Callable[[Access], Getter]:
    def bind(access: Access) -> Getter:
        get = access.roles.get

        def of_grant(grant: Any) -> Any:
            if grant.role is None:
                return ABSENT
            role = get(grant.role)
            return None if role is None else read(role)

        return of_grant

    return bind


def _role_label(access: Access) -> Getter:
    get = access.roles.get

    def read(grant: Any) -> str:
        if grant.role is None:
            return "access policy"
        role = get(grant.role)
        return role.name if role else str(grant.role)

    return read


def _vault_names(access: Access) -> Getter:
    return lambda grant: tuple(access.vaults[number].name for number in grant.vaults)


def _vault_words(access: Access) -> Teller:
    """A few vaults by name, many by number: "kv-a, kv-b", "812 vaults"."""
    vaults = access.vaults

    def words(grant: Any) -> str:
        numbers = grant.vaults
        if len(numbers) == 1:
            return str(vaults[numbers[0]].name)
        if 0 < len(numbers) <= _FEW:
            return ", ".join(sorted([vaults[number].name for number in numbers]))
        return f"{len(numbers):,} vaults"

    return words


def _through(access: Access) -> Teller:
    roles = access.roles
    return lambda grant: through(roles, grant)


def _hedge(_access: Access) -> Teller:
    return hedge


def _removal(access: Access) -> Teller:
    return Removals(access.vaults).of


def _label(_access: Access, grant: Any, need: str) -> str:
    """What is not known: the principal, the role, or else the cause."""
    names = {"principals": grant.principal, "roleDefinitions": grant.role}
    return str(names.get(need) or grant.cause.id)


_field = partial(Field, need="roleAssignments")
_principal_field = partial(Field, need="principals")
_role_field = partial(Field, need="roleDefinitions")

_GRANT = (
    _principal_field(
        "principal", Type.TEXT, "Who holds it: name and object id.", _principal_label, tell=_principal_label
    ),
    _principal_field("principal.id", Type.TEXT, "The object id.", _plain("principal")),
    _principal_field("principal.type", Type.WORD, "What it is.", _principal_type, words=_PRINCIPAL_TYPES),
    _principal_field("principal.name", Type.TEXT, "The display name.", _principal("name")),
    _principal_field(
        "principal.user-type",
        Type.WORD,
        "Of a user: of the tenant or a guest.",
        _principal("user_type", _USER_TYPES),
        words=_USER_TYPES,
    ),
    _principal_field("principal.enabled", Type.FLAG, "Whether the account can sign in.", _principal("enabled")),
    _role_field("role", Type.TEXT, 'The role\'s name, or "access policy".', _role_label),
    _role_field("role.id", Type.TEXT, "The id of the role definition.", _optional("role")),
    _role_field("role.custom", Type.FLAG, "Whether the tenant made the role.", _role(lambda role: role.custom)),
    _field("scope", Type.TEXT, "Where it was granted: the id of a scope.", _plain("scope.key")),
    _field(
        "scope.level",
        Type.WORD,
        "How high that is.",
        lambda _access: lambda grant: _LEVELS[grant.scope.level],
        words=_LEVELS,
        common=True,
    ),
    _field("permissions", Type.PERMISSIONS, "What it gives.", _plain("permissions"), show=permission_words),
    _field(
        "plane",
        Type.WORD,
        "Data or management.",
        _plain("plane"),
        words=(DATA_PLANE, MANAGEMENT_PLANE),
        common=True,
    ),
    _field(
        "verdict",
        Type.WORD,
        "How it gives it.",
        _plain("verdict"),
        words=tuple(verdict.value for verdict in Verdict),
        common=True,
    ),
    _field("vaults", Type.LIST, "The names of the vaults it reaches.", _vault_names, tell=_vault_words),
    _field("vault-count", Type.NUMBER, "How many these are.", lambda _access: lambda grant: len(grant.vaults)),
    _field("object", Type.TEXT, "The one object it reaches (secrets/s1), if it is one.", _optional("object")),
    _field("condition", Type.TEXT, "The condition it is under, if there is one.", _optional("condition")),
    _field(
        "declared-if",
        Type.TEXT,
        "What a template declares it under, where only the deployment decides that.",
        _optional("only_if"),
    ),
    _field("until", Type.TEXT, "When it ends, if it does.", _optional("until")),
    _field("reason", Type.TEXT, "Why it is not simply held, in words; nothing where it is.", _plain("reason")),
    _field(
        "through",
        Type.TEXT,
        "By what it is given: the role and its scope, or an access policy.",
        _through,
        tell=_through,
    ),
    _field(
        "hedge",
        Type.TEXT,
        "What ends a sentence about what is not held outright, with a blank before; else nothing.",
        _hedge,
        tell=_hedge,
    ),
    _field(
        "removal",
        Type.TEXT,
        "The command that takes it away; in remediation, a command of its own.",
        _removal,
        tell=_removal,
    ),
    _field("cause", Type.TEXT, "The id of the assignment or policy entry.", _plain("cause.id")),
    _field("cause.kind", Type.WORD, "What that is.", _plain("cause.kind"), words=_CAUSES, common=True),
)


def _likeness(grant: Grant) -> tuple[str, int, str, int]:
    """What rules ask first. The words of an enumeration are told apart by identity: they are slow to hash."""
    return grant.plane, id(grant.verdict), grant.cause.kind, id(grant.scope.level)


GRANT = Kind("grant", lambda access: access.grants, _label, table(*_GRANT), _likeness)


def _of_its_grant(field: Field) -> Field:
    """A field of a grant, asked of the escalation it begins."""

    def bind(access: Access) -> Getter:
        read = field.bind(access)
        return lambda escalation: read(escalation.grant)

    return Field(field.name, field.type, field.help, bind, field.need, field.words, field.show)


_PATH = (
    *(_of_its_grant(field) for field in _GRANT if field.name not in {"vaults", "vault-count", "permissions"}),
    _field("permissions", Type.PERMISSIONS, "What its holder can obtain.", _plain("gains")),
    _field(
        "held",
        Type.PERMISSIONS,
        "What its holder has already by the grant it begins with.",
        _plain("grant.permissions"),
    ),
    _field("vaults", Type.LIST, "The names of the vaults it reaches.", _vault_names, tell=_vault_words),
    _field("vault-count", Type.NUMBER, "How many these are.", lambda _access: lambda path: len(path.vaults)),
    _field("edge", Type.TEXT, "The way, by its id in the catalogue.", _plain("edge")),
    _field("edge.title", Type.TEXT, "The way in words.", _plain("title")),
    _field("action", Type.TEXT, "The Azure action of the step.", _plain("action")),
    _field(
        "confidence",
        Type.WORD,
        "How sure it is.",
        lambda _access: lambda path: path.confidence.label,
        words=("low", "medium", "high"),
    ),
)

PATH = Kind(
    "path",
    lambda access: access.escalations,
    lambda access, path, need: _label(access, path.grant, need),
    table(*_PATH),
)

ROLE = Kind(
    "role",
    lambda access: access.roles.given(),
    lambda _access, role, _need: str(role.key),
    table(
        _role_field("role", Type.TEXT, "Its name.", _plain("name")),
        _role_field("role.id", Type.TEXT, "The id of its definition.", _plain("key")),
        _role_field("role.custom", Type.FLAG, "Whether the tenant made it.", _plain("custom")),
        _role_field("permissions", Type.PERMISSIONS, "All it gives.", _plain("permissions")),
        _role_field(
            "role.assignable-scopes",
            Type.LIST,
            "Where it may be assigned.",
            lambda _access: lambda role: role.definition.assignable_scopes,
        ),
    ),
)

SNAPSHOT = Kind(
    "snapshot",
    lambda access: (access.snapshot,),
    lambda _access, _snapshot, _need: TENANT,
    table(
        _field("tenant", Type.TEXT, "The id of the tenant.", _plain("tenant_id"), need="tenantId"),
        _field(
            "vault-count",
            Type.NUMBER,
            "How many vaults there are.",
            lambda _access: lambda snapshot: len(snapshot.vaults),
            need="vaults",
        ),
        _field(
            "assignment-count",
            Type.NUMBER,
            "How many role assignments there are.",
            lambda _access: lambda snapshot: len(snapshot.role_assignments),
        ),
    ),
)
