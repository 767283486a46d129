"""What can go wrong for a user, each with the words that help and the exit code it ends in."""

from __future__ import annotations


class KvauditError(Exception):
    """An error a user can act on: what was wrong, where, what to do next, and the exit code.

    The command line is the only place that prints one; nothing else catches it.
    """

    exit_code = 2

    def __init__(self, message: str, *, where: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.where = where  # "file:line:column", or as much of it as is known
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.where}: {self.message}" if self.where else self.message


class UsageError(KvauditError):
    """The command line asks for something that cannot be."""


class InputError(KvauditError):
    """An input that cannot be read, or none that could be."""


class ConfigError(KvauditError):
    """A configuration file that does not say what it may say."""


class BaselineError(KvauditError):
    """A baseline that is missing, damaged or of another estate; it is never taken for an empty one."""


class RuleError(KvauditError):
    """A rule, a rule pack or a rule plug-in that is broken; it is never skipped."""


class QuestionError(KvauditError):
    """An access question that names no known permission, vault or principal."""


class FormatError(KvauditError):
    """A format plug-in that is broken; it is never skipped."""


class LoginError(KvauditError):
    """Azure gives no token: three lines, which are what was tried, the most likely reason, and what to run.

    What the libraries said is its __cause__.
    """

    def __init__(self, tried: str, reason: str, run: str) -> None:
        """Each becomes one line, whatever is in it."""
        tried, self.reason, self.run = (" ".join(line.split()) for line in (tried, reason, run))
        super().__init__(tried, hint=f"{self.reason}\n{self.run}")
