"""The Pythons that the checks run in, installed when they are first asked for."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections import defaultdict
from pathlib import Path
from threading import Lock

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "Tests" / "interop"
# What a line of Keras has besides: who needs no Keras shares its environment all the same.
BESIDES = {
    "keras2": [
        ROOT / "Benchmarks" / "peers" / "requirements-tf2onnx.txt", HERE / "requirements-onnx.txt"
    ],
    "keras3": [HERE / "requirements-readers.txt"],
}  # fmt: skip


class Environments:
    """Throw-away Pythons, one for each line of Keras."""

    def __init__(self, work: Path) -> None:
        self.work = work
        self.known: dict[str, Path] = {}
        # Both may be installed at a time, each only once.
        self.locks: defaultdict[str, Lock] = defaultdict(Lock)

    def keras(self, line: str) -> Path:
        with self.locks[line]:
            if line not in self.known:
                print(f"environment: {line}", flush=True)
                command = [ROOT / "fixtures" / "environment.sh", line, *BESIDES[line]]
                result = subprocess.run(
                    command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=True
                )
                self.known[line] = Path(result.stdout.strip().splitlines()[-1])
            return self.known[line]

    def readers(self) -> Path:
        """h5py, Python's protobuf, and what looks at reports."""
        return self.keras("keras3")

    def schema(self) -> Path:
        """The folder of the Python generated from schemas/."""
        with self.locks["schema"]:
            if "schema" not in self.known:
                folder = self.work / "python"
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir(parents=True)
                schemas = ROOT / "schemas"
                files = [
                    str(f.relative_to(schemas)) for f in sorted(schemas.glob("residual/v1/*.proto"))
                ]
                subprocess.run(
                    ["protoc", f"--python_out={folder}", *files], cwd=schemas, check=True
                )
                self.known["schema"] = folder
            return self.known["schema"]


def share_compiled(work: Path) -> None:
    """JAX compiles every operation of every shape anew in each process, unless it is told where."""
    os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(work / "compiled"))
    os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
    os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES", "-1")
