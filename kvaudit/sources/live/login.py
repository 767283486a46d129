"""Signing in to Azure: one token before any work, and the same three lines whenever there is none."""

from __future__ import annotations

import logging
import re
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from azure.core.credentials import AccessToken, AccessTokenInfo, TokenRequestOptions
from azure.core.exceptions import AzureError
from azure.identity import CredentialUnavailableError

from kvaudit.errors import LoginError, UsageError
from kvaudit.sources.live.clouds import Cloud
from kvaudit.sources.live.no_token import Failure, NoTokenError, explained, hidden
from kvaudit.sources.live.viewer import Viewer, viewer
from kvaudit.sources.live.ways import Asked, Way, ways

__all__ = ["Viewer", "credential", "quiet_loggers", "sign_in"]

_EARLY = 300  # seconds before a token ends, when the next is asked for
_RENEWALS = 5  # tokens of one kind that Azure may refuse before no more are asked for on that account
_PAUSE = 30  # seconds between two requests for the same token, whatever came of the first

# What the packages raise where they get no token, and where an answer is of a shape that they did not expect.
_FAILURES = (AzureError, ValueError, OSError, LookupError, TypeError, AttributeError)

_TENANT = re.compile(r"[A-Za-z0-9.-]+")  # an id or a domain
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def _tell(line: str) -> None:
    sys.stderr.write(f"{_printable(line)}\n")
    sys.stderr.flush()


def _printable(text: str) -> str:
    return "".join(sign if sign.isprintable() else "?" for sign in " ".join(text.split()))


def sign_in(
    auth: str,
    cloud: Cloud,
    *,
    tenant: str | None,
    environ: Mapping[str, str],
    tell: Callable[[str], None] = _tell,
) -> tuple[Login, Viewer]:
    """What gives tokens, and who they are for; asks for one for Resource Manager.

    Raises LoginError where there is none, or one of another tenant; UsageError as `credential` does.
    """
    login = credential(auth, cloud, tenant=tenant, environ=environ, tell=tell)
    token = login.get_token_info(cloud.arm_scope)
    seen = viewer(token.token, login.how, time.time())
    if tenant and seen.tenant and _GUID.fullmatch(tenant) and seen.tenant.lower() != tenant.lower():
        raise LoginError(
            f"signed in with {login.how}, but not to the tenant that was asked for",
            f"its token is for the tenant {seen.tenant}, not for {tenant}",
            "leave --tenant out to look at that one, or sign in to the other in another way: see --auth",
        )
    return login, seen


def credential(
    auth: str,
    cloud: Cloud,
    *,
    tenant: str | None,
    environ: Mapping[str, str],
    tell: Callable[[str], None] = _tell,
) -> Login:
    """What gives tokens; nothing is asked for yet.

    `auth` is one of AUTHS (wanted.py). `environ` are the variables of this process: the packages read some of them
    themselves, such as those of managed identities, proxies and certificates. `tell` shows the user what to do, for a
    device code. Raises UsageError for a tenant that cannot be one, and for an AZURE_TOKEN_CREDENTIALS that names none.
    """
    if tenant and not _TENANT.fullmatch(tenant):
        raise UsageError(
            f"{tenant!r} is no tenant",
            where="--tenant",
            hint="It is an id or a domain, such as contoso.onmicrosoft.com.",
        )
    asked = Asked(cloud, tenant or None, environ, tell)
    return Login(asked, ways(auth, asked))


class _Held(NamedTuple):
    """What came of a request, and until when it is not repeated."""

    until: float
    answer: AccessTokenInfo | LoginError


class Login:
    """A credential, as azure-core knows them, that asks one way after the other, one request at a time.

    The first way that gives a token is kept to. A token serves all threads until shortly before it ends, as the
    packages start `az` anew for every one. That there is none is said as LoginError, which no pipeline retries.
    """

    def __init__(self, asked: Asked, tried: tuple[Way, ...], now: Callable[[], float] = time.time) -> None:
        """Ask these ways in turn."""
        self._asked = asked
        self._ways = tried
        self._now = now
        self._lock = threading.Lock()
        self._held: dict[tuple[object, ...], _Held] = {}
        self._renewed: Counter[tuple[object, ...]] = Counter()
        self.how = ""  # the way that gave a token, in words

    def get_token_info(self, *scopes: str, options: TokenRequestOptions | None = None) -> AccessTokenInfo:
        """A token for these scopes. Raises LoginError."""
        given = {name: value for name, value in (options or {}).items() if value}
        key = (scopes, *sorted(given.items()))
        with self._lock:
            held = self._held.get(key)
            if held is None or self._now() >= held.until:
                held = self._held[key] = self._asked_for(scopes, options, held)
        if isinstance(held.answer, LoginError):
            raise held.answer
        return held.answer

    def refused(self, token: str) -> None:
        """Azure did not take a token, whatever its end says: the next one that is asked for is another."""
        with self._lock:
            for key, held in list(self._held.items()):
                ours = isinstance(held.answer, AccessTokenInfo) and held.answer.token == token
                if ours and self._renewed[key] < _RENEWALS:
                    self._renewed[key] += 1
                    del self._held[key]
                    for way in self._ways:
                        way.forget()

    def get_token(
        self,
        *scopes: str,
        claims: str | None = None,
        tenant_id: str | None = None,
        enable_cae: bool = False,
        **_: Any,
    ) -> AccessToken:
        """The same, for clients that do not know `get_token_info`."""
        options = TokenRequestOptions(enable_cae=enable_cae)
        if claims:
            options["claims"] = claims
        if tenant_id:
            options["tenant_id"] = tenant_id
        token = self.get_token_info(*scopes, options=options)
        return AccessToken(token.token, token.expires_on)

    def _asked_for(self, scopes: tuple[str, ...], options: TokenRequestOptions | None, held: _Held | None) -> _Held:
        """A new token; where there is none, the one that is held, as long as it lasts."""
        try:
            token = self._first(scopes, options)
        except LoginError as error:
            now = self._now()
            if held and isinstance(held.answer, AccessTokenInfo) and held.answer.expires_on > now:
                return held._replace(until=min(now + _PAUSE, held.answer.expires_on))
            return _Held(now + _PAUSE, error)
        now = self._now()
        until = max(token.expires_on - _EARLY, now + _PAUSE)
        return _Held(min(until, token.expires_on) if token.expires_on > now else until, token)

    def _first(self, scopes: tuple[str, ...], options: TokenRequestOptions | None) -> AccessTokenInfo:
        """The token of the first way that gives one. A way that is set up and broken ends the search: see `ways`."""
        failures = []
        for way in self._ways:
            try:
                token = way.credential.get_token_info(*scopes, options=options)
            except _FAILURES as error:
                failures.append(Failure(way, error))
                if not (way.yields or isinstance(error, CredentialUnavailableError)):
                    break
            else:
                self.how, self._ways = way.how, (way,)
                return token
        told = "\n".join(f"{way.how}: {type(error).__name__}: {hidden(str(error))}" for way, error in failures)
        causes = NoTokenError(told, [failure.error for failure in failures])
        untried = len(failures) < len(self._ways)
        raise explained(failures, self._asked, before=bool(self.how), untried=untried) from causes


class _Shown(logging.Formatter):
    """A line of a log that cannot write on a terminal and shows no token."""

    def format(self, record: logging.LogRecord) -> str:
        return _printable(hidden(super().format(record)))


def quiet_loggers(*, debug: bool) -> None:
    """Keep the packages from writing on the terminal what is said here in fewer words; unless it is wanted."""
    handler = logging.StreamHandler() if debug else logging.NullHandler()
    handler.setFormatter(_Shown("%(name)s: %(message)s"))
    for name in ("azure", "msal", "urllib3"):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.propagate = False
