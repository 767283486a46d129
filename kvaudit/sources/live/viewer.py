"""Through whose eyes Azure is looked at: what a token says of whom it is for."""

from __future__ import annotations

import base64
from typing import Any

import msgspec

from kvaudit.model.value import Value

_TOLERATED = 300  # seconds by which clocks may differ without doing harm: Entra dates a token back by as much


class Viewer(Value):
    """Who signed in, and how; what the token does not say is None."""

    tenant: str | None
    object_id: str | None
    app_id: str | None
    name: str | None
    how: str
    skew_seconds: int = 0  # this machine's clock is ahead of Entra's by at least so much, or behind if it is negative

    is_application: bool = False  # not a person: an application of its own, or a managed identity

    @property
    def warning(self) -> str:
        """What to say of the clock; nothing where it is right."""
        if not self.skew_seconds:
            return ""
        which = "ahead" if self.skew_seconds > 0 else "behind"
        return (
            f"this machine's clock is {which} of Entra's by {abs(self.skew_seconds) // 60} minutes or more, "
            "which is the likely reason if requests are refused; set it"
        )


def viewer(token: str, how: str, now: float) -> Viewer:
    """Who a token is for, as it says itself: nobody has checked it, and it is only told, never relied upon."""
    claims = _claims(token)
    name = next(filter(None, (_text(claims, claim) for claim in ("upn", "unique_name", "preferred_username"))), None)
    return Viewer(
        _text(claims, "tid"),
        _text(claims, "oid"),
        _text(claims, "appid") or _text(claims, "azp"),
        name or _text(claims, "app_displayname"),
        how,
        _skew(claims, now),
        is_application=_is_application(claims),
    )


def _is_application(claims: dict[str, Any]) -> bool:
    """Whether a token is one of an application by itself: where it does not say, one without rights of somebody."""
    kind = _text(claims, "idtyp")
    return kind == "app" if kind else bool(_text(claims, "appid")) and "scp" not in claims


def _claims(token: str) -> dict[str, Any]:
    """The claims of a token; none where it is no JWT."""
    parts = token.split(".")
    if len(parts) != 3:
        return {}
    try:
        payload = base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
        return msgspec.json.decode(payload, type=dict[str, Any])
    except (ValueError, msgspec.MsgspecError, RecursionError):
        return {}


def _text(claims: dict[str, Any], claim: str) -> str | None:
    value = claims.get(claim)
    return value if isinstance(value, str) and value else None


def _skew(claims: dict[str, Any], now: float) -> int:
    """How far a clock is off, if a fresh token is not valid yet or no longer."""
    begin = max(_time(claims, "nbf"), _time(claims, "iat"))
    end = _time(claims, "exp")
    if begin - now > _TOLERATED:
        return int(now - begin)
    return int(now - end) or 1 if 0 < end <= now else 0


def _time(claims: dict[str, Any], claim: str) -> float:
    """A time that a claim holds, in seconds since 1970; 0 where it is none that a clock could show."""
    value = claims.get(claim)
    return value if isinstance(value, int | float) and 0 < value < 1e11 else 0
