"""The identity of a job of GitHub Actions, as a token that Entra exchanges for its own.

A job with the permission `id-token: write` has the address and the token for asking in its environment
(https://docs.github.com/actions/reference/security/oidc).
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import requests

from kvaudit.sources.live.endpoints import keeps_secrets

URL, TOKEN = "ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"
_AUDIENCE = "api://AzureADTokenExchange"
_SECONDS = 30


class _Answer(msgspec.Struct):
    value: str


def in_job(environ: Mapping[str, str]) -> bool:
    """Whether a job may ask for such a token."""
    return bool(environ.get(URL) and environ.get(TOKEN))


def job_token(environ: Mapping[str, str]) -> str:
    """A token that says which job this is. Raises ValueError or OSError with the reason why there is none."""
    url = environ[URL]
    if not keeps_secrets(url):
        raise ValueError(f"{URL} is not https")
    headers = {"Authorization": f"Bearer {environ[TOKEN]}", "Accept": "application/json"}
    answer = requests.get(
        url, {"audience": _AUDIENCE}, headers=headers, timeout=_SECONDS, allow_redirects=False
    )  # whose errors are OSErrors
    if answer.status_code != requests.codes.ok:
        raise ValueError(f"GitHub answered {answer.status_code} when asked who this job is")
    try:
        return msgspec.json.decode(answer.content, type=_Answer).value
    except msgspec.MsgspecError as error:
        raise ValueError("GitHub did not say who this job is") from error
