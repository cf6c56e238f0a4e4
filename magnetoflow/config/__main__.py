"""``python -m magnetoflow.config --schema``: the JSON schema of the configuration files."""

from __future__ import annotations

import argparse
import json
import sys

from magnetoflow.config.common import json_schema


def main() -> int:
    """Print the schema."""
    parser = argparse.ArgumentParser(prog="python -m magnetoflow.config", description=__doc__)
    parser.add_argument("--schema", action="store_true", required=True, help="print the JSON schema")
    parser.parse_args()
    sys.stdout.write(json.dumps(json_schema(), indent=1, sort_keys=True) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
