"""Holds what `resverify --json` printed against its JSON Schema.

    python validate_reports.py schema.json report.json …
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import jsonschema


def main() -> None:
    schema = json.loads(Path(sys.argv[1]).read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    count = 0
    for path in map(Path, sys.argv[2:]):
        for error in validator.iter_errors(json.loads(path.read_text())):
            count += 1
            print(f"{path}: at {error.json_path}: {error.message}"[:400])
    sys.exit(1 if count else 0)


if __name__ == "__main__":
    main()
