"""`kvaudit completion`: the script that completes commands and options in a shell."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from kvaudit.cli.rules import print_lines

_VARIABLE = "_KVAUDIT_COMPLETE"


@click.command(short_help="Print a completion script.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    r"""Print the script that completes commands and options of kvaudit in SHELL.

    \b
    bash: kvaudit completion bash > ~/.local/share/bash-completion/completions/kvaudit
    zsh:  kvaudit completion zsh > a file _kvaudit in a folder of $fpath
    fish: kvaudit completion fish > ~/.config/fish/completions/kvaudit.fish
    """
    made = get_completion_class(shell)
    if made is not None:  # click has all three
        print_lines(made(context.find_root().command, {}, "kvaudit", _VARIABLE).source().splitlines())
