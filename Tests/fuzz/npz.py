"""Turns the first case of a golden in HDF5 into NumPy's .npz, with h5dump and no NumPy."""

from __future__ import annotations

import io
import re
import subprocess
import tempfile
import zipfile
from pathlib import Path

DATASET = re.compile(r"^(/cases/([^/]+)/(\S.*?))\s+Dataset \{(.*)\}$", re.MULTILINE)


def npz_of_golden(golden: Path) -> bytes:
    """The bytes of an .npz file with keys `inputs/NAME`, `outputs/NAME` and `calls/NAME`."""
    listing = subprocess.run(
        ["h5ls", "-r", str(golden)], check=True, capture_output=True, text=True
    ).stdout.replace("\\ ", " ")
    datasets = DATASET.findall(listing)
    first = datasets[0][1]
    result = io.BytesIO()
    with zipfile.ZipFile(result, "w") as archive, tempfile.NamedTemporaryFile() as raw:
        for path, case, key, shape in datasets:
            if case != first:
                continue
            command = ["h5dump", "-d", path, "-b", "LE", "-o", raw.name, str(golden)]
            subprocess.run(command, check=True, capture_output=True)
            sizes = [] if shape == "SCALAR" else [int(size) for size in shape.split(", ")]
            content = npy_header(sizes) + Path(raw.name).read_bytes()
            archive.writestr(zipfile.ZipInfo(key + ".npy"), content)
    return result.getvalue()


def npy_header(shape: list[int]) -> bytes:
    """NumPy's header, version 1.0, of a little-endian float32 array in row-major order."""
    sizes = "".join(f"{size}, " for size in shape).strip()
    if len(shape) != 1:
        sizes = sizes.rstrip(",")
    text = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({sizes}), }}"
    text += " " * (-(len(text) + 11) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()
