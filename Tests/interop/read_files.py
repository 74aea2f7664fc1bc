"""Reads files with h5py and Python's protobuf, many in one process.

    python read_files.py SCHEMA jobs.json        # with requirements-readers.txt

SCHEMA is the folder of the Python that protoc makes of schemas/. `jobs.json` is a list of {"name",
"check", "files"}; a check is

    strict      compare_h5.py finds nothing between two .h5, or between the weights of two .keras, whose
                other members are the same
    protobuf    compare_pb.py finds the bytes of a .h5 in a .pb, which is as schemas/README.md says
    bare        takes from a .pb what it says of the file it came from, as if the model had been
                built in code, and writes another .pb

Prints one JSON object a line: {"name", "problem"}; the problem is null if there is none.
"""

from __future__ import annotations

import json
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from io import BytesIO
from itertools import zip_longest
from pathlib import Path

sys.path.insert(0, sys.argv[1])

import compare_h5  # noqa: E402
import compare_pb  # noqa: E402
import read_pb  # noqa: E402
from residual.v1 import model_pb2, tensor_pb2  # noqa: E402


# The member of an archive that has its weights.
WEIGHTS = "model.weights.h5"


def strict(one: str, other: str) -> str:
    found = list(compare_h5.differences(hdf5(one), hdf5(other)))
    if zipfile.is_zipfile(one):
        found += members(one, other)
    return "\n".join(found)


def members(one: str, other: str) -> Iterator[str]:
    """What differs between two archives besides what is in their weights."""
    with zipfile.ZipFile(one) as first, zipfile.ZipFile(other) as second:
        infos = list(zip_longest(first.infolist(), second.infolist()))
        for a, b in infos:
            if a is None or b is None or a.filename != b.filename:
                yield f"members are {first.namelist()} and {second.namelist()}"
                return
            keys = ["date_time", "compress_type"]
            # Those of assets are the permissions that files had before they were packed.
            if not a.filename.startswith("assets/"):
                keys.append("external_attr")
            for key in keys:
                if getattr(a, key) != getattr(b, key):
                    yield f"{a.filename}: {key} is {getattr(a, key)} and {getattr(b, key)}"
            if a.filename != WEIGHTS and first.read(a) != second.read(b):
                yield f"{a.filename}: the bytes differ"


def hdf5(path: str) -> str | BytesIO:
    """A file in HDF5: this one, or the weights in it."""
    if not zipfile.is_zipfile(path):
        return path
    with zipfile.ZipFile(path) as archive:
        return BytesIO(archive.read(WEIGHTS))


def protobuf(h5: str, pb: str) -> str:
    # What it says of a sound file is not asked for here.
    with redirect_stdout(sys.stderr):
        read_pb.check(pb, model_pb2, tensor_pb2)
    return "\n".join(compare_pb.differences(model_pb2, tensor_pb2, hdf5(h5), pb))


def bare(source: str, target: str) -> str:
    model = model_pb2.Model.FromString(Path(source).read_bytes())
    for field in ("source", "goldens", "file_byte_count", "header_checksum"):
        model.ClearField(field)
    Path(target).write_bytes(model.SerializeToString(deterministic=True))
    return ""


CHECKS: dict[str, Callable[[str, str], str]] = {
    "strict": strict, "protobuf": protobuf, "bare": bare
}  # fmt: skip


def main() -> None:
    for job in json.loads(Path(sys.argv[2]).read_text()):
        try:
            problem = CHECKS[job["check"]](*job["files"]) or None
        except Exception as error:  # Whatever is wrong with a file is the answer.
            problem = f"{type(error).__name__}: {error}"
        print(json.dumps({"name": job["name"], "problem": problem}), flush=True)


if __name__ == "__main__":
    main()
