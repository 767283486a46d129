"""What keeps an answer of Azure from being taken for a fact."""

from __future__ import annotations


class Refused(Exception):  # noqa: N818 - what happened, as a ledger tells it
    """A request that was not sent, or a way that was not followed: a write, another host, a redirect, a loop."""


class BadAnswer(Exception):  # noqa: N818 - as above
    """An answer with a good status that is not what was asked for; it must never pass for an empty list."""


class Stopped(Exception):  # noqa: N818 - as above
    """The collection ends: somebody interrupted it, or the login was lost."""
