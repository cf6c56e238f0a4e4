"""``python -m magnetoflow``: the command line."""

from __future__ import annotations

from magnetoflow.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
