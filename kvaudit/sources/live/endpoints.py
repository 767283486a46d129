"""What a request with a token may be sent to."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from kvaudit.errors import UsageError


def origin(text: str, where: str, *, https_only: bool = False) -> str:
    """The URL of a host without a path, as it is written everywhere after; raise UsageError for what is none."""
    url = endpoint(text, where, https_only=https_only)
    if path := urlsplit(url).path:
        raise _no_endpoint(text, where, f"{path} is too much, as the host alone is wanted")
    return url


def endpoint(text: str, where: str, *, https_only: bool = False) -> str:
    """A URL to send requests to, without a slash at its end. Raises UsageError for what cannot be one.

    Tokens are sent there, so it must be https; plain http is for this very machine only.
    """
    url = text.strip()
    url = (url if "://" in url else f"https://{url}").rstrip("/")
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise _no_endpoint(text, where, "it has signs that no URL has")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise _no_endpoint(text, where, str(error)) from error
    if not host:
        raise _no_endpoint(text, where, "it names no host")
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise _no_endpoint(text, where, "it has more than scheme, host and path")
    if not (parts.scheme == "https" if https_only else keeps_secrets(url)):
        raise _no_endpoint(text, where, "a token would be shown to whoever listens, so it must be https")
    return f"{parts.scheme}://{parts.netloc.lower()}{parts.path}"


def keeps_secrets(url: str) -> bool:
    """Whether nobody can listen to what is sent there: it is https, or plain http to this very machine."""
    parts = urlsplit(url)
    try:
        here = ip_address(parts.hostname or "").is_loopback
    except ValueError:
        here = parts.hostname == "localhost"
    return parts.scheme == "https" or (parts.scheme == "http" and here)


def _no_endpoint(text: str, where: str, why: str) -> UsageError:
    return UsageError(
        f"{text!r} is no endpoint: {why}", where=where, hint="One looks like https://management.azure.com."
    )
