"""A protobuf message as a tree of fields, which is written again with right lengths and checksums.

Tags, varints and lengths are written as short as they can be; nothing else is made right that was
not: what is in a field is as whoever changed it left it.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import struct
from dataclasses import dataclass

from schema import messages

MESSAGES = messages()
NUMBERS = {"double": 1, "fixed64": 1}  # The wire type of what is packed; 0 for all others.
FILE_BYTE_COUNT, HEADER_CHECKSUM = 3, 4
TENSOR_CHECKSUM, TENSOR_DATA = 4, 15


@dataclass
class Field:
    """A field as it lies in a message; a message and a packed list are lists of fields."""

    number: int
    wire: int
    type: str
    value: int | bytes | list[Field]
    packed: bool = False
    length_error: int = 0

    @property
    def fields(self) -> list[Field]:
        return self.value if isinstance(self.value, list) else []


def parse(data: bytes, message: str) -> list[Field] | None:
    """The fields of a message, or None for what is none."""
    fields, at = [], 0
    kinds = MESSAGES[message]
    while at < len(data):
        key, at = varint(data, at)
        number, wire = key >> 3, key & 7
        kind = kinds.get(number)
        name = kind.type if kind else ""
        if wire == 0:
            value, at = varint(data, at)
        elif wire in (1, 5):
            size = 8 if wire == 1 else 4
            value, at = int.from_bytes(data[at : at + size], "little"), at + size
        elif wire == 2:
            length, at = varint(data, at)
            if at + length > len(data):
                return None
            payload, at = bytes(data[at : at + length]), at + length
            if name in MESSAGES:
                value = parse(payload, name)
                if value is None:
                    return None
            elif kind and kind.repeated and name not in ("string", "bytes"):
                elements = unpacked(payload, name)
                fields.append(Field(number, wire, name, elements, packed=True))
                continue
            else:
                value = payload
        else:
            return None
        fields.append(Field(number, wire, name, value))
    return fields


def unpacked(data: bytes, name: str) -> list[Field]:
    elements, at = [], 0
    wire = NUMBERS.get(name, 0)
    while at < len(data):
        if wire:
            value, at = int.from_bytes(data[at : at + 8], "little"), at + 8
        else:
            value, at = varint(data, at)
        elements.append(Field(0, wire, name, value))
    return elements


def packed(fields: list[Field], payloads: bool = True) -> bytes:
    """The bytes of fields; without payloads, those of tensors are left out, not their lengths."""
    return b"".join(one(field, payloads) for field in fields)


def one(field: Field, payloads: bool) -> bytes:
    tag = encoded(field.number << 3 | field.wire) if field.number else b""
    if field.wire == 0:
        return tag + encoded(number(field.value))
    if field.wire in (1, 5):
        form = "<Q" if field.wire == 1 else "<I"
        return tag + struct.pack(form, number(field.value) % (1 << 8 * struct.calcsize(form)))
    if field.type == "Tensor" and isinstance(field.value, list):
        whole = packed(field.value)
        content = whole if payloads else b"".join(
            without_payload(part) for part in field.value
        )  # fmt: skip
    else:
        content = whole = content_of(field)
    return tag + encoded(max(0, len(whole) + field.length_error)) + content


def content_of(field: Field) -> bytes:
    if isinstance(field.value, list):
        return packed(field.value)
    return field.value if isinstance(field.value, bytes) else encoded(field.value)


def without_payload(field: Field) -> bytes:
    whole = one(field, True)
    if field.number != TENSOR_DATA or field.wire != 2:
        return whole
    return whole[: len(whole) - len(content_of(field))]


def number(value: int | bytes | list[Field]) -> int:
    """What stands for a value where the type on the wire was changed to that of a number."""
    return value if isinstance(value, int) else 0


def sealed(fields: list[Field]) -> bytes:
    """A whole file that states its size and the checksum of its header, where it states any."""
    size = [f for f in fields if (f.number, f.wire) == (FILE_BYTE_COUNT, 1)]
    checksum = [f for f in fields if (f.number, f.wire) == (HEADER_CHECKSUM, 1)]
    for field in size:
        field.value = len(packed(fields))
    for field in checksum:
        field.value = 0
    header = packed(fields, payloads=False)
    for field in checksum:
        field.value = max(1, xxh3(header))
    return packed(fields)


def unsealed(fields: list[Field]) -> list[Field]:
    """The fields of a file without those that state its size and its header's checksum."""
    return [field for field in fields if field.number not in (FILE_BYTE_COUNT, HEADER_CHECKSUM)]


def xxh3(data: bytes) -> int:
    """XXH3-64, by the library that the programs link."""
    return LIBRARY.XXH3_64bits(bytes(data), ctypes.c_size_t(len(data)))


def load_library() -> ctypes.CDLL:
    library = ctypes.CDLL(ctypes.util.find_library("xxhash") or "libxxhash.so.0")
    library.XXH3_64bits.restype = ctypes.c_uint64
    library.XXH3_64bits.argtypes = [ctypes.c_char_p, ctypes.c_size_t]
    return library


LIBRARY = load_library()


SHORT = [bytes([value]) for value in range(128)]


def encoded(value: int) -> bytes:
    if 0 <= value < 128:
        return SHORT[value]  # Nearly all.
    value %= 1 << 64
    result = bytearray()
    while value > 127:
        result.append(value & 127 | 128)
        value >>= 7
    result.append(value)
    return bytes(result)


def varint(data: bytes, at: int) -> tuple[int, int]:
    """The number at a place, and where it ends; of bytes that are none, as much as there is."""
    value = shift = 0
    while at < len(data) and shift < 70:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            break
    return value, at
