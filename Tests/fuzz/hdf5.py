"""Changes the messages and addresses of an HDF5 file, and mends the checksums over them.

What is looked for: the headers of objects, of both versions, with the messages in them; addresses
of structures wherever they stand; and the structures whose last four bytes are their checksum.
Files in the newest form have checksums, those that h5py writes by default have none.
"""

from __future__ import annotations

import functools
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

SIGNATURE = b"\x89HDF\r\n\x1a\n"
STRUCTURES = re.compile(
    rb"TREE|SNOD|HEAP|GCOL|OHDR|OCHK|BTHD|BTLF|BTIN|FRHP|FHDB|FHIB|SMTB|FAHD|EAHD"
)
# Bytes of the heads of B-trees and of heaps before their checksums.
SIZES = {b"BTHD": 34, b"FRHP": 142}
UNDEFINED = 2**64 - 1
# What counts, offsets and sizes turn on.
INTEGERS = (0, 1, 2, 3, 4, 7, 8, 16, 31, 32, 33, 127, 128, 255, 256, 32767, 65535, 2**20, 2**31 - 1)
INTEGERS += (
    2**31,
    2**32 - 1,
    2**32,
    2**40,
    2**48,
    2**61,
    2**62,
    2**63 - 1,
    2**63,
    2**64 - 2,
    2**64 - 1,
)
# Types of messages: of dataspaces, links, datatypes, fill values, layouts, filters, attributes.
TYPES = (0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 15, 16, 17, 18, 21, 22, 23, 99)
CONTINUATION = 16
MOST_MESSAGES = 4096


@dataclass
class HeaderMessage:
    """A message in the header of an object: its head, and the range of its data."""

    head: int
    version: int
    begin: int
    end: int

    @property
    def size_at(self) -> int:
        return self.head + (2 if self.version == 1 else 1)


@dataclass
class Layout:
    """Where the parts of a file are that others are found by."""

    messages: list[HeaderMessage] = field(default_factory=list)
    addresses: list[int] = field(default_factory=list)  # Where they stand.
    targets: list[int] = field(default_factory=list)  # What stands there.
    checksummed: list[tuple[int, int]] = field(default_factory=list)

    def __init__(self, data: bytes):
        self.messages, self.addresses, self.targets, self.checksummed = [], [], [], []
        headers: list[int] = []
        if data[:8] == SIGNATURE and data[8:9] in (b"\x02", b"\x03"):
            self.checksummed.append((0, 44))
        elif data[:8] == SIGNATURE:
            headers.append(number(data, 64))
        for match in STRUCTURES.finditer(data):
            self.targets.append(match.start())
            if match.group() == b"SNOD":
                count = int.from_bytes(data[match.start() + 6 : match.start() + 8], "little")
                places = (match.start() + 8 + 40 * index for index in range(count))
                headers += [number(data, place + 8) for place in places]
            elif match.group() == b"OHDR":
                self.second_version(data, match.start())
            elif match.group() in SIZES:
                self.checksummed.append((match.start(), match.start() + SIZES[match.group()]))
        for header in headers:
            if header + 16 <= len(data) and data[header] == 1:
                self.targets.append(header)
                begin, size = header + 16, int.from_bytes(data[header + 8 : header + 12], "little")
                self.block(data, begin, begin + size, version=1)
        self.checksummed = [(a, b) for a, b in self.checksummed if sound(data, a, b)]
        for target in self.targets:
            pattern = struct.pack("<Q", target)
            at = data.find(pattern)
            while target and at >= 0:
                self.addresses.append(at)
                at = data.find(pattern, at + 1)

    def second_version(self, data: bytes, start: int) -> None:
        flags = data[start + 5] if start + 5 < len(data) else 0
        size_width = 1 << (flags & 3)
        at = start + 6 + (16 if flags & 0x20 else 0) + (4 if flags & 0x10 else 0)
        size = int.from_bytes(data[at : at + size_width], "little")
        begin = at + size_width
        self.checksummed.append((start, begin + size))
        self.block(data, begin, begin + size, version=2, tracked=bool(flags & 4))

    def block(self, data: bytes, begin: int, end: int, version: int, tracked: bool = False) -> None:
        """The messages in one run of bytes, and in those that continue it."""
        width = 8 if version == 1 else 6 if tracked else 4
        at = begin
        while at + width <= min(end, len(data)) and len(self.messages) < MOST_MESSAGES:
            message = HeaderMessage(at, version, at + width, at + width)
            size = int.from_bytes(data[message.size_at : message.size_at + 2], "little")
            message.end = min(message.begin + size, end)
            self.messages.append(message)
            if data[at] == CONTINUATION and size >= 16:
                there, length = number(data, message.begin), number(data, message.begin + 8)
                if version == 1:
                    self.block(data, there, there + length, version)
                elif data[there : there + 4] == b"OCHK":
                    self.checksummed.append((there, there + length - 4))
                    self.block(data, there + 4, there + length - 4, version, tracked)
            at = message.begin + size

    def mend(self, data: bytearray) -> None:
        for begin, end in self.checksummed:
            if end + 4 <= len(data):
                data[end : end + 4] = struct.pack("<I", lookup3(data[begin:end]))


@functools.cache
def layout_of(data: bytes) -> Layout:
    """The layout of a sound file, which is damaged many times."""
    return Layout(data)


def number(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 8], "little")


def sound(data: bytes, begin: int, end: int) -> bool:
    """Whether bytes are followed by their checksum."""
    stated = data[end : end + 4]
    return len(stated) == 4 and lookup3(data[begin:end]) == int.from_bytes(stated, "little")


# --- Changes ---------------------------------------------------------------------------------


class Structure:
    """One file, to be changed in place."""

    def __init__(self, data: bytes, layout: Layout, random: Random):
        self.data = bytearray(data)
        self.layout = layout
        self.random = random

    def message(self) -> HeaderMessage:
        return self.random.choice(self.layout.messages)

    def put(self, at: int, size: int, value: int) -> None:
        if at + size <= len(self.data):
            self.data[at : at + size] = (value % (1 << 8 * size)).to_bytes(size, "little")

    def integer(self) -> None:
        """A number in a message: sizes of axes, of elements and of chunks are such."""
        message = self.message()
        if message.end <= message.begin:
            return
        size = self.random.choice((1, 1, 2, 4, 8))
        at = self.random.randrange(message.begin, message.end)
        if size > 1 and self.random.random() < 0.7:
            at -= (at - message.begin) % size
        old = int.from_bytes(self.data[at : at + size], "little")
        near = old + self.random.choice((-8, -1, 1, 8))
        self.put(at, size, self.random.choice((near, near, old << 1, *INTEGERS, len(self.data))))

    def kind(self) -> None:
        message = self.message()
        self.put(message.head, 2 if message.version == 1 else 1, self.random.choice(TYPES))

    def size(self) -> None:
        message = self.message()
        old = message.end - message.begin
        self.put(message.size_at, 2, self.random.choice((0, 8, old - 8, old + 8, old * 2, 65535)))

    def flags(self) -> None:
        message = self.message()
        self.put(message.size_at + 2, 1, 1 << self.random.randrange(8))

    def replace(self) -> None:
        """A message with the content of another, as far as there is room."""
        message, other = self.message(), self.message()
        room = min(message.end - message.begin, other.end - other.begin)
        self.data[message.begin : message.begin + room] = self.data[
            other.begin : other.begin + room
        ]
        if self.random.random() < 0.7:
            width = 2 if message.version == 1 else 1
            self.data[message.head : message.head + width] = self.data[
                other.head : other.head + width
            ]

    def address(self) -> None:
        """Another structure, an earlier one, none, or what is outside."""
        if not self.layout.addresses:
            return self.integer()
        at = self.random.choice(self.layout.addresses)
        end = len(self.data)
        elsewhere = (UNDEFINED, 0, 1, end, end - 1, end - 8, 2**63, number(self.data, at) + 8)
        self.put(at, 8, self.random.choice((*self.layout.targets, *elsewhere)))
        return None

    def superblock(self) -> None:
        at = self.random.randrange(8, 96)
        self.put(at, self.random.choice((1, 2, 4, 8)), self.random.choice(INTEGERS))


CHANGES: tuple[tuple[Callable[[Structure], None], int], ...] = (
    (Structure.integer, 8),
    (Structure.address, 5),
    (Structure.replace, 3),
    (Structure.kind, 1),
    (Structure.size, 2),
    (Structure.flags, 1),
    (Structure.superblock, 1),
)


def changed(data: bytes, random: Random) -> bytes | None:
    """A file with other messages and addresses and right checksums, or None where it has none."""
    layout = layout_of(data)
    if not layout.messages:
        return None
    structure = Structure(data, layout, random)
    changes = [change for change, weight in CHANGES for _ in range(weight)]
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        random.choice(changes)(structure)
    layout.mend(structure.data)
    return bytes(structure.data)


# --- Checksum --------------------------------------------------------------------------------


def lookup3(data: bytes) -> int:
    """Bob Jenkins's hash of bytes, with which HDF5 ends its structures."""
    mask = 0xFFFFFFFF

    def turned(value: int, by: int) -> int:
        return (value << by | value >> 32 - by) & mask

    a = b = c = (0xDEADBEEF + len(data)) & mask
    padded = bytes(data) + bytes(-len(data) % 12)
    words = struct.unpack(f"<{len(padded) // 4}I", padded)
    for at in range(0, len(words) - 3, 3):
        a, b, c = a + words[at] & mask, b + words[at + 1] & mask, c + words[at + 2] & mask
        a, c = (a - c ^ turned(c, 4)) & mask, c + b & mask
        b, a = (b - a ^ turned(a, 6)) & mask, a + c & mask
        c, b = (c - b ^ turned(b, 8)) & mask, b + a & mask
        a, c = (a - c ^ turned(c, 16)) & mask, c + b & mask
        b, a = (b - a ^ turned(a, 19)) & mask, a + c & mask
        c, b = (c - b ^ turned(b, 4)) & mask, b + a & mask
    if not words:
        return c
    a, b, c = a + words[-3] & mask, b + words[-2] & mask, c + words[-1] & mask
    c = (c ^ b) - turned(b, 14) & mask
    a = (a ^ c) - turned(c, 11) & mask
    b = (b ^ a) - turned(a, 25) & mask
    c = (c ^ b) - turned(b, 16) & mask
    a = (a ^ c) - turned(c, 4) & mask
    b = (b ^ a) - turned(a, 14) & mask
    return (c ^ b) - turned(b, 24) & mask
