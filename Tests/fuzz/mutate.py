"""Damages files: what a disk, a broken program, or somebody with a hex editor would do to them.

Every change follows from the random generator that is handed in, so that a seed makes a file
again.
"""

from __future__ import annotations

import io
import re
import struct
import warnings
import zipfile
from collections.abc import Callable
from random import Random

import hdf5
import message
from wire import varint

# What counts, offsets, sizes and signs turn on.
INTEGERS = (0, 1, 2, 3, 7, 8, 16, 127, 128, 255, 256, 32767, 32768, 65535, 65536, 2**31 - 1, 2**31)
INTEGERS += (2**32 - 1, 2**32, 2**48, 2**62, 2**63 - 1, 2**63, 2**64 - 2, 2**64 - 1)
WORDS = (b"1e999", b"NaN", b"-1", b"99999999999999999999", b"null", b"true", b"[]", b"{}", b'"', b",")
WORDS += (b"[[[[[[[[[[[[[[[[", b"0.5", b'"Lambda"', b'"Add"', b'"channels_first"', b"\\ud800", b"\x00")

HDF5_SIGNATURES = re.compile(rb"\x89HDF|TREE|SNOD|HEAP|GCOL|OHDR|BTHD|FRHP")
ZIP_SIGNATURES = re.compile(rb"PK\x01\x02|PK\x03\x04|PK\x05\x06|\x93NUMPY")
# A run of JSON: `model_config`, a layer's config.
JSON = re.compile(rb'[\[{]+"[ -~]{12,}')
JSON_VALUE = re.compile(rb'-?\d+\.?\d*(?:e-?\d+)?|"[^"]*"|true|false|null|[\[\]{}:,]')


class Damage:
    """The bytes of one file, and the places in it where a change matters most."""

    def __init__(self, data: bytes, kind: str, random: Random):
        self.data = bytearray(data)
        self.kind = kind
        self.random = random
        self.structure = structure(data, kind)

    def position(self) -> int:
        """Mostly in the structure: weights fill the file, and any bits are weights."""
        if self.structure and self.random.random() < 0.8:
            begin, end = self.random.choice(self.structure)
            if begin < len(self.data):
                return self.random.randrange(begin, max(begin + 1, min(end, len(self.data))))
        return self.random.randrange(max(1, len(self.data)))

    def apply(self) -> bytes:
        count = self.random.choice((1, 1, 1, 2, 3, 6))
        changes = [change for change, weight in CHANGES for _ in range(weight)]
        for _ in range(count):
            if self.data:
                self.random.choice(changes)(self)
        return bytes(self.data)

    # -- Changes

    def bytes_at_random(self) -> None:
        for _ in range(self.random.choice((1, 1, 4, 32))):
            self.data[self.position() % len(self.data)] = self.random.randrange(256)

    def flip_bit(self) -> None:
        self.data[self.position() % len(self.data)] ^= 1 << self.random.randrange(8)

    def cut(self) -> None:
        del self.data[self.position() :]

    def remove_block(self) -> None:
        begin = self.position()
        del self.data[begin : begin + self.length()]

    def insert_block(self) -> None:
        block = self.random.randbytes(min(self.length(), 512))
        at = self.position()
        self.data[at:at] = block

    def swap_blocks(self) -> None:
        length = self.length()
        one, other = sorted((self.position(), self.position()))
        if one + length <= other and other + length <= len(self.data):
            block = self.data[one : one + length]
            self.data[one : one + length] = self.data[other : other + length]
            self.data[other : other + length] = block

    def duplicate_block(self) -> None:
        begin, at = self.position(), self.position()
        block = self.data[begin : begin + self.length()]
        if self.random.random() < 0.5:
            self.data[at : at + len(block)] = block
        else:
            self.data[at:at] = block

    def integer(self) -> None:
        size = self.random.choice((1, 2, 4, 8))
        at = self.position()
        if at + size > len(self.data):
            return
        old = int.from_bytes(self.data[at : at + size], "little")
        near = old + self.random.choice((-8, -1, 1, 8))
        new = self.random.choice((near, near, *INTEGERS, len(self.data), at, old << 8))
        self.data[at : at + size] = (new % (1 << 8 * size)).to_bytes(size, "little")

    def json(self) -> None:
        """Replaces one value in a JSON text, the text's length kept."""
        texts = list(JSON.finditer(self.data))
        if not texts:
            return self.integer()
        text = self.random.choice(texts)
        values = list(JSON_VALUE.finditer(self.data, *text.span()))
        if not values:
            return None
        begin, end = self.random.choice(values).span()
        if self.random.random() < 0.5:
            word = self.random.choice(WORDS)
        else:
            word = self.random.choice(values).group()
        # Blanks are white space in JSON: a shorter word stays one word.
        word = word[: text.end() - begin].ljust(end - begin)
        self.data[begin : begin + len(word)] = word
        return None

    def length(self) -> int:
        return self.random.choice((1, 4, 8, 24, 64, 256, 1024, 4096))


CHANGES: tuple[tuple[Callable[[Damage], None], int], ...] = (
    (Damage.integer, 6),
    (Damage.json, 4),
    (Damage.bytes_at_random, 2),
    (Damage.flip_bit, 2),
    (Damage.cut, 1),
    (Damage.remove_block, 1),
    (Damage.insert_block, 1),
    (Damage.swap_blocks, 1),
    (Damage.duplicate_block, 2),
)


def structure(data: bytes, kind: str) -> list[tuple[int, int]]:
    """The ranges of a file that are not weights."""
    if kind in ("keras", "golden"):
        starts = [match.start() for match in HDF5_SIGNATURES.finditer(data)]
        return [(0, 96)] + [(start, start + 512) for start in starts]
    if kind in ("npz", "archive"):
        zipped = [(m.start(), m.start() + 128) for m in ZIP_SIGNATURES.finditer(data)]
        return zipped + (structure(data, "keras") if kind == "archive" else [])
    return protobuf_structure(data, 0, len(data), depth=0)


def protobuf_structure(data: bytes, begin: int, end: int, depth: int) -> list[tuple[int, int]]:
    """Keys and lengths, short fields whole, and the beginning of long ones."""
    ranges = []
    while begin < end:
        start = begin
        key, begin = varint(data, begin)
        if key & 7 != 2:
            if key & 7 not in (0, 1, 5):
                break
            begin = varint(data, begin)[1] if key & 7 == 0 else begin + {1: 8, 5: 4}[key & 7]
            ranges.append((start, begin))
            continue
        length, begin = varint(data, begin)
        if depth < 2 and length > 256:
            ranges.append((start, begin))
            ranges += protobuf_structure(data, begin, min(begin + length, end), depth + 1)
        else:
            ranges.append((start, begin + min(length, 256)))
        begin += length
    return ranges


def mutant(data: bytes, kind: str, random: Random) -> bytes:
    """A damaged copy of a file: of half of them the structure is changed, of the others bytes."""
    if random.random() < 0.5:
        changed = restructured(data, kind, random)
        if changed is not None:
            return changed
    return Damage(data, kind, random).apply()


def restructured(data: bytes, kind: str, random: Random) -> bytes | None:
    """A file whose parts are sound by themselves; None where no parts are known."""
    if kind in ("npz", "archive"):
        return repacked(data, kind, random)
    if kind == "pb":
        return message.changed(data, random)
    return hdf5.changed(data, random)


def repacked(data: bytes, kind: str, random: Random) -> bytes:
    """A sound zip file with right checksums around a damaged member."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = [(name, archive.read(name)) for name in archive.namelist()]
    at = random.randrange(len(members))
    name, content = members[at]
    action = random.randrange(4)
    if action == 0:
        name = random.choice((name.upper(), "../" + name, name + "/x", "", members[0][0]))
    elif kind == "archive":
        # The weights are a file in HDF5; the other members are texts.
        content = mutant(content, "keras", random)
    elif action == 1:
        content = header_changed(content, random)
    else:
        content = Damage(content, "npz", random).apply()
    members[at] = (name, content)
    result = io.BytesIO()
    method = random.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))
    with warnings.catch_warnings(), zipfile.ZipFile(result, "w", method) as archive:
        warnings.simplefilter("ignore")  # Two members of one name are on purpose.
        for name, content in members:
            # A date of its own: the same seed makes the same bytes.
            archive.writestr(zipfile.ZipInfo(name or "x"), content, compress_type=method)
    return result.getvalue()


def header_changed(content: bytes, random: Random) -> bytes:
    """An array whose header says something else than what follows."""
    if len(content) < 10:
        return content
    (length,) = struct.unpack_from("<H", content, 8)
    header = content[10 : 10 + length]
    old, new = random.choice(
        (
            (b"<f4", random.choice((b">f4", b"<f8", b"<U9", b"|O8", b"<i4", b"<f3"))),
            (b"False", b"True "),
            (b"(", random.choice((b"(-", b"(9", b"((", b"(9999999999999999999,"))),
            (b",", random.choice((b"", b",,", b"9,"))),
            (b"'shape'", random.choice((b"'descr'", b"'shapf'"))),
        )
    )
    header = header.replace(old, new, 1)[:65535]
    return content[:8] + struct.pack("<H", len(header)) + header + content[10 + length :]
