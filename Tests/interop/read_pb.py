"""Holds files of the residual.v1 schema against its specification, with protobuf's own library.

usage: read_pb.py GENERATED FILE...

GENERATED is a folder into which `protoc --python_out` has put the schema's modules. Says for each file
what is in it; fails where a file is not what schemas/README.md says.
"""

import os
import sys

import numpy
import xxhash

MODEL_FORMAT, SHARD_FORMAT = "residual.v1", "residual.v1.shard"
CHECKSUM, TENSORS, DATA = 4, 15, 15  # numbers of fields


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def fields(data, start, end):
    """The fields of a message: number, start of the value, end of the value."""
    at = start
    while at < end:
        tag, at = varint(data, at)
        kind = tag & 7
        assert kind in (0, 1, 2, 5), f"wire type {kind} at byte {at}"
        if kind == 0:
            value, stop = at, varint(data, at)[1]
        elif kind == 2:
            length, value = varint(data, at)
            stop = value + length
        else:
            value, stop = at, at + (8 if kind == 1 else 4)
        assert stop <= end, f"a field runs beyond byte {end}"
        yield tag >> 3, value, stop
        at = stop


def payloads(data):
    """Where the payload of each tensor starts and ends."""
    for number, start, stop in fields(data, 0, len(data)):
        if number == TENSORS:
            inner = list(fields(data, start, stop))
            assert inner[-1][0] == DATA, "data is not the last field of its tensor"
            yield inner[-1][1:]


def header_checksum(data, own=None):
    """XXH3-64 of the data without payloads, the eight bytes at `own` taken as zeros."""
    if own is not None:
        data = data[:own] + bytes(8) + data[own + 8 :]
    rest, at = xxhash.xxh3_64(), 0
    for start, stop in payloads(data):
        rest.update(data[at:start])
        at = stop
    rest.update(data[at:])
    return rest.intdigest()


def check_tensors(data, tensors, tensor_pb2):
    numbers = [number for number, _, _ in fields(data, 0, len(data))]
    assert numbers == sorted(numbers), "the fields are not in the order of their numbers"
    places = list(payloads(data))
    assert len(places) == len(tensors)
    for tensor, (start, stop) in zip(tensors, places):
        name = tensor.name
        assert start % 64 == 0, f"{name}: the payload starts at {start}"
        assert data[start:stop] == tensor.data, f"{name}: the payload is not where it should be"
        assert xxhash.xxh3_64_intdigest(tensor.data) == tensor.checksum, f"{name}: checksum"
        assert not any(tensor.padding), f"{name}: padding is not zeros"
        dtype = tensor_pb2.DataType.Name(tensor.dtype).removeprefix("DATA_TYPE_").lower()
        size = 2 if dtype == "bfloat16" else numpy.dtype(dtype).itemsize
        count = int(numpy.prod([int(n) for n in tensor.shape], dtype=object)) * size
        assert count == len(tensor.data), f"{name}: {len(tensor.data)} bytes, expected {count}"


def argument(items, depth=0):
    """The value that flat items begin with, and the items after it."""
    item, *rest = items
    kind = item.WhichOneof("value")
    assert kind is not None, "an item has no value"
    if kind != "list":
        return getattr(item, kind), rest
    assert depth < 8, "lists are too deep"
    elements = []
    for _ in range(item.list):
        element, rest = argument(rest, depth + 1)
        elements.append(element)
    return elements, rest


def check_calls(graph, tensor_pb2):
    """Holds what each call is given against what was made before it."""
    unsupported = {layer.name for layer in graph.layers if layer.HasField("unsupported")}
    made = set()
    for call in graph.calls:
        place = f"call {call.node} of {call.layer}"
        names = [given.name for given in call.arguments]
        assert len(set(names)) == len(names), f"{place}: names of arguments repeat"
        for given in call.arguments:
            rest = argument(given.items)[1]
            assert not rest, f"{place}: {len(rest)} items too many"
            for item in given.items:
                if item.HasField("tensor"):
                    source = (item.tensor.layer, item.tensor.node)
                    assert source in made, f"{place}: {source} is not made before it"
                if item.HasField("constant"):
                    constant = item.constant
                    dtype = tensor_pb2.DataType.Name(constant.dtype).removeprefix("DATA_TYPE_")
                    dtype = dtype.lower()
                    size = 2 if dtype == "bfloat16" else numpy.dtype(dtype).itemsize
                    count = int(numpy.prod([int(n) for n in constant.shape], dtype=object))
                    assert count * size == len(constant.data), f"{place}: size of a constant"
        if call.layer not in unsupported:
            assert "training" not in names, f"{place}: is called for training"
        made.add((call.layer, call.node))


def check(path, model_pb2, tensor_pb2):
    with open(path, "rb") as file:
        data = file.read()
    model = model_pb2.Model.FromString(data)
    assert model.format == MODEL_FORMAT and model.schema_version == 1
    assert model.file_byte_count == len(data)
    (own,) = (start for number, start, _ in fields(data, 0, len(data)) if number == CHECKSUM)
    assert own == 25, f"header_checksum starts at {own}"
    assert model.header_checksum == (header_checksum(data, own) or 1), "header_checksum"
    check_tensors(data, model.tensors, tensor_pb2)
    tensors = list(model.tensors)
    for shard in model.shards:
        assert shard.file_name == os.path.basename(shard.file_name)
        with open(os.path.join(os.path.dirname(path), shard.file_name), "rb") as file:
            data = file.read()
        message = tensor_pb2.TensorShard.FromString(data)
        assert message.format == SHARD_FORMAT and message.schema_version == 1
        assert message.file_byte_count == shard.byte_count == len(data)
        assert header_checksum(data) == shard.checksum, f"{shard.file_name}: checksum"
        check_tensors(data, message.tensors, tensor_pb2)
        tensors += message.tensors
    names = [tensor.name for tensor in tensors]
    assert len(set(names)) == len(names), "names repeat"
    needed = {p.tensor for g in model.graphs for l in g.layers for p in l.parameters}
    assert needed <= set(names), f"missing: {needed - set(names)}"
    for graph in model.graphs:
        check_calls(graph, tensor_pb2)
    # A message that is read and written again is the same but for empty fields.
    again = model_pb2.Model.FromString(model.SerializeToString(deterministic=True))
    assert again == model
    print(
        f"{path}: {len(model.graphs)} graphs, {sum(len(g.layers) for g in model.graphs)} layers,"
        f" {len(tensors)} tensors, {len(model.goldens)} goldens, {len(model.shards)} shards"
    )


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    sys.path.insert(0, sys.argv[1])
    from residual.v1 import model_pb2, tensor_pb2

    for path in sys.argv[2:]:
        check(path, model_pb2, tensor_pb2)


if __name__ == "__main__":
    main()
