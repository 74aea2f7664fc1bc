"""Turns the first case of a golden in HDF5 into NumPy's .npz, with h5ls and no NumPy."""

from __future__ import annotations

import io
import re
import subprocess
import zipfile
from pathlib import Path

# What `h5ls -rva` says of a dataset that lies in one piece, as all of those of the recorder do.
DATASET = re.compile(
    r"^/cases/([^/]+)/(\S.*?)\s+Dataset \{(.*)\}\n(?: .*\n)*?"
    r" +Storage: +(\d+) .*\n +Type: +(.*)\n(?: .*\n)*? +Address: +(\d+)$",
    re.MULTILINE,
)
# NumPy's names of the types that goldens have.
TYPES = {"float": "<f4", "long": "<i8", "unsigned long": "<u8", "int": "<i4", "unsigned int": "<u4"}
TYPES |= {"short": "<i2", "unsigned short": "<u2", "signed char": "|i1", "unsigned char": "|u1"}
TYPES |= {"double": "<f8"}
# h5ls's name of texts of so many bytes each, filled with zeros as NumPy's are.
TEXTS = re.compile(r"(\d+)-byte null-padded ASCII string")


def npz_of_golden(golden: Path) -> bytes:
    """The bytes of an .npz file with keys `inputs/NAME`, `outputs/NAME` and `calls/NAME`."""
    listing = subprocess.run(
        ["h5ls", "-rva", str(golden)], check=True, capture_output=True, text=True
    ).stdout.replace("\\ ", " ")
    datasets = DATASET.findall(listing)
    data = golden.read_bytes()
    result = io.BytesIO()
    with zipfile.ZipFile(result, "w") as archive:
        for case, key, shape, size, kind, address in datasets:
            if case != datasets[0][0]:
                continue
            sizes = [int(axis.split("/")[0]) for axis in shape.split(", ") if axis != "SCALAR"]
            begin = int(address)
            content = npy_header(sizes, kind) + data[begin : begin + int(size)]
            archive.writestr(zipfile.ZipInfo(key + ".npy"), content)
    return result.getvalue()


def npy_header(shape: list[int], kind: str) -> bytes:
    """NumPy's header, version 1.0, of an array in row-major order of a type that h5ls names."""
    name = numpy_name(kind)
    sizes = "".join(f"{size}, " for size in shape).strip()
    if len(shape) != 1:
        sizes = sizes.rstrip(",")
    text = f"{{'descr': '{name}', 'fortran_order': False, 'shape': ({sizes}), }}"
    text += " " * (-(len(text) + 11) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()


def numpy_name(kind: str) -> str:
    """NumPy's name of a type that h5ls names."""
    # h5py's truth values are an enumeration.
    if kind.startswith("enum"):
        return "|b1"
    text = TEXTS.fullmatch(kind)
    return f"|S{text[1]}" if text else TYPES[kind.removeprefix("native ")]
