"""`python -m leukin` is the command `leukin`."""

from __future__ import annotations

from leukin.cli.main import main

if __name__ == "__main__":
    main()
