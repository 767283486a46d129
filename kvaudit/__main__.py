"""`python -m kvaudit`, and where the installed command begins."""

from __future__ import annotations

import sys

from kvaudit.cli.app import main

if __name__ == "__main__":
    sys.exit(main())
