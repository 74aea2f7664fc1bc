"""Holds the tensors of a .pb file, as Python's protobuf reads them, against h5py's.

    python compare_pb.py GENERATED model.h5 model.pb

GENERATED is the folder of the Python that protoc generates from schemas/. Every dataset of the
HDF5 file must be in the .pb, bit for bit, and every tensor of the .pb must be a dataset, in its
place a multiple of 64 bytes from the start of the file. Prints a line for each difference; exits
with 1 if there is one. Needs protobuf and h5py.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import h5py
import numpy as np

# numpy names of residual.v1.DataType; bfloat16 has none and is compared as its bytes.
OPAQUE = "DATA_TYPE_BFLOAT16"


def differences(model_module: Any, tensor_module: Any, h5: str, pb: str) -> Iterator[str]:
    model = model_module.Model()
    with open(pb, "rb") as file:
        content = file.read()
    if model.ParseFromString(content) != len(content):
        yield "Python's protobuf does not read the file to its end"
    if model.file_byte_count not in (0, len(content)):
        yield f"file_byte_count is {model.file_byte_count}; the file has {len(content)} bytes"
    yield from misaligned(model, content)
    names = tensor_module.DataType.Name
    tensors = {tensor.name: tensor for tensor in model.tensors if tensor.usage == 0}
    if len(tensors) != len(model.tensors):
        yield f"{len(model.tensors)} tensors have {len(tensors)} names"
    trees = [model.source.objects, *(m.tree.objects for m in model.source.members)]
    sources = {o.path: o.dataset.tensor for tree in trees for o in tree if o.dataset.tensor}
    with h5py.File(h5, "r") as file:
        datasets = dict(numeric_datasets(file))
    for path in sorted(sources.keys() | datasets.keys()):
        if path not in sources or path not in datasets:
            yield f"only the {'.h5' if path in datasets else '.pb'} has {path}"
            continue
        tensor, array = tensors.pop(sources[path], None), datasets[path]
        if tensor is None:
            yield f"{path}: no tensor '{sources[path]}', or two datasets share it"
        elif list(tensor.shape) != list(array.shape):
            yield f"{path}: shape is {list(array.shape)} in the .h5, {list(tensor.shape)} in the .pb"
        elif names(tensor.dtype) not in (OPAQUE, f"DATA_TYPE_{array.dtype.name.upper()}"):
            yield f"{path}: type is {array.dtype} in the .h5, {names(tensor.dtype)} in the .pb"
        elif tensor.data != array.tobytes():
            yield f"{path}: the bytes differ"
    yield from (f"tensor '{name}' is no dataset of the .h5" for name in sorted(tensors))


def misaligned(model: Any, content: bytes) -> Iterator[str]:
    at = 0
    for tensor in model.tensors:
        if len(tensor.data) >= 64:
            found = content.find(tensor.data, at)
            if found % 64:
                yield f"tensor '{tensor.name}' begins at byte {found}"
            at = found + len(tensor.data)


def numeric_datasets(file: h5py.File) -> list[tuple[str, np.ndarray]]:
    """Datasets that a tensor can hold; texts are kept as they are."""
    found: list[tuple[str, np.ndarray]] = []

    def visit(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset) and item.dtype.kind in "biufV":
            found.append(("/" + name, np.asarray(item[()])))

    file.visititems(visit)
    return found


def main() -> None:
    if len(sys.argv) != 4:
        sys.exit("usage: compare_pb.py GENERATED model.h5 model.pb")
    sys.path.insert(0, sys.argv[1])
    from residual.v1 import model_pb2, tensor_pb2

    lines = list(differences(model_pb2, tensor_pb2, sys.argv[2], sys.argv[3]))
    print("\n".join(lines), end="\n" if lines else "")
    sys.exit(1 if lines else 0)


if __name__ == "__main__":
    main()
