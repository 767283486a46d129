"""The script as text: the table of readings, in the words of a shell."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined

from kvaudit.sources.offline_script import readings
from kvaudit.sources.offline_script.readings import Pair, Reading
from kvaudit.sources.offline_script.selection import Selection
from kvaudit.sources.offline_script.shells import SHELLS, Shell


def script(shell: str, chosen: Selection) -> str:
    """The script for a shell of SHELLS that reads what was chosen."""
    written = SHELLS[shell]
    environment = Environment(  # noqa: S701 - the shell's own quoting is what escapes here
        loader=PackageLoader("kvaudit.sources.offline_script", "templates"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )

    def call(reading: Reading | Pair, indent: int = 0) -> str:
        return _call(written, reading, indent)

    environment.filters |= {"literal": written.literal, "call": call}
    return environment.get_template(written.template).render(chosen=chosen, table=readings)


def _call(shell: Shell, reading: Reading | Pair, indent: int) -> str:
    """The call of the script's own function for a reading, on several lines."""
    if isinstance(reading, Pair):
        function, texts = shell.read_pair, list(reading)
    else:
        method = "post" if reading.post else "get"
        about = [reading.what, reading.name, reading.section, reading.scope]
        texts = [*about, method, reading.url, reading.rows, ", ".join(reading.finds) or "''"]
        function = shell.read_all
    words = [shell.text(text) for text in texts]
    return f"{shell.go_on}\n{' ' * (indent + 2)}".join([f"{function} {' '.join(words[:4])}", *words[4:]])
