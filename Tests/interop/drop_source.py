"""Takes from a .pb what it says of the file it came from, as if the model had been built in code.

    python drop_source.py SCHEMA in.pb out.pb

SCHEMA is the folder of the Python that protoc makes of schemas/.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, sys.argv[1])

from residual.v1 import model_pb2  # noqa: E402


def main() -> None:
    model = model_pb2.Model.FromString(Path(sys.argv[2]).read_bytes())
    for field in ("source", "goldens", "file_byte_count", "header_checksum"):
        model.ClearField(field)
    Path(sys.argv[3]).write_bytes(model.SerializeToString(deterministic=True))


if __name__ == "__main__":
    main()
