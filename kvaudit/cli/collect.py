"""`kvaudit collect`: what Azure says, as something to scan."""

from __future__ import annotations

import click

from kvaudit.cli.options import VARIABLES, debugging, option
from kvaudit.cli.rules import print_lines
from kvaudit.errors import UsageError
from kvaudit.sources.offline_script.script import script
from kvaudit.sources.offline_script.selection import selection
from kvaudit.sources.offline_script.shells import SHELLS


@click.command(short_help="Print a script that exports what a scan reads.", epilog=VARIABLES)
@option("--offline-script", "shell", type=click.Choice(list(SHELLS)),
        help="Print a script of read-only az commands that somebody with access runs.")  # fmt: skip
@option("--vault", "vaults", multiple=True, metavar="NAME|ID", help="These vaults only; repeatable.")
@option("--subscription", "subscriptions", multiple=True, metavar="ID|NAME",
        help="These subscriptions only; repeatable.")  # fmt: skip
@option("--management-group", "management_groups", multiple=True, metavar="NAME",
        help="The subscriptions below this management group; repeatable.")  # fmt: skip
@debugging
def collect(
    shell: str | None,
    vaults: tuple[str, ...],
    subscriptions: tuple[str, ...],
    management_groups: tuple[str, ...],
) -> None:
    """Print a script that exports what a scan reads, for an auditor without access of his own.

    It needs az and the role Reader, writes nothing to Azure and reads no secret. It leaves a folder for kvaudit scan.
    """
    chosen = selection(subscriptions, management_groups, vaults)
    if shell is None:
        raise UsageError("nothing to do", hint=f"--offline-script {' or '.join(SHELLS)} prints a script.")
    print_lines(script(shell, chosen).splitlines())
