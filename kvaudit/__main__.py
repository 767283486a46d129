"""`python -m kvaudit`, and where the installed command begins."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

from kvaudit.cli.app import main as run
from kvaudit.cli.session import Session


def main() -> NoReturn:
    """Run the command and end the process with its exit code.

    At once: the interpreter would first take apart every value of a large estate, of which there are millions.
    """
    session = Session()  # it keeps the report, and with it the values, until then
    code = run(session=session)
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
    except OSError:
        sys.exit(code)  # what cannot be written is the interpreter's to say
    os._exit(code)


if __name__ == "__main__":
    main()
