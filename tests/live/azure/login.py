"""The token endpoint, and what a token has to be for the others to let its bearer in.

Sources: Microsoft identity platform, client credentials flow and error codes (AADSTS…); Azure App Service, managed
identities; Azure Pipelines, oidctoken; GitHub Actions, OpenID Connect.
"""

from __future__ import annotations

import base64
import itertools
import re
import time
from urllib.parse import parse_qsl

import msgspec

from tests.live.azure.connection import Request, Response, answer

CLIENT = "6a3c1d5e-0b1f-4c33-9d6b-0f4a7a51c0de"  # of the application that reads
CLIENT_OBJECT = "b0f2c7d1-52f6-4f0e-8d0c-7a2f5f1f9e10"
SECRET = "right-secret"  # noqa: S105
EXPIRED_SECRET = "expired-secret"  # noqa: S105
REFUSED_ASSERTION = "refused"
IDENTITY_HEADER = "identity-header"
ASSERTION = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJwaXBlbGluZSJ9."
RESOURCES = {
    "arm": ("https://management.azure.com", "https://management.core.windows.net"),
    "graph": ("https://graph.microsoft.com", "00000003-0000-0000-c000-000000000000"),
    "hsm": ("https://managedhsm.azure.net",),
}
CHALLENGE = {
    "arm": 'Bearer authorization_uri="{login}/{tenant}", error="invalid_token", error_description="{why}"',
    "graph": 'Bearer realm="", authorization_uri="{login}/common/oauth2/authorize", client_id="{graph}"',
    "hsm": 'Bearer authorization="{login}/{tenant}", resource="https://managedhsm.azure.net"',
}
_TOKEN = re.compile(r"/([^/]+)/oauth2/v2\.0/token", re.IGNORECASE)
_DISCOVERY = re.compile(r"/([^/]+)/v2\.0/\.well-known/openid-configuration", re.IGNORECASE)


class Login:
    """Gives tokens and checks them."""

    def __init__(self, tenant: str) -> None:
        self.tenant = tenant
        self.clock = time.time
        self.lifetime = 3600
        self.skew = 0  # seconds by which the clock of this side is ahead
        self.url = ""
        self._numbers = itertools.count(1)
        self._revoked = 0
        self._claims: dict[str, dict[str, object]] = {}

    def expire(self) -> None:
        """No token that was given until now is good any more."""
        self._revoked = next(self._numbers)

    def token(self, audience: str, *, client: str = CLIENT) -> str:
        """A JWT without a signature."""
        now = int(self.clock()) + self.skew
        claims = {
            "aud": audience.removesuffix("/.default").rstrip("/"),
            "iss": f"https://sts.windows.net/{self.tenant}/",
            "iat": now,
            "nbf": now,
            "exp": now + self.lifetime,
            "appid": client,
            "idtyp": "app",
            "oid": CLIENT_OBJECT,
            "tid": self.tenant,
            "uti": next(self._numbers),
        }
        return f"{_part({'typ': 'JWT', 'alg': 'none'})}.{_part(claims)}."

    def objection(self, origin: str, url: str, request: Request) -> tuple[str, str] | None:
        """Code and words for what is wrong with the token of a request to an origin at that address."""
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or not token:
            return "AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing."
        if token not in self._claims:
            try:
                self._claims[token] = claims_of(token)
            except (IndexError, ValueError, msgspec.DecodeError):
                return "InvalidAuthenticationToken", "The access token is invalid."
        claims = self._claims[token]
        if claims["aud"] not in (url, *RESOURCES[origin]):
            words = f"The access token has been obtained for wrong audience or resource '{claims['aud']}'."
            return "InvalidAuthenticationTokenAudience", words
        if claims["tid"] != self.tenant:
            return "InvalidAuthenticationTokenTenant", f"The access token is from the wrong issuer '{claims['iss']}'."
        if claims["uti"] < self._revoked or claims["exp"] <= self.clock() + self.skew:
            return "ExpiredAuthenticationToken", "The access token expiry UTC time is in the past."
        return None

    def challenge(self, origin: str, why: str) -> str:
        """The WWW-Authenticate header that goes with an objection."""
        graph = RESOURCES["graph"][1]
        return CHALLENGE[origin].format(login=self.url, tenant=self.tenant, why=why, graph=graph)

    def answer(self, request: Request) -> Response:
        """Whatever is asked of the login origin."""
        if found := _TOKEN.fullmatch(request.path):
            return self._grant(found[1], dict(parse_qsl(request.body.decode())))
        if found := _DISCOVERY.fullmatch(request.path):
            return self._discovery(found[1])
        if request.path == "/common/discovery/instance":
            tenant = request.parameters.get("authorization_endpoint", "").split("/")[3:4] or [self.tenant]
            where = f"{self.url}/{tenant[0]}/v2.0/.well-known/openid-configuration"
            return answer({"tenant_discovery_endpoint": where, "api-version": "1.1", "metadata": []})
        if request.path == "/msi/token":
            return self._managed(request)
        if request.path == "/pipelines/oidctoken":
            return answer({"oidcToken": ASSERTION}) if _bearer(request) else answer({}, 401)
        if request.path == "/actions/token":
            return answer({"value": ASSERTION}) if _bearer(request) else answer({}, 401)
        return answer({"error": "not_found"}, 404)

    def _discovery(self, tenant: str) -> Response:
        if not self._knows(tenant):
            return _unknown_tenant(tenant)
        base = f"{self.url}/{tenant}"
        return answer(
            {
                "token_endpoint": f"{base}/oauth2/v2.0/token",
                "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
                "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
                "issuer": f"{self.url}/{self.tenant}/v2.0",
                "response_types_supported": ["code", "id_token"],
                "scopes_supported": ["openid", "profile", "email", "offline_access"],
            }
        )

    def _knows(self, tenant: str) -> bool:
        return tenant.lower() in {self.tenant, "common", "organizations"}

    def _grant(self, tenant: str, form: dict[str, str]) -> Response:
        if not self._knows(tenant):
            return _unknown_tenant(tenant)
        client = form.get("client_id", "")
        if form.get("grant_type") != "client_credentials":
            return _error(400, "unsupported_grant_type", 70003, "The app requested an unsupported grant type.")
        if client != CLIENT:
            words = f"Application with identifier '{client}' was not found in the directory '{self.tenant}'."
            return _error(400, "unauthorized_client", 700016, words)
        if "client_assertion" in form:
            if form["client_assertion"] == REFUSED_ASSERTION:
                words = "No matching federated identity record found for presented assertion subject."
                return _error(401, "invalid_client", 700213, words)
        elif form.get("client_secret") == EXPIRED_SECRET:
            return _error(
                401, "invalid_client", 7000222, f"The provided client secret keys for app '{client}' are expired."
            )
        elif form.get("client_secret") != SECRET:
            return _error(401, "invalid_client", 7000215, "Invalid client secret provided.")
        token = self.token(form.get("scope", "").split(" ")[0])
        seconds = self.lifetime
        return answer({"token_type": "Bearer", "expires_in": seconds, "ext_expires_in": seconds, "access_token": token})

    def _managed(self, request: Request) -> Response:
        if request.headers.get("x-identity-header") != IDENTITY_HEADER:
            return answer({"statusCode": 401, "message": "Unauthorized"}, 401)
        resource = request.parameters.get("resource", "")
        return answer(
            {
                "access_token": self.token(resource),
                "client_id": CLIENT,
                "expires_on": str(int(self.clock()) + self.lifetime),
                "resource": resource,
                "token_type": "Bearer",
            }
        )


def claims_of(token: str) -> dict[str, object]:
    """Raises an error of some kind where it is no JWT."""
    return msgspec.json.decode(_unpart(token.split(".")[1]))


def _part(content: dict[str, object]) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(content)).rstrip(b"=").decode()


def _unpart(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _bearer(request: Request) -> bool:
    return request.headers.get("authorization", "").startswith("Bearer ")


def _unknown_tenant(tenant: str) -> Response:
    return _error(
        400,
        "invalid_request",
        90002,
        f"Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID.",
    )


def _error(status: int, error: str, number: int, words: str) -> Response:
    trace = "00000000-0000-4000-8000-000000000000"
    text = f"AADSTS{number}: {words} Trace ID: {trace} Correlation ID: {trace} Timestamp: 2026-11-23 00:00:00Z"
    return answer(
        {
            "error": error,
            "error_description": text,
            "error_codes": [number],
            "trace_id": trace,
            "correlation_id": trace,
        },
        status,
    )
