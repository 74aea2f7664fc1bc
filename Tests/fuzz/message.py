"""Changes the fields of a `.pb`: what is damaged is a field, not the message round it."""

from __future__ import annotations

import copy
import struct
from collections.abc import Callable
from random import Random

from schema import enumerations
from wire import TENSOR_CHECKSUM, TENSOR_DATA, Field, packed, parse, sealed, unsealed, xxh3

ENUMERATIONS = enumerations()
INTEGERS = (
    0,
    1,
    2,
    3,
    7,
    31,
    32,
    33,
    64,
    127,
    128,
    255,
    256,
    65535,
    65536,
    2**20,
    2**31 - 1,
    2**31,
)
INTEGERS += (2**32 - 1, 2**32, 2**40, 2**48, 2**53, 2**62, 2**63 - 2, 2**63 - 1, 2**63, 2**64 - 2)
INTEGERS += (2**64 - 1,)
NUMBERS = (0.0, -0.0, 1.0, -1.0, 0.5, 1e-7, 1e-45, 1e38, 1e39, 1e300, 2.0**31, 2.0**63, -(2.0**63))
NUMBERS += (float("inf"), float("-inf"), float("nan"))
TEXTS = (
    b"",
    b"/",
    b"..",
    b"a/../b",
    b"\xff",
    b"\xcc\x81",
    b"inputs",
    b"float32",
    b"relu",
    b"...",
    b"::",
)
TEXTS += (b"-1:1:0", b"x" * 5000, b"channels_first", b"opaque 2 %5", b"chunked 0", b"same", b"Add")

DERIVED = (4, 5)  # The shapes of the outputs of a call, and its padding.


class Message:
    """The message of one file, and where its fields are."""

    def __init__(self, fields: list[Field], random: Random):
        self.fields = fields
        self.random = random
        self.places: list[tuple[list[Field], int]] = []
        self.visit(fields)

    def visit(self, fields: list[Field]) -> None:
        for index, field in enumerate(fields):
            self.places.append((fields, index))
            self.visit(field.fields)

    def place(self, wanted: Callable[[Field], bool] = lambda field: True) -> tuple[list, int]:
        """A field that there is still: changes before may have removed some."""
        there = [(fields, i) for fields, i in self.places if i < len(fields) and wanted(fields[i])]
        # Nearly all fields are of what the source said; those of the graph are to have their turn.
        for _ in range(8):
            fields, index = self.random.choice(there) if there else (self.fields, 0)
            if (
                not fields
                or not fields[index].type.startswith("Source")
                or self.random.random() < 0.2
            ):
                break
        return fields, index

    # -- Changes

    def delete(self) -> None:
        fields, index = self.place()
        del fields[index : index + 1]

    def repeat(self) -> None:
        fields, index = self.place()
        count = self.random.choice((1, 1, 1, 2, 40, 1000))
        if fields and len(packed([fields[index]])) * count < 1 << 18:
            for _ in range(count):
                fields.insert(self.random.randrange(len(fields) + 1), copy.deepcopy(fields[index]))

    def swap(self) -> None:
        fields, index = self.place()
        if fields:
            other = self.random.randrange(len(fields))
            fields[index], fields[other] = fields[other], fields[index]

    def graft(self) -> None:
        """Takes the value of another field of the same type."""
        fields, index = self.place()
        if not fields:
            return
        field = fields[index]
        others, other = self.place(lambda found: found.type == field.type and found is not field)
        if others and others[other].type == field.type:
            field.value, field.wire = copy.deepcopy(others[other].value), others[other].wire

    def number(self) -> None:
        fields, index = self.place(lambda field: isinstance(field.value, int))
        if not fields or not isinstance(fields[index].value, int):
            return
        field = fields[index]
        near = field.value + self.random.choice((-2, -1, 1, 2))
        if field.type in ENUMERATIONS:
            field.value = self.random.randrange(ENUMERATIONS[field.type] + 3)
        elif field.type == "bool":
            field.value = self.random.choice((0, 1, 2))
        elif field.type == "double":
            field.value = struct.unpack("<Q", struct.pack("<d", self.random.choice(NUMBERS)))[0]
        elif field.type == "sint64":
            chosen = self.random.choice(INTEGERS)
            zigzag = self.random.choice((chosen << 1, (chosen << 1) - 1, near))
            field.value = zigzag % (1 << 64)
        else:
            field.value = self.random.choice((near, near, *INTEGERS)) % (1 << 64)

    def text(self) -> None:
        fields, index = self.place(lambda field: field.type == "string")
        if not fields or not isinstance(fields[index].value, bytes):
            return
        others, other = self.place(lambda field: field.type == "string")
        value = others[other].value
        old = fields[index].value
        at = self.random.randrange(len(old) + 1)
        choices = (value, value, self.random.choice(TEXTS), old[:at], old[:at] + b"\x00" + old[at:])
        fields[index].value = self.random.choice(choices)

    def element(self) -> None:
        """Lengthens or shortens a list of numbers."""
        fields, index = self.place(lambda field: field.packed)
        if not fields or not fields[index].packed:
            return
        elements = fields[index].fields
        if elements and self.random.random() < 0.5:
            del elements[self.random.randrange(len(elements))]
        else:
            like = elements[0] if elements else Field(0, 0, fields[index].type, 0)
            count = self.random.choice((1, 1, 1, 31, 3000))
            elements += [Field(0, like.wire, like.type, like.value) for _ in range(count)]

    def tensor(self) -> None:
        """Gives a tensor another content, or another shape and as many elements."""
        fields, index = self.place(lambda field: field.type == "Tensor")
        if not fields or not fields[index].fields:
            return
        for part in fields[index].fields:
            if part.number == TENSOR_DATA and isinstance(part.value, bytes):
                size = self.random.choice((len(part.value), len(part.value), 0, 4, 64))
                bits = self.random.choice((b"\x00", b"\xff", b"\x7f\x80", b"\x3f"))
                part.value = self.random.choice((part.value, bits * size))[:size]

    def length(self) -> None:
        fields, index = self.place(lambda field: field.wire == 2)
        if fields:
            fields[index].length_error = self.random.choice((-1, 1, 8, 2**20, 2**31, 2**63))

    def tag(self) -> None:
        fields, index = self.place()
        if not fields:
            return
        if self.random.random() < 0.5:
            fields[index].wire = self.random.choice((0, 1, 2, 5))
        else:
            fields[index].number = self.random.choice((*range(1, 16), 99, 2**29 - 1))

    def apply(self) -> None:
        changes = [change for change, weight in CHANGES for _ in range(weight)]
        for _ in range(self.random.choice((1, 1, 1, 2, 3, 6))):
            self.random.choice(changes)(self)


CHANGES: tuple[tuple[Callable[[Message], None], int], ...] = (
    (Message.number, 6),
    (Message.graft, 4),
    (Message.text, 4),
    (Message.element, 3),
    (Message.delete, 3),
    (Message.repeat, 2),
    (Message.swap, 2),
    (Message.tensor, 1),
    (Message.length, 1),
    (Message.tag, 1),
)


def changed(data: bytes, random: Random) -> bytes | None:
    """A file with other fields and right lengths and checksums, or None where it has no fields."""
    fields = parse(data, "Model")
    if fields is None:
        return None
    if random.random() < 0.5:
        fields = plain(fields, random)
    Message(fields, random).apply()
    for field in fields:
        if field.type == "Tensor":
            mend_checksum(field)
    return sealed(fields if random.random() < 0.7 else unsealed(fields))


def plain(fields: list[Field], random: Random) -> list[Field]:
    """The fields without those that say again what others say, and would be refused first."""
    for graph in fields:
        for call in graph.fields if graph.type == "Graph" else []:
            if call.type == "Call":
                call.value = [field for field in call.fields if field.number not in DERIVED]
    return [field for field in fields if field.type != "Source" or random.random() < 0.5]


def mend_checksum(tensor: Field) -> None:
    """States the checksum of what the tensor holds now."""
    for data in tensor.fields:
        if data.number == TENSOR_DATA and isinstance(data.value, bytes):
            for field in tensor.fields:
                if field.number == TENSOR_CHECKSUM:
                    field.value = xxh3(data.value)
